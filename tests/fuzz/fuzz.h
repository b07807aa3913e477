/* SPDX-License-Identifier: ISC
 *
 * What a fuzz target offers: one function that takes bytes from a fuzzer. It must not leak, must
 * not depend on earlier calls, and ends the process (FUZZ_MUST) when a promise is broken.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The name is libFuzzer's. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How many runs a replay in make check makes of one target; targets that take long say less. */
extern const size_t fuzz_replay_runs;

/* A promise that holds for every input. */
#define FUZZ_MUST(condition)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "broken promise: %s\n", #condition);                                   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
