/* SPDX-License-Identifier: ISC */
#include "mirror/unpack-end.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/base/path.h"

#define BLOCK_BYTES   65536
#define ZIP_END_BYTES 22    /* APPNOTE 4.3.16, without the comment */
#define COMMENT_BYTES 65535 /* its length is 16 bits */

static int refuse(struct error *err)
{
    return error_set(err, ERROR_BAD_CONTENT, "archive: bytes after its end");
}

/* Padding to a record of tape is zeros. */
static int check_zeros(int fd, uint64_t offset, uint64_t size, struct error *err)
{
    uint8_t block[BLOCK_BYTES];
    int result = 0;

    while (offset < size && result == 0) {
        size_t length = size - offset < sizeof(block) ? (size_t)(size - offset) : sizeof(block);

        result = path_pread(fd, block, length, offset, err);
        for (size_t i = 0; i < length && result == 0; i++) {
            if (block[i] != 0)
                result = refuse(err);
        }
        offset += length;
    }
    return result;
}

/* The end record with the comment that it says it has must be the last bytes. */
static int check_zip(int fd, uint64_t size, struct error *err)
{
    static const uint8_t mark[] = {'P', 'K', 5, 6};
    size_t length =
        size < ZIP_END_BYTES + COMMENT_BYTES ? (size_t)size : (size_t)ZIP_END_BYTES + COMMENT_BYTES;
    uint8_t *tail = bytes_allocate(1, length);
    int result = path_pread(fd, tail, length, size - length, err);
    bool found = false;

    for (size_t i = 0; result == 0 && i + ZIP_END_BYTES <= length && !found; i++) {
        size_t comment = tail[i + 20] | (size_t)tail[i + 21] << 8;

        found = memcmp(tail + i, mark, sizeof(mark)) == 0 && i + ZIP_END_BYTES + comment == length;
    }
    free(tail);
    return result == 0 && !found ? refuse(err) : result;
}

int unpack_check_end(struct archive *archive, int fd, struct error *err)
{
    int format = archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK;
    struct stat status;

    if (fstat(fd, &status) < 0)
        return error_set_errno(err, ERROR_IO, errno, "the archive");
    if (format == ARCHIVE_FORMAT_ZIP)
        return check_zip(fd, (uint64_t)status.st_size, err);
    /* A filter that is none counts as one. */
    if ((format != ARCHIVE_FORMAT_TAR && format != ARCHIVE_FORMAT_CPIO) ||
        archive_filter_code(archive, 0) != ARCHIVE_FILTER_NONE)
        return 0;
    return check_zeros(fd, (uint64_t)archive_filter_bytes(archive, 0), (uint64_t)status.st_size,
                       err);
}
