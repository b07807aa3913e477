/* SPDX-License-Identifier: ISC */
#include "drivers/behavior-host.h"

#include <stdio.h>
#include <string.h>

#include "drivers/behavior-event.h"
#include "drivers/behavior-process.h"
#include "drivers/behavior-provide.h"
#include "drivers/behavior-reputation.h"
#include "drivers/behavior-rule.h"
#include "drivers/reputation-key.h"

#define SECOND_US  INT64_C(1000000)
#define WHOLE_MOST (INT64_C(1) << 53) /* up to here every whole number is itself */
#define EVENT_WORD 16                 /* bytes of a kind's name */

static struct behavior_rule *running(lua_State *lua)
{
    return rule_data(rule_running(lua));
}

static int raise(lua_State *lua, const struct error *err)
{
    return rule_raise(lua, "%s", err->words);
}

/* on, provide: while the file runs; all others: while a reaction runs. */
static void check_loading(lua_State *lua)
{
    if (rule_phase(lua) != RULE_LOADING)
        rule_raise(lua, "expected while the rule is loaded, not in a reaction");
}

static void check_reacting(lua_State *lua)
{
    if (rule_phase(lua) == RULE_LOADING)
        rule_raise(lua, "expected in a reaction, not while the rule is loaded");
}

/* {} is an empty list to JSON and an empty table to a rule: both mean that nothing is asked for. */
static void drop_empty(json_t *options, const char *key)
{
    const json_t *value = json_object_get(options, key);

    if ((json_is_array(value) && json_array_size(value) == 0) ||
        (json_is_object(value) && json_object_size(value) == 0))
        json_object_del(options, key);
}

/* A verdict is looked up here, beyond what the sensor can judge by. */
static void refuse_reputation(lua_State *lua, const json_t *options)
{
    const json_t *field;
    size_t i;

    if (json_object_get(json_object_get(options, "where"), "rep") != NULL)
        rule_raise(lua, "where.rep: a verdict is known in the function only: compare e.rep");
    json_array_foreach(json_object_get(options, "by"), i, field)
    {
        if (json_is_string(field) && strcmp(json_string_value(field), "rep") == 0)
            rule_raise(lua, "by: rep is known in the function only");
    }
}

static json_t *read_options(lua_State *lua, int index, struct error *err)
{
    json_t *options = rule_to_json(lua, index, err);

    if (json_is_array(options) && json_array_size(options) == 0) {
        json_decref(options);
        options = json_object();
    }
    if (options == NULL || json_is_object(options))
        return options;
    json_decref(options);
    error_set(err, ERROR_BAD_CONTENT, "expected a table of options");
    return NULL;
}

static int host_on(lua_State *lua)
{
    const char *event;
    struct error err = {0};
    json_t *options;

    check_loading(lua);
    rule_check_count(lua, 3, 3);
    event = rule_check_text(lua, 1, EVENT_WORD, NULL);
    rule_check_table(lua, 2);
    rule_check_function(lua, 3);
    options = read_options(lua, 2, &err);
    if (options == NULL)
        return raise(lua, &err);
    drop_empty(options, "where");
    drop_empty(options, "by");
    json_object_set_new(options, "event", json_string(event));
    refuse_reputation(lua, options);
    if (behavior_rule_react(running(lua), lua, options, &err) < 0)
        return raise(lua, &err);
    return 0;
}

/* An element of a list: no NUL in it, since that ends each. */
static const char *read_element(lua_State *lua, size_t most, size_t *size)
{
    const char *element = rule_check_text(lua, -1, most, NULL);

    *size = strlen(element);
    return element;
}

/* A list of texts as a fact, each with its end; the string lies in the table at `anchor`. */
static struct bytes_view read_list(lua_State *lua, int index, int anchor)
{
    char text[LIMIT_LUA_FACT_BYTES];
    size_t count = lua_objlen(lua, index), used = 0;
    struct bytes_view list = {0};

    for (size_t i = 1; i <= count; i++) {
        const char *element;
        size_t size;

        if (used == sizeof(text))
            rule_raise(lua, "a list of more than LUA_FACT_BYTES, %zu bytes", sizeof(text));
        lua_rawgeti(lua, index, (int)i);
        element = read_element(lua, sizeof(text) - used - 1, &size);
        memcpy(text + used, element, size + 1);
        used += size + 1;
        lua_pop(lua, 1);
    }
    lua_pushlstring(lua, text, used);
    list.data = (const uint8_t *)lua_tolstring(lua, -1, &list.size);
    lua_rawseti(lua, anchor, (int)lua_objlen(lua, anchor) + 1);
    return list;
}

/* The fact whose key is at -2 and value at -1. What it borrows stays in the rule's table, or in the
 * one at `anchor`. */
static struct behavior_fact read_fact(lua_State *lua, int anchor)
{
    struct behavior_fact fact = {0};

    if (lua_type(lua, -2) != LUA_TSTRING)
        rule_raise(lua, "expected facts by name");
    fact.key.data = (const uint8_t *)rule_check_text(lua, -2, LIMIT_NAME_BYTES, &fact.key.size);
    switch (lua_type(lua, -1)) {
    case LUA_TSTRING:
        fact.text.data = (const uint8_t *)lua_tolstring(lua, -1, &fact.text.size);
        break;
    case LUA_TNUMBER:
        fact.kind = BEHAVIOR_FACT_NUMBER;
        fact.number = rule_check_integer(lua, -1, -WHOLE_MOST, WHOLE_MOST);
        break;
    case LUA_TBOOLEAN:
        fact.kind = BEHAVIOR_FACT_FLAG;
        fact.number = lua_toboolean(lua, -1);
        break;
    case LUA_TTABLE:
        fact.kind = BEHAVIOR_FACT_LIST;
        fact.text = read_list(lua, lua_gettop(lua), anchor);
        break;
    default:
        rule_raise(lua, "%s: expected a text, number, boolean or list of texts",
                   (const char *)fact.key.data);
    }
    return fact;
}

static void read_facts(lua_State *lua, int index, struct behavior_facts *facts)
{
    struct error err = {0};
    int anchor;

    lua_createtable(lua, 1, 0);
    anchor = lua_gettop(lua);
    lua_pushnil(lua);
    while (lua_next(lua, index) != 0) {
        const struct behavior_fact fact = read_fact(lua, anchor);

        if (behavior_facts_add(facts, &fact, &err) < 0)
            raise(lua, &err);
        lua_pop(lua, 1);
    }
}

static int host_detect(lua_State *lua)
{
    struct behavior_facts facts = {0};
    struct error err = {0};
    bool suppressed;

    check_reacting(lua);
    rule_check_count(lua, 1, 1);
    rule_check_table(lua, 1);
    read_facts(lua, 1, &facts);
    if (behavior_rule_detect(running(lua), &facts, &suppressed, &err) < 0)
        return raise(lua, &err);
    lua_pushstring(lua, suppressed ? "suppressed" : "raised");
    return 1;
}

/* The wire's own reader says whether it is one. */
static void check_tag(lua_State *lua, const struct event_tag *tag)
{
    uint8_t packet[EVENT_TAG_BYTES];
    struct event_tag read;
    struct error err = {0};

    event_tag_put(tag, packet);
    if (event_tag_get(bytes_view_of(packet, sizeof(packet)), &read, &err) < 0)
        raise(lua, &err);
}

static int host_tag(lua_State *lua)
{
    struct behavior *behavior = rule_engine_context(rule_engine_of(rule_running(lua)));
    const struct event_value *pid;
    struct event_tag tag = {0};

    check_reacting(lua);
    rule_check_count(lua, 3, 3);
    behavior_event_check(behavior, lua, 1);
    snprintf(tag.key, sizeof(tag.key), "%s", rule_check_text(lua, 2, EVENT_TAG_KEY - 1, NULL));
    snprintf(tag.value, sizeof(tag.value), "%s",
             rule_check_text(lua, 3, EVENT_TAG_VALUE - 1, NULL));
    pid = &behavior->moment.event->values[EVENT_PID];
    tag.pid =
        pid->present && pid->number > 0 && pid->number <= INT32_MAX ? (uint32_t)pid->number : 0;
    check_tag(lua, &tag);
    if (tag.pid == 0)
        return 0; /* an event of no process, or one that ended before it was looked at */
    behavior->counts.tags++;
    if (behavior->moment.mocks != NULL)
        behavior_processes_tag(behavior->moment.mocks->processes, &tag);
    else if (behavior->moment.sink != NULL)
        behavior->moment.sink->tag(behavior->moment.sink->context, &tag);
    return 0;
}

static struct bytes_view read_key(lua_State *lua)
{
    size_t size;
    const char *key = rule_check_text(lua, 1, LIMIT_LUA_STATE_KEY, &size);

    return bytes_view_of(key, size);
}

/* A selftest remembers nothing of the one before, nor of what the rule serves. */
static struct behavior_state *state_of(const struct behavior_rule *rule)
{
    const struct behavior_case *mocks = rule->behavior->moment.mocks;

    return mocks != NULL ? mocks->state : rule->state;
}

static int host_state_get(lua_State *lua)
{
    const struct behavior_rule *rule = running(lua);
    struct behavior_value value;

    check_reacting(lua);
    rule_check_count(lua, 1, 1);
    if (!behavior_state_get(state_of(rule), read_key(lua), behavior_event_time(rule->behavior),
                            &value))
        lua_pushnil(lua);
    else if (value.kind == BEHAVIOR_FLAG)
        lua_pushboolean(lua, value.flag);
    else if (value.kind == BEHAVIOR_NUMBER)
        lua_pushnumber(lua, (lua_Number)value.number);
    else
        lua_pushlstring(lua, (const char *)value.text.data, value.text.size);
    return 1;
}

/* False: nil, which forgets the key. */
static bool read_state_value(lua_State *lua, struct behavior_value *value)
{
    switch (lua_type(lua, 2)) {
    case LUA_TNIL:
        return false;
    case LUA_TBOOLEAN:
        *value = (struct behavior_value){.kind = BEHAVIOR_FLAG, .flag = lua_toboolean(lua, 2)};
        return true;
    case LUA_TNUMBER:
        *value = (struct behavior_value){
            .kind = BEHAVIOR_NUMBER, .number = rule_check_integer(lua, 2, -WHOLE_MOST, WHOLE_MOST)};
        return true;
    case LUA_TSTRING:
        *value = (struct behavior_value){.kind = BEHAVIOR_TEXT};
        value->text.data =
            (const uint8_t *)rule_check_text(lua, 2, LIMIT_LUA_FACT_BYTES, &value->text.size);
        return true;
    default:
        rule_raise(lua, "expected a text, number, boolean or nil");
        return false;
    }
}

static int host_state_set(lua_State *lua)
{
    const struct behavior_rule *rule = running(lua);
    int64_t now = behavior_event_time(rule->behavior), ttl = 0;
    struct behavior_value value;
    struct bytes_view key;
    bool given;

    check_reacting(lua);
    rule_check_count(lua, 2, 3);
    key = read_key(lua);
    given = read_state_value(lua, &value);
    if (given)
        ttl = rule_check_integer(lua, 3, 1, LIMIT_FILTER_WINDOW_S);
    lua_pushboolean(lua, behavior_state_set(state_of(rule), key, given ? &value : NULL, now,
                                            now + ttl * SECOND_US));
    return 1;
}

static void push_verdict(lua_State *lua, const char *verdict)
{
    if (verdict != NULL)
        lua_pushstring(lua, verdict);
    else
        lua_pushnil(lua);
}

/* nil in, nil out: an event without a digest is usual, and no mistake of the rule's. */
static int host_rep_sha256(lua_State *lua)
{
    uint8_t digest[HASH_INDEX_KEY_BYTES];
    struct bytes_view hex;

    check_reacting(lua);
    rule_check_count(lua, 1, 1);
    if (lua_isnil(lua, 1))
        return 1;
    hex.data = (const uint8_t *)rule_check_text(lua, 1, 2 * sizeof(digest), &hex.size);
    if (reputation_file_key(hex, digest) < 0)
        return rule_raise(lua, "expected the 64 hex digits of a SHA-256");
    push_verdict(lua, behavior_reputation_file(running(lua)->behavior,
                                               bytes_view_of(digest, sizeof(digest))));
    return 1;
}

static int host_rep_signer(lua_State *lua)
{
    const char *verdict;
    struct bytes_view signer;
    struct error err = {0};

    check_reacting(lua);
    rule_check_count(lua, 1, 1);
    if (lua_isnil(lua, 1))
        return 1;
    signer.data = (const uint8_t *)rule_check_text(lua, 1, LIMIT_SIGNER_BYTES, &signer.size);
    if (behavior_reputation_signer(running(lua)->behavior, signer, &verdict, &err) < 0)
        return raise(lua, &err);
    push_verdict(lua, verdict);
    return 1;
}

static int host_provide(lua_State *lua)
{
    struct behavior_rule *rule = running(lua);
    struct error err = {0};

    check_loading(lua);
    rule_check_count(lua, 2, 2);
    if (rule->set->type != BEHAVIOR_PRODUCT_RULES)
        return rule_raise(lua, "only product rules (product-rules-feed) provide");
    if (behavior_provide(rule, rule_check_text(lua, 1, LIMIT_NAME_BYTES, NULL), lua, 2, &err) < 0)
        return raise(lua, &err);
    return 0;
}

static int host_use(lua_State *lua)
{
    struct error err = {0};

    check_reacting(lua);
    rule_check_count(lua, 1, 1);
    if (behavior_use(running(lua), rule_check_text(lua, 1, LIMIT_NAME_BYTES, NULL), lua, &err) < 0)
        return raise(lua, &err);
    return 1;
}

const struct rule_function behavior_functions[] = {
    {"on", host_on, "on(event, {where={field=glob}, by={field}, window=s, mode=word, limit=n}, fn)",
     "Calls fn(e) for events of a kind; all but fn is evaluated where the events are made."},
    {"detect", host_detect, "detect(facts) -> \"raised\" or \"suppressed\"",
     "Raises a detection with these facts: texts, whole numbers, booleans, lists of texts."},
    {"tag", host_tag, "tag(e, key, value)",
     "Marks the event's process; its children inherit it, and their events carry it in tags."},
    {"state.get", host_state_get, "state.get(key) -> value or nil",
     "What the rule remembers by a key, until its end."},
    {"state.set", host_state_set, "state.set(key, value, ttl) -> boolean",
     "Remembers a text, whole number or boolean for ttl seconds; nil forgets. False: no room."},
    {"rep.sha256", host_rep_sha256, "rep.sha256(hex) -> verdict or nil",
     "What local-rep-data says of a file: \"good\", \"neutral\" or \"bad\"."},
    {"rep.signer", host_rep_signer, "rep.signer(id) -> verdict or nil",
     "The same of a signer, as e.signer names it."},
    {"provide", host_provide, "provide(name, value)",
     "Product rules only: gives behaviour rules a plain value or a function by a name."},
    {"use", host_use, "use(name) -> value",
     "In a reaction: a copy of what a product rule provides; an error where none does."},
};

const size_t behavior_function_count = sizeof(behavior_functions) / sizeof(behavior_functions[0]);
