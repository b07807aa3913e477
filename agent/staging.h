/* SPDX-License-Identifier: ISC
 *
 * Where a package's files come to be: STATE/staging/PACKAGE-ID/, which intake writes and nobody
 * believes, and from which it moves to STATE/content/TYPE/PACKAGE-ID/ once verify has judged its
 * files. What an import that was interrupted leaves there is the next one's beginning
 * (agent/partial.h).
 */
#ifndef AGENT_STAGING_H
#define AGENT_STAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/state.h"

/* Opens the staging folder, making it. *fd is the caller's. */
int staging_open(struct state *state, int *fd, struct error *err) ERROR_MUST_CHECK;

/* The folder is that user's (NULL: ours) until staging_return(): meanwhile nothing in it can be
 * reached here, for the monitor has no power over other users' files. */
int staging_lend(int staging, const char *user, struct error *err) ERROR_MUST_CHECK;
int staging_return(int staging, struct error *err) ERROR_MUST_CHECK;

/* A package's folder with all that is in it, whoever made it; an absent one is no error. */
int staging_remove(int staging, const char *folder, struct error *err) ERROR_MUST_CHECK;

/* What lies in a package's folder, for `user` to go on with: plain files and folders of that user;
 * whatever else lies there is removed. *held: bytes on the disk; *present false: there is no folder. */
int staging_give(int staging, const char *folder, const char *user, bool *present, uint64_t *held,
                 struct error *err) ERROR_MUST_CHECK;

/* Bytes that the files beneath a folder take on the disk; an absent one takes none. */
int staging_held(int staging, const char *folder, uint64_t *held,
                 struct error *err) ERROR_MUST_CHECK;

/* After intake has exited: makes everything beneath folder ours and read-only. Whatever is neither
 * a regular file nor a folder is ERROR_UNEXPECTED_FILE, and so is more files than the package
 * has: verify judges the files that the recipe names, a driver gets all that lie there. */
int staging_take_over(int staging, const char *folder, uint64_t files,
                      struct error *err) ERROR_MUST_CHECK;

/* Once verify has judged the files: those of the base were linked in after they were counted above,
 * and what intake left in their place would be one too many. ERROR_UNEXPECTED_FILE. */
int staging_check_count(int staging, const char *folder, uint64_t files,
                        struct error *err) ERROR_MUST_CHECK;

/* Opens a file for verify. One that is absent or no regular file becomes /dev/null, so that it is
 * verify that refuses it, with its name. */
int staging_open_file(int staging, const char *folder, const char *name, int *fd,
                      struct error *err) ERROR_MUST_CHECK;

/* Flushes and moves to content/TYPE/ID. Something in that place is what a cut left behind, or damaged
 * content that is in service: the two change places in one step, and what was there is removed. */
int staging_commit(struct state *state, int staging, const char *folder, const char *type,
                   const char *id_text, struct error *err) ERROR_MUST_CHECK;

/* Whether files of installed content can be linked into staging for certain: on filesystems that are
 * known to. On others they may have to be copied. */
bool staging_links(struct state *state);
bool staging_links_on(uint32_t filesystem); /* f_type of statfs(2) */

/* What an import needs beside what it holds, and what the state's filesystem has for us. */
struct staging_space {
    uint64_t needed, held, free; /* bytes; a margin is in needed */
    uint64_t needed_files, free_files;
};

/* `bytes` and `files`: of all packages to fetch; `held`: of them on the disk already. */
int staging_measure(struct state *state, uint64_t bytes, uint64_t files, uint64_t held,
                    struct staging_space *space, struct error *err) ERROR_MUST_CHECK;
/* ERROR_NO_SPACE says both figures, the folder (`where`) and how much to free there. */
int staging_check_space(const struct staging_space *space, const char *where,
                        struct error *err) ERROR_MUST_CHECK;

/* Removes every folder of staging that `keeps` does not answer true for. */
typedef bool (*staging_keeps)(void *context, const char *folder);
int staging_sweep(struct state *state, staging_keeps keeps, void *context,
                  struct error *err) ERROR_MUST_CHECK;

#endif
