/* SPDX-License-Identifier: ISC
 *
 * Conversions of the remapper, one row each: from a text of the policy to a text of the store.
 */
#ifndef DRIVERS_REMAP_CONVERT_H
#define DRIVERS_REMAP_CONVERT_H

#include "drivers/remap-rules.h"

struct remap_convert {
    const char *name;
    /* Changes `value` (LIMIT_SETTING_BYTES + 1 bytes). ERROR_BAD_CONTENT says what was expected;
     * ERROR_NOT_FOUND: nothing matches, so that the key's default holds where it has one. */
    int (*apply)(const struct remap_key *key, char *value, struct error *err);
    const char *what; /* for the page */
};

/* NULL when there is none of that name. */
const struct remap_convert *remap_convert_find(const char *name);
const struct remap_convert *remap_convert_row(size_t i); /* NULL past the last */

/* Whether a text is a value of the type (for a list: one of its items): true or false; a decimal
 * number of 64 bits in its one form; a text without control characters. */
int remap_convert_check(enum remap_type type, const char *value,
                        struct error *err) ERROR_MUST_CHECK;

#endif
