/* SPDX-License-Identifier: ISC
 *
 * What of the content that lies here an import may build on: packages in their slots, with the recipe
 * that was kept with each. Unchanged files are links between a package and its base, so where one
 * package of a type is damaged, none of that type is built on until it is mended.
 */
#ifndef AGENT_IMPORT_BASE_H
#define AGENT_IMPORT_BASE_H

#include <jansson.h>

#include "agent/import.h"

/* Adds the ids (hex) of all that may be built on, a list for each type that has some. */
int import_base_list(struct state *state, json_t *table, struct error *err) ERROR_MUST_CHECK;

struct import_base {
    int folder; /* the package's files; -1: nothing is built on */
    int recipe; /* what it was judged by */
};

/* Opens the package that a recipe builds on (ERROR_BASE_MISSING where it is not here, or no longer);
 * for a full recipe the newest of the type that lies here, which saves reading: none is no error.
 * import_base_close() in every case. */
int import_base_open(const struct import *import, const struct import_package *package,
                     struct import_base *base, struct error *err) ERROR_MUST_CHECK;
void import_base_close(struct import_base *base);

/* Whether content of the type is built on at all. An import that built on it and gave other bytes
 * than it should sets false: what is installed may be damaged, or the change to it wrong, and the next
 * one shall not come to the same end. A package of the type that was taken in sets true. */
int import_base_allow(struct state *state, const char *type, bool allowed,
                      struct error *err) ERROR_MUST_CHECK;

/* Whether the package's recipe builds on another. */
bool import_base_needed(const struct import_package *package);

/* What is installed was not what its recipe says: from now on the package is built on nothing of it.
 * False where that is so already, or where its recipe can't do without. */
bool import_base_leave(struct import_package *package);

#endif
