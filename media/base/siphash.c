/* SPDX-License-Identifier: ISC */
#include "media/base/siphash.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define WORD_BYTES        8
#define ROUNDS_OF_A_WORD  2
#define ROUNDS_AT_THE_END 4

struct state {
    uint64_t v0, v1, v2, v3;
};

int siphash_make_key(struct siphash_key *key, struct error *err)
{
    if (getrandom(key->halves, sizeof(key->halves), 0) != (ssize_t)sizeof(key->halves))
        return error_set_errno(err, ERROR_INTERNAL, errno, "random numbers");
    return 0;
}

static uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void mix(struct state *s, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        s->v0 += s->v1;
        s->v2 += s->v3;
        s->v1 = rotate(s->v1, 13) ^ s->v0;
        s->v3 = rotate(s->v3, 16) ^ s->v2;
        s->v0 = rotate(s->v0, 32);
        s->v2 += s->v1;
        s->v0 += s->v3;
        s->v1 = rotate(s->v1, 17) ^ s->v2;
        s->v3 = rotate(s->v3, 21) ^ s->v0;
        s->v2 = rotate(s->v2, 32);
    }
}

static uint64_t word_at(const uint8_t *data)
{
    uint64_t word;

    memcpy(&word, data, sizeof(word));
    return le64toh(word);
}

static void take_word(struct state *s, uint64_t word)
{
    s->v3 ^= word;
    mix(s, ROUNDS_OF_A_WORD);
    s->v0 ^= word;
}

/* "somepseudorandomlygeneratedbytes", and 0xee for the wider output. */
static struct state begin(const struct siphash_key *key)
{
    uint64_t low = key->halves[0], high = key->halves[1];

    return (struct state){
        .v0 = low ^ UINT64_C(0x736f6d6570736575),
        .v1 = high ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
        .v2 = low ^ UINT64_C(0x6c7967656e657261),
        .v3 = high ^ UINT64_C(0x7465646279746573),
    };
}

static uint64_t draw(struct state *s)
{
    mix(s, ROUNDS_AT_THE_END);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

struct siphash siphash(const struct siphash_key *key, struct bytes_view data)
{
    struct state s = begin(key);
    uint64_t last = (uint64_t)data.size << 56;
    struct bytes_view word;
    struct siphash hash;

    while (bytes_get_view(&data, WORD_BYTES, &word) == 0)
        take_word(&s, word_at(word.data));
    for (size_t i = 0; i < data.size; i++)
        last |= (uint64_t)data.data[i] << (8 * i);
    take_word(&s, last);
    s.v2 ^= 0xee;
    hash.halves[0] = draw(&s);
    s.v1 ^= 0xdd;
    hash.halves[1] = draw(&s);
    return hash;
}
