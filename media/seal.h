/* SPDX-License-Identifier: ISC
 *
 * Sealed content (libmediawrite): one file, compressed, then encrypted alone, the same bytes every
 * time. drivers/unseal.h opens it. It hides content from whoever finds a medium, not from an
 * endpoint's root. (sallyport-set.5, Sealed content)
 *
 * Integers little-endian. A sealed file:
 *   header
 *      0  magic "SPSL"
 *      4  version u16            1
 *      6  type size u16, name size u16, key id size u16
 *     12  plain size u64
 *     20  compressed size u64    at least 1
 *     28  salt [32]
 *     60  type, name, key id     without anything between or after them
 *   segments: 65,536 compressed bytes each, the last one 1..65,536, each encrypted and followed by
 *   its 16-byte tag
 *
 * compressed = one zstd frame of the plain bytes, window at most 8 MiB.
 * K_salt = HKDF-SHA384(content key, no salt, "sallyport sealed salt")
 * salt   = first 32 bytes of HMAC-SHA384(K_salt, type size u64 | name size u64 | compressed size
 * u64 | type | name | compressed bytes) key    = HKDF-SHA384(content key, salt, "sallyport sealed
 * key" | 0 | type | 0 | key id), 32 bytes segment i: AES-256-GCM, nonce = i u64 | 0 0 0 | last flag
 * (1 for the last segment, else 0), header as additional data.
 */
#ifndef MEDIA_SEAL_H
#define MEDIA_SEAL_H

#include <stdint.h>

#include "media/base/error.h"
#include "media/base/limits.h"

#define SEAL_KEY_BYTES     32
#define SEAL_SALT_BYTES    32
#define SEAL_TAG_BYTES     16
#define SEAL_SEGMENT_BYTES (64 * KIB)
#define SEAL_HEADER_BYTES  60 /* before the names */

struct seal_key {
    char id[LIMIT_NAME_BYTES + 1];
    uint8_t key[SEAL_KEY_BYTES];
};

/* Seals the regular file in_fd (from its start) as `name` of a package of `type` into out_fd (from
 * its current position). scratch_fd is an empty file that takes the compressed bytes. *size gets
 * the sealed size. */
int seal_file(const struct seal_key *key, const char *type, const char *name, int level, int in_fd,
              int scratch_fd, int out_fd, uint64_t *size, struct error *err) ERROR_MUST_CHECK;

#endif
