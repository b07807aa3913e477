/* SPDX-License-Identifier: ISC
 *
 * local-rep-data: from the files of a source to its two lists. Each file is read by its name:
 * sha256.csv, signer.csv, *.hsb, *.sfp, *.db (NSRL). The same key with the same verdict is one key.
 * Across files the higher verdict counts (bad, then good, then neutral); two verdicts for one key in
 * one file are refused. A key's name is the first one that stands beside the verdict that counts.
 */
#ifndef DRIVERS_COMPILE_REPUTATION_LISTS_H
#define DRIVERS_COMPILE_REPUTATION_LISTS_H

#include "drivers/compile/key-list.h"
#include "drivers/compile/source-key.h"

/* Outputs in the order of the content type's row. */
#define REPUTATION_OUTPUTS 4 /* sha256.idx, sha256.names, signer.idx, signer.names */
#define REPUTATION_SCRATCH 4 /* records and names of both lists */

struct reputation_counts {
    uint64_t verdicts[REPUTATION_VERDICTS];
    uint64_t merged; /* rows whose key another row had */
};

struct reputation_lists;

/* How far a step has come, in bytes (total 0: not known). An error ends the work. */
typedef int (*reputation_progress)(void *context, const char *step, uint64_t done, uint64_t total,
                                   struct error *err);

/* scratch: empty files, which stay the caller's. */
struct reputation_lists *reputation_lists_new(const int scratch[REPUTATION_SCRATCH],
                                              reputation_progress progress, void *context);
void reputation_lists_free(struct reputation_lists *lists); /* NULL is fine */

/* Reads one file of the source; files come sorted by name. ERROR_BAD_CONTENT with
 * "file:line: rule: expected". */
int reputation_lists_read(struct reputation_lists *lists, const char *name,
                          struct bytes_view content, struct error *err) ERROR_MUST_CHECK;

/* Sorts, merges and writes; a list without keys leaves its outputs empty, names without a name
 * theirs. ERROR_BAD_CONTENT when there is no key at all, or one key has two verdicts in a file. */
int reputation_lists_write(struct reputation_lists *lists, const int outputs[REPUTATION_OUTPUTS],
                           struct error *err) ERROR_MUST_CHECK;

/* Once written. */
const struct reputation_counts *reputation_lists_counts(const struct reputation_lists *lists,
                                                        enum source_list list);
uint64_t reputation_lists_left_out(const struct reputation_lists *lists);
uint64_t reputation_lists_unnamed(const struct reputation_lists *lists);

#endif
