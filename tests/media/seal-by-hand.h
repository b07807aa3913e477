/* SPDX-License-Identifier: ISC
 *
 * A second writer of sealed files, made from the text of media/seal.h and not from its code: what
 * the first one makes and the opener reads must be what the text says. And it seals what seal.c
 * never would: any bytes in place of the zstd frame, any plain size.
 */
#ifndef TESTS_MEDIA_SEAL_BY_HAND_H
#define TESTS_MEDIA_SEAL_BY_HAND_H

#include <stdint.h>

#include "media/base/bytes.h"
#include "media/seal.h"

struct seal_by_hand {
    const struct seal_key *key;
    const char *type, *name;
    uint64_t plain_size;          /* as the header claims */
    struct bytes_view compressed; /* at least a byte */
    const uint8_t *salt;          /* SEAL_SALT_BYTES; NULL: as the text says */
};

/* out is initialised here. Ends the process when GnuTLS fails. */
void seal_by_hand(const struct seal_by_hand *what, struct bytes *out);

#endif
