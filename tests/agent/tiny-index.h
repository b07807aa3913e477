/* SPDX-License-Identifier: ISC
 *
 * An index of one or two files for tests of the agent, by hand: good or, where the keys say so, not.
 */
#ifndef TESTS_AGENT_TINY_INDEX_H
#define TESTS_AGENT_TINY_INDEX_H

#include <stddef.h>
#include <stdint.h>

#define TINY_INDEX_BYTES 256

/* count (1 or 2) keys of one byte 32 times, in the order given, each with the verdict bad. The bytes
 * that were written to `out`. */
size_t tiny_index_make(uint8_t out[static TINY_INDEX_BYTES], const uint8_t *keys, uint8_t count);

#endif
