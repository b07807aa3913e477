/* SPDX-License-Identifier: ISC
 *
 * The inside of digest-lanes: what a path is. Each file digest-lanes-NAME.c of the wide ones holds
 * one; digest-lanes-path.c chooses.
 */
#ifndef MEDIA_DIGEST_LANES_PATH_H
#define MEDIA_DIGEST_LANES_PATH_H

#include "media/digest-lanes.h"

#define DIGEST_BLOCK_BYTES 128
#define DIGEST_WORDS       8 /* of SHA-512's state, of which SHA-384 gives out six */
#define DIGEST_LANES_MOST  8

/* Feeds `count` blocks of each lane to its state: word w of lane l is state[w * width + l], lane l's
 * blocks begin at blocks[l]. Any alignment will do. */
typedef void (*digest_compress)(uint64_t *state, const uint8_t *const *blocks, size_t count);

struct digest_lanes_path {
    const char *name;
    size_t width;
    size_t least;             /* fewer busy lanes than this are faster one by one */
    digest_compress compress; /* NULL: digest_of() for each */
    bool (*usable)(void);
};

/* FIPS 180-4, 4.2.3 and 5.3.4. */
extern const uint64_t digest_constants[80];
extern const uint64_t digest_start[DIGEST_WORDS];

/* Never NULL. */
const struct digest_lanes_path *digest_lanes_path(enum digest_path path);

/* For one message: goes on from where a lane was left. */
void digest_compress_one(uint64_t *state, const uint8_t *const *blocks, size_t count);

#if defined(__x86_64__)
void digest_compress_avx2(uint64_t *state, const uint8_t *const *blocks, size_t count);
void digest_compress_avx512(uint64_t *state, const uint8_t *const *blocks, size_t count);
#endif

#endif
