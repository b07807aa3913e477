/* SPDX-License-Identifier: ISC */
#if defined(__x86_64__)
#include <immintrin.h>

/* The attribute, not a compiler's option: nothing else of this file may need the processor. */
#define DIGEST_TARGET __attribute__((target("avx512f,avx512bw")))
#define DIGEST_INLINE static inline __attribute__((always_inline)) DIGEST_TARGET

typedef unsigned long long digest_word __attribute__((vector_size(64)));

/* Truth tables of vpternlogq: bit number a * 4 + b * 2 + c is the result. */
#define CHOOSE_TABLE   0xca
#define MAJORITY_TABLE 0xe8
#define XOR_TABLE      0x96

#define TERNARY(a, b, c, table)                                                                    \
    ((digest_word)_mm512_ternarylogic_epi64((__m512i)(a), (__m512i)(b), (__m512i)(c), table))
#define ROTATE(x, count) _mm512_ror_epi64((__m512i)(x), count)
#define SHIFT(x, count)  _mm512_srli_epi64((__m512i)(x), count)

DIGEST_INLINE digest_word choose(digest_word e, digest_word f, digest_word g)
{
    return TERNARY(e, f, g, CHOOSE_TABLE);
}

DIGEST_INLINE digest_word majority(digest_word a, digest_word b, digest_word c)
{
    return TERNARY(a, b, c, MAJORITY_TABLE);
}

DIGEST_INLINE digest_word sum0(digest_word x)
{
    return TERNARY(ROTATE(x, 28), ROTATE(x, 34), ROTATE(x, 39), XOR_TABLE);
}

DIGEST_INLINE digest_word sum1(digest_word x)
{
    return TERNARY(ROTATE(x, 14), ROTATE(x, 18), ROTATE(x, 41), XOR_TABLE);
}

DIGEST_INLINE digest_word mix0(digest_word x)
{
    return TERNARY(ROTATE(x, 1), ROTATE(x, 8), SHIFT(x, 7), XOR_TABLE);
}

DIGEST_INLINE digest_word mix1(digest_word x)
{
    return TERNARY(ROTATE(x, 19), ROTATE(x, 61), SHIFT(x, 6), XOR_TABLE);
}

#include "media/digest-lanes-rounds.h"

/* Rows of 128 bits of x and y: 0 and 2 of each, or 1 and 3. */
#define EVEN_ROWS(x, y) _mm512_shuffle_i64x2(x, y, 0x88)
#define ODD_ROWS(x, y)  _mm512_shuffle_i64x2(x, y, 0xdd)

/* From four pairs of lanes, which have their even (or odd) words side by side, to four words. */
DIGEST_INLINE void gather_words(const __m512i pairs[4], digest_word *w)
{
    __m512i low = EVEN_ROWS(pairs[0], pairs[1]), high = EVEN_ROWS(pairs[2], pairs[3]);

    w[0] = (digest_word)EVEN_ROWS(low, high);
    w[4] = (digest_word)ODD_ROWS(low, high);
    low = ODD_ROWS(pairs[0], pairs[1]);
    high = ODD_ROWS(pairs[2], pairs[3]);
    w[2] = (digest_word)EVEN_ROWS(low, high);
    w[6] = (digest_word)ODD_ROWS(low, high);
}

/* Eight words of each of eight lanes, big-endian in memory: word i of all lanes to w[i]. */
DIGEST_INLINE void load_words(const uint8_t *const *blocks, size_t offset, digest_word *w)
{
    const __m512i swap =
        _mm512_broadcast_i32x4(_mm_set_epi8(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    __m512i even[4], odd[4];

    for (size_t i = 0; i < 4; i++) {
        __m512i a = _mm512_shuffle_epi8(_mm512_loadu_si512(blocks[2 * i] + offset), swap);
        __m512i b = _mm512_shuffle_epi8(_mm512_loadu_si512(blocks[2 * i + 1] + offset), swap);

        even[i] = _mm512_unpacklo_epi64(a, b);
        odd[i] = _mm512_unpackhi_epi64(a, b);
    }
    gather_words(even, w);
    gather_words(odd, w + 1);
}

DIGEST_TARGET void digest_compress_avx512(uint64_t *state, const uint8_t *const *blocks,
                                          size_t count)
{
    digest_word s[DIGEST_WORDS], w[16];

    for (size_t i = 0; i < DIGEST_WORDS; i++)
        s[i] = (digest_word)_mm512_loadu_si512(state + i * 8);
    for (size_t end = count * DIGEST_BLOCK_BYTES, at = 0; at < end; at += DIGEST_BLOCK_BYTES) {
        load_words(blocks, at, w);
        load_words(blocks, at + 64, w + 8);
        digest_rounds(s, w);
    }
    for (size_t i = 0; i < DIGEST_WORDS; i++)
        _mm512_storeu_si512(state + i * 8, (__m512i)s[i]);
}
#endif
