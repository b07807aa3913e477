/* SPDX-License-Identifier: ISC
 *
 * Selftests of behaviour rules. A case is one of
 *   {events={...}, detects=N, uses={...}, rep={["HEX"]="good"}, flags={...}, suppressed=true,
 *    thumbprints={...}}
 *     events go through the rule's own subscriptions (event-filter.h) on their own clock, and the
 *     rule must call detect() just so often; positive: at least once. uses, rep and flags stand for
 *     the world, of which a case knows nothing else; suppressed: what detect() answers; thumbprints:
 *     the allow-list for which it answers that. What tag() says of a process is in the tags of later
 *     events (behavior-process.h).
 *   {provides="NAME", with="TEXT", gives=BOOLEAN}
 *     for what the rule provides: a function called with the text answers what counts as true, or a
 *     table has the text as element or key; positive: gives=true.
 */
#ifndef DRIVERS_BEHAVIOR_TEST_H
#define DRIVERS_BEHAVIOR_TEST_H

#include "drivers/behavior.h"

/* struct rule_family's selftest. */
int behavior_test_run(struct rule *rule, lua_State *lua, bool *positive, struct error *err);

/* struct rule_family's tested: each on() was reached by an event of a case, or else what is in its where=
 * was never tried on anything. */
int behavior_test_all_reached(const struct rule *rule, struct error *err);

#endif
