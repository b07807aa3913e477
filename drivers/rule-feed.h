/* SPDX-License-Identifier: ISC
 *
 * What families have in common whose rules ask whoever has the endpoint (drivers/rule-ask.h) and run when
 * they are asked to: one interpreter, for which the harness's rows are here, and the requests that each
 * such family answers beside its own:
 *   {"ask":"rules","from":N}        rule_set_page() of the type that is asked
 *   {"ask":"flags","flags":{...}}   what flag() answers from now on; {}
 */
#ifndef DRIVERS_RULE_FEED_H
#define DRIVERS_RULE_FEED_H

#include "drivers/rule-ask.h"
#include "drivers/rule-engine.h"

struct rule_feed {
    struct rule_engine *engine;
    struct driver_watch *watch;
    struct rule_ask ask;
};

/* A request of the family's own; `rules` NULL: nothing is loaded. */
struct rule_feed_request {
    const char *ask;
    int (*answer)(struct rule_set *rules, json_t **reply, struct error *err);
};

/* For struct driver's open, of a family that is kept for the life of the process; *shared is a struct
 * rule_feed, and the engine's context. */
int rule_feed_open(const struct rule_family *family, struct driver_watch *watch, void **shared,
                   struct error *err) ERROR_MUST_CHECK;

/* struct driver's close, load, unload and stats; *loaded is a struct rule_set. */
void rule_feed_close(void *shared);
int rule_feed_load(const struct driver_content *content, void **loaded,
                   struct error *err) ERROR_MUST_CHECK;
void rule_feed_unload(void *loaded);
json_t *rule_feed_stats(void *loaded);

/* For struct driver's serve: the family's own request, or one of those above. */
int rule_feed_serve(void *loaded, const struct rule_feed_request *own, const json_t *request,
                    json_t **reply, struct error *err) ERROR_MUST_CHECK;

/* The feed of a rule; and for a lua_CFunction of a row, that of the rule that runs, asked as rule_ask()
 * says. */
struct rule_feed *rule_feed_of(const struct rule *rule);
int rule_feed_ask(lua_State *lua, int arguments, bool reasoned);

/* A rule runs now, should the process end; and one has failed, which is its author's trouble and no
 * reason not to run the next. */
void rule_feed_at(const struct rule *rule);
void rule_feed_failed(const struct error *why);

/* While a case of a selftest runs: `mock` answers in place of the parent, and flag() what the case's
 * "flags" say ({"NAME":bool}; all others are off, whatever they are here). `given`, the case, is good until
 * the end; *before is what was. */
void rule_feed_mock_begin(struct rule *rule, json_t *given, const struct rule_ask *mock,
                          struct rule_ask *before);
void rule_feed_mock_end(struct rule *rule, const struct rule_ask *before);

#endif
