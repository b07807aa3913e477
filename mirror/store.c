/* SPDX-License-Identifier: ISC */
#include "mirror/store.h"

#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/pack.h"
#include "media/volume.h"

#define PACK_FOLDER VOLUME_ROOT "/packs"
#define PACK_MODE   0644
#define DIRTY_BYTES (8 * MIB) /* of a pack, that the disk is not yet asked to write */

/* A pack that was written and is not yet in the catalog. */
struct written_pack {
    struct written_pack *next;
    uint8_t id[DIGEST_BYTES];
    uint64_t size;
    struct pack_entry *entries;
    size_t count;
};

struct store_writer {
    struct repository *repository;
    void *seen; /* tsearch tree of digests that this writer has */
    bool open;
    struct publish publish; /* of the pack that is being written */
    struct pack_writer *pack;
    uint64_t dirty;
    struct written_pack *written;
};

struct store_writer *store_writer_new(struct repository *repository)
{
    struct store_writer *writer = bytes_allocate(1, sizeof(*writer));

    writer->repository = repository;
    return writer;
}

static int compare_digests(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST_BYTES);
}

/* Whether the writer has this digest already; else it has it from now on. */
static bool seen_before(struct store_writer *writer, const uint8_t digest[static DIGEST_BYTES])
{
    uint8_t *kept = bytes_allocate(1, DIGEST_BYTES);
    void **found;

    memcpy(kept, digest, DIGEST_BYTES);
    found = tsearch(kept, &writer->seen, compare_digests);
    if (found == NULL || *found != kept) {
        free(kept);
        return found != NULL;
    }
    return false;
}

static int read_pack(void *context, uint64_t offset, void *out, size_t size, struct error *err)
{
    return path_pread(*(const int *)context, out, size, offset, err);
}

/* Ends the pack: its index gives the places of its frames, its id the name. */
static int close_pack(struct store_writer *writer, struct error *err)
{
    struct written_pack *written = bytes_allocate(1, sizeof(*written));
    struct pack_writer *pack = writer->pack;
    char name[DIGEST_TEXT_BYTES];
    int result;

    writer->pack = NULL;
    writer->open = false;
    result = pack_write_close(pack, written->id, &written->size, err);
    if (result == 0)
        result = pack_index(read_pack, &writer->publish.fd, written->size, &written->entries,
                            &written->count, err);
    if (result < 0) {
        publish_abort(&writer->publish);
        goto out;
    }
    snprintf(writer->publish.target, sizeof(writer->publish.target), "%s.tar",
             digest_text(written->id, name));
    result = publish_commit(&writer->publish, err);
    if (result < 0)
        goto out;
    written->next = writer->written;
    writer->written = written;
    written = NULL;
out:
    if (written != NULL)
        free(written->entries);
    free(written);
    return result;
}

/* So that the disk works while the next frames are made, and the flush at the end finds little left. */
static int put_bytes(void *context, const void *data, size_t size, struct error *err)
{
    struct store_writer *writer = context;
    int result = path_write(writer->publish.fd, data, size, err);

    writer->dirty += size;
    if (result == 0 && writer->dirty >= DIRTY_BYTES) {
        writer->dirty = 0;
        (void)sync_file_range(writer->publish.fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    }
    return result;
}

static int open_pack(struct store_writer *writer, struct error *err)
{
    int result = publish_begin(writer->repository->tree_fd, PACK_FOLDER "/new", PACK_MODE,
                               &writer->publish, err);

    if (result < 0)
        return result;
    result = pack_write_open_to(put_bytes, writer, STORE_PACK_BYTES, &writer->pack, err);
    if (result < 0)
        publish_abort(&writer->publish);
    else
        writer->open = true;
    return result;
}

/* A pack that is full is closed and another begun. */
static int put_new(struct store_writer *writer, const uint8_t digest[static DIGEST_BYTES],
                   struct bytes_view packed, struct error *err)
{
    struct error full = {.code = ERROR_OK};
    int result = writer->open ? 0 : open_pack(writer, err);

    if (result < 0)
        return result;
    result = pack_write_frame(writer->pack, digest, packed.data, packed.size, &full);
    if (result == 0)
        return 0;
    if (full.code != ERROR_LIMIT) {
        *err = full;
        return result;
    }
    result = close_pack(writer, err);
    if (result == 0)
        result = open_pack(writer, err);
    if (result == 0)
        result = pack_write_frame(writer->pack, digest, packed.data, packed.size, err);
    return result;
}

int store_put(void *context, const uint8_t digest[static DIGEST_BYTES], struct bytes_view packed,
              struct error *err)
{
    struct store_writer *writer = context;
    struct catalog_frame frame;
    bool found;
    int result;

    if (seen_before(writer, digest))
        return 0;
    result = catalog_find_frame(writer->repository->catalog, digest, &frame, &found, err);
    if (result < 0 || found)
        return result;
    return put_new(writer, digest, packed, err);
}

int store_writer_flush(struct store_writer *writer, struct error *err)
{
    return writer->open ? close_pack(writer, err) : 0;
}

static int enter_pack(struct catalog *catalog, const struct written_pack *written,
                      struct error *err)
{
    struct catalog_frame frame = {0};
    int result = catalog_add_pack(catalog, written->id, written->size, &frame.pack, err);

    for (size_t i = 0; i < written->count && result == 0; i++) {
        frame.offset = written->entries[i].offset;
        frame.length = written->entries[i].length;
        result = catalog_add_frame(catalog, written->entries[i].digest, &frame, err);
    }
    return result;
}

int store_writer_enter(struct store_writer *writer, struct error *err)
{
    int result = 0;

    for (const struct written_pack *i = writer->written; i != NULL && result == 0; i = i->next)
        result = enter_pack(writer->repository->catalog, i, err);
    return result;
}

void store_writer_free(struct store_writer *writer)
{
    if (writer == NULL)
        return;
    if (writer->open) {
        pack_write_abort(writer->pack);
        publish_abort(&writer->publish);
    }
    while (writer->written != NULL) {
        struct written_pack *next = writer->written->next;

        free(writer->written->entries);
        free(writer->written);
        writer->written = next;
    }
    tdestroy(writer->seen, free);
    free(writer);
}

struct store_reader {
    struct repository *repository;
    int64_t pack; /* that is open */
    int fd;       /* -1: none */
    uint8_t *frame;
};

struct store_reader *store_reader_new(struct repository *repository)
{
    struct store_reader *reader = bytes_allocate(1, sizeof(*reader));

    reader->repository = repository;
    reader->fd = -1;
    reader->frame = bytes_allocate(1, LIMIT_FRAME_BYTES);
    return reader;
}

void store_reader_free(struct store_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->fd >= 0)
        (void)close(reader->fd);
    free(reader->frame);
    free(reader);
}

static int enter_pack_file(struct store_reader *reader, int64_t number, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_PACK};
    char path[VOLUME_NAME_BYTES];
    struct catalog_pack pack;
    uint64_t size;
    bool found;
    int result;

    if (reader->fd >= 0 && reader->pack == number)
        return 0;
    if (reader->fd >= 0)
        (void)close(reader->fd);
    reader->fd = -1;
    result = catalog_find_pack(reader->repository->catalog, number, &pack, &found, err);
    if (result < 0)
        return result;
    if (!found)
        return error_set(err, ERROR_CATALOG_CORRUPT, "catalog: no pack %lld", (long long)number);
    memcpy(name.digest, pack.id, DIGEST_BYTES);
    result = path_open_regular(reader->repository->tree_fd, volume_format(&name, path),
                               LIMIT_PACK_BYTES, &reader->fd, &size, err);
    reader->pack = number;
    return result;
}

int store_fetch(struct store_reader *reader, const uint8_t digest[static DIGEST_BYTES],
                uint8_t *frame, size_t *size, struct error *err)
{
    char text[DIGEST_TEXT_BYTES];
    struct catalog_frame place;
    bool found;
    int result = catalog_find_frame(reader->repository->catalog, digest, &place, &found, err);

    if (result < 0)
        return result;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "frame %s: in no pack", digest_text(digest, text));
    if (place.length > LIMIT_FRAME_BYTES)
        return error_set(err, ERROR_CATALOG_CORRUPT, "catalog: a frame of %u bytes", place.length);
    result = enter_pack_file(reader, place.pack, err);
    if (result == 0)
        result = path_pread(reader->fd, frame, place.length, place.offset, err);
    if (result < 0)
        return error_context(err, "frame %s", digest_text(digest, text));
    *size = place.length;
    return 0;
}

int store_read(struct store_reader *reader, const uint8_t digest[static DIGEST_BYTES],
               struct bytes_view *frame, struct error *err)
{
    uint8_t actual[DIGEST_BYTES];
    char text[DIGEST_TEXT_BYTES];
    size_t size;
    int result = store_fetch(reader, digest, reader->frame, &size, err);

    if (result < 0)
        return result;
    digest_of(reader->frame, size, actual);
    if (memcmp(actual, digest, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_BAD_DIGEST, "frame %s: its pack holds something else",
                         digest_text(digest, text));
    *frame = bytes_view_of(reader->frame, size);
    return 0;
}
