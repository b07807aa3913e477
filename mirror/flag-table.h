/* SPDX-License-Identifier: ISC
 *
 * Changing the service values of a set's flags (media/flags.h: first match wins, none: off).
 */
#ifndef MIRROR_FLAG_TABLE_H
#define MIRROR_FLAG_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/base/error.h"

struct flag_row {
    const char *name;
    const char *site; /* NULL: every site */
    uint64_t percent; /* 1..100 of the endpoints */
    bool on;
};

/* The table with this row in it. For every site: the flag's only row from now on, so that "off"
 * leaves nothing on. For one site: in the place of that site's row, before the row for every site,
 * which would win over it otherwise. before may be NULL. *after is a new reference.
 * ERROR_USAGE for a name, site or share that no set may carry; ERROR_LIMIT for too many. */
int flag_table_set(const json_t *before, const struct flag_row *row, json_t **after,
                   struct error *err) ERROR_MUST_CHECK;

#endif
