/* SPDX-License-Identifier: ISC */
#include "media/chunk.h"

#include "media/base/limits.h"

#define GEAR_SEED UINT64_C(0x53616c6c79706f72) /* "Sallypor" */

/* How much harder and easier a cut is before and after the average, in bits: FastCDC's normalised
 * chunking, level 2. */
#define NORMAL_BITS 2

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* The highest bits of a gear hash depend on the most bytes (64 of them), so the mask takes those.
 */
static uint64_t high_bits(unsigned count)
{
    return ~UINT64_C(0) << (64 - count);
}

void chunk_cutter_init(struct chunk_cutter *cutter, unsigned average_log)
{
    uint64_t state = GEAR_SEED;

    for (unsigned i = 0; i < 256; i++)
        cutter->gear[i] = splitmix64(&state);
    cutter->mask_before = high_bits(average_log + NORMAL_BITS);
    cutter->mask_after = high_bits(average_log - NORMAL_BITS);
    cutter->average = (size_t)1 << average_log;
    cutter->minimum = cutter->average / 4;
    cutter->maximum = cutter->average * 4;
    if (cutter->maximum > LIMIT_FRAME_BYTES)
        cutter->maximum = LIMIT_FRAME_BYTES;
}

/* Hashes on from *at; true at a cut before end. */
static int find_cut(const struct chunk_cutter *cutter, const uint8_t *data, size_t end,
                    uint64_t mask, uint64_t *hash, size_t *at)
{
    uint64_t h = *hash;
    size_t i = *at;

    while (i < end) {
        h = (h << 1) + cutter->gear[data[i++]];
        if ((h & mask) == 0) {
            *at = i;
            return 1;
        }
    }
    *hash = h;
    *at = i;
    return 0;
}

size_t chunk_cut(const struct chunk_cutter *cutter, const uint8_t *data, size_t size)
{
    size_t end = size < cutter->maximum ? size : cutter->maximum;
    size_t average = end < cutter->average ? end : cutter->average;
    size_t at = cutter->minimum;
    uint64_t hash = 0;

    if (size <= cutter->minimum)
        return size;
    if (find_cut(cutter, data, average, cutter->mask_before, &hash, &at))
        return at;
    (void)find_cut(cutter, data, end, cutter->mask_after, &hash, &at);
    return at;
}
