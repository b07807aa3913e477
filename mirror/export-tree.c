/* SPDX-License-Identifier: ISC */
#include "mirror/export-tree.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "media/base/instant.h"
#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/sign.h"
#include "media/volume.h"
#include "mirror/export-packs.h"
#include "mirror/export-stale.h"
#include "mirror/read-back.h"

#define EXPORT_NAME VOLUME_ROOT "/export.p7m"
#define EXPORTER    "mirror"
#define FILE_MODE   0644
#define FOLDER_MODE 0755

/* Nothing of it is there yet: where its bytes would go. */
static int open_parent(struct export_tree *tree, const char *destination, struct error *err)
{
    char *path = bytes_copy_string(destination);
    const char *parent = dirname(path);

    tree->fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (tree->fd < 0)
        error_set_errno(err, ERROR_IO, errno, "%s", parent);
    free(path);
    tree->absent = true;
    return tree->fd < 0 ? -(int)err->code : 0;
}

int export_tree_open(struct export_tree *tree, const char *destination, bool dry, struct error *err)
{
    if (dry && access(destination, F_OK) < 0 && errno == ENOENT)
        return open_parent(tree, destination, err);
    if (!dry && mkdir(destination, FOLDER_MODE) < 0 && errno != EEXIST)
        return error_set_errno(err, ERROR_IO, errno, "%s", destination);
    tree->fd = open(destination, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (tree->fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", destination);
    return 0;
}

void export_tree_close(struct export_tree *tree)
{
    export_clear(&tree->document);
    if (tree->fd >= 0)
        (void)close(tree->fd);
    tree->fd = -1;
}

int export_tree_space(const struct export_tree *tree, uint64_t *free_bytes, uint64_t *old_bytes,
                      struct error *err)
{
    struct statvfs status;

    if (fstatvfs(tree->fd, &status) < 0)
        return error_set_errno(err, ERROR_IO, errno, "free space");
    *free_bytes = (uint64_t)status.f_bavail * status.f_frsize;
    *old_bytes = 0;
    return tree->absent ? 0 : export_stale_size(tree->fd, old_bytes, err);
}

void export_tree_list(struct export_tree *tree, const char *name, uint64_t size,
                      const uint8_t digest[static DIGEST_BYTES])
{
    struct export_document *document = &tree->document;

    if (document->file_count == tree->file_capacity) {
        size_t capacity = tree->file_capacity * 2 + 64;
        struct export_file *grown = bytes_allocate(capacity, sizeof(*grown));

        if (document->file_count > 0)
            memcpy(grown, document->files, document->file_count * sizeof(*grown));
        free(document->files);
        document->files = grown;
        tree->file_capacity = capacity;
    }
    document->files[document->file_count] =
        (struct export_file){.path = bytes_copy_string(name), .size = size};
    memcpy(document->files[document->file_count++].digest, digest, DIGEST_BYTES);
}

/* The folder that a name lies in. */
static const char *folder_of(const char *name, char out[static VOLUME_NAME_BYTES])
{
    const char *slash = strrchr(name, '/');

    snprintf(out, VOLUME_NAME_BYTES, "%.*s", slash == NULL ? 1 : (int)(slash - name),
             slash == NULL ? "." : name);
    return out;
}

/* A name that is there with other bytes was torn by a cut: nothing on a medium is replaced, so it
 * goes first. The same bytes stay as they are. */
static int put_file(const struct export_tree *tree, const char *name, struct bytes_view data,
                    struct error *err)
{
    struct error first = {.code = ERROR_OK};
    char folder[VOLUME_NAME_BYTES];
    int result = path_make_folders(tree->fd, folder_of(name, folder), FOLDER_MODE, err);

    if (result < 0)
        return result;
    if (publish_new_file(tree->fd, name, data.data, data.size, FILE_MODE, &first) == 0)
        return 0;
    if (first.code == ERROR_NO_SPACE) {
        *err = first;
        return -(int)first.code;
    }
    result = path_remove(tree->fd, name, err);
    if (result == 0)
        result = publish_new_file(tree->fd, name, data.data, data.size, FILE_MODE, err);
    return result;
}

static int copy_file(struct export_tree *tree, const struct export_plan_file *file,
                     struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    struct bytes data;
    int result = path_read(tree->repository->tree_fd, file->name, LIMIT_RECIPE_BYTES, &data, err);

    if (result == 0) {
        digest_of(data.data, data.size, digest);
        result = put_file(tree, file->name, bytes_view(&data), err);
    }
    if (result == 0) {
        export_tree_list(tree, file->name, data.size, digest);
        progress_add(tree->progress, data.size);
    }
    bytes_clear(&data);
    return result;
}

static int copy_groups(struct export_tree *tree, struct error *err)
{
    int result = 0;

    for (int group = 0; group < EXPORT_GROUPS && result == 0; group++) {
        const struct export_plan_list *list = &tree->plan->groups[group];

        for (size_t i = 0; i < list->count && result == 0; i++)
            result = copy_file(tree, &list->files[i], err);
    }
    return result;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct export_file *)a)->path, ((const struct export_file *)b)->path);
}

/* What the export is: digest of the digests of its sets and frames. */
static void identify(struct export_tree *tree)
{
    struct digest *running = digest_new();

    for (size_t i = 0; i < tree->plan->set_count; i++)
        digest_add(running, tree->plan->sets[i].digest, DIGEST_BYTES);
    for (size_t i = 0; i < tree->plan->frame_count; i++)
        digest_add(running, tree->plan->frames[i], DIGEST_BYTES);
    digest_finish(running, tree->document.id);
}

static void describe_packages(struct export_tree *tree)
{
    struct export_document *document = &tree->document;

    document->package_count = tree->plan->package_count;
    document->packages = bytes_allocate(document->package_count + 1, sizeof(*document->packages));
    for (size_t i = 0; i < document->package_count; i++) {
        struct export_package *row = &document->packages[i];

        memcpy(row->id, tree->plan->packages[i], DIGEST_BYTES);
        row->volume_count = 1;
        row->volumes = bytes_allocate(1, sizeof(*row->volumes));
        row->volumes[0] = 1;
    }
}

static void describe(struct export_tree *tree)
{
    struct export_document *document = &tree->document;

    document->set_count = tree->plan->set_count;
    for (size_t i = 0; i < tree->plan->set_count; i++) {
        const struct catalog_set *set = &tree->plan->sets[i];

        snprintf(document->sets[i].ring, sizeof(document->sets[i].ring), "%s", set->ring);
        document->sets[i].sequence = set->sequence;
        memcpy(document->sets[i].digest, set->digest, DIGEST_BYTES);
    }
    identify(tree);
    describe_packages(tree);
    document->volume = document->volumes = 1;
    document->created_us = instant_clock();
    snprintf(document->exporter, sizeof(document->exporter), EXPORTER);
    qsort(document->files, document->file_count, sizeof(*document->files), by_path);
}

/* The old export document goes only now: until here the old export was whole. */
static int write_document(struct export_tree *tree, const struct key *key, struct error *err)
{
    const struct key *const keys[] = {key};
    struct bytes json, document;
    int result;

    describe(tree);
    bytes_init(&document, LIMIT_EXPORT_BYTES);
    result = export_write(&tree->document, &json, err);
    if (result == 0)
        result =
            sign_document(DOCUMENT_EXPORT, bytes_view(&json), keys, 1, NULL, &document, NULL, err);
    if (result == 0)
        result = path_remove(tree->fd, EXPORT_NAME, err);
    if (result == 0)
        result = put_file(tree, EXPORT_NAME, bytes_view(&document), err);
    bytes_clear(&json);
    bytes_clear(&document);
    return result;
}

/* Where both don't fit side by side the old export has to go first. */
static int make_space(struct export_tree *tree, struct error *err)
{
    uint64_t free_bytes, old_bytes;
    int result = export_tree_space(tree, &free_bytes, &old_bytes, err);

    if (result < 0 || free_bytes >= tree->plan->total_bytes)
        return result;
    if (free_bytes + old_bytes < tree->plan->total_bytes)
        return error_set(err, ERROR_NO_SPACE,
                         "%llu MiB are needed, %llu MiB are free and %llu MiB taken by the export "
                         "before",
                         (unsigned long long)(tree->plan->total_bytes / MIB + 1),
                         (unsigned long long)(free_bytes / MIB),
                         (unsigned long long)(old_bytes / MIB));
    result = path_remove(tree->fd, EXPORT_NAME, err);
    if (result == 0)
        result = export_stale_remove(tree->fd, NULL, &tree->removed, &tree->unknown, err);
    return result;
}

int export_tree_write(struct export_tree *tree, const struct key *key, struct error *err)
{
    int result = make_space(tree, err);

    if (result < 0)
        return result;
    progress_begin(tree->progress, "writing", tree->plan->total_bytes);
    result = export_packs_write(tree, err);
    if (result == 0)
        result = copy_groups(tree, err);
    if (result == 0)
        result = write_document(tree, key, err);
    if (result == 0)
        result =
            export_stale_remove(tree->fd, &tree->document, &tree->removed, &tree->unknown, err);
    if (result == 0 && syncfs(tree->fd) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "flushing the medium");
    progress_end(tree->progress);
    return result;
}

int export_tree_verify(struct export_tree *tree, struct error *err)
{
    const struct export_document *document = &tree->document;
    int result = 0;

    tree->direct = true;
    progress_begin(tree->progress, "reading", tree->plan->total_bytes);
    for (size_t i = 0; i < document->file_count && result == 0; i++) {
        const struct export_file *file = &document->files[i];
        uint8_t digest[DIGEST_BYTES];
        bool direct;

        result = read_back_digest(tree->fd, file->path, file->size, digest, &direct, tree->progress,
                                  err);
        tree->direct = tree->direct && direct;
        if (result == 0 && memcmp(digest, file->digest, DIGEST_BYTES) != 0)
            result = error_set(err, ERROR_MEDIUM_DAMAGED,
                               "%s: reads back other than it was written", file->path);
    }
    progress_end(tree->progress);
    return result;
}
