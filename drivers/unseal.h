/* SPDX-License-Identifier: ISC
 *
 * Opening sealed content in a driver, the only process that holds a content key. The layout is in
 * media/seal.h and sallyport-set.5 (Sealed content); the constants are written here again because
 * drivers include nothing of media/. No trust code: which bytes are good was decided before.
 *
 * No compressed byte is looked at before its segment's tag verified, and memory is bounded: one
 * segment and one zstd window of at most 8 MiB.
 */
#ifndef DRIVERS_UNSEAL_H
#define DRIVERS_UNSEAL_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/error.h"

#define UNSEAL_KEY_BYTES 32

/* What the file must be: a header that says otherwise is refused. */
struct unseal_expected {
    const char *type;
    const char *name;
    const char *key_id;
    uint64_t plain_limit; /* more plain bytes than this is ERROR_LIMIT, before any is made */
};

/* Takes plain bytes in order. Negative ends the work with that error. */
typedef int (*unseal_sink)(void *context, const void *data, size_t size, struct error *err);

/* Opens the sealed file fd of `size` bytes. The sink's bytes count only when 0 is returned: a file
 * that was cut off shows at its end. ERROR_WRONG_SECRET when the first segment does not verify (key
 * or header), ERROR_BAD_CONTENT for anything else that is wrong with the file. */
int unseal_file(int fd, uint64_t size, const uint8_t key[static UNSEAL_KEY_BYTES],
                const struct unseal_expected *expected, unseal_sink sink, void *context,
                struct error *err) ERROR_MUST_CHECK;

/* The same into a fresh sealed memfd, positioned at its start; the caller's to close. */
int unseal_to_memory(int fd, uint64_t size, const uint8_t key[static UNSEAL_KEY_BYTES],
                     const struct unseal_expected *expected, int *plain_fd, uint64_t *plain_size,
                     struct error *err) ERROR_MUST_CHECK;

#endif
