/* SPDX-License-Identifier: ISC
 *
 * SHA-384, the only digest of the format: in one call, in pieces, over a descriptor.
 */
#ifndef MEDIA_DIGEST_H
#define MEDIA_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

#define DIGEST_BYTES      48
#define DIGEST_TEXT_BYTES (2 * DIGEST_BYTES + 1)

struct digest; /* a digest in progress */

void digest_of(const void *data, size_t size, uint8_t out[static DIGEST_BYTES]);
struct digest *digest_new(void);
void digest_add(struct digest *digest, const void *data, size_t size);
/* Ends and frees it. out may be NULL (give up). */
void digest_finish(struct digest *digest, uint8_t *out);
/* size bytes from offset of a descriptor. Short is ERROR_MEDIUM_DAMAGED; out is then untouched. */
int digest_of_file(int fd, uint64_t offset, uint64_t size, uint8_t out[static DIGEST_BYTES],
                   struct error *err) ERROR_MUST_CHECK;
/* Lower-case hex. Returns out. */
const char *digest_text(const uint8_t digest[static DIGEST_BYTES],
                        char out[static DIGEST_TEXT_BYTES]);

#endif
