/* SPDX-License-Identifier: ISC
 *
 * sallyport-driver-repair: the rules of a repair-kit. Beside what each feed answers (rule-feed.h) one
 * request:
 *   {"ask":"run","dry_run":BOOL}   each rule in service is run: {"repairs":[{"rule","title",
 *                                  "healthy":BOOL|null,"done":BOOL,"reason":TEXT}],"total":N}, as
 *                                  many rows as fit; healthy null: the rule failed or is switched
 *                                  off, with the reason
 * In a dry run fix is called too: the parent then answers what would be done and changes nothing.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/repair.h"
#include "media/base/limits.h"
#include "media/base/log.h"
#include "media/base/spawn.h"
#include "media/base/text.h"

#define REASON_BYTES 256                        /* of a row: a rule's words */
#define ANSWER_BYTES (LIMIT_DRIVER_MESSAGE / 2) /* what rows may take of a message */

static const struct driver_type types[] = {{"repair-kit", 1, 1}};

static int repair_open(struct driver_watch *watch, const struct driver_reads *reads, void **shared,
                       struct error *err)
{
    (void)reads;
    return rule_feed_open(&repair_family, watch, shared, err);
}

static json_t *row_of(const struct rule *rule, json_t *healthy, bool done, const char *words)
{
    char reason[REASON_BYTES];

    text_escape_string(words, reason, sizeof(reason));
    return json_pack("{s:s, s:s, s:o, s:b, s:s}", "rule", rule_id(rule), "title", rule_title(rule),
                     "healthy", healthy, "done", done, "reason", reason);
}

static json_t *run_rule(struct rule *rule)
{
    struct repair_outcome outcome;
    struct error why = {.code = ERROR_OK};

    rule_feed_at(rule);
    if (repair_rule_run(rule, &outcome, &why) == 0)
        return row_of(rule, json_boolean(outcome.healthy), outcome.done, outcome.reason);
    rule_feed_failed(&why);
    return row_of(rule, json_null(), false, why.words);
}

static json_t *run_rules(struct rule_set *rules)
{
    size_t count = rule_set_count(rules);
    json_t *rows = json_array();
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++) {
        json_t *row = run_rule(rule_set_rule(rules, i));

        bytes += json_dumpb(row, NULL, 0, JSON_COMPACT) + 1;
        if (bytes <= ANSWER_BYTES)
            json_array_append(rows, row);
        json_decref(row);
    }
    return json_pack("{s:o, s:I}", "repairs", rows, "total", (json_int_t)count);
}

/* Without a kit that is not "all is well": whoever asked has rules of his own then. */
static int answer_run(struct rule_set *rules, json_t **reply, struct error *err)
{
    if (rules == NULL)
        return error_set(err, ERROR_NOT_FOUND, "no repair-kit is loaded");
    *reply = run_rules(rules);
    return 0;
}

static int repair_serve(void *loaded, const json_t *request, json_t **reply, struct error *err)
{
    static const struct rule_feed_request run = {"run", answer_run};

    return rule_feed_serve(loaded, &run, request, reply, err);
}

static const struct sandbox_call calls[] = {RULE_ENGINE_CALLS};

static const struct sandbox_profile profile = {
    .name = "driver-repair",
    .calls = calls,
    .call_count = sizeof(calls) / sizeof(calls[0]),
    .memory_bytes = 1 * GIB,
    .data_bytes = LIMIT_LUA_MEMORY + 128 * MIB,
    .file_bytes = LIMIT_LUA_RULES * LIMIT_LUA_RULE_BYTES,
    .open_files = LIMIT_DRIVER_FILES + 64,
};

static const struct driver repair_driver = {
    .family = "repair",
    .types = types,
    .type_count = sizeof(types) / sizeof(types[0]),
    .sandbox = &profile,
    .unseal = unseal_to_memory,
    .open = repair_open,
    .close = rule_feed_close,
    .load = rule_feed_load,
    .unload = rule_feed_unload,
    .serve = repair_serve,
    .stats = rule_feed_stats,
};

int main(int argc, char **argv)
{
    return harness_main(&repair_driver, argc, argv);
}
