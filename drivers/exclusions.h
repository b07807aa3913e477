/* SPDX-License-Identifier: ISC
 *
 * What the parts of sallyport-driver-exclusions share: one process, one interpreter, the rules of
 * appfeed and userappfeed, each of one application: whether it is here, and what scans leave out then.
 */
#ifndef DRIVERS_EXCLUSIONS_H
#define DRIVERS_EXCLUSIONS_H

#include "drivers/rule-feed.h"

/* Types of the family, and what their paths begin with. */
#define EXCLUSIONS_APPFEED     "appfeed"
#define EXCLUSIONS_USERAPPFEED "userappfeed"

/* host.* in it by the names and arguments that the parent takes (sallyport-rules(5)). */
extern const struct rule_family exclusions_family;

/* struct rule_family's declare, and forget is free(). */
int exclusions_rule_declare(struct rule *rule, lua_State *lua, void **data, struct error *err);

/* Asks a rule. *app: {"id","version":TEXT|null,"exclusions":[{"path","reason"}]}, a new reference, NULL
 * where its application is not here. Negative: the rule's fault. */
int exclusions_rule_run(struct rule *rule, json_t **app, struct error *err) ERROR_MUST_CHECK;

/* struct rule_family's selftest: {flags={NAME=bool}, packages={NAME=VERSION}, units={NAME={state,exec}},
 * desktops={ID={name,exec}}, os_release={KEY=TEXT}, components={NAME=VALUE}, files={PATH=TEXT, or a list
 * of names for a folder}, excludes={PATH}}. Positive: it excludes something. */
int exclusions_test_run(struct rule *rule, lua_State *lua, bool *positive, struct error *err);

#endif
