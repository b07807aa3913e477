/* SPDX-License-Identifier: ISC */
#include "agent/reader-image.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* lseek is the size of a block device as well. */
int image_medium_measure(int fd, struct image_medium *medium, struct error *err)
{
    struct stat status;
    off_t size;

    if (fstat(fd, &status) < 0)
        return error_set_errno(err, ERROR_IO, errno, "the medium");
    if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
        return error_set(err, ERROR_NOT_A_MEDIUM, "neither a regular file nor a block device");
    size = lseek(fd, 0, SEEK_END);
    if (size < 0)
        return error_set_errno(err, ERROR_MEDIUM_GONE, errno, "the medium's size");
    *medium = (struct image_medium){.fd = fd, .size = (uint64_t)size};
    return 0;
}

void image_medium_begin(struct image_medium *medium)
{
    medium->failure = 0;
    tsk_error_reset();
}

size_t image_medium_read(struct image_medium *medium, uint64_t offset, void *out, size_t size)
{
    uint8_t *next = out;
    size_t done = 0;

    if (offset >= medium->size)
        return 0;
    if (size > medium->size - offset)
        size = (size_t)(medium->size - offset);
    while (done < size) {
        ssize_t got = pread(medium->fd, next + done, size - done, (off_t)(offset + done));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) { /* it had this size when we began */
            medium->failure = got < 0 ? errno : EIO;
            break;
        }
        done += (size_t)got;
    }
    return done;
}

int image_medium_blame(const struct image_medium *medium, struct error *err)
{
    static const int gone[] = {ENODEV, ENXIO, ENOMEDIUM, ESHUTDOWN, ESTALE};
    const char *words = tsk_error_get_errstr();

    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
        if (medium->failure == gone[i])
            return error_set_errno(err, ERROR_MEDIUM_GONE, medium->failure, "reading the medium");
    }
    if (medium->failure != 0)
        return error_set_errno(err, ERROR_MEDIUM_DAMAGED, medium->failure, "reading the medium");
    if (tsk_error_get_errno() == TSK_ERR_AUX_MALLOC)
        return error_set(err, ERROR_LIMIT, "takes more memory than a reader has");
    if (tsk_error_get_errno() == 0 || words == NULL || words[0] == '\0')
        return error_set(err, ERROR_MEDIUM_DAMAGED, "the filesystem is damaged");
    return error_set(err, ERROR_MEDIUM_DAMAGED, "the filesystem is damaged: %s", words);
}
