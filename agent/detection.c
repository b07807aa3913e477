/* SPDX-License-Identifier: ISC */
#include "agent/detection.h"

#include <stdio.h>
#include <string.h>

#include "agent/audit.h"
#include "agent/outbox.h"
#include "media/base/instant.h"
#include "media/base/json.h"

#define ID_BYTES    128         /* of a rule's id */
#define TITLE_BYTES 512         /* of its title */
#define PRINT_BYTES 80          /* "v1:" and 64 digits */
#define TECHNIQUES  16          /* of one rule */
#define JSON_BYTES  (160 * KIB) /* of facts, or of the event: FACTS of FACT_BYTES, escaped in part */

/* As the driver told it, each field held to its form; borrowed from the news. */
struct detection {
    const char *rule, *title, *severity, *thumbprint;
    json_t *attack, *facts, *event;
    uint64_t count;
    int64_t at_us;
};

static int check_severity(const char *severity, struct error *err)
{
    static const char *const words[] = {"info", "low", "medium", "high", "critical"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], severity) == 0)
            return 0;
    }
    return error_set(err, ERROR_PROTOCOL, "severity: expected info, low, medium, high or critical");
}

/* Words of a rule and values of an event: texts, numbers and flags by name, nothing deeper than an
 * event has it. json_read has bounded the depth. */
static int take(const json_t *news, struct detection *detection, struct error *err)
{
    const char *name = "";
    const struct json_field fields[] = {
        {"news", JSON_NAME, JSON_REQUIRED, &name, 0, LIMIT_NAME_BYTES, NULL},
        {"rule", JSON_TEXT, JSON_REQUIRED, &detection->rule, 1, ID_BYTES, NULL},
        {"title", JSON_TEXT, JSON_REQUIRED, &detection->title, 0, TITLE_BYTES, NULL},
        {"severity", JSON_NAME, JSON_REQUIRED, &detection->severity, 1, LIMIT_NAME_BYTES, NULL},
        {"attack", JSON_LIST, JSON_REQUIRED, &detection->attack, 0, TECHNIQUES, NULL},
        {"facts", JSON_TABLE, JSON_REQUIRED, &detection->facts, 0, LIMIT_LUA_FACTS, NULL},
        {"thumbprint", JSON_TEXT, JSON_REQUIRED, &detection->thumbprint, 1, PRINT_BYTES, NULL},
        {"event", JSON_TABLE, JSON_NULLABLE, &detection->event, 0, 64, NULL},
        {"count", JSON_COUNT, JSON_REQUIRED, &detection->count, 1, INT64_MAX, NULL},
        {"time", JSON_INSTANT, JSON_REQUIRED, &detection->at_us, 0, 0, NULL},
    };

    if (json_fields(news, fields, sizeof(fields) / sizeof(fields[0]), err) < 0) {
        err->code = ERROR_PROTOCOL;
        return -(int)err->code;
    }
    return check_severity(detection->severity, err);
}

static int text_of(const json_t *value, struct bytes *text, struct error *err)
{
    int result;

    bytes_init(text, JSON_BYTES);
    result = json_write(value, text, err);
    return result < 0 ? result : bytes_put_u8(text, 0, err);
}

static int insert(struct state *state, const struct detection *detection, struct error *err)
{
    struct bytes attack, facts, event;
    json_t *empty = json_object();
    int result = text_of(detection->attack, &attack, err);

    bytes_init(&facts, JSON_BYTES);
    bytes_init(&event, JSON_BYTES);
    if (result == 0)
        result = text_of(detection->facts, &facts, err);
    if (result == 0)
        result = text_of(detection->event != NULL ? detection->event : empty, &event, err);
    if (result == 0)
        result = db_change(state_db(state), err,
                           "INSERT INTO detections(at_us, rule, title, severity, times, thumbprint,"
                           " attack, facts, event) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                           "itttitttt", detection->at_us, detection->rule, detection->title,
                           detection->severity, (int64_t)detection->count, detection->thumbprint,
                           (const char *)attack.data, (const char *)facts.data,
                           (const char *)event.data);
    if (result == 0)
        result =
            db_change(state_db(state), err,
                      "DELETE FROM detections WHERE id <= (SELECT max(id) FROM detections) - ?",
                      "i", (int64_t)DETECTION_ROWS);
    bytes_clear(&attack);
    bytes_clear(&facts);
    bytes_clear(&event);
    json_decref(empty);
    return result;
}

static int record(struct state *state, const struct detection *detection, struct error *err)
{
    char words[ERROR_WORDS_BYTES];
    const struct audit_event event = {
        .who = "behavior", .what = "detection", .subject = detection->rule, .words = words};

    snprintf(words, sizeof(words), "%s (%s, %llu events)", detection->title, detection->severity,
             (unsigned long long)detection->count);
    return audit_append(state, &event, NULL, err);
}

/* What goes home says which endpoint it is of. */
static int put_item(struct state *state, const struct detection *detection, struct error *err)
{
    char time[INSTANT_TEXT_BYTES];
    struct state_enrolment who;
    json_t *item;
    int result = state_enrolment(state, &who, err);

    if (result < 0)
        return result;
    item = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:O, s:O, s:I}", "schema",
                     "sallyport.detection/1", "endpoint", who.endpoint, "time",
                     instant_format(detection->at_us, time), "rule", detection->rule, "title",
                     detection->title, "severity", detection->severity, "thumbprint",
                     detection->thumbprint, "attack", detection->attack, "facts", detection->facts,
                     "count", (json_int_t)detection->count);
    result = outbox_put(state, OUTBOX_DETECTIONS, item, err);
    json_decref(item);
    return result;
}

int detection_note(struct state *state, const struct config *config, const json_t *news,
                   struct error *err)
{
    struct detection detection = {0};
    int result = take(news, &detection, err);

    if (result == 0)
        result = db_begin(state_db(state), err);
    if (result < 0)
        return result;
    result = insert(state, &detection, err);
    if (result == 0)
        result = record(state, &detection, err);
    if (result == 0 && config->export_detections)
        result = put_item(state, &detection, err);
    if (result == 0)
        result = db_commit(state_db(state), err);
    if (result < 0) {
        db_rollback(state_db(state));
        return result;
    }
    return config->export_detections ? outbox_trim(state, config, err) : 0;
}

static json_t *value_of(const char *text)
{
    struct error ignored;
    json_t *value = NULL;

    if (text == NULL || json_read(text, strlen(text), &value, &ignored) < 0)
        return json_null();
    return value;
}

static json_t *row_json(struct db_query *query)
{
    char time[INSTANT_TEXT_BYTES];

    return json_pack("{s:I, s:s, s:s, s:s, s:s, s:I, s:s, s:o, s:o, s:o}", "number",
                     (json_int_t)db_integer(query, 0), "time",
                     instant_format(db_integer(query, 1), time), "rule", db_text(query, 2), "title",
                     db_text(query, 3), "severity", db_text(query, 4), "count",
                     (json_int_t)db_integer(query, 5), "thumbprint", db_text(query, 6), "attack",
                     value_of(db_text(query, 7)), "facts", value_of(db_text(query, 8)), "event",
                     value_of(db_text(query, 9)));
}

int detection_count(struct state *state, uint64_t *count, int64_t *newest_us, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT count(*), coalesce(max(at_us), 0) FROM detections", "");

    *count = 0;
    *newest_us = 0;
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        *count = (uint64_t)db_integer(query, 0);
        *newest_us = db_integer(query, 1);
    }
    db_finish(query);
    return result < 0 ? result : 0;
}

int detection_list(struct state *state, uint64_t after, uint64_t limit, json_t **reply,
                   struct error *err)
{
    json_t *list = json_array(), *last;
    struct db_query *query;
    int result =
        db_query(state_db(state), &query, err,
                 "SELECT id, at_us, rule, title, severity, times, thumbprint, attack,"
                 " facts, event FROM detections WHERE id > ? ORDER BY id LIMIT ?",
                 "ii", (int64_t)after, (int64_t)(limit < DETECTION_PAGE ? limit : DETECTION_PAGE));

    *reply = NULL;
    if (result == 0) {
        while ((result = db_step(query, err)) == 1)
            json_array_append_new(list, row_json(query));
        db_finish(query);
    }
    if (result == 0) {
        last = json_array_get(list, json_array_size(list) - 1);
        *reply = json_pack("{s:s, s:I, s:O}", "schema", "sallyport.detections/1", "newest",
                           last != NULL ? json_integer_value(json_object_get(last, "number"))
                                        : (json_int_t)after,
                           "detections", list);
    }
    json_decref(list);
    return result;
}
