/* SPDX-License-Identifier: ISC
 *
 * The files of a package in staging, written in pieces by several threads. Every file is made here
 * and nowhere else, beneath the package's folder, 0600. Where nothing was kept of the package, what
 * is there already is an error (O_EXCL); else it is written over.
 */
#ifndef AGENT_INTAKE_FILES_H
#define AGENT_INTAKE_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "media/recipe.h"

/* Most chunks that may be between expect and write at a time; each keeps at most two files open. */
#define INTAKE_FILES_CHUNKS 160
#define INTAKE_FILES_PARTS  32 /* most chunks in one write */

struct intake_files;

/* Makes the folders and the empty files. `kept`: the folder may hold files of the package. `absent`
 * (one a file; NULL: none): files that are left out. Borrows all but the flag. */
int intake_files_open(const struct recipe *recipe, int folder_fd, bool kept, const bool *absent,
                      struct intake_files **files, struct error *err) ERROR_MUST_CHECK;

/* Each chunk is announced once, by one thread, in the recipe's order: as one that will be written
 * (opens the files that go on after it) or as one that is passed over, because it is in place or
 * because nobody has it. */
int intake_files_expect(struct intake_files *files, uint32_t chunk,
                        struct error *err) ERROR_MUST_CHECK;
int intake_files_skip(struct intake_files *files, uint32_t chunk,
                      struct error *err) ERROR_MUST_CHECK;

struct intake_files_chunk {
    uint32_t chunk;
    const uint8_t *plain;
};

/* Writes the plain bytes of expected chunks to where they belong, what follows each other in a file
 * at once. Rising chunks, at most INTAKE_FILES_PARTS. Any thread, each chunk once. The disk is told to
 * begin; that all has reached it is for whoever takes the folder over to see to. */
int intake_files_write(struct intake_files *files, const struct intake_files_chunk *chunks,
                       size_t count, struct error *err) ERROR_MUST_CHECK;

/* Closes what is still open. What was written stays: the folder is the monitor's. */
void intake_files_close(struct intake_files *files);

#endif
