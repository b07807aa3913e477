/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "agent/telemetry-item.h"

#include <stdio.h>
#include <string.h>

#include "agent/audit.h"
#include "agent/probation.h"
#include "agent/status.h"
#include "media/base/instant.h"
#include "media/content-type.h"

/* state_number: how far the audit chain and the refusals were counted. */
#define EVENTS_TOLD   "telemetry_events"
#define REFUSALS_TOLD "telemetry_refusals"

static json_t *time_value(int64_t instant_us)
{
    char text[INSTANT_TEXT_BYTES];

    return instant_us != 0 ? json_string(instant_format(instant_us, text)) : json_null();
}

/* Records of one kind about a type since the last item. */
static int count_events(struct state *state, const char *what, const char *code, const char *type,
                        json_t **count, struct error *err)
{
    struct db_query *query;
    int64_t told;
    int result = state_number(state, EVENTS_TOLD, &told, err);

    *count = NULL;
    if (result == 0)
        result = db_query(state_db(state), &query, err,
                          "SELECT count(*) FROM events WHERE id > ? AND what = ? AND code = ?"
                          " AND subject = ?",
                          "ittt", told, what, code, type);
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1)
        *count = json_integer((json_int_t)db_integer(query, 0));
    db_finish(query);
    return result < 0 ? result : 0;
}

/* What is counted of a content, a row each: by the records that tell of it. */
static const struct {
    const char *key, *what;
    enum error_code code;
} counted[] = {
    {"activated", "activate", ERROR_OK},
    {"returned", "return", ERROR_OK},
    {"quarantined", "ail", ERROR_DRIVER_FAILED},
};

/* Fields of a row of sallyport.contents/1 that leave; its words do not. */
static const char *const leaving[] = {"type", "version", "issue", "health", "reason"};

static int content_value(struct state *state, const json_t *row, json_t **value, struct error *err)
{
    const char *type = json_string_value(json_object_get(row, "type"));
    json_t *staged = json_object_get(json_object_get(row, "staged"), "version");

    *value = json_object();
    for (size_t i = 0; i < sizeof(leaving) / sizeof(leaving[0]); i++)
        json_object_set(*value, leaving[i], json_object_get(row, leaving[i]));
    json_object_set_new(*value, "staged", staged != NULL ? json_incref(staged) : json_null());
    for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
        json_t *count;
        int result =
            count_events(state, counted[i].what, error_name(counted[i].code), type, &count, err);

        if (result < 0)
            return result;
        json_object_set_new(*value, counted[i].key, count);
    }
    return 0;
}

static bool is_here(const json_t *row)
{
    return json_is_true(json_object_get(row, "carried")) ||
           json_is_string(json_object_get(row, "version")) ||
           json_is_object(json_object_get(row, "staged"));
}

static int note_driver(struct state *state, json_t *drivers, const char *type, struct error *err)
{
    const struct content_type *row = content_type_find(type);
    char name[sizeof(PROBATION_ENDS) + LIMIT_NAME_BYTES];
    int64_t ends;
    int result;

    if (row == NULL || json_object_get(drivers, row->family) != NULL)
        return 0;
    snprintf(name, sizeof(name), PROBATION_ENDS "%s", row->family);
    result = state_number(state, name, &ends, err);
    if (result == 0)
        json_object_set_new(drivers, row->family, json_integer((json_int_t)ends));
    return result;
}

/* Contents that the ring carries or that are here, and their drivers. */
static int add_contents(struct state *state, const struct config *config, json_t *contents,
                        json_t *drivers, struct error *err)
{
    const struct status_source source = {.state = state, .config = config};
    json_t *reply, *row;
    int result = status_make_contents(&source, &reply, err);
    size_t i;

    if (result < 0)
        return result;
    json_array_foreach(json_object_get(reply, "contents"), i, row)
    {
        json_t *value;

        if (!is_here(row))
            continue;
        result = content_value(state, row, &value, err);
        json_array_append_new(contents, value);
        if (result == 0)
            result =
                note_driver(state, drivers, json_string_value(json_object_get(row, "type")), err);
        if (result < 0)
            break;
    }
    json_decref(reply);
    return result;
}

static int add_refusals(struct state *state, json_t *refusals, struct error *err)
{
    struct db_query *query;
    int64_t told;
    int result = state_number(state, REFUSALS_TOLD, &told, err);

    if (result == 0)
        result =
            db_query(state_db(state), &query, err,
                     "SELECT code, count(*) FROM refusals WHERE id > ? GROUP BY code", "i", told);
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1)
        json_object_set_new(refusals, db_text(query, 0),
                            json_integer((json_int_t)db_integer(query, 1)));
    db_finish(query);
    return result;
}

static int set_value(struct state *state, const char *ring, json_t **value, struct error *err)
{
    struct state_set set = {.sequence = 0};
    bool present = false;
    int result = state_set(state, ring, &set, &present, err);

    *value = json_null();
    if (result == 0 && present)
        *value = json_pack("{s:I, s:o}", "sequence", (json_int_t)set.sequence, "time",
                           time_value(set.time_us));
    state_set_clear(&set);
    return result;
}

static json_t *head_value(const struct state_enrolment *who, const struct telemetry_plan *plan)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "schema", "sallyport.telemetry/1",
                     "endpoint", who->endpoint, "ring", who->ring, "software", PACKAGE_VERSION,
                     "time", time_value(plan->now_us), "since", time_value(plan->last_us),
                     "destination", telemetry_plan_destination(&plan->destination));
}

int telemetry_item_make(struct state *state, const struct config *config,
                        const struct telemetry_plan *plan, json_t **item, struct error *err)
{
    json_t *contents = json_array(), *drivers = json_object(), *refusals = json_object();
    json_t *set = NULL;
    struct state_enrolment who;
    int result = state_enrolment(state, &who, err);

    *item = NULL;
    if (result == 0 && (result = set_value(state, who.ring, &set, err)) == 0 &&
        (result = add_contents(state, config, contents, drivers, err)) == 0)
        result = add_refusals(state, refusals, err);
    if (result == 0) {
        *item = head_value(&who, plan);
        json_object_set(*item, "set", set);
        json_object_set(*item, "contents", contents);
        json_object_set(*item, "driver_ends", drivers);
        json_object_set(*item, "refusals", refusals);
    }
    json_decref(set);
    json_decref(contents);
    json_decref(drivers);
    json_decref(refusals);
    return result;
}

static int find_newest_refusal(struct state *state, int64_t *number, struct error *err)
{
    struct db_query *query;
    int result =
        db_query(state_db(state), &query, err, "SELECT coalesce(max(id), 0) FROM refusals", "");

    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1)
        *number = db_integer(query, 0);
    db_finish(query);
    return result < 0 ? result : 0;
}

int telemetry_item_told(struct state *state, struct error *err)
{
    int64_t event, refusal = 0;
    int result = audit_newest(state, &event, err);

    if (result == 0)
        result = state_set_number(state, EVENTS_TOLD, event, err);
    if (result == 0)
        result = find_newest_refusal(state, &refusal, err);
    if (result == 0)
        result = state_set_number(state, REFUSALS_TOLD, refusal, err);
    if (result == 0)
        result = db_change(state_db(state), err,
                           "DELETE FROM numbers WHERE substr(name, 1, length(?1)) = ?1", "t",
                           PROBATION_ENDS);
    return result;
}
