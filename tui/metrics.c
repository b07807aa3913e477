/* SPDX-License-Identifier: ISC */
#include "tui/metrics.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/base/limits.h"
#include "media/base/text.h"
#include "tui/field.h"

#define LABEL_BYTES (2 * LIMIT_NAME_BYTES + 64)

struct writer {
    const struct metrics *from;
    FILE *out;
    const char *name; /* of the metric */
};

/* Printable first, then the three characters that the format gives a meaning. */
static void put_label(FILE *out, const char *name, const char *value)
{
    char text[LABEL_BYTES];

    fprintf(out, "%s=\"", name);
    text_escape_string(value != NULL ? value : "", text, sizeof(text));
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            fputc('\\', out);
        fputc(*at, out);
    }
    fputc('"', out);
}

static void put_one(const struct writer *writer, int64_t value)
{
    fprintf(writer->out, "%s %" PRId64 "\n", writer->name, value);
}

static void put_by(const struct writer *writer, const char *label, const char *is, int64_t value)
{
    fprintf(writer->out, "%s{", writer->name);
    put_label(writer->out, label, is);
    fprintf(writer->out, "} %" PRId64 "\n", value);
}

static void put_by_two(const struct writer *writer, const char *first, const char *first_is,
                       const char *second, const char *second_is, int64_t value)
{
    fprintf(writer->out, "%s{", writer->name);
    put_label(writer->out, first, first_is);
    fputc(',', writer->out);
    put_label(writer->out, second, second_is);
    fprintf(writer->out, "} %" PRId64 "\n", value);
}

/* Instants are whole seconds here; 0: there is none. */
static int64_t seconds_of(const json_t *object, const char *key)
{
    return field_instant(object, key) / INSTANT_SECOND_US;
}

static void put_up(const struct writer *writer)
{
    put_one(writer, writer->from->status != NULL);
}

static void put_build(const struct writer *writer)
{
    put_by(writer, "version", field_raw(writer->from->status, "version"), 1);
}

static void put_enrolled(const struct writer *writer)
{
    put_one(writer, field_true(writer->from->status, "enrolled"));
}

/* As health.h names them. One is 1, so that a rule needs no list of numbers. */
static const char *const states[] = {"none", "ok", "warn", "fail", "blocked"};

#define STATES (sizeof(states) / sizeof(states[0]))

static bool is_state(const json_t *object, const char *state)
{
    const char *health = field_raw(object, "health");

    return health != NULL && strcmp(health, state) == 0;
}

static void put_health(const struct writer *writer)
{
    for (size_t i = 0; i < STATES; i++)
        put_by(writer, "state", states[i], is_state(writer->from->status, states[i]));
}

/* Of the set that is in force: one ring, that of the enrolment. */
static void put_of_set(const struct writer *writer, int64_t value)
{
    if (field_object(writer->from->status, "set") != NULL)
        put_by(writer, "ring", field_raw(writer->from->status, "ring"), value);
}

static void put_release(const struct writer *writer)
{
    put_of_set(writer, field_number(field_object(writer->from->status, "set"), "sequence"));
}

static void put_set_age(const struct writer *writer)
{
    put_of_set(writer, field_number(field_object(writer->from->status, "set"), "age"));
}

static void put_set_expiry(const struct writer *writer)
{
    put_of_set(writer, seconds_of(field_object(writer->from->status, "set"), "expires"));
}

static void put_floor(const struct writer *writer)
{
    const json_t *row, *rings = json_object_get(writer->from->floors, "rings");
    size_t i;

    json_array_foreach(rings, i, row)
        put_by(writer, "ring", field_raw(row, "ring"), field_number(row, "sequence"));
}

static void put_content_floor(const struct writer *writer)
{
    const json_t *row, *types = json_object_get(writer->from->floors, "types");
    size_t i;

    json_array_foreach(types, i, row)
        put_by(writer, "content", field_raw(row, "type"), seconds_of(row, "time"));
}

typedef void (*put_content)(const struct writer *writer, const char *type, const json_t *content);

static void each_content(const struct writer *writer, put_content put)
{
    const json_t *row, *contents = json_object_get(writer->from->status, "contents");
    size_t i;

    json_array_foreach(contents, i, row) put(writer, field_raw(row, "type"), row);
}

static void put_state(const struct writer *writer, const char *type, const json_t *content)
{
    for (size_t i = 0; i < STATES; i++)
        put_by_two(writer, "content", type, "state", states[i], is_state(content, states[i]));
}

static void put_age(const struct writer *writer, const char *type, const json_t *content)
{
    if (json_is_integer(json_object_get(content, "age")))
        put_by(writer, "content", type, field_number(content, "age"));
}

static void put_limit(const struct writer *writer, const char *type, const json_t *content)
{
    static const char *const limits[] = {"warn", "fail"};

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        if (field_number(content, limits[i]) > 0)
            put_by_two(writer, "content", type, "limit", limits[i],
                       field_number(content, limits[i]));
    }
}

static void put_expiry(const struct writer *writer, const char *type, const json_t *content)
{
    int64_t since = seconds_of(content, "time"), allowed = field_number(content, "fail");

    if (since > 0 && allowed > 0)
        put_by(writer, "content", type, since + allowed);
}

static void put_staged(const struct writer *writer, const char *type, const json_t *content)
{
    put_by(writer, "content", type, field_object(content, "staged") != NULL);
}

static void put_states(const struct writer *writer)
{
    each_content(writer, put_state);
}

static void put_ages(const struct writer *writer)
{
    each_content(writer, put_age);
}

static void put_limits(const struct writer *writer)
{
    each_content(writer, put_limit);
}

static void put_expiries(const struct writer *writer)
{
    each_content(writer, put_expiry);
}

static void put_waiting(const struct writer *writer)
{
    each_content(writer, put_staged);
}

static void put_last_import(const struct writer *writer)
{
    const json_t *row, *media = json_object_get(writer->from->media, "media");
    int64_t last = seconds_of(field_object(writer->from->status, "set"), "accepted");
    size_t i;

    json_array_foreach(media, i, row)
    {
        int64_t imported = seconds_of(row, "imported");

        if (imported > last)
            last = imported;
    }
    if (last > 0)
        put_one(writer, last);
}

/* How many of the media that are remembered came to this verdict the last time. */
static void put_media(const struct writer *writer)
{
    const json_t *row, *media = json_object_get(writer->from->media, "media");
    json_t *counts = json_object();
    const char *code;
    json_t *count;
    size_t i;

    json_array_foreach(media, i, row)
    {
        code = field_raw(row, "code");
        if (code != NULL)
            json_object_set_new(counts, code, json_integer(field_number(counts, code) + 1));
    }
    json_object_foreach(counts, code, count)
        put_by(writer, "verdict", code, json_integer_value(count));
    json_decref(counts);
}

static void put_source_success(const struct writer *writer)
{
    const json_t *row, *sources = json_object_get(writer->from->status, "sources");
    size_t i;

    json_array_foreach(sources, i, row)
    {
        if (seconds_of(row, "succeeded") > 0)
            put_by(writer, "source", field_raw(row, "name"), seconds_of(row, "succeeded"));
    }
}

static void put_source_failures(const struct writer *writer)
{
    const json_t *row, *sources = json_object_get(writer->from->status, "sources");
    size_t i;

    json_array_foreach(sources, i, row)
        put_by(writer, "source", field_raw(row, "name"), field_number(row, "failures"));
}

static void put_refusals(const struct writer *writer)
{
    put_one(writer, field_number(field_object(writer->from->status, "refusals"), "count"));
}

static void put_records(const struct writer *writer)
{
    put_one(writer, field_number(field_object(writer->from->status, "audit"), "records"));
}

static void put_chain(const struct writer *writer)
{
    if (writer->from->chain != NULL)
        put_one(writer, field_true(writer->from->chain, "ok"));
}

static void put_clock(const struct writer *writer)
{
    put_one(writer, field_true(field_object(writer->from->status, "clock"), "behind"));
}

static const struct row {
    const char *name, *type, *help;
    void (*put)(const struct writer *writer);
} rows[] = {
    {"sallyport_up", "gauge", "Whether the agent answered.", put_up},
    {"sallyport_build_info", "gauge", "Version of the agent.", put_build},
    {"sallyport_enrolled", "gauge", "Whether this endpoint is enrolled.", put_enrolled},
    {"sallyport_health", "gauge", "Health of the endpoint: 1 for the state it is in.", put_health},
    {"sallyport_release_seq", "gauge", "Number of the set in force.", put_release},
    {"sallyport_set_age_seconds", "gauge", "Age of the set in force.", put_set_age},
    {"sallyport_set_expiry_timestamp_seconds", "gauge", "When the set in force expires.",
     put_set_expiry},
    {"sallyport_rollback_floor", "gauge", "Number below which no set is accepted.", put_floor},
    {"sallyport_content_floor_timestamp_seconds", "gauge",
     "Signed time before which no package is accepted.", put_content_floor},
    {"sallyport_content_state", "gauge", "Health of a content: 1 for the state it is in.",
     put_states},
    {"sallyport_content_age_seconds", "gauge", "Age of the content in service.", put_ages},
    {"sallyport_content_limit_seconds", "gauge", "Age at which a content warns or fails.",
     put_limits},
    {"sallyport_content_expiry_timestamp_seconds", "gauge",
     "When the content in service reaches the age at which it fails.", put_expiries},
    {"sallyport_content_staged", "gauge", "Whether a newer package waits for its wave.",
     put_waiting},
    {"sallyport_last_import_timestamp_seconds", "gauge", "When something was imported last.",
     put_last_import},
    {"sallyport_media", "gauge", "Media that are remembered, by what the last import came to.",
     put_media},
    {"sallyport_source_success_timestamp_seconds", "gauge", "Last good look at a source.",
     put_source_success},
    {"sallyport_source_failures", "gauge", "Looks at a source that failed since the last good one.",
     put_source_failures},
    {"sallyport_refusals_open", "gauge", "Refusals that nobody has acknowledged.", put_refusals},
    {"sallyport_audit_records_total", "counter", "Records of the audit chain.", put_records},
    {"sallyport_audit_chain_ok", "gauge", "Whether the audit chain holds from its start.",
     put_chain},
    {"sallyport_clock_behind", "gauge", "Whether the local clock is behind the trusted time.",
     put_clock},
};

void metrics_write(const struct metrics *metrics, FILE *out)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct writer writer = {metrics, out, rows[i].name};

        if (metrics->status == NULL && rows[i].put != put_up)
            continue;
        fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", rows[i].name, rows[i].help, rows[i].name,
                rows[i].type);
        rows[i].put(&writer);
    }
}
