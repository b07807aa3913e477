/* SPDX-License-Identifier: ISC */
#include "mirror/export-folders.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/volume.h"
#include "mirror/export-stale.h"

#define FOLDER_MODE  0755
#define FOLDER_NAME  "volume-%zu"
#define FOLDER_BYTES 32

/* Where a volume's tree lies, from DEST. */
static const char *tree_name(const struct export_folders *folders, size_t volume,
                             char out[static FOLDER_BYTES])
{
    snprintf(out, FOLDER_BYTES, folders->side_by_side ? FOLDER_NAME : ".", volume);
    return out;
}

static bool is_written(const struct export_folders *folders, const char *name)
{
    char text[FOLDER_BYTES];

    for (size_t volume = folders->first; volume <= folders->last; volume++) {
        if (strcmp(tree_name(folders, volume, text), name) == 0)
            return true;
    }
    return false;
}

typedef int (*tree_seen)(void *context, int fd, const char *name, struct error *err);

static int visit_tree(int fd, const char *name, tree_seen visit, void *context, struct error *err)
{
    struct error absent = {.code = ERROR_OK};
    int tree_fd;
    int result;

    if (path_open_folder(fd, name, &tree_fd, &absent) < 0)
        return 0;
    result = visit(context, tree_fd, name, err);
    (void)close(tree_fd);
    return result;
}

/* Every place in which a tree of an export can lie. */
static int visit_trees(const struct export_folders *folders, int fd, tree_seen visit, void *context,
                       struct error *err)
{
    char name[FOLDER_BYTES];
    int result = visit_tree(fd, ".", visit, context, err);

    if (!folders->others)
        return result;
    for (size_t volume = 1; volume <= LIMIT_VOLUMES && result == 0; volume++) {
        snprintf(name, sizeof(name), FOLDER_NAME, volume);
        result = visit_tree(fd, name, visit, context, err);
    }
    return result;
}

/* What a tree will list: names alone. */
static void expect(const struct export_folders *folders, size_t volume, struct export_job *expected)
{
    static const uint8_t unknown[DIGEST_BYTES];
    const struct export_volume *row = &folders->job.volumes->rows[volume - 1];
    char path[VOLUME_NAME_BYTES];

    *expected = folders->job;
    expected->volume = volume;
    for (int group = 0; group < EXPORT_GROUPS; group++) {
        const struct export_plan_list *list = &folders->job.plan->groups[group];

        for (size_t i = 0; i < list->count; i++)
            export_job_list(expected, list->files[i].name, list->files[i].size, unknown);
    }
    for (size_t i = 0; i < row->pack_count; i++) {
        const struct export_pack *pack = &folders->job.volumes->packs[row->first_pack + i];
        struct volume_name name = {.kind = VOLUME_PACK};

        memcpy(name.digest, pack->id, DIGEST_BYTES);
        export_job_list(expected, volume_format(&name, path), pack->size, unknown);
    }
    export_job_sort(expected);
}

static int count_tree(const struct export_folders *folders, int fd, const char *name, size_t *count,
                      uint64_t *bytes, struct error *err)
{
    struct export_job expected = {0};
    char text[FOLDER_BYTES];
    int result;

    for (size_t volume = folders->first; volume <= folders->last; volume++) {
        if (strcmp(tree_name(folders, volume, text), name) == 0)
            expect(folders, volume, &expected);
    }
    result = export_stale_count(fd, &expected.document, count, bytes, err);
    export_job_clear(&expected);
    return result;
}

static int look_at_tree(void *context, int fd, const char *name, struct error *err)
{
    struct export_folders *folders = context;
    uint64_t old_bytes = 0, bytes = 0;
    size_t count = 0;
    int result = export_stale_size(fd, &old_bytes, err);

    if (result == 0)
        result = count_tree(folders, fd, name, &count, &bytes, err);
    folders->old_bytes += old_bytes;
    folders->stale_count += count;
    folders->stale_bytes += bytes;
    return result;
}

int export_folders_plan(struct export_folders *folders, size_t volume, struct error *err)
{
    struct export_tree look = {.job.repository = folders->job.repository, .fd = -1};
    int result;

    folders->first = volume != 0 ? volume : 1;
    folders->last = volume != 0 ? volume : folders->job.volumes->count;
    folders->side_by_side = folders->first != folders->last;
    folders->others = volume == 0;
    for (size_t i = folders->first; i <= folders->last; i++)
        folders->needed_bytes += folders->job.volumes->rows[i - 1].bytes;
    result = export_tree_open(&look, folders->destination, true, err);
    if (result == 0)
        result = export_tree_space(&look, &folders->free_bytes, &folders->old_bytes, err);
    folders->old_bytes = 0;
    if (result == 0 && !look.absent)
        result = visit_trees(folders, look.fd, look_at_tree, folders, err);
    export_tree_close(&look);
    return result;
}

static int clear_other(void *context, int fd, const char *name, struct error *err)
{
    struct export_folders *folders = context;

    return is_written(folders, name) ? 0 : export_stale_clear(fd, &folders->removed, err);
}

/* Trees that are not written now. Their folders go where nothing else is in them. */
static int clear_others(struct export_folders *folders, int fd, struct error *err)
{
    int result = folders->others ? visit_trees(folders, fd, clear_other, folders, err) : 0;

    for (size_t volume = 1; volume <= LIMIT_VOLUMES && result == 0 && folders->others; volume++) {
        char name[FOLDER_BYTES];

        snprintf(name, sizeof(name), FOLDER_NAME, volume);
        if (!is_written(folders, name))
            (void)unlinkat(fd, name, AT_REMOVEDIR);
    }
    return result;
}

static int check_space(const struct export_folders *folders, struct error *err)
{
    if (folders->free_bytes + folders->old_bytes >= folders->needed_bytes)
        return 0;
    return error_set(err, ERROR_NO_SPACE,
                     "%s: %llu MiB are needed, %llu MiB are free and %llu MiB taken by the export "
                     "before",
                     folders->destination, (unsigned long long)(folders->needed_bytes / MIB + 1),
                     (unsigned long long)(folders->free_bytes / MIB),
                     (unsigned long long)(folders->old_bytes / MIB));
}

static int write_volume(struct export_folders *folders, size_t volume, const struct key *key,
                        struct error *err)
{
    struct export_tree tree = {.job = folders->job, .fd = -1};
    char name[FOLDER_BYTES], path[LIMIT_PATH_BYTES + 1];
    int result;

    tree.job.volume = volume;
    snprintf(path, sizeof(path), "%s/%s", folders->destination, tree_name(folders, volume, name));
    result = export_tree_open(&tree, path, false, err);
    if (result == 0)
        result = export_tree_write(&tree, key, err);
    if (result == 0)
        result = export_tree_verify(&tree, err);
    folders->files += tree.job.document.file_count + 1;
    folders->removed += tree.removed;
    folders->resumed += tree.resumed;
    folders->unknown += tree.unknown;
    folders->direct = folders->direct && tree.direct;
    export_tree_close(&tree);
    return result < 0 && folders->side_by_side ? error_context(err, "volume %zu", volume) : result;
}

int export_folders_write(struct export_folders *folders, const struct key *key, struct error *err)
{
    struct export_tree target = {.job.repository = folders->job.repository, .fd = -1};
    int result = check_space(folders, err);

    folders->direct = true;
    if (result == 0)
        result = export_tree_open(&target, folders->destination, false, err);
    if (result == 0 && folders->free_bytes < folders->needed_bytes)
        result = clear_others(folders, target.fd, err);
    for (size_t i = folders->first; i <= folders->last && result == 0; i++)
        result = write_volume(folders, i, key, err);
    if (result == 0)
        result = clear_others(folders, target.fd, err);
    export_tree_close(&target);
    return result;
}
