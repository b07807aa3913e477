/* SPDX-License-Identifier: ISC */
#include "mirror/source-archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/path.h"

#define BLOCK_BYTES 65536

struct progress {
    uint64_t entries, bytes;
};

/* The formats that people make archives in; no mtree or raw, which take any file for an archive. */
static struct archive *open_archive(int fd)
{
    struct archive *archive = archive_read_new();

    if (archive == NULL)
        return NULL;
    archive_read_support_filter_all(archive);
    archive_read_support_format_tar(archive);
    archive_read_support_format_zip(archive);
    archive_read_support_format_cpio(archive);
    archive_read_support_format_7zip(archive);
    if (lseek(fd, 0, SEEK_SET) < 0 ||
        archive_read_open_fd(archive, fd, BLOCK_BYTES) != ARCHIVE_OK) {
        archive_read_free(archive);
        return NULL;
    }
    return archive;
}

bool source_archive_is(int fd)
{
    struct archive *archive = open_archive(fd);
    struct archive_entry *entry;
    bool is = archive != NULL && archive_read_next_header(archive, &entry) == ARCHIVE_OK;

    archive_read_free(archive);
    return is && lseek(fd, 0, SEEK_SET) == 0;
}

static int archive_error(struct archive *archive, struct error *err)
{
    const char *words = archive_error_string(archive);

    return error_set(err, ERROR_BAD_CONTENT, "archive: %s", words != NULL ? words : "unreadable");
}

/* Sizes in an archive are claims: bytes are counted as they come. */
static int copy_entry(struct archive *archive, int to, struct progress *progress, struct error *err)
{
    char block[BLOCK_BYTES];
    la_ssize_t got;
    int result = 0;

    while (result == 0 && (got = archive_read_data(archive, block, sizeof(block))) != 0) {
        if (got < 0)
            return archive_error(archive, err);
        progress->bytes += (uint64_t)got;
        if (progress->bytes > LIMIT_CONTENT_BYTES)
            return error_set(err, ERROR_LIMIT, "archive: more than %lu bytes (CONTENT_BYTES)",
                             LIMIT_CONTENT_BYTES);
        result = path_write(to, block, (size_t)got, err);
    }
    return result;
}

static int read_entry(struct archive *archive, struct archive_entry *entry,
                      source_archive_take take, void *context, struct progress *progress,
                      struct error *err)
{
    const char *name = archive_entry_pathname(entry);
    int to = -1;
    int result;

    if (++progress->entries > LIMIT_PACKAGE_FILES)
        return error_set(err, ERROR_LIMIT, "archive: more than %d entries (PACKAGE_FILES)",
                         LIMIT_PACKAGE_FILES);
    if (name == NULL)
        return error_set(err, ERROR_BAD_CONTENT, "archive: an entry without a name");
    if (archive_entry_filetype(entry) == AE_IFDIR)
        return 0;
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != NULL ||
        archive_entry_is_encrypted(entry))
        return error_set(err, ERROR_BAD_CONTENT, "%s: not a plain file", name);
    while (strncmp(name, "./", 2) == 0)
        name += 2;
    result = take(context, name, &to, err);
    if (result == 0 && to >= 0)
        result = copy_entry(archive, to, progress, err);
    if (to >= 0)
        (void)close(to);
    return result;
}

int source_archive_read(int fd, source_archive_take take, void *context, struct error *err)
{
    struct archive *archive = open_archive(fd);
    struct progress progress = {0};
    struct archive_entry *entry;
    int result = 0, code = ARCHIVE_EOF;

    if (archive == NULL)
        return error_set(err, ERROR_BAD_CONTENT, "archive: of no format that is read here");
    while (result == 0 && (code = archive_read_next_header(archive, &entry)) == ARCHIVE_OK)
        result = read_entry(archive, entry, take, context, &progress, err);
    if (result == 0 && code != ARCHIVE_EOF)
        result = archive_error(archive, err);
    archive_read_free(archive);
    return result;
}
