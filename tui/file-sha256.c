/* SPDX-License-Identifier: ISC */
#include "tui/file-sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/base/text.h"

#define PIECE_BYTES (256 * KIB)

/* Opening must not wait on a FIFO. */
static int open_regular(const char *path, int *fd, struct error *err)
{
    struct stat status;

    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0)
        return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno, "%s",
                               path);
    if (fstat(*fd, &status) == 0 && S_ISREG(status.st_mode))
        return 0;
    close(*fd);
    return error_set(err, ERROR_USAGE, "%s: no regular file", path);
}

int file_sha256(const char *path, char hex[static FILE_SHA256_TEXT], struct error *err)
{
    uint8_t *piece, digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx context;
    ssize_t got;
    int fd;

    if (open_regular(path, &fd, err) < 0)
        return -(int)err->code;
    piece = bytes_allocate(1, PIECE_BYTES);
    sha256_init(&context);
    while ((got = read(fd, piece, PIECE_BYTES)) > 0 || (got < 0 && errno == EINTR))
        if (got > 0)
            sha256_update(&context, (size_t)got, piece);
    if (got < 0)
        error_set_errno(err, ERROR_IO, errno, "%s", path);
    free(piece);
    close(fd);
    if (got < 0)
        return -(int)err->code;
    sha256_digest(&context, sizeof(digest), digest);
    text_hex(digest, sizeof(digest), hex);
    return 0;
}
