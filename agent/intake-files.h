/* SPDX-License-Identifier: ISC
 *
 * The files of a job in staging, written in pieces by several threads. Every file is made here and
 * nowhere else (O_EXCL, beneath the job's folder, 0400); what is there already is an error.
 */
#ifndef AGENT_INTAKE_FILES_H
#define AGENT_INTAKE_FILES_H

#include <stdint.h>

#include "media/recipe.h"

/* Most chunks that may be between expect and write at a time. */
#define INTAKE_FILES_CHUNKS 24

struct intake_files;

/* Makes the folders and the empty files. Borrows recipe and folder_fd. */
int intake_files_open(const struct recipe *recipe, int folder_fd, struct intake_files **files,
                      struct error *err) ERROR_MUST_CHECK;

/* Announces a chunk: opens the files that begin in it and go on after it. One thread, each chunk
 * once, in the recipe's order, before the chunk is written. */
int intake_files_expect(struct intake_files *files, uint32_t chunk,
                        struct error *err) ERROR_MUST_CHECK;

/* Writes the plain bytes of an announced chunk to where they belong. Any thread, each chunk once.
 */
int intake_files_write(struct intake_files *files, uint32_t chunk, const uint8_t *plain,
                       struct error *err) ERROR_MUST_CHECK;

/* Flushes all files and folders to the disk, when all chunks are written. */
int intake_files_flush(struct intake_files *files, struct error *err) ERROR_MUST_CHECK;

/* Closes what is still open. What was written stays: the job's folder is the monitor's. */
void intake_files_close(struct intake_files *files);

#endif
