/* SPDX-License-Identifier: ISC */
#include "drivers/behavior-rule.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/behavior-event.h"
#include "media/base/event-filter.h"
#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/text.h"

#define TECHNIQUES      16 /* of MITRE ATT&CK that one rule names */
#define TECHNIQUE_BYTES 32

static const char *const severities[] = {"info", "low", "medium", "high", "critical"};

/* What of one channel, and of one message, the rules of a type may take: both types together fill
 * them, and neither is refused for what the other holds. */
static const struct {
    const char *name;
    size_t handlers, bytes;
} types[BEHAVIOR_TYPES] = {
    [BEHAVIOR_RULES] = {"behavior", LIMIT_FILTER_SUBSCRIPTIONS / 4 * 3, LIMIT_FILTER_BYTES / 4 * 3},
    [BEHAVIOR_PRODUCT_RULES] = {"product-rules-feed", LIMIT_FILTER_SUBSCRIPTIONS / 4,
                                LIMIT_FILTER_BYTES / 4},
};

const char *behavior_type_name(enum behavior_type type)
{
    return types[type].name;
}

static const struct rule_field head[] = {
    {"id", RULE_TEXT, true, 1, LIMIT_LUA_ID_BYTES}, /* which the engine reads */
    {"title", RULE_TEXT, true, 1, LIMIT_LUA_TITLE_BYTES},
    {"severity", RULE_TEXT, false, 1, LIMIT_NAME_BYTES},
    {"attack", RULE_TEXTS, false, 0, TECHNIQUES},
    {"thumbprint", RULE_TEXTS, false, 1, LIMIT_LUA_FACTS},
};

static int read_severity(const char *word, char **severity, struct error *err)
{
    for (size_t i = 0; i < sizeof(severities) / sizeof(severities[0]); i++) {
        if (strcmp(severities[i], word) == 0) {
            *severity = bytes_copy_string(word);
            return 0;
        }
    }
    return error_set(err, ERROR_BAD_CONTENT,
                     "severity: expected info, low, medium, high or critical");
}

/* A list of plain words; NULL where it is absent. */
static int read_words(const json_t *head_table, const char *key, size_t most, json_t **words,
                      struct error *err)
{
    json_t *list = json_object_get(head_table, key);
    const json_t *word;
    size_t i;

    json_array_foreach(list, i, word)
    {
        if (json_string_length(word) == 0 || json_string_length(word) > most)
            return error_set(err, ERROR_BAD_CONTENT, "%s[%zu]: expected 1 to %zu bytes", key, i + 1,
                             most);
    }
    *words = json_array_size(list) > 0 ? json_incref(list) : NULL;
    return 0;
}

static int read_head(struct behavior_rule *rule, const json_t *table, struct error *err)
{
    const char *severity = json_string_value(json_object_get(table, "severity"));

    if (read_severity(severity != NULL ? severity : "medium", &rule->severity, err) < 0)
        return -(int)err->code;
    if (read_words(table, "attack", TECHNIQUE_BYTES, &rule->attack, err) < 0)
        return -(int)err->code;
    return read_words(table, "thumbprint", LIMIT_NAME_BYTES, &rule->thumbprint, err);
}

int behavior_rule_declare(struct rule *rule, lua_State *lua, void **data, struct error *err)
{
    struct behavior *behavior = rule_engine_context(rule_engine_of(rule));
    struct behavior_rule *made;
    json_t *table;
    int result = rule_table_check(lua, -1, head, sizeof(head) / sizeof(head[0]), err);

    if (result < 0)
        return result;
    table = rule_to_json(lua, -1, err);
    if (table == NULL)
        return -(int)err->code;
    made = bytes_allocate(1, sizeof(*made));
    made->behavior = behavior;
    made->rule = rule;
    made->set = behavior->loading;
    made->state = behavior_state_new(&behavior->purse);
    made->uses = LUA_NOREF;
    behavior->lua = lua;
    *data = made; /* also when it fails: the engine forgets it */
    result = read_head(made, table, err);
    json_decref(table);
    return result;
}

void behavior_rule_forget(void *data)
{
    struct behavior_rule *rule = data;

    if (rule == NULL)
        return;
    for (size_t i = 0; i < rule->handler_count; i++) {
        behavior_number_end(&rule->behavior->numbers, rule->handlers[i].number);
        json_decref(rule->handlers[i].subscription);
    }
    luaL_unref(rule->behavior->lua, LUA_REGISTRYINDEX, rule->uses);
    behavior_state_free(rule->state);
    json_decref(rule->attack);
    json_decref(rule->thumbprint);
    free(rule->severity);
    free(rule);
}

/* What the sensor will say of it, asked now. */
static int check_subscription(json_t *subscription, struct error *err)
{
    json_t *list = json_pack("[O]", subscription);
    struct event_filter *filter = NULL;
    int result = event_filter_new(list, &filter, err);

    event_filter_free(filter);
    json_decref(list);
    return result;
}

static int check_share(const struct behavior_rule *rule, size_t bytes, struct error *err)
{
    const struct behavior_set *set = rule->set;

    if (rule->handler_count == LIMIT_LUA_HANDLERS)
        return error_set(err, ERROR_LIMIT, "more than %d in one rule (LUA_HANDLERS)",
                         LIMIT_LUA_HANDLERS);
    if (set->handler_count >= types[set->type].handlers ||
        bytes > types[set->type].bytes - set->subscription_bytes)
        return error_set(err, ERROR_LIMIT, "all rules of %s have more than %zu, or %zu bytes",
                         types[set->type].name, types[set->type].handlers, types[set->type].bytes);
    return 0;
}

int behavior_rule_react(struct behavior_rule *rule, lua_State *lua, json_t *subscription,
                        struct error *err)
{
    struct behavior_handler *handler = &rule->handlers[rule->handler_count];
    size_t bytes = json_dumpb(subscription, NULL, 0, JSON_COMPACT) + 1;
    int result = check_share(rule, bytes, err);

    if (result == 0)
        result = check_subscription(subscription, err);
    if (result < 0) {
        json_decref(subscription);
        return result;
    }
    *handler = (struct behavior_handler){.rule = rule->rule,
                                         .kept = rule_keep(rule->rule, lua, -1),
                                         .subscription = subscription,
                                         .number = BEHAVIOR_NO_NUMBER};
    rule->handler_count++;
    rule->set->handler_count++;
    rule->set->subscription_bytes += bytes;
    return 0;
}

json_t *behavior_rule_subscriptions(const struct behavior_rule *rule)
{
    json_t *list = json_array();

    for (size_t i = 0; i < rule->handler_count; i++)
        json_array_append(list, rule->handlers[i].subscription);
    return list;
}

static json_t *make_detection(const struct behavior_rule *rule, const struct behavior_facts *facts,
                              const char *thumbprint, uint64_t count)
{
    const struct behavior *behavior = rule->behavior;
    json_t *attack = rule->attack != NULL ? json_incref(rule->attack) : json_array();
    char time[INSTANT_TEXT_BYTES];

    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:I, s:s}", "news", "detection",
                     "rule", rule_id(rule->rule), "title", rule_title(rule->rule), "severity",
                     rule->severity, "attack", attack, "facts", behavior_facts_json(facts),
                     "thumbprint", thumbprint, "event", event_to_json(behavior->moment.event),
                     "count", (json_int_t)count, "time",
                     instant_format(behavior_event_time(behavior), time));
}

static bool is_listed(const json_t *thumbprints, const char *thumbprint)
{
    const json_t *one;
    size_t i;

    json_array_foreach(thumbprints, i, one)
    {
        if (strcmp(json_string_value(one), thumbprint) == 0)
            return true;
    }
    return false;
}

/* The one place where an allow-list of thumbprints is asked. No type that is read has one yet. */
static bool is_suppressed(const struct behavior *behavior, const char *thumbprint)
{
    const struct behavior_case *mocks = behavior->moment.mocks;

    return mocks != NULL && (mocks->suppressed || is_listed(mocks->thumbprints, thumbprint));
}

static int make_thumbprint(const struct behavior_rule *rule, const struct behavior_facts *facts,
                           char out[static BEHAVIOR_THUMBPRINT_TEXT], struct error *err)
{
    const char *keys[LIMIT_LUA_FACTS];
    size_t count = json_array_size(rule->thumbprint);

    for (size_t i = 0; i < count; i++)
        keys[i] = json_string_value(json_array_get(rule->thumbprint, i));
    return behavior_thumbprint(rule_id(rule->rule), facts, rule->thumbprint != NULL ? keys : NULL,
                               count, out, err);
}

static void raise_detection(struct behavior_rule *rule, const struct behavior_facts *facts,
                            const char *thumbprint)
{
    struct behavior *behavior = rule->behavior;
    const struct behavior_sink *sink = behavior->moment.sink;
    uint64_t count;

    rule->detections++;
    behavior->counts.detections++;
    if (!behavior_rate_take(&rule->rate, behavior_event_time(behavior), &count))
        behavior->counts.held++;
    else if (sink != NULL)
        sink->detection(sink->context, make_detection(rule, facts, thumbprint, count));
}

int behavior_rule_detect(struct behavior_rule *rule, const struct behavior_facts *facts,
                         bool *suppressed, struct error *err)
{
    struct behavior *behavior = rule->behavior;
    char thumbprint[BEHAVIOR_THUMBPRINT_TEXT];
    int result = make_thumbprint(rule, facts, thumbprint, err);

    if (result < 0)
        return result;
    *suppressed = is_suppressed(behavior, thumbprint);
    if (behavior->moment.mocks != NULL) {
        behavior->moment.mocks->detects++;
    } else if (*suppressed) {
        rule->suppressed++;
        behavior->counts.suppressed++;
    } else {
        raise_detection(rule, facts, thumbprint);
    }
    return 0;
}

/* Of all facts, whatever the rule names: none of those is known. */
void behavior_rule_undecided(struct rule *rule, const struct error *why)
{
    static const char key[] = "undecided";
    struct behavior_fact fact = {
        .key = bytes_view_of(key, sizeof(key) - 1),
        .text = bytes_view_of(why->words, strlen(why->words)),
    };
    char thumbprint[BEHAVIOR_THUMBPRINT_TEXT];
    struct behavior_facts facts = {0};
    struct error err = {0};

    if (behavior_facts_add(&facts, &fact, &err) == 0 &&
        behavior_thumbprint(rule_id(rule), &facts, NULL, 0, thumbprint, &err) == 0)
        raise_detection(rule_data(rule), &facts, thumbprint);
}

/* One that is off while a recording is played is told with the others of it. */
void behavior_rule_off(struct rule *rule, const struct error *why)
{
    const struct behavior_rule *known = rule_data(rule);
    char words[ERROR_WORDS_BYTES * 4];

    if (known->behavior->replaying)
        return;
    text_escape_string(why->words, words, sizeof(words));
    driver_news(known->behavior->watch,
                json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "news", "rule-off", "type",
                          types[known->set->type].name, "rule", rule_id(rule), "file",
                          rule_file(rule), "code", error_name(why->code), "words", words));
}
