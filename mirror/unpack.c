/* SPDX-License-Identifier: ISC */
#include "mirror/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/path.h"
#include "mirror/unpack-end.h"

#define BLOCK_BYTES 65536

struct unpacking {
    struct archive *archive;
    struct archive_entry *entry;
    int folder_fd;
    uint64_t limit_bytes;
    struct unpack_result *result;
};

/* What people make archives in. Not mtree and raw, which take any file for an archive; not xar, of
 * whose files over 64 KiB libarchive 3.6 makes longer ones without a word; no filter that runs a
 * program. */
static int (*const supports[])(struct archive *) = {
    archive_read_support_filter_bzip2,   archive_read_support_filter_compress,
    archive_read_support_filter_gzip,    archive_read_support_filter_lz4,
    archive_read_support_filter_lzip,    archive_read_support_filter_lzma,
    archive_read_support_filter_xz,      archive_read_support_filter_zstd,
    archive_read_support_format_7zip,    archive_read_support_format_ar,
    archive_read_support_format_cab,     archive_read_support_format_cpio,
    archive_read_support_format_iso9660, archive_read_support_format_lha,
    archive_read_support_format_rar,     archive_read_support_format_rar5,
    archive_read_support_format_tar,     archive_read_support_format_zip,
};

static int archive_failed(const struct unpacking *unpacking, struct error *err)
{
    const char *words = archive_error_string(unpacking->archive);

    return error_set(err, ERROR_BAD_CONTENT, "archive: %s", words != NULL ? words : "unreadable");
}

/* Counted as they come: a size in an archive is a claim. */
static int count_bytes(struct unpacking *unpacking, uint64_t size, struct error *err)
{
    unpacking->result->bytes += size;
    if (unpacking->result->bytes <= unpacking->limit_bytes)
        return 0;
    if (unpacking->limit_bytes < LIMIT_CONTENT_BYTES)
        return error_set(err, ERROR_NO_SPACE, "the archive holds more than the %llu bytes free",
                         (unsigned long long)unpacking->limit_bytes);
    return error_set(err, ERROR_LIMIT, "the archive holds more than %lu bytes (CONTENT_BYTES)",
                     LIMIT_CONTENT_BYTES);
}

static int copy_data(struct unpacking *unpacking, int to, struct error *err)
{
    uint64_t before = unpacking->result->bytes;
    char block[BLOCK_BYTES];
    la_ssize_t got;
    int result = 0;

    while (result == 0 &&
           (got = archive_read_data(unpacking->archive, block, sizeof(block))) != 0) {
        if (got < 0)
            return archive_failed(unpacking, err);
        result = count_bytes(unpacking, (uint64_t)got, err);
        if (result == 0)
            result = path_write(to, block, (size_t)got, err);
    }
    if (result == 0 && archive_entry_size_is_set(unpacking->entry) &&
        (uint64_t)archive_entry_size(unpacking->entry) != unpacking->result->bytes - before)
        result = error_set(err, ERROR_BAD_CONTENT, "holds %llu bytes, not the %lld that it claims",
                           (unsigned long long)(unpacking->result->bytes - before),
                           (long long)archive_entry_size(unpacking->entry));
    return result;
}

/* A hard link to a file that came out of this archive before is that file again. */
static int copy_linked(struct unpacking *unpacking, int from, int to, struct error *err)
{
    char block[BLOCK_BYTES];
    ssize_t got;
    int result = 0;

    while (result == 0 && (got = read(from, block, sizeof(block))) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(err, ERROR_IO, errno, "reading what a link names");
        result = count_bytes(unpacking, (uint64_t)got, err);
        if (result == 0)
            result = path_write(to, block, (size_t)got, err);
    }
    return result;
}

static const char *plain_name(const char *name)
{
    while (name != NULL && strncmp(name, "./", 2) == 0)
        name += 2;
    return name;
}

static int check_name(const char *name, struct error *err)
{
    if (path_name_valid(name, strlen(name)))
        return 0;
    return error_set(err, ERROR_BAD_CONTENT,
                     "names are A-Z a-z 0-9 . _ - and / between, at most %d deep, none begins "
                     "with -, none leads out",
                     LIMIT_PATH_DEPTH);
}

static int make_file(const struct unpacking *unpacking, const char *name, int *fd,
                     struct error *err)
{
    char folder[LIMIT_PATH_BYTES + 1];
    const char *slash = strrchr(name, '/');
    int result = 0;

    *fd = -1;
    errno = 0;
    if (slash != NULL) {
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - name), name);
        result = path_make_folders(unpacking->folder_fd, folder, 0700, err);
    }
    if (result == 0)
        result = path_open(unpacking->folder_fd, name, O_WRONLY | O_CREAT | O_EXCL, 0600, fd, err);
    if (result < 0 && errno == EEXIST)
        result = error_set(err, ERROR_BAD_CONTENT, "twice in the archive");
    else if (result < 0 && (errno == ENOTDIR || errno == ELOOP))
        result = error_set(err, ERROR_BAD_CONTENT, "a file and a folder in the archive");
    return result;
}

static int unpack_link(struct unpacking *unpacking, const char *link, int to, struct error *err)
{
    uint64_t size;
    int from;
    int result = check_name(link, err);

    if (result == 0)
        result =
            path_open_regular(unpacking->folder_fd, link, LIMIT_CONTENT_BYTES, &from, &size, err);
    if (result < 0)
        return error_set(err, ERROR_BAD_CONTENT,
                         "a hard link to what did not come before it in the archive");
    result = copy_linked(unpacking, from, to, err);
    (void)close(from);
    return result;
}

/* What kind of entry is refused, and in which words. */
static const char *refused_kind(struct archive_entry *entry)
{
    static const struct {
        __LA_MODE_T kind;
        const char *words;
    } kinds[] = {
        {AE_IFLNK, "a symbolic link"}, {AE_IFIFO, "a FIFO"},    {AE_IFCHR, "a device"},
        {AE_IFBLK, "a device"},        {AE_IFSOCK, "a socket"},
    };

    if (archive_entry_is_encrypted(entry))
        return "encrypted";
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (archive_entry_filetype(entry) == kinds[i].kind)
            return kinds[i].words;
    }
    if (archive_entry_hardlink(entry) != NULL)
        return archive_entry_size_is_set(entry) && archive_entry_size(entry) != 0
                   ? "a hard link with bytes of its own"
                   : NULL;
    return archive_entry_filetype(entry) == AE_IFREG ? NULL : "no regular file";
}

/* Before a byte is written: what it claims to be, and to hold. */
static int check_entry(const struct unpacking *unpacking, const char *name, struct error *err)
{
    const char *kind = refused_kind(unpacking->entry);
    int64_t size = archive_entry_size(unpacking->entry);
    int result = check_name(name, err);

    if (result == 0 && kind != NULL)
        result = error_set(err, ERROR_BAD_CONTENT, "%s", kind);
    if (result == 0 && archive_entry_size_is_set(unpacking->entry) &&
        (size < 0 || (uint64_t)size > LIMIT_CONTENT_BYTES))
        result = error_set(err, ERROR_LIMIT, "claims %lld bytes, more than %lu (CONTENT_BYTES)",
                           (long long)size, LIMIT_CONTENT_BYTES);
    return result;
}

static int unpack_file(struct unpacking *unpacking, const char *name, struct error *err)
{
    const char *link = plain_name(archive_entry_hardlink(unpacking->entry));
    int to;
    int result = make_file(unpacking, name, &to, err);

    if (result < 0)
        return result;
    if (link != NULL)
        result = unpack_link(unpacking, link, to, err);
    else
        result = copy_data(unpacking, to, err);
    (void)close(to);
    unpacking->result->files++;
    return result;
}

/* Folders come with their files; one without any is nothing. Its name is looked at all the same. */
static int skip_folder(const char *name, struct error *err)
{
    char folder[LIMIT_PATH_BYTES + 1];
    size_t size = strlen(name);

    while (size > 0 && name[size - 1] == '/')
        size--;
    if (size == 0 && *name == '/')
        return check_name(name, err);
    if (size == 0 || (size == 1 && *name == '.'))
        return 0;
    snprintf(folder, sizeof(folder), "%.*s", (int)size, name);
    return check_name(folder, err);
}

static int unpack_entry(struct unpacking *unpacking, struct error *err)
{
    const char *name = plain_name(archive_entry_pathname(unpacking->entry));
    int result;

    if (++unpacking->result->entries > LIMIT_PACKAGE_FILES)
        return error_set(err, ERROR_LIMIT, "more than %d entries (PACKAGE_FILES)",
                         LIMIT_PACKAGE_FILES);
    if (name == NULL)
        return error_set(err, ERROR_BAD_CONTENT, "entry %llu has no name that can be read",
                         (unsigned long long)unpacking->result->entries);
    if (archive_entry_filetype(unpacking->entry) == AE_IFDIR) {
        result = skip_folder(name, err);
    } else {
        result = check_entry(unpacking, name, err);
        if (result == 0)
            result = unpack_file(unpacking, name, err);
    }
    return result < 0 ? error_context(err, "%s", name) : 0;
}

static int open_archive(struct unpacking *unpacking, int fd, struct error *err)
{
    unpacking->archive = archive_read_new();
    if (unpacking->archive == NULL)
        return error_set(err, ERROR_INTERNAL, "no memory for an archive");
    for (size_t i = 0; i < sizeof(supports) / sizeof(supports[0]); i++)
        (void)supports[i](unpacking->archive);
    if (archive_read_open_fd(unpacking->archive, fd, BLOCK_BYTES) != ARCHIVE_OK)
        return archive_failed(unpacking, err);
    return 0;
}

/* A header that is read with a warning is refused as well: its name or size is not what it says. */
static int unpack_entries(struct unpacking *unpacking, struct error *err)
{
    int code = ARCHIVE_OK;
    int result = 0;

    while (result == 0) {
        code = archive_read_next_header(unpacking->archive, &unpacking->entry);
        if (code != ARCHIVE_OK)
            break;
        unpacking->result->is_archive = true;
        result = unpack_entry(unpacking, err);
    }
    if (result == 0 && code != ARCHIVE_EOF)
        result = archive_failed(unpacking, err);
    if (result == 0 && archive_read_has_encrypted_entries(unpacking->archive) == 1)
        result = error_set(err, ERROR_BAD_CONTENT, "archive: encrypted");
    return result;
}

int unpack_archive(int fd, int folder_fd, uint64_t limit_bytes, struct unpack_result *result,
                   struct error *err)
{
    struct unpacking unpacking = {
        .folder_fd = folder_fd,
        .limit_bytes = limit_bytes < LIMIT_CONTENT_BYTES ? limit_bytes : LIMIT_CONTENT_BYTES,
        .result = result};
    int outcome;

    *result = (struct unpack_result){0};
    outcome = open_archive(&unpacking, fd, err);
    if (outcome == 0)
        outcome = unpack_entries(&unpacking, err);
    /* A known format whose first entry can't be read is a bad archive, not another kind of file. */
    if (unpacking.archive != NULL && archive_format(unpacking.archive) != 0)
        result->is_archive = true;
    if (outcome == 0)
        outcome = unpack_check_end(unpacking.archive, fd, err);
    archive_read_free(unpacking.archive);
    return outcome;
}
