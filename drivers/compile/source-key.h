/* SPDX-License-Identifier: ISC
 *
 * What every reader of a source gives: keys, one after the other, and where it is. A reader knows
 * neither the file's name nor what becomes of a key.
 */
#ifndef DRIVERS_COMPILE_SOURCE_KEY_H
#define DRIVERS_COMPILE_SOURCE_KEY_H

#include <stdint.h>

#include "drivers/reputation-key.h"

/* What a source calls a key of. */
enum source_list {
    SOURCE_FILES,   /* SHA-256 of files */
    SOURCE_SIGNERS, /* keys of signers */
    SOURCE_LISTS
};

struct source_key {
    enum source_list list;
    uint8_t key[HASH_INDEX_KEY_BYTES];
    enum reputation_verdict verdict;
    struct bytes_view name; /* size 0: none; else a valid hash_name */
};

/* One file being read. line is counted from 1 and kept by the reader, so that whoever called it can
 * say where an error is; 0 where there is no line to blame. */
struct source_reading {
    uint64_t line;
    uint64_t left_out; /* rows that are no key of ours and were passed over */
    uint64_t unnamed;  /* names that were passed over while their key was taken */
    int (*take)(void *context, const struct source_key *key, uint64_t line, struct error *err);
    /* Called now and then; done of total bytes, total 0 where that is not known. */
    int (*progress)(void *context, uint64_t done, uint64_t total, struct error *err);
    void *context;
};

#define SOURCE_PROGRESS_ROWS 65536

#endif
