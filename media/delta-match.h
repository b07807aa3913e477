/* SPDX-License-Identifier: ISC
 *
 * Where in a base package the bytes of a new one lie, or what is like them (libmediawrite):
 * arithmetic on two full recipes, without a look at any byte. Chunks are found by the digest of
 * their content, files by name; what is between two that were found is taken to come from between
 * their places in the base.
 */
#ifndef MEDIA_DELTA_MATCH_H
#define MEDIA_DELTA_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "media/recipe.h"

/* Bytes of a stream: all files of a recipe one after the other. */
struct delta_range {
    uint64_t offset;
    uint32_t length;
};

struct delta_match;

/* Both recipes are full, parsed, and borrowed. */
struct delta_match *delta_match_new(const struct recipe *base, const struct recipe *fresh);
void delta_match_free(struct delta_match *match);

/* Where a chunk of the new recipe begins in its stream. */
uint64_t delta_match_place(const struct delta_match *match, uint32_t chunk);

/* Whether the chunk's bytes lie in the base as they are, in a range that a recipe may name. */
bool delta_match_copy(const struct delta_match *match, uint32_t chunk, struct delta_range *range);

/* The range of the base that most likely resembles bytes [from, end) of the new stream, all of the
 * one chunk; within LIMIT_BASE_BYTES and LIMIT_BASE_FILES. false: nothing is known of them. */
bool delta_match_like(const struct delta_match *match, uint32_t chunk, uint64_t from, uint64_t end,
                      struct delta_range *range);

/* Whether the base has a file with just these bytes. */
bool delta_match_same(const struct delta_match *match, uint32_t file);

/* The base's list of records that a list of the new recipe grew from, by name; NULL: there is
 * none. *place is where it begins in the base's stream. */
const struct recipe_file *delta_match_list(const struct delta_match *match, uint32_t file,
                                           uint64_t *place);

/* The columns of a chunk's row that say where in the base a range lies. */
void delta_match_name(const struct delta_match *match, const struct delta_range *range,
                      struct recipe_chunk *chunk);

#endif
