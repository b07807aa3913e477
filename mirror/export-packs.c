/* SPDX-License-Identifier: ISC */
#include "mirror/export-packs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/pack.h"
#include "media/volume.h"
#include "mirror/store.h"

#define PACK_FOLDER VOLUME_ROOT "/packs"
#define FILE_MODE   0644
#define FOLDER_MODE 0755

/* The pack that is being written. */
struct packing {
    struct export_tree *tree;
    struct publish publish;
    struct pack_writer *pack; /* NULL: none is open */
};

static int open_pack(struct packing *packing, struct error *err)
{
    int result =
        publish_begin(packing->tree->fd, PACK_FOLDER "/new", FILE_MODE, &packing->publish, err);

    if (result < 0)
        return result;
    result = pack_write_open(packing->publish.fd, STORE_PACK_BYTES, &packing->pack, err);
    if (result < 0)
        publish_abort(&packing->publish);
    return result;
}

/* Whether a pack of this name is there with these bytes already, from an export before. */
static bool is_there(const struct export_tree *tree, const char *path, uint64_t size,
                     const uint8_t digest[static DIGEST_BYTES])
{
    struct error ignored = {.code = ERROR_OK};
    uint8_t existing[DIGEST_BYTES];
    uint64_t existing_size;
    bool same;
    int fd;

    if (path_open_regular(tree->fd, path, LIMIT_PACK_BYTES, &fd, &existing_size, &ignored) < 0)
        return false;
    same = existing_size == size && digest_of_file(fd, 0, size, existing, &ignored) == 0 &&
           memcmp(existing, digest, DIGEST_BYTES) == 0;
    (void)close(fd);
    return same;
}

/* The file gets its name: a new one, as nothing on a medium is replaced. */
static int name_pack(struct packing *packing, const uint8_t id[static DIGEST_BYTES], uint64_t size,
                     struct error *err)
{
    struct volume_name name = {.kind = VOLUME_PACK};
    char path[VOLUME_NAME_BYTES];
    uint8_t digest[DIGEST_BYTES];
    int result = digest_of_file(packing->publish.fd, 0, size, digest, err);

    memcpy(name.digest, id, DIGEST_BYTES);
    volume_format(&name, path);
    if (result == 0 && !is_there(packing->tree, path, size, digest)) {
        snprintf(packing->publish.target, sizeof(packing->publish.target), "%s",
                 strrchr(path, '/') + 1);
        result = path_remove(packing->tree->fd, path, err);
        if (result == 0)
            result = publish_commit(&packing->publish, err);
    }
    publish_abort(&packing->publish); /* nothing is left to abort after a commit */
    if (result == 0)
        export_tree_list(packing->tree, path, size, digest);
    return result;
}

static int close_pack(struct packing *packing, struct error *err)
{
    uint8_t id[DIGEST_BYTES];
    uint64_t size;
    int result = pack_write_close(packing->pack, id, &size, err);

    packing->pack = NULL;
    if (result < 0) {
        publish_abort(&packing->publish);
        return result;
    }
    return name_pack(packing, id, size, err);
}

/* A pack that is full is closed and another begun. */
static int put_frame(struct packing *packing, const uint8_t digest[static DIGEST_BYTES],
                     struct bytes_view frame, struct error *err)
{
    struct error full = {.code = ERROR_OK};
    int result = packing->pack == NULL ? open_pack(packing, err) : 0;

    if (result < 0)
        return result;
    result = pack_write_frame(packing->pack, digest, frame.data, frame.size, &full);
    if (result == 0)
        return 0;
    if (full.code != ERROR_LIMIT) {
        *err = full;
        return result;
    }
    result = close_pack(packing, err);
    if (result == 0)
        result = open_pack(packing, err);
    if (result == 0)
        result = pack_write_frame(packing->pack, digest, frame.data, frame.size, err);
    return result;
}

int export_packs_write(struct export_tree *tree, struct error *err)
{
    struct store_reader *reader = store_reader_new(tree->repository);
    struct packing packing = {.tree = tree};
    int result = path_make_folders(tree->fd, PACK_FOLDER, FOLDER_MODE, err);

    for (size_t i = 0; i < tree->plan->frame_count && result == 0; i++) {
        struct bytes_view frame;

        result = store_read(reader, tree->plan->frames[i], &frame, err);
        if (result == 0)
            result = put_frame(&packing, tree->plan->frames[i], frame, err);
        if (result == 0)
            progress_add(tree->progress, frame.size);
    }
    if (packing.pack != NULL && result == 0)
        result = close_pack(&packing, err);
    if (packing.pack != NULL) {
        pack_write_abort(packing.pack);
        publish_abort(&packing.publish);
    }
    store_reader_free(reader);
    return result;
}
