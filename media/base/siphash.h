/* SPDX-License-Identifier: ISC
 *
 * SipHash-2-4 with 128 bits (Aumasson, Bernstein: "SipHash: a fast short-input PRF", INDOCRYPT 2012,
 * and its reference's 128-bit output): whoever does not know the key can neither find two inputs of
 * one hash nor steer where they go in a table. No integrity: for that, media/digest.h.
 */
#ifndef MEDIA_BASE_SIPHASH_H
#define MEDIA_BASE_SIPHASH_H

#include "media/base/bytes.h"
#include "media/base/error.h"

struct siphash_key {
    uint64_t halves[2];
};

struct siphash {
    uint64_t halves[2];
};

/* A key of the kernel's random numbers. ERROR_INTERNAL where it gives none. */
int siphash_make_key(struct siphash_key *key, struct error *err) ERROR_MUST_CHECK;

struct siphash siphash(const struct siphash_key *key, struct bytes_view data);

#endif
