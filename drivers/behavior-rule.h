/* SPDX-License-Identifier: ISC
 *
 * A rule as the family knows it: what its head says, what it reacts to, and what it says of itself
 * to the monitor.
 */
#ifndef DRIVERS_BEHAVIOR_RULE_H
#define DRIVERS_BEHAVIOR_RULE_H

#include "drivers/behavior.h"

/* struct rule_family's declare and forget: rule{id, title, severity, attack, thumbprint}. The
 * engine's context is the struct behavior, which is loading a set. */
int behavior_rule_declare(struct rule *rule, lua_State *lua, void **data, struct error *err);
void behavior_rule_forget(void *data);

/* A reaction: subscription is taken, also on failure; the function is at the stack's top.
 * ERROR_BAD_CONTENT: what event_filter_new() says of it; ERROR_LIMIT: LIMIT_LUA_HANDLERS, and the
 * share that the type has of one channel. */
int behavior_rule_react(struct behavior_rule *rule, lua_State *lua, json_t *subscription,
                        struct error *err) ERROR_MUST_CHECK;

/* Subscriptions of one rule, in the order of its handlers: a new reference. */
json_t *behavior_rule_subscriptions(const struct behavior_rule *rule);

/* What detect() does: thumbprint, allow-list, and, unless that has it, {"news":"detection",...}
 * (driver-protocol.h) to the moment's sink, at most LIMIT_LUA_DETECTIONS a minute. */
int behavior_rule_detect(struct behavior_rule *rule, const struct behavior_facts *facts,
                         bool *suppressed, struct error *err) ERROR_MUST_CHECK;
/* struct rule_family's undecided: a detection of the rule with the one fact "undecided", which has why,
 * within the same bound; no allow-list is asked. */
void behavior_rule_undecided(struct rule *rule, const struct error *why);
/* struct rule_family's off: {"news":"rule-off",...} to the monitor, whatever the moment is. */
void behavior_rule_off(struct rule *rule, const struct error *why);

/* "behavior", "product-rules-feed". */
const char *behavior_type_name(enum behavior_type type);

#endif
