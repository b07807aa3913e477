/* SPDX-License-Identifier: ISC
 *
 * The rounds of SHA-512 (FIPS 180-4, 6.4.2) for any width, written once. A file for wide registers
 * says before it includes this what a word is: the type digest_word, which + adds lane by lane,
 *
 *   choose(e, f, g)  majority(a, b, c)         4.1.3's Ch and Maj
 *   sum0(a)  sum1(e)  mix0(w)  mix1(w)         its capital and small sigmas
 *
 * and DIGEST_INLINE, how a function is inlined into its instruction set. Without that it is one
 * message in plain words.
 */
#ifndef MEDIA_DIGEST_LANES_ROUNDS_H
#define MEDIA_DIGEST_LANES_ROUNDS_H

#include "media/digest-lanes-path.h"

#ifndef DIGEST_INLINE
#define DIGEST_INLINE static inline __attribute__((always_inline))

typedef uint64_t digest_word;

DIGEST_INLINE digest_word rotate(digest_word x, unsigned count)
{
    return x >> count | x << (64 - count);
}

DIGEST_INLINE digest_word choose(digest_word e, digest_word f, digest_word g)
{
    return g ^ (e & (f ^ g));
}

DIGEST_INLINE digest_word majority(digest_word a, digest_word b, digest_word c)
{
    return (a & b) | (c & (a | b));
}

DIGEST_INLINE digest_word sum0(digest_word x)
{
    return rotate(x, 28) ^ rotate(x, 34) ^ rotate(x, 39);
}

DIGEST_INLINE digest_word sum1(digest_word x)
{
    return rotate(x, 14) ^ rotate(x, 18) ^ rotate(x, 41);
}

DIGEST_INLINE digest_word mix0(digest_word x)
{
    return rotate(x, 1) ^ rotate(x, 8) ^ x >> 7;
}

DIGEST_INLINE digest_word mix1(digest_word x)
{
    return rotate(x, 19) ^ rotate(x, 61) ^ x >> 6;
}
#endif

/* One round, and what becomes of its word of the message: AFTER. */
#define ROUND(a, b, c, d, e, f, g, h, i, AFTER)                                                    \
    do {                                                                                           \
        s[h] += w[i] + k[i] + choose(s[e], s[f], s[g]) + sum1(s[e]);                               \
        s[d] += s[h];                                                                              \
        s[h] += sum0(s[a]) + majority(s[a], s[b], s[c]);                                           \
        AFTER(i);                                                                                  \
    } while (0)

/* The word that is needed sixteen rounds on. */
#define SCHEDULE(i) (w[i] += mix1(w[((i) + 14) % 16]) + w[((i) + 9) % 16] + mix0(w[((i) + 1) % 16]))
#define NOTHING(i)  ((void)0)

/* After eight rounds each word of the state is in its place again. Unrolled by hand: every index is
 * then known, and the arrays become registers. */
#define EIGHT_ROUNDS(i, AFTER)                                                                     \
    do {                                                                                           \
        ROUND(0, 1, 2, 3, 4, 5, 6, 7, i + 0, AFTER);                                               \
        ROUND(7, 0, 1, 2, 3, 4, 5, 6, i + 1, AFTER);                                               \
        ROUND(6, 7, 0, 1, 2, 3, 4, 5, i + 2, AFTER);                                               \
        ROUND(5, 6, 7, 0, 1, 2, 3, 4, i + 3, AFTER);                                               \
        ROUND(4, 5, 6, 7, 0, 1, 2, 3, i + 4, AFTER);                                               \
        ROUND(3, 4, 5, 6, 7, 0, 1, 2, i + 5, AFTER);                                               \
        ROUND(2, 3, 4, 5, 6, 7, 0, 1, i + 6, AFTER);                                               \
        ROUND(1, 2, 3, 4, 5, 6, 7, 0, i + 7, AFTER);                                               \
    } while (0)

/* Adds one block to a state. w: the block's words; used up. */
DIGEST_INLINE void digest_rounds(digest_word state[DIGEST_WORDS], digest_word w[16])
{
    const uint64_t *k = digest_constants;
    digest_word s[DIGEST_WORDS];

    for (size_t i = 0; i < DIGEST_WORDS; i++)
        s[i] = state[i];
    for (; k < digest_constants + 64; k += 16) {
        EIGHT_ROUNDS(0, SCHEDULE);
        EIGHT_ROUNDS(8, SCHEDULE);
    }
    EIGHT_ROUNDS(0, NOTHING);
    EIGHT_ROUNDS(8, NOTHING);
    for (size_t i = 0; i < DIGEST_WORDS; i++)
        state[i] += s[i];
}

#undef ROUND
#undef SCHEDULE
#undef NOTHING
#undef EIGHT_ROUNDS

#endif
