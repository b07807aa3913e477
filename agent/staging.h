/* SPDX-License-Identifier: ISC
 *
 * Where a job's files come to be: STATE/staging/JOB/, which intake writes and nobody believes, and
 * from which a package moves to STATE/content/TYPE/PACKAGE-ID/ once verify has judged its files.
 */
#ifndef AGENT_STAGING_H
#define AGENT_STAGING_H

#include <jansson.h>
#include <stdint.h>

#include "agent/state.h"

/* Makes the job's folder, for `user` to write in (NULL: ourselves). *fd is the caller's. */
int staging_begin(struct state *state, int64_t job, const char *user, int *fd,
                  struct error *err) ERROR_MUST_CHECK;

/* After intake has exited: makes everything beneath folder ours and read-only. Whatever is neither
 * a regular file nor a folder is ERROR_UNEXPECTED_FILE, and so is more files than the package
 * has: verify judges the files that the recipe names, a driver gets all that lie there. */
int staging_take_over(int job_fd, const char *folder, uint64_t files,
                      struct error *err) ERROR_MUST_CHECK;

/* Opens a file for verify. One that is absent or no regular file becomes /dev/null, so that it is
 * verify that refuses it, with its name. */
int staging_open(int job_fd, const char *folder, const char *name, int *fd,
                 struct error *err) ERROR_MUST_CHECK;

/* Flushes and moves to content/TYPE/ID. Something in that place is what a cut left behind: no row
 * names it, so it is removed first. */
int staging_commit(struct state *state, int job_fd, const char *folder, const char *type,
                   const char *id_text, struct error *err) ERROR_MUST_CHECK;

/* Free bytes for us on the state's filesystem, and whether `needed` and a margin fit.
 * ERROR_NO_SPACE says both figures. */
int staging_check_space(struct state *state, uint64_t needed, struct error *err) ERROR_MUST_CHECK;

/* Removes what jobs left: all of staging. */
int staging_clear(struct state *state, struct error *err) ERROR_MUST_CHECK;

#endif
