/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <string.h>

#include "drivers/rule-state.h"
#include "media/base/json.h"
#include "media/base/text.h"

const char *rule_id(const struct rule *rule)
{
    return rule->id;
}

const char *rule_file(const struct rule *rule)
{
    return rule->file;
}

const char *rule_title(const struct rule *rule)
{
    return rule->title;
}

void *rule_data(const struct rule *rule)
{
    return rule->data;
}

struct rule_engine *rule_engine_of(const struct rule *rule)
{
    return rule->engine;
}

bool rule_is_off(const struct rule *rule)
{
    return rule->dropped || (rule->off && !rule_pause_is_over(&rule->pause, rule_clock_ns()));
}

const char *rule_type(const struct rule *rule)
{
    return rule->set->type;
}

struct rule *rule_running(lua_State *lua)
{
    return rule_engine_from(lua)->running;
}

enum rule_phase rule_phase(lua_State *lua)
{
    return rule_engine_from(lua)->phase;
}

/* As it is where JSON can hold it, else escaped. */
static json_t *text_of(const char *text)
{
    char escaped[ERROR_WORDS_BYTES * 4];

    if (json_text_valid(text, strlen(text)))
        return json_string(text);
    return json_string(text_escape_string(text, escaped, sizeof(escaped)));
}

static json_t *why_off(const struct rule *rule)
{
    if (!rule_is_off(rule))
        return json_null();
    return json_pack("{s:s, s:o}", "code", error_name(rule->why.code), "words",
                     text_of(rule->why.words));
}

static json_t *rule_row(const struct rule *rule)
{
    const struct rule_telemetry *telemetry = &rule->telemetry;

    return json_pack(
        "{s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "rule", rule->id, "file",
        text_of(rule->file), "title", text_of(rule->title), "calls", (json_int_t)telemetry->calls,
        "total_us", (json_int_t)(telemetry->total_ns / 1000), "max_us",
        (json_int_t)((telemetry->most_ns + 999) / 1000), "p99_us",
        (json_int_t)rule_telemetry_p99_us(telemetry), "errors", (json_int_t)telemetry->errors,
        "memory", (json_int_t)rule->owner->held, "off", why_off(rule));
}

json_t *rule_set_report(const struct rule_set *set)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < set->count; i++)
        json_array_append_new(rows, rule_row(set->rules[i]));
    return rows;
}

struct rule_engine *rule_set_engine(const struct rule_set *set)
{
    return set->engine;
}

/* As many as half a message holds. */
static json_t *rows_from(const json_t *all, size_t from)
{
    json_t *rows = json_array();
    size_t bytes = 0;

    for (size_t i = from; i < json_array_size(all); i++) {
        json_t *row = json_array_get(all, i);

        bytes += json_dumpb(row, NULL, 0, JSON_COMPACT) + 1;
        if (bytes > LIMIT_DRIVER_MESSAGE / 2)
            break;
        json_array_append(rows, row);
    }
    return rows;
}

json_t *rule_set_page(const struct rule_set *set, json_int_t from)
{
    json_t *all = set != NULL ? rule_set_report(set) : json_array(), *page;
    size_t now = 0, most = 0;

    if (set != NULL)
        rule_engine_memory(set->engine, &now, &most);
    page = json_pack("{s:o, s:I, s:I, s:I}", "rules", rows_from(all, from > 0 ? (size_t)from : 0),
                     "total", (json_int_t)json_array_size(all), "memory_bytes", (json_int_t)now,
                     "memory_most_bytes", (json_int_t)most);
    json_decref(all);
    return page;
}
