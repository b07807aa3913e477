/* SPDX-License-Identifier: ISC
 *
 * What a repair may name: a path beneath one of three folders, "state:outbox", "own:sallyport-verify",
 * "etc:agent.conf", and the modes that it may give there. Monitor and broker both check by this.
 */
#ifndef AGENT_REPAIR_PATH_H
#define AGENT_REPAIR_PATH_H

#include <stdbool.h>
#include <sys/types.h>

#include "media/base/error.h"
#include "media/base/limits.h"

enum repair_root { REPAIR_STATE, REPAIR_OWN, REPAIR_ETC, REPAIR_ROOTS };

struct repair_path {
    enum repair_root root;
    char name[LIMIT_PATH_BYTES + 1]; /* beneath it; ".": the folder itself */
};

/* ERROR_BLOCKED: another prefix, or a name that is none of ours (path_name_valid). */
int repair_path_read(const char *text, struct repair_path *path,
                     struct error *err) ERROR_MUST_CHECK;

/* "0700": four octal digits. Whoever owns it keeps the right to read, of our programs everybody does,
 * and nobody gets a right that the root's row does not list; ERROR_BLOCKED otherwise. */
int repair_path_mode(const struct repair_path *path, const char *text, mode_t *mode,
                     struct error *err) ERROR_MUST_CHECK;

/* Whether what is there with st_mode `now` may have that mode in place of its own: a folder stays open
 * to its owner, folders and programs of ours to all who run them, and what is in etc: is opened to
 * nobody. ERROR_BLOCKED otherwise. */
int repair_path_turn(const struct repair_path *path, mode_t now, mode_t mode,
                     struct error *err) ERROR_MUST_CHECK;

/* Whether folders may be made beneath that root, and whether a mount beneath it is followed. */
bool repair_path_makes(const struct repair_path *path);
bool repair_path_crosses(const struct repair_path *path);

#endif
