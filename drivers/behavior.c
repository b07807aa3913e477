/* SPDX-License-Identifier: ISC
 *
 * sallyport-driver-behavior: behaviour rules and the product rules that they build on, in one
 * interpreter. Requests, of either type unless it says otherwise:
 *   {"ask":"subscriptions"}         {"subscriptions":[...]} of all rules in service, for the sensor:
 *                                   event-filter.h; null where a number means nothing any more
 *   {"ask":"rules","from":N}        rule_set_page() of the type that is asked
 *   {"ask":"flags","flags":{...}}   what flag() answers from now on; {}
 *   {"ask":"counts"}                struct behavior_counts, since the process began; "dropped" is
 *                                   the sensor's, of the channel that is open
 */
#include <config.h>

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/behavior-event.h"
#include "drivers/behavior-host.h"
#include "drivers/behavior-provide.h"
#include "drivers/behavior-react.h"
#include "drivers/behavior-replay.h"
#include "drivers/behavior-rule.h"
#include "drivers/behavior-test.h"
#include "drivers/reputation.h"
#include "media/base/json.h"
#include "media/base/spawn.h"

/* There is one a process; requests that come before any content need it too. */
static struct behavior *the_behavior;

static const struct driver_type types[] = {{"behavior", 1, 1}, {"product-rules-feed", 1, 1}};

static int behavior_open(struct driver_watch *watch, const struct driver_reads *reads,
                         void **shared, struct error *err)
{
    static struct rule_family family = {.head = "rule",
                                        .declare = behavior_rule_declare,
                                        .forget = behavior_rule_forget,
                                        .functions = behavior_functions,
                                        .selftest = behavior_test_run,
                                        .tested = behavior_test_all_reached,
                                        .undecided = behavior_rule_undecided,
                                        .off = behavior_rule_off};
    struct behavior *behavior = bytes_allocate(1, sizeof(*behavior));

    family.function_count = behavior_function_count;
    behavior->watch = watch;
    behavior->reads = reads;
    behavior->purse.most = LIMIT_LUA_STATE_BYTES;
    behavior->event_tables = LUA_NOREF;
    behavior->engine = rule_engine_new(&family, behavior, err);
    if (behavior->engine == NULL) {
        free(behavior);
        return -(int)err->code;
    }
    rule_engine_blame_to(behavior->engine, SPAWN_FD_SOCKET);
    *shared = the_behavior = behavior;
    return 0;
}

static void behavior_close(void *shared)
{
    struct behavior *behavior = shared;

    behavior_event_close(behavior);
    rule_engine_free(behavior->engine);
    free(behavior);
}

static enum behavior_type type_of(const char *name)
{
    return strcmp(name, types[BEHAVIOR_RULES].name) == 0 ? BEHAVIOR_RULES : BEHAVIOR_PRODUCT_RULES;
}

static void behavior_unload(void *loaded)
{
    struct behavior_set *set = loaded;

    rule_set_free(set->rules);
    behavior_provided_free(set);
    free(set);
}

static int behavior_load(const struct driver_content *content, void **loaded, struct error *err)
{
    struct behavior *behavior = content->shared;
    struct behavior_set *set = bytes_allocate(1, sizeof(*set));
    int result;

    set->behavior = behavior;
    set->type = type_of(content->type);
    set->serial = ++behavior->sets;
    behavior->loading = set;
    result = rule_set_load(behavior->engine, content, &set->rules, err);
    behavior->loading = NULL;
    if (result < 0)
        behavior_unload(set);
    else
        *loaded = set;
    return result;
}

static void give_numbers(struct behavior *behavior, struct behavior_rule *rule)
{
    for (size_t i = 0; i < rule->handler_count; i++)
        if (rule->handlers[i].number == BEHAVIOR_NO_NUMBER)
            rule->handlers[i].number = behavior_number_give(&behavior->numbers, &rule->handlers[i]);
}

static json_t *answer_subscriptions(struct behavior *behavior, struct behavior_set *const *sets)
{
    json_t *list = json_array();

    for (size_t type = 0; type < BEHAVIOR_TYPES; type++)
        for (size_t i = 0; sets[type] != NULL && i < rule_set_count(sets[type]->rules); i++)
            give_numbers(behavior, rule_data(rule_set_rule(sets[type]->rules, i)));
    for (size_t i = 0; i < behavior->numbers.used; i++) {
        const struct behavior_handler *owner = behavior_number_owner(&behavior->numbers, i);

        json_array_append_new(list, owner != NULL ? json_incref(owner->subscription) : json_null());
    }
    return json_pack("{s:o}", "subscriptions", list);
}

static int ask_subscriptions(struct behavior_set *const *sets, size_t row, const json_t *request,
                             json_t **reply, struct error *err)
{
    *reply = answer_subscriptions(the_behavior, sets);
    return 0;
}

static int ask_rules(struct behavior_set *const *sets, size_t row, const json_t *request,
                     json_t **reply, struct error *err)
{
    *reply = rule_set_page(sets[row] != NULL ? sets[row]->rules : NULL,
                           json_integer_value(json_object_get(request, "from")));
    return 0;
}

static int ask_flags(struct behavior_set *const *sets, size_t row, const json_t *request,
                     json_t **reply, struct error *err)
{
    const json_t *flags = json_object_get(request, "flags");

    if (!json_is_object(flags))
        return error_set(err, ERROR_PROTOCOL, "flags: expected an object \"flags\"");
    rule_engine_set_flags(the_behavior->engine, flags);
    *reply = json_object();
    return 0;
}

static int ask_counts(struct behavior_set *const *sets, size_t row, const json_t *request,
                      json_t **reply, struct error *err)
{
    const struct behavior_counts *counts = &the_behavior->counts;
    const struct {
        const char *name;
        uint64_t count;
    } rows[] = {{"events", counts->events},         {"reactions", counts->reactions},
                {"detections", counts->detections}, {"held", counts->held},
                {"suppressed", counts->suppressed}, {"tags", counts->tags},
                {"dropped", counts->dropped}};

    *reply = json_object();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        json_object_set_new(*reply, rows[i].name, json_integer((json_int_t)rows[i].count));
    return 0;
}

static const struct {
    const char *name;
    int (*answer)(struct behavior_set *const *sets, size_t row, const json_t *request,
                  json_t **reply, struct error *err);
} asks[] = {{"subscriptions", ask_subscriptions},
            {"rules", ask_rules},
            {"flags", ask_flags},
            {"counts", ask_counts}};

/* What the harness keeps as bare pointers. */
static void sets_of(void *const *loaded, struct behavior_set *sets[static BEHAVIOR_TYPES])
{
    for (size_t i = 0; i < BEHAVIOR_TYPES; i++)
        sets[i] = loaded[i];
}

static int behavior_serve(void *const *loaded, size_t row, const json_t *request, json_t **reply,
                          struct error *err)
{
    const char *ask = json_string_value(json_object_get(request, "ask"));
    struct behavior_set *sets[BEHAVIOR_TYPES];

    sets_of(loaded, sets);
    for (size_t i = 0; ask != NULL && i < sizeof(asks) / sizeof(asks[0]); i++)
        if (strcmp(asks[i].name, ask) == 0)
            return asks[i].answer(sets, row, request, reply, err);
    return error_set(err, ERROR_PROTOCOL, "serve: no such \"ask\"");
}

static int behavior_hear(void *shared, void *const *loaded, int channel, struct error *err)
{
    struct behavior_set *sets[BEHAVIOR_TYPES];

    sets_of(loaded, sets);
    return behavior_react_hear(shared, sets, channel, err);
}

static int behavior_play(void *shared, void *const *loaded, const struct driver_content *recording,
                         json_t **reply, struct error *err)
{
    struct behavior_set *sets[BEHAVIOR_TYPES];

    sets_of(loaded, sets);
    return behavior_replay(shared, sets, recording, reply, err);
}

static json_t *behavior_stats(void *loaded)
{
    const struct behavior_set *set = loaded;

    if (set == NULL)
        return json_object();
    return json_pack("{s:I, s:I, s:I}", "rules", (json_int_t)rule_set_count(set->rules), "handlers",
                     (json_int_t)set->handler_count, "provided", (json_int_t)set->provided_count);
}

static const struct driver_read *const reads[] = {&reputation_read};

static const struct sandbox_call calls[] = {RULE_ENGINE_CALLS};

/* Lists are mapped: address space for the largest files. Data: interpreter, what rules remember, a
 * recording, a message. */
static const struct sandbox_profile profile = {
    .name = "driver-behavior",
    .calls = calls,
    .call_count = sizeof(calls) / sizeof(calls[0]),
    .memory_bytes = 20 * GIB,
    .data_bytes = LIMIT_LUA_MEMORY + LIMIT_LUA_STATE_BYTES + LIMIT_REPLAY_BYTES + 128 * MIB,
    .file_bytes = LIMIT_LUA_RULES * LIMIT_LUA_RULE_BYTES,
    .open_files = LIMIT_DRIVER_FILES + 64,
};

static const struct driver behavior_driver = {
    .family = "behavior",
    .types = types,
    .type_count = sizeof(types) / sizeof(types[0]),
    .reads = reads,
    .read_count = sizeof(reads) / sizeof(reads[0]),
    .sandbox = &profile,
    .unseal = unseal_to_memory,
    .open = behavior_open,
    .close = behavior_close,
    .load = behavior_load,
    .unload = behavior_unload,
    .serve_together = behavior_serve,
    .hear = behavior_hear,
    .replay = behavior_play,
    .stats = behavior_stats,
};

int main(int argc, char **argv)
{
    return harness_main(&behavior_driver, argc, argv);
}
