/* SPDX-License-Identifier: ISC
 *
 * What the inventory's broker may look at, and looking at it: a root folder (for appfeed), or one
 * user's home (for userappfeed, whose paths begin with "~/"). Nothing is opened by a name that leaves
 * its folder, nothing is written.
 */
#ifndef AGENT_INVENTORY_PLACE_H
#define AGENT_INVENTORY_PLACE_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

/* The descriptors are the caller's. */
struct inventory_place {
    int root;
    int home;    /* -1: none, paths are absolute; else they begin with "~/" */
    uid_t owner; /* of the root folder: root, or who made it for a test. Its files are believed */
};

/* Takes the root's owner. home -1: none. ERROR_IO. */
int inventory_place_open(int root, int home, struct inventory_place *place,
                         struct error *err) ERROR_MUST_CHECK;

/* Whether a path has the form that this place asks for: absolute or "~/", components joined by
 * single slashes, none "." or "..", UTF-8 without controls, one slash at the end or none. Words of
 * ERROR_BAD_CONTENT say what was expected. */
int inventory_place_form(const struct inventory_place *place, const char *path,
                         struct error *err) ERROR_MUST_CHECK;

/* Whether bytes are UTF-8 without controls: what may be told as one line. */
bool inventory_place_plain(struct bytes_view text);

/* The three below want a path of that form, and answer NULL where there is nothing that may be told:
 * *reason is then a fixed word, or stays where the path is plainly absent. */

/* "file" or "dir"; of a link beneath the root, what it leads to (never out of the root). In a home
 * links are not followed. */
json_t *inventory_place_exists(const struct inventory_place *place, const char *path,
                               const char **reason);

/* Names in a folder, sorted by bytes, the first LIMIT_INVENTORY_NAMES of them; *reason "cut" where
 * there are more. Names that are not UTF-8 are left out. */
json_t *inventory_place_list(const struct inventory_place *place, const char *path,
                             const char **reason);

/* A whole file as text: regular, no links on the way, at most LIMIT_INVENTORY_READ bytes, readable by
 * everybody, owned by the root's owner or, in a home, by its user. */
json_t *inventory_place_read(const struct inventory_place *place, const char *path,
                             const char **reason);

/* For the broker's own files beneath the root, by a name without a slash at its front: no links on
 * the way. ERROR_NOT_FOUND, ERROR_LIMIT, ERROR_IO, ERROR_UNEXPECTED_FILE (also where the owner is
 * neither). out is initialised (bytes_clear). */
int inventory_place_take(const struct inventory_place *place, int folder, const char *name,
                         size_t limit, struct bytes *out, struct error *err) ERROR_MUST_CHECK;

#endif
