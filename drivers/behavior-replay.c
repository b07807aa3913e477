/* SPDX-License-Identifier: ISC */
#include "drivers/behavior-replay.h"

#include <stdlib.h>
#include <string.h>

#include "drivers/behavior-process.h"
#include "drivers/behavior-react.h"
#include "drivers/behavior-rule.h"
#include "drivers/only-file.h"
#include "media/base/event-filter.h"
#include "media/base/json.h"

#define RECORDING   "events.jsonl"
#define HEARTBEAT   4096 /* lines between two: the slowest reaction takes LIMIT_LUA_CALL_US */
#define REPLY_BYTES (LIMIT_DRIVER_MESSAGE / 2) /* of detections; the rest is for the rules */
#define REPLY_RULES 1500                       /* rows of at most 256 bytes */

struct replay {
    struct behavior *behavior;
    struct event_filter *filter;
    struct behavior_processes *processes;
    struct behavior_handler **handlers; /* by the filter's subscriptions */
    size_t handler_count;
    json_t *detections;
    size_t bytes; /* of them as text */
    uint64_t events, matched, left_out;
    int64_t clock;
};

static void take_detection(void *context, json_t *detection)
{
    struct replay *replay = context;
    size_t bytes = json_dumpb(detection, NULL, 0, JSON_COMPACT) + 1;

    if (replay->bytes + bytes <= REPLY_BYTES) {
        json_array_append(replay->detections, detection);
        replay->bytes += bytes;
    } else {
        replay->left_out++;
    }
    json_decref(detection);
}

static void take_tag(void *context, const struct event_tag *tag)
{
    struct replay *replay = context;

    behavior_processes_tag(replay->processes, tag);
}

/* What a rule remembers of the replay before, or of nothing. */
static void begin_rule(struct behavior_rule *rule)
{
    behavior_state_free(rule->state);
    rule->state = behavior_state_new(&rule->behavior->purse);
    rule->rate = (struct behavior_rate){0};
    rule->detections = 0;
    rule->suppressed = 0;
}

static void add_rule(struct replay *replay, struct behavior_rule *rule, json_t *subscriptions)
{
    begin_rule(rule);
    for (size_t i = 0; i < rule->handler_count; i++) {
        json_array_append(subscriptions, rule->handlers[i].subscription);
        replay->handlers[replay->handler_count++] = &rule->handlers[i];
    }
}

static int begin(struct replay *replay, struct behavior_set *const *sets, struct error *err)
{
    json_t *subscriptions = json_array();
    int result;

    replay->handlers = bytes_allocate(LIMIT_FILTER_SUBSCRIPTIONS, sizeof(*replay->handlers));
    replay->detections = json_array();
    replay->processes = behavior_processes_new();
    for (size_t type = 0; type < BEHAVIOR_TYPES; type++)
        for (size_t i = 0; sets[type] != NULL && i < rule_set_count(sets[type]->rules); i++)
            add_rule(replay, rule_data(rule_set_rule(sets[type]->rules, i)), subscriptions);
    result = event_filter_new(subscriptions, &replay->filter, err);
    json_decref(subscriptions);
    return result;
}

static void end(struct replay *replay)
{
    event_filter_free(replay->filter);
    behavior_processes_free(replay->processes);
    free(replay->handlers);
    json_decref(replay->detections);
}

static void react(struct replay *replay, const struct event *event)
{
    struct error err;

    replay->matched++;
    for (size_t i = 0; i < event->hit_count; i++)
        behavior_react_call(replay->behavior, replay->handlers[event->hits[i].subscription], event,
                            event->hits[i].count, &err);
}

static void play(struct replay *replay, struct event *event)
{
    if (event->values[EVENT_TIME].present)
        replay->clock = event->values[EVENT_TIME].number;
    event->values[EVENT_TIME] = (struct event_value){.present = true, .number = replay->clock};
    replay->events++;
    behavior_processes_begin(replay->processes, event);
    if (event_filter_take(replay->filter, event))
        react(replay, event);
    behavior_processes_end(replay->processes, event);
}

static int play_line(struct replay *replay, struct bytes_view line, struct error *err)
{
    struct bytes memory;
    struct event event;
    json_t *object;
    int result = json_read(line.data, line.size, &object, err);

    if (result < 0)
        return error_set(err, ERROR_BAD_CONTENT, "expected one JSON object a line");
    result = event_from_json(object, &event, &memory, err);
    if (result == 0)
        play(replay, &event);
    bytes_clear(&memory);
    json_decref(object);
    return result;
}

static int play_all(struct replay *replay, const struct driver_content *recording,
                    struct bytes_view text, struct error *err)
{
    for (uint64_t number = 1; text.size > 0; number++) {
        const uint8_t *lf = memchr(text.data, '\n', text.size);
        struct bytes_view line =
            bytes_view_of(text.data, lf != NULL ? (size_t)(lf - text.data) : text.size);

        if (number % HEARTBEAT == 0)
            driver_at(recording, RECORDING, number, NULL);
        if (line.size > 0 && play_line(replay, line, err) < 0) {
            driver_at(recording, RECORDING, number, NULL);
            return error_context(err, RECORDING ":%llu", (unsigned long long)number);
        }
        text = bytes_view_of(text.data + line.size + (lf != NULL),
                             text.size - line.size - (lf != NULL));
    }
    return 0;
}

static json_t *rule_row(const struct behavior_rule *rule)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:b}", "type", behavior_type_name(rule->set->type),
                     "rule", rule_id(rule->rule), "detections", (json_int_t)rule->detections,
                     "suppressed", (json_int_t)rule->suppressed, "off", rule_is_off(rule->rule));
}

static json_t *rule_rows(struct behavior_set *const *sets)
{
    json_t *rows = json_array();

    for (size_t type = 0; type < BEHAVIOR_TYPES; type++) {
        for (size_t i = 0; sets[type] != NULL && i < rule_set_count(sets[type]->rules); i++) {
            const struct behavior_rule *rule = rule_data(rule_set_rule(sets[type]->rules, i));

            if ((rule->detections > 0 || rule->suppressed > 0 || rule_is_off(rule->rule)) &&
                json_array_size(rows) < REPLY_RULES)
                json_array_append_new(rows, rule_row(rule));
        }
    }
    return rows;
}

static int run(struct replay *replay, struct behavior_set *const *sets,
               const struct driver_content *recording, struct bytes_view text, struct error *err)
{
    const struct behavior_sink sink = {
        .detection = take_detection, .tag = take_tag, .context = replay};
    int result = begin(replay, sets, err);

    if (result < 0)
        return result;
    replay->behavior->moment =
        (struct behavior_moment){.product = sets[BEHAVIOR_PRODUCT_RULES], .sink = &sink};
    replay->behavior->replaying = true;
    result = play_all(replay, recording, text, err);
    replay->behavior->replaying = false;
    replay->behavior->moment = (struct behavior_moment){0};
    return result;
}

int behavior_replay(struct behavior *behavior, struct behavior_set *const *sets,
                    const struct driver_content *recording, json_t **reply, struct error *err)
{
    struct replay replay = {.behavior = behavior};
    struct bytes text;
    int result =
        only_file_read(recording, RECORDING, LIMIT_REPLAY_BYTES, "REPLAY_BYTES", &text, err);

    if (result == 0 && behavior->in_service)
        result = error_set(err, ERROR_PROTOCOL, "replay: not in a driver that is in service");
    if (result == 0)
        result = run(&replay, sets, recording, bytes_view(&text), err);
    if (result == 0)
        *reply = json_pack("{s:I, s:I, s:O, s:I, s:o}", "events", (json_int_t)replay.events,
                           "matched", (json_int_t)replay.matched, "detections", replay.detections,
                           "left_out", (json_int_t)replay.left_out, "rules", rule_rows(sets));
    end(&replay);
    bytes_clear(&text);
    return result;
}
