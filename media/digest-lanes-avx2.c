/* SPDX-License-Identifier: ISC */
#if defined(__x86_64__)
#include <immintrin.h>

/* The attribute, not a compiler's option: nothing else of this file may need the processor. */
#define DIGEST_TARGET __attribute__((target("avx2")))
#define DIGEST_INLINE static inline __attribute__((always_inline)) DIGEST_TARGET

typedef unsigned long long digest_word __attribute__((vector_size(32)));

#define ROTATE(x, count) ((x) >> (count) | (x) << (64 - (count)))

/* Where the bytes of each word go. */
DIGEST_INLINE digest_word shuffle(digest_word x, __m128i places)
{
    return (digest_word)_mm256_shuffle_epi8((__m256i)x, _mm256_broadcastsi128_si256(places));
}

/* One step instead of three. */
DIGEST_INLINE digest_word rotate_8(digest_word x)
{
    return shuffle(x, _mm_set_epi8(8, 15, 14, 13, 12, 11, 10, 9, 0, 7, 6, 5, 4, 3, 2, 1));
}

DIGEST_INLINE digest_word choose(digest_word e, digest_word f, digest_word g)
{
    return g ^ (e & (f ^ g));
}

/* a ^ b is the b ^ c of the round that follows, which compilers see. */
DIGEST_INLINE digest_word majority(digest_word a, digest_word b, digest_word c)
{
    return b ^ ((a ^ b) & (b ^ c));
}

DIGEST_INLINE digest_word sum0(digest_word x)
{
    return ROTATE(x, 28) ^ ROTATE(x, 34) ^ ROTATE(x, 39);
}

DIGEST_INLINE digest_word sum1(digest_word x)
{
    return ROTATE(x, 14) ^ ROTATE(x, 18) ^ ROTATE(x, 41);
}

DIGEST_INLINE digest_word mix0(digest_word x)
{
    return ROTATE(x, 1) ^ rotate_8(x) ^ x >> 7;
}

DIGEST_INLINE digest_word mix1(digest_word x)
{
    return ROTATE(x, 19) ^ ROTATE(x, 61) ^ x >> 6;
}

#include "media/digest-lanes-rounds.h"

DIGEST_INLINE __m256i load_row(const uint8_t *from)
{
    const __m128i swap = _mm_set_epi8(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);

    return (__m256i)shuffle((digest_word)_mm256_loadu_si256((const __m256i_u *)from), swap);
}

/* Four words of each of four lanes, big-endian in memory: word i of all lanes to w[i]. */
DIGEST_INLINE void load_words(const uint8_t *const *blocks, size_t offset, digest_word *w)
{
    __m256i a = load_row(blocks[0] + offset), b = load_row(blocks[1] + offset);
    __m256i c = load_row(blocks[2] + offset), d = load_row(blocks[3] + offset);
    __m256i low_ab = _mm256_unpacklo_epi64(a, b), high_ab = _mm256_unpackhi_epi64(a, b);
    __m256i low_cd = _mm256_unpacklo_epi64(c, d), high_cd = _mm256_unpackhi_epi64(c, d);

    w[0] = (digest_word)_mm256_permute2x128_si256(low_ab, low_cd, 0x20);
    w[1] = (digest_word)_mm256_permute2x128_si256(high_ab, high_cd, 0x20);
    w[2] = (digest_word)_mm256_permute2x128_si256(low_ab, low_cd, 0x31);
    w[3] = (digest_word)_mm256_permute2x128_si256(high_ab, high_cd, 0x31);
}

DIGEST_TARGET void digest_compress_avx2(uint64_t *state, const uint8_t *const *blocks, size_t count)
{
    digest_word s[DIGEST_WORDS], w[16];

    for (size_t i = 0; i < DIGEST_WORDS; i++)
        s[i] = (digest_word)_mm256_loadu_si256((const __m256i_u *)(state + i * 4));
    for (size_t end = count * DIGEST_BLOCK_BYTES, at = 0; at < end; at += DIGEST_BLOCK_BYTES) {
        for (size_t i = 0; i < 16; i += 4)
            load_words(blocks, at + i * 8, w + i);
        digest_rounds(s, w);
    }
    for (size_t i = 0; i < DIGEST_WORDS; i++)
        _mm256_storeu_si256((__m256i_u *)(state + i * 4), (__m256i)s[i]);
}
#endif
