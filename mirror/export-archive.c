/* SPDX-License-Identifier: ISC */
#include "mirror/export-archive.h"

#include <archive.h>
#include <archive_entry.h>
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
#include "mirror/flushed-file.h"
#include "mirror/read-back.h"

#define EXPORT_NAME VOLUME_ROOT "/export.p7m"
#define FILE_MODE   0644

/* What is written by libarchive. */
struct stream {
    struct export_archive *export;
    struct archive *archive;
    struct archive_entry *entry;
    struct flushed_file file;
    struct error failure; /* of the descriptor; libarchive is not told of it, as in pack-write.c */
};

/* The names of the tree are longer than an ISO's own and than Joliet's: Rock Ridge keeps them whole,
 * and a second set of mangled ones helps nobody. Its owners and modes are made plain. */
static int set_format(struct stream *stream)
{
    if (stream->export->form == EXPORT_TAR)
        return archive_write_set_format_pax_restricted(stream->archive);
    if (archive_write_set_format_iso9660(stream->archive) != ARCHIVE_OK)
        return ARCHIVE_FATAL;
    return archive_write_set_options(stream->archive,
                                     "rockridge=useful,!joliet,volume-id=SALLYPORT,iso-level=3");
}

static la_ssize_t write_some(struct archive *archive, void *context, const void *data, size_t size)
{
    struct stream *stream = context;

    if (stream->failure.code == ERROR_OK)
        (void)!flushed_file_write(&stream->file, data, size, &stream->failure);
    return (la_ssize_t)size;
}

static int stream_failed(const struct stream *stream, struct error *err)
{
    const char *words = archive_error_string(stream->archive);

    if (stream->failure.code != ERROR_OK) {
        *err = stream->failure;
        return -(int)err->code;
    }
    return error_set_errno(err, ERROR_IO, archive_errno(stream->archive), "%s",
                           words != NULL ? words : "writing an archive");
}

static int begin(struct stream *stream, struct error *err)
{
    stream->archive = archive_write_new();
    stream->entry = archive_entry_new();
    if (stream->archive == NULL || stream->entry == NULL)
        return error_set(err, ERROR_INTERNAL, "no memory for an archive");
    if (set_format(stream) != ARCHIVE_OK ||
        archive_write_add_filter_none(stream->archive) != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(stream->archive, 0) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(stream->archive, 1) != ARCHIVE_OK ||
        archive_write_open(stream->archive, stream, NULL, write_some, NULL) != ARCHIVE_OK)
        return stream_failed(stream, err);
    return 0;
}

static int begin_entry(struct stream *stream, const char *name, uint64_t size, struct error *err)
{
    archive_entry_clear(stream->entry);
    archive_entry_set_pathname(stream->entry, name);
    archive_entry_set_filetype(stream->entry, AE_IFREG);
    archive_entry_set_perm(stream->entry, FILE_MODE);
    archive_entry_set_size(stream->entry, (la_int64_t)size);
    archive_entry_set_mtime(stream->entry, 0, 0);
    archive_entry_set_uid(stream->entry, 0);
    archive_entry_set_gid(stream->entry, 0);
    if (archive_write_header(stream->archive, stream->entry) != ARCHIVE_OK)
        return stream_failed(stream, err);
    return 0;
}

/* A pack_put. An ISO's bytes come to the descriptor only at the end: until then this is where the
 * work can be stopped. */
static int put_data(void *context, const void *data, size_t size, struct error *err)
{
    struct stream *stream = context;
    const uint8_t *from = data;
    int result = interrupt_check(stream->export->job.interrupt, err);

    while (size > 0 && result == 0) {
        la_ssize_t written = archive_write_data(stream->archive, from, size);

        if (written <= 0 || stream->failure.code != ERROR_OK)
            return stream_failed(stream, err);
        from += written;
        size -= (size_t)written;
        if (stream->export->form == EXPORT_ISO)
            progress_add(stream->export->job.progress, (uint64_t)written);
    }
    return result;
}

static int put_bytes(struct stream *stream, const char *name, struct bytes_view data,
                     struct error *err)
{
    int result = begin_entry(stream, name, data.size, err);

    return result < 0 ? result : put_data(stream, data.data, data.size, err);
}

static int put_planned(struct stream *stream, const struct export_plan_file *file,
                       struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    struct bytes data;
    int result = export_job_read(&stream->export->job, file, &data, err);

    if (result == 0)
        result = put_bytes(stream, file->name, bytes_view(&data), err);
    if (result == 0) {
        digest_of(data.data, data.size, digest);
        export_job_list(&stream->export->job, file->name, data.size, digest);
    }
    bytes_clear(&data);
    return result;
}

/* In the order in which a reader that can't seek needs them. */
static int put_groups(struct stream *stream, struct error *err)
{
    static const enum export_plan_group order[] = {EXPORT_ROOTS, EXPORT_CRLS, EXPORT_SETS,
                                                   EXPORT_PACKAGES, EXPORT_RECIPES};
    int result = 0;

    for (size_t group = 0; group < EXPORT_GROUPS && result == 0; group++) {
        const struct export_plan_list *list = &stream->export->job.plan->groups[order[group]];

        for (size_t i = 0; i < list->count && result == 0; i++)
            result = put_planned(stream, &list->files[i], err);
    }
    return result;
}

struct hashing {
    struct stream *stream;
    struct digest_thread *digest;
};

static int put_hashed(void *context, const void *data, size_t size, struct error *err)
{
    struct hashing *hashing = context;

    digest_thread_add(hashing->digest, data, size);
    return put_data(hashing->stream, data, size, err);
}

static int put_pack(struct stream *stream, const struct export_pack *pack, struct error *err)
{
    struct hashing hashing = {.stream = stream, .digest = NULL};
    char path[VOLUME_NAME_BYTES];
    uint8_t digest[DIGEST_BYTES];
    int result;

    result = digest_thread_start(&hashing.digest, err);
    if (result == 0)
        result = begin_entry(stream, export_job_pack_name(pack, path), pack->size, err);
    if (result == 0)
        result = export_job_pack(&stream->export->job, pack, put_hashed, &hashing, err);
    digest_thread_finish(hashing.digest, result == 0 ? digest : NULL);
    if (result == 0)
        export_job_list(&stream->export->job, path, pack->size, digest);
    return result;
}

static int put_tree(struct stream *stream, const struct key *key, struct error *err)
{
    struct export_job *job = &stream->export->job;
    const struct export_volume *volume = export_job_volume(job);
    struct bytes document;
    int result = put_groups(stream, err);

    for (size_t i = 0; i < volume->pack_count && result == 0; i++)
        result = put_pack(stream, &job->volumes->packs[volume->first_pack + i], err);
    bytes_init(&document, 0);
    if (result == 0)
        result = export_job_sign(job, key, &document, err);
    if (result == 0)
        result = put_bytes(stream, EXPORT_NAME, bytes_view(&document), err);
    bytes_clear(&document);
    return result;
}

static int write_stream(struct export_archive *archive, const struct key *key, struct error *err)
{
    struct stream stream = {.export = archive};
    int result = flushed_file_begin(&stream.file, archive->fd, archive->dirfd < 0,
                                    archive->job.progress, archive->job.interrupt, err);

    if (result == 0)
        result = begin(&stream, err);
    if (result == 0)
        result = put_tree(&stream, key, err);
    if (result == 0 && archive->form == EXPORT_ISO)
        progress_begin(archive->job.progress, "writing", export_job_volume(&archive->job)->bytes);
    if (result == 0 &&
        (archive_write_close(stream.archive) != ARCHIVE_OK || stream.failure.code != ERROR_OK))
        result = stream_failed(&stream, err);
    if (result == 0)
        result = flushed_file_finish(&stream.file, archive->digest, err);
    archive->size = stream.file.size;
    /* What libarchive would still write to be done goes nowhere. */
    if (stream.failure.code == ERROR_OK)
        stream.failure.code = ERROR_INTERNAL;
    flushed_file_abort(&stream.file);
    archive_entry_free(stream.entry);
    archive_write_free(stream.archive);
    return result;
}

/* The folder of the destination may be a link, and lie anywhere: it is the caller's own choice. */
static int open_folder(struct export_archive *archive, const char *destination, struct error *err)
{
    char *path = bytes_copy_string(destination);
    const char *parent = dirname(path);

    archive->dirfd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (archive->dirfd < 0)
        error_set_errno(err, ERROR_IO, errno, "%s", parent);
    free(path);
    return archive->dirfd < 0 ? -(int)err->code : 0;
}

static int open_file(struct export_archive *archive, const char *destination, struct error *err)
{
    const char *slash = strrchr(destination, '/');
    const char *last = slash != NULL ? slash + 1 : destination;
    struct stat status;

    if (*last == '\0' || strcmp(last, ".") == 0 || strcmp(last, "..") == 0 ||
        strlen(last) >= sizeof(archive->name))
        return error_set(err, ERROR_USAGE, "%s: no name of a file", destination);
    snprintf(archive->name, sizeof(archive->name), "%s", last);
    snprintf(archive->part, sizeof(archive->part), ".%s.sallyport-part", last);
    if (open_folder(archive, destination, err) < 0)
        return -(int)err->code;
    if (fstatat(archive->dirfd, last, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISREG(status.st_mode))
        return error_set(err, ERROR_USAGE, "%s: is there and is no regular file", destination);
    return 0;
}

int export_archive_open(struct export_archive *archive, const char *destination, bool dry,
                        struct error *err)
{
    archive->dirfd = archive->fd = -1;
    if (strcmp(destination, "-") != 0)
        return open_file(archive, destination, err);
    if (archive->form == EXPORT_ISO)
        return error_set(err, ERROR_USAGE, "an ISO image goes to a file, a tar to a pipe too");
    if (!dry && isatty(STDOUT_FILENO) == 1)
        return error_set(err, ERROR_USAGE,
                         "standard output is a terminal: give it to a pipe or a "
                         "file, or name a file");
    return 0;
}

void export_archive_close(struct export_archive *archive)
{
    export_job_clear(&archive->job);
    if (archive->dirfd >= 0 && archive->fd >= 0)
        (void)close(archive->fd);
    if (archive->dirfd >= 0)
        (void)close(archive->dirfd);
    archive->dirfd = archive->fd = -1;
}

static const char *spool_folder(void)
{
    const char *folder = getenv("TMPDIR"); /* what libarchive asks too */

    return folder != NULL && folder[0] != '\0' ? folder : "/tmp";
}

int export_archive_space(const struct export_archive *archive, uint64_t *free_bytes,
                         uint64_t *spool_bytes, struct error *err)
{
    struct statvfs target, spool;
    struct stat part, here, there;

    *free_bytes = *spool_bytes = UINT64_MAX;
    if (archive->dirfd < 0)
        return 0;
    if (fstatvfs(archive->dirfd, &target) < 0)
        return error_set_errno(err, ERROR_IO, errno, "free space");
    *free_bytes = (uint64_t)target.f_bavail * target.f_frsize;
    if (fstatat(archive->dirfd, archive->part, &part, AT_SYMLINK_NOFOLLOW) == 0)
        *free_bytes += (uint64_t)part.st_blocks * 512; /* what a cut left, written over */
    if (archive->form != EXPORT_ISO)
        return 0;
    if (statvfs(spool_folder(), &spool) < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", spool_folder());
    *spool_bytes = (uint64_t)spool.f_bavail * spool.f_frsize;
    if (fstat(archive->dirfd, &here) == 0 && stat(spool_folder(), &there) == 0 &&
        here.st_dev == there.st_dev) { /* one filesystem has to hold both */
        *free_bytes /= 2;
        *spool_bytes /= 2;
    }
    return 0;
}

static int check_space(const struct export_archive *archive, struct error *err)
{
    uint64_t needed = export_job_volume(&archive->job)->bytes;
    uint64_t free_bytes, spool_bytes;
    int result = export_archive_space(archive, &free_bytes, &spool_bytes, err);

    if (result < 0)
        return result;
    if (spool_bytes < needed)
        return error_set(
            err, ERROR_NO_SPACE,
            "%s: an ISO image is spooled there: %llu MiB are needed, %llu MiB are free "
            "for it; set TMPDIR to another folder",
            spool_folder(), (unsigned long long)(needed / MIB + 1),
            (unsigned long long)(spool_bytes / MIB));
    if (free_bytes < needed)
        return error_set(err, ERROR_NO_SPACE, "%llu MiB are needed, %llu MiB are free",
                         (unsigned long long)(needed / MIB + 1),
                         (unsigned long long)(free_bytes / MIB));
    return 0;
}

/* The hard limit of a volume, should a form take more than was counted for it. */
static int check_size(const struct export_archive *archive, struct error *err)
{
    uint64_t planned = export_job_volume(&archive->job)->bytes;

    if (archive->size <= planned)
        return 0;
    return error_set(err, ERROR_INTERNAL, "the file has %llu bytes, more than the %llu planned",
                     (unsigned long long)archive->size, (unsigned long long)planned);
}

static int write_file(struct export_archive *archive, const struct key *key, struct error *err)
{
    int result = path_remove(archive->dirfd, archive->part, err);

    if (result < 0)
        return result;
    archive->fd = openat(archive->dirfd, archive->part,
                         O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    if (archive->fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", archive->part);
    result = write_stream(archive, key, err);
    if (result == 0)
        result = check_size(archive, err);
    if (result == 0)
        result = interrupt_check(archive->job.interrupt, err);
    if (result == 0)
        result = publish_move(archive->dirfd, archive->part, archive->dirfd, archive->name, err);
    if (result < 0)
        (void)unlinkat(archive->dirfd, archive->part, 0);
    return result;
}

int export_archive_write(struct export_archive *archive, const struct key *key, struct error *err)
{
    int result = check_space(archive, err);

    if (result < 0)
        return result;
    progress_begin(archive->job.progress, archive->form == EXPORT_ISO ? "spooling" : "writing",
                   export_job_volume(&archive->job)->bytes);
    if (archive->dirfd >= 0) {
        result = write_file(archive, key, err);
    } else {
        archive->fd = STDOUT_FILENO;
        result = write_stream(archive, key, err);
    }
    progress_end(archive->job.progress);
    return result;
}

int export_archive_verify(struct export_archive *archive, struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    int result;

    if (archive->dirfd < 0)
        return 0;
    progress_begin(archive->job.progress, "reading", archive->size);
    result = read_back_digest(archive->dirfd, archive->name, archive->size, digest,
                              &archive->direct, archive->job.progress, err);
    if (result == 0 && memcmp(digest, archive->digest, DIGEST_BYTES) != 0)
        result = error_set(err, ERROR_MEDIUM_DAMAGED, "%s: reads back other than it was written",
                           archive->name);
    progress_end(archive->job.progress);
    return result;
}
