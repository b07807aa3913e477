/* SPDX-License-Identifier: ISC
 *
 * sallyport-driver-repair: the rules of a repair-kit. One request:
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
    static struct rule_family family = {.head = "repair",
                                        .declare = repair_rule_declare,
                                        .forget = free,
                                        .functions = repair_functions,
                                        .selftest = repair_test_run};
    struct repair *repair = bytes_allocate(1, sizeof(*repair));

    family.function_count = repair_function_count;
    repair->watch = repair->ask.watch = watch;
    repair->engine = rule_engine_new(&family, repair, err);
    if (repair->engine == NULL) {
        free(repair);
        return -(int)err->code;
    }
    rule_engine_blame_to(repair->engine, SPAWN_FD_SOCKET);
    *shared = repair;
    return 0;
}

static void repair_close(void *shared)
{
    struct repair *repair = shared;

    rule_ask_end(&repair->ask);
    rule_engine_free(repair->engine);
    free(repair);
}

static int repair_load(const struct driver_content *content, void **loaded, struct error *err)
{
    const struct repair *repair = content->shared;
    struct rule_set *rules;
    int result = rule_set_load(repair->engine, content, &rules, err);

    if (result == 0)
        *loaded = rules;
    return result;
}

static void repair_unload(void *loaded)
{
    rule_set_free(loaded);
}

static json_t *row_of(const struct rule *rule, json_t *healthy, bool done, const char *words)
{
    char reason[REASON_BYTES];

    text_escape_string(words, reason, sizeof(reason));
    return json_pack("{s:s, s:s, s:o, s:b, s:s}", "rule", rule_id(rule), "title", rule_title(rule),
                     "healthy", healthy, "done", done, "reason", reason);
}

/* A rule that fails is its author's trouble, and no reason not to run the next. */
static json_t *run_rule(struct rule *rule)
{
    const struct repair *repair = rule_engine_context(rule_engine_of(rule));
    const struct driver_content content = {.type = types[0].name, .watch = repair->watch};
    char words[2 * ERROR_WORDS_BYTES];
    struct repair_outcome outcome;
    struct error why = {.code = ERROR_OK};

    driver_at(&content, rule_file(rule), 0, rule_id(rule));
    if (repair_rule_run(rule, &outcome, &why) == 0)
        return row_of(rule, json_boolean(outcome.healthy), outcome.done, outcome.reason);
    log_write(LOG_LEVEL_WARN, "%s", text_escape_string(why.words, words, sizeof(words)));
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

static int repair_serve(void *loaded, const json_t *request, json_t **reply, struct error *err)
{
    const char *ask = json_string_value(json_object_get(request, "ask"));

    if (ask == NULL || strcmp(ask, "run") != 0)
        return error_set(err, ERROR_PROTOCOL, "serve: expected \"ask\":\"run\"");
    /* Not "all is well": whoever asked has rules of his own then. */
    if (loaded == NULL)
        return error_set(err, ERROR_NOT_FOUND, "no repair-kit is loaded");
    *reply = run_rules(loaded);
    return 0;
}

static json_t *repair_stats(void *loaded)
{
    size_t count = loaded != NULL ? rule_set_count(loaded) : 0, off = 0;

    for (size_t i = 0; i < count; i++)
        off += rule_is_off(rule_set_rule(loaded, i));
    return json_pack("{s:I, s:I}", "rules", (json_int_t)count, "off", (json_int_t)off);
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
    .close = repair_close,
    .load = repair_load,
    .unload = repair_unload,
    .serve = repair_serve,
    .stats = repair_stats,
};

int main(int argc, char **argv)
{
    return harness_main(&repair_driver, argc, argv);
}
