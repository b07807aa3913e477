/* SPDX-License-Identifier: ISC
 *
 * sallyport-driver-exclusions: applications that appfeed and userappfeed know, and what scans leave out
 * because of them. Beside what each feed answers (rule-feed.h) one request, of either type:
 *   {"ask":"exclusions"}   the rules of the type that is asked are run; whose application is here:
 *                          {"apps":[{"id","version":TEXT|null,"exclusions":[{"path","reason"}]}]}
 * Of which user a rule of userappfeed asks is the parent's to know: it answers for one at a time. A rule
 * that fails is logged and left out.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "drivers/exclusions.h"
#include "media/base/limits.h"
#include "media/base/log.h"
#include "media/base/spawn.h"
#include "media/base/text.h"

#define ANSWER_BYTES (LIMIT_DRIVER_MESSAGE - 4 * KIB) /* what "apps" may take of a message */

static const struct driver_type types[] = {{EXCLUSIONS_APPFEED, 1, 1},
                                           {EXCLUSIONS_USERAPPFEED, 1, 1}};

static int exclusions_open(struct driver_watch *watch, const struct driver_reads *reads,
                           void **shared, struct error *err)
{
    (void)reads;
    return rule_feed_open(&exclusions_family, watch, shared, err);
}

static json_t *run_rule(struct rule *rule)
{
    struct error why = {.code = ERROR_OK};
    json_t *app;

    if (rule_is_off(rule))
        return NULL;
    rule_feed_at(rule);
    if (exclusions_rule_run(rule, &app, &why) < 0)
        rule_feed_failed(&why);
    return app;
}

static int run_rules(struct rule_set *rules, json_t *apps, struct error *err)
{
    size_t count = rules != NULL ? rule_set_count(rules) : 0, bytes = 0;

    for (size_t i = 0; i < count; i++) {
        json_t *app = run_rule(rule_set_rule(rules, i));

        if (app == NULL)
            continue;
        json_array_append_new(apps, app);
        bytes += json_dumpb(app, NULL, 0, JSON_COMPACT) + 1;
        if (bytes > ANSWER_BYTES)
            return error_set(err, ERROR_LIMIT, "exclusions of more than a message, DRIVER_MESSAGE");
    }
    return 0;
}

static int answer_exclusions(struct rule_set *rules, json_t **reply, struct error *err)
{
    json_t *apps = json_array();

    if (run_rules(rules, apps, err) < 0) {
        json_decref(apps);
        return -(int)err->code;
    }
    *reply = json_pack("{s:o}", "apps", apps);
    return 0;
}

static int exclusions_serve(void *loaded, const json_t *request, json_t **reply, struct error *err)
{
    static const struct rule_feed_request exclusions = {"exclusions", answer_exclusions};

    return rule_feed_serve(loaded, &exclusions, request, reply, err);
}

static const struct sandbox_call calls[] = {RULE_ENGINE_CALLS};

static const struct sandbox_profile profile = {
    .name = "driver-exclusions",
    .calls = calls,
    .call_count = sizeof(calls) / sizeof(calls[0]),
    .memory_bytes = 1 * GIB,
    .data_bytes = LIMIT_LUA_MEMORY + 128 * MIB,
    .file_bytes = LIMIT_LUA_RULES * LIMIT_LUA_RULE_BYTES,
    .open_files = LIMIT_DRIVER_FILES + 64,
};

static const struct driver exclusions_driver = {
    .family = "exclusions",
    .types = types,
    .type_count = sizeof(types) / sizeof(types[0]),
    .sandbox = &profile,
    .unseal = unseal_to_memory,
    .open = exclusions_open,
    .close = rule_feed_close,
    .load = rule_feed_load,
    .unload = rule_feed_unload,
    .serve = exclusions_serve,
    .stats = rule_feed_stats,
};

int main(int argc, char **argv)
{
    return harness_main(&exclusions_driver, argc, argv);
}
