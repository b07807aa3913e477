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

#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/volume.h"
#include "mirror/export-proof.h"
#include "mirror/export-resume.h"
#include "mirror/export-stale.h"
#include "mirror/flushed-file.h"
#include "mirror/read-back.h"

#define EXPORT_NAME VOLUME_ROOT "/export.p7m"
#define PACK_FOLDER VOLUME_ROOT "/packs"
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

static bool is_same(int fd, const char *name, const struct stat *known)
{
    struct stat status;

    return fstatat(fd, name, &status, 0) == 0 && status.st_dev == known->st_dev &&
           status.st_ino == known->st_ino;
}

/* What lies in the tree of a repository would be stale beside an export: every package that the ring
 * does not hold, and the packs themselves. */
static int refuse_repository(const struct export_tree *tree, const char *destination,
                             struct error *err)
{
    const struct repository *repository = tree->job.repository;
    struct stat here;
    bool ours;

    if (fstat(tree->fd, &here) < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", destination);
    ours = repository != NULL && is_same(repository->tree_fd, ".", &here);
    if (ours || (is_same(tree->fd, "../" REPOSITORY_TREE, &here) &&
                 faccessat(tree->fd, "../" REPOSITORY_CATALOG, F_OK, 0) == 0))
        return error_set(err, ERROR_USAGE,
                         "%s is the tree of a repository; give the export a folder of its own",
                         destination);
    return 0;
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
    return refuse_repository(tree, destination, err);
}

void export_tree_close(struct export_tree *tree)
{
    export_job_clear(&tree->job);
    export_job_clear(&tree->whole);
    for (size_t i = 0; i < tree->fresh_count; i++)
        free(tree->fresh[i]);
    free(tree->fresh);
    tree->fresh = NULL;
    tree->fresh_count = tree->fresh_capacity = 0;
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

/* The folder that a name lies in. */
static const char *folder_of(const char *name, char out[static VOLUME_NAME_BYTES])
{
    const char *slash = strrchr(name, '/');

    snprintf(out, VOLUME_NAME_BYTES, "%.*s", slash == NULL ? 1 : (int)(slash - name),
             slash == NULL ? "." : name);
    return out;
}

static void note_fresh(struct export_tree *tree, const char *name)
{
    if (tree->fresh_count == tree->fresh_capacity) {
        size_t capacity = tree->fresh_capacity * 2 + 64;
        char **grown = bytes_allocate(capacity, sizeof(*grown));

        if (tree->fresh_count > 0)
            memcpy(grown, tree->fresh, tree->fresh_count * sizeof(*grown));
        free(tree->fresh);
        tree->fresh = grown;
        tree->fresh_capacity = capacity;
    }
    tree->fresh[tree->fresh_count++] = bytes_copy_string(name);
}

/* Makes room for a name with other bytes than those that lie there: torn by a cut, or another
 * writing of the same document. An export that lists it is whole no more, and says so by going. */
static int remove_other(struct export_tree *tree, const char *name, struct error *err)
{
    int result = 0;

    if (faccessat(tree->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        result = path_remove(tree->fd, EXPORT_NAME, err);
        if (result == 0)
            result = path_remove(tree->fd, name, err);
    }
    if (result == 0)
        note_fresh(tree, name);
    return result;
}

/* Whether a file of this name is there with these bytes already, from an export before. */
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

/* Nothing on a medium is replaced: the same bytes stay as they are, others go first. */
static int put_file(struct export_tree *tree, const char *name, struct bytes_view data,
                    struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    char folder[VOLUME_NAME_BYTES];
    int result = path_make_folders(tree->fd, folder_of(name, folder), FOLDER_MODE, err);

    if (result < 0)
        return result;
    digest_of(data.data, data.size, digest);
    if (is_there(tree, name, data.size, digest))
        return 0;
    result = remove_other(tree, name, err);
    if (result == 0)
        result = publish_new_file(tree->fd, name, data.data, data.size, FILE_MODE, err);
    return result;
}

static int stream_pack(struct export_tree *tree, const struct export_pack *pack, int fd,
                       uint8_t digest[static DIGEST_BYTES], struct error *err)
{
    struct flushed_file file;
    int result = flushed_file_begin(&file, fd, false, tree->job.progress, tree->job.interrupt, err);

    if (result == 0)
        result = export_job_pack(&tree->job, pack, flushed_file_write, &file, err);
    if (result == 0)
        result = flushed_file_finish(&file, digest, err);
    flushed_file_abort(&file);
    return result;
}

static int write_pack(struct export_tree *tree, const struct export_pack *pack, const char *path,
                      uint8_t digest[static DIGEST_BYTES], struct error *err)
{
    struct publish publish;
    int result = publish_begin(tree->fd, path, FILE_MODE, &publish, err);

    if (result < 0)
        return result;
    result = stream_pack(tree, pack, publish.fd, digest, err);
    if (result == 0)
        result = publish_commit(&publish, err);
    publish_abort(&publish); /* nothing is left to abort after a commit */
    return result;
}

/* A medium is slow to write: what a cut left whole stays. What is not whole is of no use to anybody,
 * and its room may be needed: make_space() has counted it. */
static int put_pack(struct export_tree *tree, const struct export_pack *pack, struct error *err)
{
    char path[VOLUME_NAME_BYTES];
    uint8_t digest[DIGEST_BYTES];
    bool whole = false;
    int result = interrupt_check(tree->job.interrupt, err);

    export_job_pack_name(pack, path);
    if (result == 0)
        result = export_resume_pack(&tree->job, tree->fd, pack, &whole, digest, err);
    if (result == 0 && !whole)
        result = remove_other(tree, path, err);
    if (result == 0 && !whole)
        result = write_pack(tree, pack, path, digest, err);
    if (result < 0)
        return error_context(err, "%s", path);
    if (whole) {
        tree->resumed++;
        export_job_list(&tree->whole, path, pack->size, digest);
    }
    export_job_list(&tree->job, path, pack->size, digest);
    return 0;
}

static int put_packs(struct export_tree *tree, struct error *err)
{
    const struct export_volume *volume = export_job_volume(&tree->job);
    int result = path_make_folders(tree->fd, PACK_FOLDER, FOLDER_MODE, err);

    for (size_t i = 0; i < volume->pack_count && result == 0; i++)
        result = put_pack(tree, &tree->job.volumes->packs[volume->first_pack + i], err);
    return result;
}

static int copy_file(struct export_tree *tree, const struct export_plan_file *file,
                     struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    struct bytes data;
    int result = export_job_read(&tree->job, file, &data, err);

    if (result == 0) {
        digest_of(data.data, data.size, digest);
        result = put_file(tree, file->name, bytes_view(&data), err);
    }
    if (result == 0) {
        export_job_list(&tree->job, file->name, data.size, digest);
        progress_add(tree->job.progress, data.size);
    }
    bytes_clear(&data);
    return result;
}

static int copy_groups(struct export_tree *tree, struct error *err)
{
    int result = 0;

    for (int group = 0; group < EXPORT_GROUPS && result == 0; group++) {
        const struct export_plan_list *list = &tree->job.plan->groups[group];

        for (size_t i = 0; i < list->count && result == 0; i++)
            result = copy_file(tree, &list->files[i], err);
    }
    return result;
}

/* The old export document goes only now: until here the old export was whole. */
static int write_document(struct export_tree *tree, const struct key *key, struct error *err)
{
    struct bytes document;
    int result = export_job_sign(&tree->job, key, &document, err);

    if (result == 0)
        result = path_remove(tree->fd, EXPORT_NAME, err);
    if (result == 0)
        result = put_file(tree, EXPORT_NAME, bytes_view(&document), err);
    bytes_clear(&document);
    return result;
}

/* Where both don't fit side by side the old export has to go first; what is there already of the
 * new one, from a run that was cut, needs no room and stays. */
static int clear_for(struct export_tree *tree, uint64_t needed,
                     const struct export_document *resumed, uint64_t resumed_bytes,
                     struct error *err)
{
    uint64_t free_bytes, old_bytes;
    int result = export_tree_space(tree, &free_bytes, &old_bytes, err);

    if (result < 0 || free_bytes + resumed_bytes >= needed)
        return result;
    if (free_bytes + old_bytes < needed)
        return error_set(err, ERROR_NO_SPACE,
                         "%llu MiB are needed, %llu MiB are free and %llu MiB taken by the export "
                         "before",
                         (unsigned long long)(needed / MIB + 1),
                         (unsigned long long)(free_bytes / MIB),
                         (unsigned long long)(old_bytes / MIB));
    result = path_remove(tree->fd, EXPORT_NAME, err);
    if (result == 0)
        result = export_stale_remove(tree->fd, resumed, &tree->removed, &tree->unknown, err);
    return result;
}

static int make_space(struct export_tree *tree, struct error *err)
{
    struct export_document resumed;
    uint64_t bytes;
    int result;

    export_resume_find(&tree->job, tree->fd, &resumed, &bytes);
    result = clear_for(tree, export_job_volume(&tree->job)->bytes, &resumed, bytes, err);
    export_clear(&resumed);
    return result;
}

/* What is new goes, so that the medium is as it was: with the export before, or with none. Words are
 * lost on a medium that does not answer any more. */
static void take_away(const struct export_tree *tree)
{
    struct error ignored = {.code = ERROR_OK};

    for (size_t i = 0; i < tree->fresh_count; i++)
        (void)!path_remove(tree->fd, tree->fresh[i], &ignored);
}

/* Packs have their names only when they are whole. */
static bool is_whole_pack(const struct export_tree *tree, const char *name)
{
    return strncmp(name, PACK_FOLDER "/", sizeof(PACK_FOLDER)) == 0 &&
           faccessat(tree->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool has_export(const struct export_tree *tree)
{
    return faccessat(tree->fd, EXPORT_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Who stops an export means to go on, as after a cut: the others name what is not there. Not beside an
 * export before: an endpoint refuses it for packs that it does not list. */
static int keep_packs(struct export_tree *tree, struct error *err)
{
    size_t others = 0, packs = tree->resumed;

    for (size_t i = 0; i < tree->fresh_count; i++) {
        char *name = tree->fresh[i];

        if (is_whole_pack(tree, name)) {
            free(name);
            packs++;
        } else
            tree->fresh[others++] = name;
    }
    tree->fresh_count = others;
    if (packs == 0)
        return -(int)err->code;
    return error_set(err, ERROR_INTERRUPTED,
                     "stopped before the end; %zu packs lie there whole: run the same command "
                     "again to go on",
                     packs);
}

/* A folder that went from under us shows as absent names, whatever was being done. */
static int look_for_medium(const struct export_tree *tree, struct error *err)
{
    struct stat status;
    bool gone = fstat(tree->fd, &status) < 0 || status.st_nlink == 0;

    if (!gone && err->code == ERROR_NOT_FOUND)
        gone = faccessat(tree->fd, PACK_FOLDER, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
    if (!gone)
        return -(int)err->code;
    return error_set(err, ERROR_MEDIUM_GONE, "the destination went while it was written");
}

static int write_tree(struct export_tree *tree, const struct key *key, struct error *err)
{
    int result = put_packs(tree, err);

    if (result == 0)
        result = copy_groups(tree, err);
    if (result == 0)
        result = interrupt_check(tree->job.interrupt, err);
    if (result == 0)
        result = write_document(tree, key, err);
    if (result == -(int)ERROR_INTERRUPTED && !has_export(tree))
        result = keep_packs(tree, err);
    if (result < 0) {
        take_away(tree);
        result = look_for_medium(tree, err);
    }
    return result;
}

int export_tree_write(struct export_tree *tree, const struct key *key, struct error *err)
{
    int result = make_space(tree, err);

    if (result < 0)
        return result;
    progress_begin(tree->job.progress, "writing", export_job_volume(&tree->job)->bytes);
    result = write_tree(tree, key, err);
    if (result == 0)
        result =
            export_stale_remove(tree->fd, &tree->job.document, &tree->removed, &tree->unknown, err);
    if (result == 0 && syncfs(tree->fd) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "flushing the medium");
    progress_end(tree->job.progress);
    return result;
}

static bool was_read(const struct export_tree *tree, const char *path)
{
    for (size_t i = 0; i < tree->whole.document.file_count; i++) {
        if (strcmp(tree->whole.document.files[i].path, path) == 0)
            return true;
    }
    return false;
}

static int verify_pack(struct export_tree *tree, const struct export_pack *pack, struct error *err)
{
    char path[VOLUME_NAME_BYTES];
    bool direct = true;
    int result = 0;

    export_job_pack_name(pack, path);
    if (was_read(tree, path))
        progress_add(tree->job.progress, pack->size);
    else
        result = export_proof_pack(&tree->job, pack, tree->fd, path, &direct, err);
    tree->direct = tree->direct && direct;
    return result;
}

static int verify_packs(struct export_tree *tree, struct error *err)
{
    const struct export_volume *volume = export_job_volume(&tree->job);
    int result = 0;

    for (size_t i = 0; i < volume->pack_count && result == 0; i++)
        result = verify_pack(tree, &tree->job.volumes->packs[volume->first_pack + i], err);
    return result;
}

static int verify_file(struct export_tree *tree, const struct export_file *file, struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    bool direct = true;
    int result = interrupt_check(tree->job.interrupt, err);

    if (result == 0)
        result = read_back_digest(tree->fd, file->path, file->size, digest, &direct,
                                  tree->job.progress, err);
    tree->direct = tree->direct && direct;
    if (result == 0 && memcmp(digest, file->digest, DIGEST_BYTES) != 0)
        result = error_set(err, ERROR_MEDIUM_DAMAGED, "%s: reads back other than it was written",
                           file->path);
    return result;
}

int export_tree_verify(struct export_tree *tree, struct error *err)
{
    const struct export_document *document = &tree->job.document;
    int result;

    tree->direct = true;
    progress_begin(tree->job.progress, "reading", export_job_volume(&tree->job)->bytes);
    result = verify_packs(tree, err);
    for (size_t i = 0; i < document->file_count && result == 0; i++) {
        if (strncmp(document->files[i].path, PACK_FOLDER "/", strlen(PACK_FOLDER "/")) != 0)
            result = verify_file(tree, &document->files[i], err);
    }
    progress_end(tree->job.progress);
    return result;
}
