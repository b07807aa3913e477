/* SPDX-License-Identifier: ISC */
#include "media/digest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#define READ_BYTES (128 * 1024)

struct digest {
    gnutls_hash_hd_t handle;
};

/* GnuTLS fails here only without memory or in a failed self-test. No digest may be made up then,
 * and no caller could do better than end. */
static void digest_failed(void)
{
    static const char line[] = "SHA-384 failed: out of memory\n";
    ssize_t ignored = write(STDERR_FILENO, line, sizeof(line) - 1);

    (void)ignored;
    _exit(1);
}

void digest_of(const void *data, size_t size, uint8_t out[static DIGEST_BYTES])
{
    /* GnuTLS wants an address even for no bytes. */
    if (gnutls_hash_fast(GNUTLS_DIG_SHA384, data != NULL ? data : "", size, out) < 0)
        digest_failed();
}

struct digest *digest_new(void)
{
    struct digest *digest = bytes_allocate(1, sizeof(*digest));

    if (gnutls_hash_init(&digest->handle, GNUTLS_DIG_SHA384) < 0)
        digest_failed();
    return digest;
}

void digest_add(struct digest *digest, const void *data, size_t size)
{
    if (size > 0 && gnutls_hash(digest->handle, data, size) < 0)
        digest_failed();
}

void digest_finish(struct digest *digest, uint8_t *out)
{
    if (digest == NULL)
        return;
    gnutls_hash_deinit(digest->handle, out);
    free(digest);
}

/* One read at most; *taken is never 0 on success. */
static int read_some(int fd, uint8_t *buffer, size_t size, uint64_t offset, size_t *taken,
                     struct error *err)
{
    ssize_t count;

    do {
        count = pread(fd, buffer, size, (off_t)offset);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return error_set_errno(err, ERROR_IO, errno, "reading at %" PRIu64, offset);
    if (count == 0)
        return error_set(err, ERROR_MEDIUM_DAMAGED, "ends at %" PRIu64, offset);
    *taken = (size_t)count;
    return 0;
}

int digest_of_file(int fd, uint64_t offset, uint64_t size, uint8_t out[static DIGEST_BYTES],
                   struct error *err)
{
    struct digest *digest = NULL;
    uint8_t *buffer = NULL;
    int result = 0;

    if (size > INT64_MAX || offset > INT64_MAX - size)
        return error_set(err, ERROR_LIMIT, "no file reaches %" PRIu64 " bytes", offset);
    digest = digest_new();
    buffer = bytes_allocate(1, READ_BYTES);
    while (size > 0) {
        size_t taken = 0;

        result = read_some(fd, buffer, size < READ_BYTES ? (size_t)size : READ_BYTES, offset,
                           &taken, err);
        if (result < 0)
            break;
        digest_add(digest, buffer, taken);
        offset += taken;
        size -= taken;
    }
    digest_finish(digest, result == 0 ? out : NULL);
    free(buffer);
    return result;
}

const char *digest_text(const uint8_t digest[static DIGEST_BYTES],
                        char out[static DIGEST_TEXT_BYTES])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[DIGEST_TEXT_BYTES - 1] = '\0';
    return out;
}
