/* SPDX-License-Identifier: ISC
 *
 * The steps of an import as people are told of them, in the order in which one goes through them
 * (agent/import.h names them).
 */
#ifndef TUI_IMPORT_STEP_H
#define TUI_IMPORT_STEP_H

#include <stdbool.h>
#include <stddef.h>

#define IMPORT_STEPS 6

struct import_step {
    const char *name;  /* "fetch" */
    const char *words; /* "copy and rebuild files" */
    bool needs_medium; /* pulled now, the import ends; nothing is active yet */
};

const struct import_step *import_step_at(size_t i); /* NULL past the last */
/* IMPORT_STEPS: no such. name may be NULL. */
size_t import_step_find(const char *name);

#endif
