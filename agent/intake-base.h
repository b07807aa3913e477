/* SPDX-License-Identifier: ISC
 *
 * What an installed package gives to the one that is rebuilt: files that are the same, which intake
 * leaves out (whoever judges the folder has them linked in); chunks that lie in it as they are; and the
 * ranges that frames of codecs 2 and 3 build on. The recipe that was kept with it says what its
 * files are; what they hold is for the chunk's digests to say.
 *
 * The files themselves are out of intake's reach: the monitor opens them, some at a time.
 */
#ifndef AGENT_INTAKE_BASE_H
#define AGENT_INTAKE_BASE_H

#include <stdbool.h>
#include <stdint.h>

#include "media/recipe.h"

struct intake_base;

/* Opens `count` (1..LIMIT_MESSAGE_FDS) files of the base from number `first` on, read-only; the
 * descriptors are the caller's. One that can't be had is a descriptor of something else. */
typedef int (*intake_base_ask)(void *context, const struct recipe *base, uint32_t first,
                               uint32_t count, int *fds, struct error *err);

/* Reads and parses the base's recipe, and finds what of `recipe` (borrowed) lies in it. A range that
 * goes beyond the base is ERROR_BAD_RECIPE; a base recipe that can't be read ERROR_BASE_MISSING. */
int intake_base_open(int base_recipe_fd, const struct recipe *recipe, intake_base_ask ask,
                     void *context, struct intake_base **base, struct error *err) ERROR_MUST_CHECK;
void intake_base_close(struct intake_base *base);

/* Whether the base has a file of this name, size and digest. */
bool intake_base_same(const struct intake_base *base, uint32_t file);
/* Whether the chunk's plain bytes are told to lie in the base. */
bool intake_base_has(const struct intake_base *base, uint32_t chunk);

/* The chunk's plain bytes, its length of them: for chunks that it has. What can't be read is
 * ERROR_BASE_MISSING. */
int intake_base_copy(struct intake_base *base, uint32_t chunk, uint8_t *out,
                     struct error *err) ERROR_MUST_CHECK;
/* The range that a chunk of codec 2 or 3 names: its base_length bytes. */
int intake_base_range(struct intake_base *base, uint32_t chunk, uint8_t *out,
                      struct error *err) ERROR_MUST_CHECK;

/* Part of a file that is the same there. */
int intake_base_part(struct intake_base *base, const struct recipe_piece *piece, uint8_t *out,
                     struct error *err) ERROR_MUST_CHECK;

/* Bytes that were read of it. */
uint64_t intake_base_bytes(const struct intake_base *base);

#endif
