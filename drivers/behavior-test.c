/* SPDX-License-Identifier: ISC */
#include "drivers/behavior-test.h"

#include <lauxlib.h>
#include <string.h>

#include "drivers/behavior-process.h"
#include "drivers/behavior-provide.h"
#include "drivers/behavior-react.h"
#include "drivers/behavior-rule.h"
#include "media/base/event-filter.h"

#define CASE_EVENTS  256       /* of one case */
#define CASE_LISTED  256       /* thumbprints of one case */
#define CASE_DETECTS 100000    /* that a case may expect */
#define CASE_STATE   (1 * MIB) /* that a case may remember */

static const struct rule_field event_case[] = {
    {"events", RULE_TABLE, true, 0, CASE_EVENTS},
    {"detects", RULE_INTEGER, true, 0, CASE_DETECTS},
    {"uses", RULE_TABLE, false, 0, 0},
    {"rep", RULE_TABLE, false, 0, 0},
    {"flags", RULE_TABLE, false, 0, 0},
    {"suppressed", RULE_FLAG, false, 0, 0},
    {"thumbprints", RULE_TEXTS, false, 1, CASE_LISTED},
};

static const struct rule_field provided_case[] = {
    {"provides", RULE_TEXT, true, 1, LIMIT_NAME_BYTES},
    {"with", RULE_TEXT, true, 0, LIMIT_LUA_FACT_BYTES},
    {"gives", RULE_FLAG, true, 0, 0},
};

/* The value of a key of the case, which lies at index, as JSON; NULL with *result 0: absent. */
static json_t *read_json(lua_State *lua, int index, const char *key, int *result, struct error *err)
{
    json_t *value = NULL;

    lua_getfield(lua, index, key);
    *result = 0;
    if (!lua_isnil(lua, -1)) {
        value = rule_to_json(lua, -1, err);
        if (value == NULL)
            *result = error_context(err, "selftest: %s", key);
    }
    lua_pop(lua, 1);
    return value;
}

/* {} of a rule is an empty table to JSON, also where a list is meant. */
static void make_lists(json_t *object)
{
    for (unsigned i = 1; i < EVENT_FIELDS; i++) {
        const struct event_field_row *row = event_field_row((enum event_field)i);
        const json_t *value = json_object_get(object, row->name);

        if (row->type == EVENT_LIST && json_is_object(value) && json_object_size(value) == 0)
            json_object_set_new(object, row->name, json_array());
    }
}

static int react(struct behavior_rule *rule, struct event_filter *filter, struct event *event,
                 struct error *err)
{
    struct behavior_processes *processes = rule->behavior->moment.mocks->processes;
    int result = 0;

    behavior_processes_begin(processes, event);
    (void)event_filter_take(filter, event);
    for (size_t i = 0; i < event->hit_count && result == 0; i++) {
        struct behavior_handler *handler = &rule->handlers[event->hits[i].subscription];

        handler->reached = true;
        result = behavior_react_call(rule->behavior, handler, event, event->hits[i].count, err);
    }
    behavior_processes_end(processes, event);
    return result;
}

static int run_event(struct behavior_rule *rule, struct event_filter *filter, json_t *object,
                     int64_t *clock, struct error *err)
{
    struct bytes memory;
    struct event event;
    int result;

    make_lists(object);
    result = event_from_json(object, &event, &memory, err);
    if (result == 0 && !event.values[EVENT_TIME].present)
        event.values[EVENT_TIME] = (struct event_value){.present = true, .number = *clock};
    if (result == 0) {
        *clock = event.values[EVENT_TIME].number;
        result = react(rule, filter, &event, err);
    }
    bytes_clear(&memory);
    return result;
}

static int run_events(struct behavior_rule *rule, const json_t *events, struct error *err)
{
    json_t *subscriptions = behavior_rule_subscriptions(rule);
    struct event_filter *filter = NULL;
    int result = event_filter_new(subscriptions, &filter, err);
    json_t *object;
    int64_t clock = 0;
    size_t i;

    json_array_foreach(events, i, object)
    {
        if (result == 0 && run_event(rule, filter, object, &clock, err) < 0)
            result = error_context(err, "event %zu", i + 1);
    }
    event_filter_free(filter);
    json_decref(subscriptions);
    return result;
}

/* With the world that the case gives, and the rule's own put back afterwards. */
static int run_mocked(struct behavior_rule *rule, const json_t *events, const json_t *flags,
                      struct behavior_case *mocks, struct error *err)
{
    struct behavior *behavior = rule->behavior;
    struct behavior_purse purse = {.most = CASE_STATE};
    struct behavior_moment before = behavior->moment;
    int result;

    mocks->state = behavior_state_new(&purse);
    mocks->processes = behavior_processes_new();
    behavior->moment = (struct behavior_moment){.mocks = mocks};
    rule_engine_mock_flags(behavior->engine, flags);
    result = run_events(rule, events, err);
    rule_engine_mock_flags(behavior->engine, NULL);
    behavior->moment = before;
    behavior_state_free(mocks->state);
    behavior_processes_free(mocks->processes);
    return result;
}

static int run_event_case(struct behavior_rule *rule, lua_State *lua, int index, bool *positive,
                          struct error *err)
{
    struct behavior_case mocks = {0};
    json_t *events, *rep = NULL, *flags = NULL, *thumbprints = NULL;
    uint64_t expected;
    int result;

    lua_getfield(lua, index, "detects");
    expected = (uint64_t)lua_tonumber(lua, -1);
    lua_getfield(lua, index, "suppressed");
    mocks.suppressed = lua_toboolean(lua, -1);
    lua_getfield(lua, index, "uses");
    mocks.uses = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_pop(lua, 2);
    events = read_json(lua, index, "events", &result, err);
    if (result == 0)
        rep = read_json(lua, index, "rep", &result, err);
    if (result == 0)
        flags = read_json(lua, index, "flags", &result, err);
    if (result == 0)
        thumbprints = read_json(lua, index, "thumbprints", &result, err);
    if (flags == NULL)
        flags = json_object(); /* all off, whatever they are here */
    mocks.rep = rep;
    mocks.thumbprints = thumbprints;
    if (result == 0)
        result = run_mocked(rule, events, flags, &mocks, err);
    if (result == 0 && mocks.detects != expected)
        result = error_set(err, ERROR_BAD_CONTENT, "expected %llu detections, got %llu",
                           (unsigned long long)expected, (unsigned long long)mocks.detects);
    *positive = expected > 0;
    luaL_unref(lua, LUA_REGISTRYINDEX, mocks.uses);
    json_decref(events);
    json_decref(rep);
    json_decref(flags);
    json_decref(thumbprints);
    return result;
}

/* Whether the table at the top has the text, as element of its list or as key. */
static bool table_has(lua_State *lua, const char *text)
{
    size_t count = lua_objlen(lua, -1);
    bool found;

    lua_getfield(lua, -1, text);
    found = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    for (size_t i = 1; i <= count && !found; i++) {
        lua_rawgeti(lua, -1, (int)i);
        found = lua_type(lua, -1) == LUA_TSTRING && strcmp(lua_tostring(lua, -1), text) == 0;
        lua_pop(lua, 1);
    }
    return found;
}

struct question {
    const char *text;
    bool answer;
};

static int push_question(void *context, lua_State *lua)
{
    const struct question *question = context;

    lua_pushstring(lua, question->text);
    return 0;
}

static int take_answer(void *context, lua_State *lua, struct error *err)
{
    struct question *question = context;

    question->answer = lua_toboolean(lua, -1);
    return 0;
}

static int ask_provided(struct behavior_rule *rule, lua_State *lua,
                        const struct behavior_provided *provided, struct question *question,
                        struct error *err)
{
    const struct rule_call call = {.kept = provided->kept,
                                   .arguments = 1,
                                   .results = 1,
                                   .push = push_question,
                                   .take = take_answer,
                                   .context = question};

    if (provided->value == NULL)
        return rule_call(rule->rule, &call, err);
    behavior_provided_push(provided, lua);
    question->answer = lua_istable(lua, -1) && table_has(lua, question->text);
    lua_pop(lua, 1);
    return 0;
}

static int run_provided_case(struct behavior_rule *rule, lua_State *lua, int index, bool *positive,
                             struct error *err)
{
    const struct behavior_provided *provided;
    struct question question;
    int result;

    lua_getfield(lua, index, "provides");
    lua_getfield(lua, index, "with");
    lua_getfield(lua, index, "gives");
    *positive = lua_toboolean(lua, -1);
    question.text = lua_tostring(lua, -2);
    provided = behavior_provided_find(rule->set, lua_tostring(lua, -3));
    if (provided == NULL || provided->rule != rule->rule)
        result =
            error_set(err, ERROR_BAD_CONTENT, "the rule provides no %s", lua_tostring(lua, -3));
    else
        result = ask_provided(rule, lua, provided, &question, err);
    if (result == 0 && question.answer != *positive)
        result = error_set(err, ERROR_BAD_CONTENT, "%s with \"%s\": expected %s",
                           lua_tostring(lua, -3), question.text, *positive ? "true" : "false");
    lua_pop(lua, 3);
    return result;
}

int behavior_test_run(struct rule *rule, lua_State *lua, bool *positive, struct error *err)
{
    static const struct {
        const struct rule_field *fields;
        size_t count;
        int (*run)(struct behavior_rule *rule, lua_State *lua, int index, bool *positive,
                   struct error *err);
    } kinds[] = {
        {event_case, sizeof(event_case) / sizeof(event_case[0]), run_event_case},
        {provided_case, sizeof(provided_case) / sizeof(provided_case[0]), run_provided_case},
    };
    int index = lua_gettop(lua), result;
    size_t kind;

    lua_getfield(lua, index, "provides");
    kind = lua_isnil(lua, -1) ? 0 : 1;
    lua_pop(lua, 1);
    result = rule_table_check(lua, index, kinds[kind].fields, kinds[kind].count, err);
    return result < 0 ? result : kinds[kind].run(rule_data(rule), lua, index, positive, err);
}

int behavior_test_all_reached(const struct rule *rule, struct error *err)
{
    const struct behavior_rule *known = rule_data(rule);

    for (size_t i = 0; i < known->handler_count; i++) {
        const json_t *event = json_object_get(known->handlers[i].subscription, "event");

        if (!known->handlers[i].reached)
            return error_set(err, ERROR_BAD_CONTENT,
                             "on() number %zu, of %s events: no selftest has one that reaches it",
                             i + 1, json_string_value(event));
    }
    return 0;
}
