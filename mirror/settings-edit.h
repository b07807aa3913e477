/* SPDX-License-Identifier: ISC
 *
 * Changes of mirror.conf as text: a section of a key comes or goes, and every other line, comments
 * too, stays as people wrote it.
 */
#ifndef MIRROR_SETTINGS_EDIT_H
#define MIRROR_SETTINGS_EDIT_H

#include "mirror/repository.h"

/* Puts a new key into mirror.conf: at the end, or, where `renamed` is given, in front of the key that
 * has its name so far, which is called `renamed` from then on. The repository's settings are read
 * again. */
int settings_edit_add(struct repository *repository, const struct settings_key *key,
                      const char *renamed, struct error *err) ERROR_MUST_CHECK;

/* Reads mirror.conf again, as it is now. */
int settings_edit_reload(struct repository *repository, struct error *err) ERROR_MUST_CHECK;

/* Takes the section of a key out. */
int settings_edit_remove(struct repository *repository, const char *name,
                         struct error *err) ERROR_MUST_CHECK;

#endif
