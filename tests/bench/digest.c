/* SPDX-License-Identifier: ISC
 *
 * digest [ROUNDS]: SHA-384 of the same bytes, cut into messages of one size or of all sizes, one
 * after the other by GnuTLS and side by side on each path that this processor has. One thread. The
 * contenders take turns, and the best of their rounds counts, in processor time: what else the
 * machine does meanwhile disturbs all of them alike.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "media/digest-lanes.h"

#define TOTAL_BYTES ((size_t)64 << 20) /* more than the processor's caches hold */
#define MOST_BYTES  ((size_t)1 << 20)
#define LEAST_BYTES 64
#define CONTENDERS  DIGEST_PATH_COUNT
#define FROM_GNUTLS DIGEST_PATH_AUTO /* contender of that number: digest_of(), no lanes */
#define ROUNDS      12

struct bench {
    uint8_t *bytes;
    struct bytes_view *messages;
    size_t count;
    uint8_t sum; /* of what came out, so that it is computed */
};

static double processor_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t next_number(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* 0: of all sizes, as many of one power of two as of another. */
static void cut(struct bench *bench, size_t size)
{
    uint64_t state = 1;
    size_t done = 0;

    bench->count = 0;
    while (done < TOTAL_BYTES) {
        size_t take = size;

        if (size == 0) {
            take = (size_t)LEAST_BYTES << next_number(&state) % 14;
            take += next_number(&state) % take;
        }
        if (take > TOTAL_BYTES - done)
            take = TOTAL_BYTES - done;
        bench->messages[bench->count++] = bytes_view_of(bench->bytes + done, take);
        done += take;
    }
}

static void deliver(void *context, void *tag, const uint8_t digest[static DIGEST_BYTES])
{
    *(uint8_t *)context ^= digest[0];
}

static void run(struct bench *bench, enum digest_path path)
{
    struct digest_lanes *lanes = digest_lanes_new(path, deliver, &bench->sum);
    uint8_t digest[DIGEST_BYTES];

    for (size_t i = 0; i < bench->count; i++) {
        if (path == FROM_GNUTLS) {
            digest_of(bench->messages[i].data, bench->messages[i].size, digest);
            deliver(&bench->sum, NULL, digest);
        } else {
            digest_lanes_put(lanes, bench->messages[i].data, bench->messages[i].size, NULL);
        }
    }
    digest_lanes_finish(lanes);
    digest_lanes_free(lanes);
}

static void print_row(const char *what, enum digest_path path, const double *best)
{
    const char *name = path == FROM_GNUTLS ? "GnuTLS" : digest_path_name(path);

    printf("%-18s %-8s %7.2f GB/s  %5.2f x GnuTLS\n", what, name,
           (double)TOTAL_BYTES / best[path] / 1e9, best[FROM_GNUTLS] / best[path]);
}

static void compare(struct bench *bench, const char *what, size_t size, unsigned long rounds,
                    double *best)
{
    cut(bench, size);
    for (unsigned long round = 0; round < rounds; round++) {
        for (enum digest_path path = 0; path < CONTENDERS; path++) {
            double began = processor_s(), used;

            if (digest_path_usable(path))
                run(bench, path);
            used = processor_s() - began;
            if (round == 0 || used < best[path])
                best[path] = used;
        }
    }
    for (enum digest_path path = 0; path < CONTENDERS; path++)
        if (digest_path_usable(path))
            print_row(what, path, best);
}

static const struct {
    const char *what;
    size_t size;
} rows[] = {
    {"64 B", 64}, {"4 KiB", 4096}, {"64 KiB", 65536}, {"1 MiB", MOST_BYTES}, {"64 B to 1 MiB", 0},
};
#define GOAL_ROW 2 /* chunks of a package are about so long, or longer */

/* For goals.sh. */
static void print_ratios(const double *best)
{
    for (enum digest_path path = DIGEST_PATH_AVX2; path < DIGEST_PATH_COUNT; path++)
        if (digest_path_usable(path))
            printf("ratio %s: %.2f\n", digest_path_name(path), best[FROM_GNUTLS] / best[path]);
}

int main(int argc, char **argv)
{
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : ROUNDS;
    struct bench bench = {.bytes = bytes_allocate(1, TOTAL_BYTES)};
    double best[sizeof(rows) / sizeof(rows[0])][CONTENDERS];
    uint64_t state = 384;

    bench.messages = bytes_allocate(TOTAL_BYTES / LEAST_BYTES, sizeof(*bench.messages));
    for (size_t i = 0; i < TOTAL_BYTES; i += 8) {
        uint64_t number = next_number(&state);

        memcpy(bench.bytes + i, &number, sizeof(number));
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        compare(&bench, rows[i].what, rows[i].size, rounds, best[i]);
    print_ratios(best[GOAL_ROW]);
    free(bench.messages);
    free(bench.bytes);
    return 0;
}
