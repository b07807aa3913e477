/* SPDX-License-Identifier: ISC
 *
 * Messages that are read one after the other, each held against the digest that it must have: in
 * lanes (digest-lanes.h), so that answers come later than messages. One thread.
 */
#ifndef MEDIA_DIGEST_CHECK_H
#define MEDIA_DIGEST_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/digest.h"

struct digest_check;

/* Told once for each message, in any order; number and expected: what it was put with. */
typedef void (*digest_check_tell)(void *context, size_t number,
                                  const uint8_t expected[static DIGEST_BYTES], bool good);

/* Memory for as many messages of `most` bytes as there are lanes, used as far as they are long. */
struct digest_check *digest_check_new(size_t most, digest_check_tell tell, void *context);
/* Where the next message is to be written: `most` bytes, there until it is put. */
uint8_t *digest_check_buffer(const struct digest_check *check);
/* The message in the buffer; expected is copied. May tell of earlier ones. */
void digest_check_put(struct digest_check *check, size_t size,
                      const uint8_t expected[static DIGEST_BYTES], size_t number);
/* Tells of all that were put; more may follow. */
void digest_check_finish(struct digest_check *check);
/* What was not told never will be. NULL is fine. */
void digest_check_free(struct digest_check *check);

#endif
