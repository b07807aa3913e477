/* SPDX-License-Identifier: ISC
 *
 * Events for a converted rule's selftests, made from its detection: one that the rule detects, and
 * ones beside it that it does not. Each is tried on the rule as it was read; the driver then tries it
 * on the Lua that was written, so that the two can't mean different things.
 */
#ifndef DRIVERS_CONVERT_SIGMA_CASE_H
#define DRIVERS_CONVERT_SIGMA_CASE_H

#include "drivers/convert/sigma-rule.h"

/* An event that the rule detects, or one that it does not. False: none of LIMIT_SIGMA_TRIES was one. */
bool sigma_case_find(const struct sigma_rule *rule, bool detects, struct sigma_event *event);
/* One that the rule detects and for which the test holds. */
bool sigma_case_find_with(const struct sigma_rule *rule, const struct sigma_test *test,
                          struct sigma_event *event);

/* The event with one field, that the rule looks at, of another value, where this is enough for the
 * rule not to detect it. */
bool sigma_case_beside(const struct sigma_rule *rule, const struct sigma_event *event,
                       enum sigma_field field, struct sigma_event *beside);

#endif
