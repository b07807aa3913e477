/* SPDX-License-Identifier: ISC
 *
 * sallyport-driver-exclusions: applications that appfeed and userappfeed know, and what scans leave out
 * because of them. One request, of either type:
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
    static struct rule_family family = {.head = "app",
                                        .declare = exclusions_rule_declare,
                                        .forget = free,
                                        .functions = exclusions_functions,
                                        .selftest = exclusions_test_run};
    struct exclusions *exclusions = bytes_allocate(1, sizeof(*exclusions));

    family.function_count = exclusions_function_count;
    exclusions->watch = exclusions->ask.watch = watch;
    exclusions->engine = rule_engine_new(&family, exclusions, err);
    if (exclusions->engine == NULL) {
        free(exclusions);
        return -(int)err->code;
    }
    rule_engine_blame_to(exclusions->engine, SPAWN_FD_SOCKET);
    *shared = exclusions;
    return 0;
}

static void exclusions_close(void *shared)
{
    struct exclusions *exclusions = shared;

    rule_ask_end(&exclusions->ask);
    rule_engine_free(exclusions->engine);
    free(exclusions);
}

static int exclusions_load(const struct driver_content *content, void **loaded, struct error *err)
{
    const struct exclusions *exclusions = content->shared;
    struct rule_set *rules;
    int result = rule_set_load(exclusions->engine, content, &rules, err);

    if (result == 0)
        *loaded = rules;
    return result;
}

static void exclusions_unload(void *loaded)
{
    rule_set_free(loaded);
}

/* A rule that fails is its author's trouble, and no reason not to run the next. */
static json_t *run_rule(struct rule *rule)
{
    const struct exclusions *exclusions = rule_engine_context(rule_engine_of(rule));
    const struct driver_content content = {.type = rule_type(rule), .watch = exclusions->watch};
    char words[2 * ERROR_WORDS_BYTES];
    struct error why = {.code = ERROR_OK};
    json_t *app;

    if (rule_is_off(rule))
        return NULL;
    driver_at(&content, rule_file(rule), 0, rule_id(rule));
    if (exclusions_rule_run(rule, &app, &why) < 0)
        log_write(LOG_LEVEL_WARN, "%s", text_escape_string(why.words, words, sizeof(words)));
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

static int exclusions_serve(void *loaded, const json_t *request, json_t **reply, struct error *err)
{
    const char *ask = json_string_value(json_object_get(request, "ask"));
    json_t *apps;

    if (ask == NULL || strcmp(ask, "exclusions") != 0)
        return error_set(err, ERROR_PROTOCOL, "serve: expected \"ask\":\"exclusions\"");
    apps = json_array();
    if (run_rules(loaded, apps, err) < 0) {
        json_decref(apps);
        return -(int)err->code;
    }
    *reply = json_pack("{s:o}", "apps", apps);
    return 0;
}

static json_t *exclusions_stats(void *loaded)
{
    size_t count = loaded != NULL ? rule_set_count(loaded) : 0, off = 0;

    for (size_t i = 0; i < count; i++)
        off += rule_is_off(rule_set_rule(loaded, i));
    return json_pack("{s:I, s:I}", "rules", (json_int_t)count, "off", (json_int_t)off);
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
    .close = exclusions_close,
    .load = exclusions_load,
    .unload = exclusions_unload,
    .serve = exclusions_serve,
    .stats = exclusions_stats,
};

int main(int argc, char **argv)
{
    return harness_main(&exclusions_driver, argc, argv);
}
