/* SPDX-License-Identifier: ISC
 *
 * What an event must look like for a converted rule to detect it, as far as where= of on() can say it:
 * tests that the condition can't do without. The sensor judges by them, so that the rule is not called
 * for what it would not detect.
 *
 * One where= is a glob a field, all of which must match. Several tests of one field that can't hold at
 * once (a program's name is one of three) are an on() each, and no event is told twice.
 */
#ifndef DRIVERS_CONVERT_SIGMA_WHERE_H
#define DRIVERS_CONVERT_SIGMA_WHERE_H

#include "drivers/convert/sigma-rule.h"

#define SIGMA_WHERE_WAYS 8 /* on()s of one rule: half of LIMIT_LUA_HANDLERS */

struct sigma_where {
    struct {
        size_t count; /* tests one of which must hold; 0: nothing is asked of this field */
        const struct sigma_test *tests[SIGMA_WHERE_WAYS];
    } fields[SIGMA_FIELDS]; /* one has several at most */
};

/* The tests are the rule's. */
void sigma_where_find(const struct sigma_rule *rule, struct sigma_where *where);

/* The glob that a text matches for which the test holds; of more texts, where the test is of a long
 * one. Into *glob (bytes_init). */
int sigma_where_glob(const struct sigma_test *test, struct bytes *glob,
                     struct error *err) ERROR_MUST_CHECK;

#endif
