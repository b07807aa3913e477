/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "agent/status.h"

#include <stdio.h>

#include "agent/audit.h"
#include "agent/exclusion-list.h"
#include "agent/source-look.h"
#include "agent/partial.h"
#include "agent/repair-note.h"
#include "agent/status-view.h"
#include "agent/telemetry-plan.h"

static json_t *set_value(const struct status_view *view)
{
    const struct state_set *set = &view->set;

    if (!view->has_set)
        return json_null();
    return json_pack(
        "{s:I, s:o, s:o, s:o, s:o, s:o, s:b, s:I}", "sequence", (json_int_t)set->sequence, "digest",
        status_view_digest(bytes_view_of(set->digest, DIGEST_BYTES)), "time",
        status_view_time(set->time_us), "age", status_view_age(view, set->time_us), "accepted",
        status_view_time(set->seen_us), "expires", status_view_time(set->expires_us), "expired",
        set->expires_us < view->now_us, "root_version", (json_int_t)set->root_version);
}

static int keys_value(const struct status_view *view, json_t **value, struct error *err)
{
    struct state *state = view->source->state;
    int64_t version, roots, crls;
    json_t *keys = NULL;
    int result;

    if ((result = status_view_count(state, "SELECT max(version) FROM roots", NULL, &version, err)) <
            0 ||
        (result = status_view_count(state, "SELECT count(*) FROM roots", NULL, &roots, err)) < 0 ||
        (result = status_view_count(state, "SELECT count(*) FROM crls", NULL, &crls, err)) < 0 ||
        (result = status_view_texts(state, "SELECT id FROM content_keys ORDER BY id", NULL, &keys,
                                    err)) < 0) {
        json_decref(keys);
        return result;
    }
    *value = json_pack("{s:I, s:I, s:I, s:o}", "root_version", (json_int_t)version, "roots",
                       (json_int_t)roots, "crls", (json_int_t)crls, "content_keys", keys);
    return 0;
}

/* Number and head as they stand; walking the chain is AuditVerify's work. */
static int audit_value(const struct status_view *view, json_t **value, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(view->source->state), &query, err,
                          "SELECT id, digest FROM events ORDER BY id DESC LIMIT 1", "");

    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result > 0)
        *value = json_pack("{s:I, s:o}", "records", (json_int_t)db_integer(query, 0), "head",
                           status_view_digest(db_blob(query, 1)));
    else if (result == 0)
        *value = json_pack("{s:i, s:s}", "records", 0, "head", "");
    db_finish(query);
    return result < 0 ? result : 0;
}

static int refusals_value(struct status_view *view, json_t **value, struct error *err)
{
    struct db_query *query;
    json_t *last = json_null();
    uint64_t count;
    int result = audit_open_refusals(view->source->state, &count, err);

    if (result < 0)
        return result;
    result = db_query(state_db(view->source->state), &query, err,
                      "SELECT at_us, source, code, words, id FROM refusals"
                      " WHERE acknowledged_us IS NULL ORDER BY id DESC LIMIT 1",
                      "");
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result > 0)
        last =
            json_pack("{s:o, s:s, s:s, s:s, s:I}", "time", status_view_time(db_integer(query, 0)),
                      "source", db_text(query, 1), "code", db_text(query, 2), "words",
                      db_text(query, 3), "number", (json_int_t)db_integer(query, 4));
    db_finish(query);
    *value = json_pack("{s:I, s:o}", "count", (json_int_t)count, "last", last);
    return result < 0 ? result : 0;
}

/* What is wrong beside the contents: an expired set, a clock behind the floor, refusals, our own
 * files. Only
 * warnings: they never hide what a content says. */
static void judge_rest(struct status_view *view, const json_t *refusals, const json_t *partials,
                       bool repair_failed)
{
    const char *next = NULL;

    if (view->enrolled && !view->has_set)
        next = "Import a medium of this ring: sallyport import SOURCE.";
    else if (view->has_set && view->set.expires_us < view->now_us)
        next = "The set has passed its expiry: ask the mirror for a refresh of the ring.";
    else if (floor_clock_behind(&view->clock))
        next = "The local clock is behind the newest timestamp accepted: correct it.";
    else if (repair_failed)
        next = "A repair failed: see sallyport repair --show.";
    else if (json_array_size(partials) > 0)
        next =
            "A package is not whole yet: import the medium again, or the volume that is missing.";
    else if (json_integer_value(json_object_get(refusals, "count")) > 0)
        next = "Something was refused: see sallyport explain and the audit records.";
    if (next == NULL || view->worst >= HEALTH_WARN)
        return;
    view->worst = HEALTH_WARN;
    snprintf(view->next, sizeof(view->next), "%s", next);
}

static json_t *identity_value(const struct status_view *view)
{
    const char *site = view->source->config->site;
    json_t *value = json_pack("{s:s, s:o, s:s, s:b, s:b, s:s?}", "schema", "sallyport.status/1",
                              "generated", status_view_time(view->now_us), "version",
                              PACKAGE_VERSION, "enrolled", view->enrolled, "test_endpoint",
                              view->enrolment.test_endpoint, "site", site[0] != '\0' ? site : NULL);

    json_object_set_new(value, "endpoint",
                        view->enrolled ? json_string(view->enrolment.endpoint) : json_null());
    json_object_set_new(value, "ring",
                        view->enrolled ? json_string(view->enrolment.ring) : json_null());
    return value;
}

static json_t *clock_value(const struct status_view *view)
{
    return json_pack("{s:o, s:o, s:b}", "local", status_view_time(view->clock.local_us), "floor",
                     status_view_time(view->clock.trusted_floor_us), "behind",
                     floor_clock_behind(&view->clock));
}

static json_t *sandbox_value(const struct status_view *view)
{
    const struct sandbox_status *sandbox = &view->source->sandbox;

    return json_pack("{s:i, s:b, s:b}", "landlock", sandbox->landlock_abi, "seccomp",
                     sandbox->seccomp, "own_user", sandbox->own_user);
}

/* The parts that are read from the state, by name. */
static int fill_parts(struct status_view *view, json_t *status, struct error *err)
{
    json_t *contents = NULL, *floors = NULL, *keys = NULL, *audit = NULL, *refusals = NULL;
    json_t *partials = NULL, *repairs = NULL, *exclusions = NULL;
    bool repair_failed = false;
    int result;

    if ((result = status_contents_fill(view, &contents, err)) == 0 &&
        (result = status_floors_summary(view, &floors, err)) == 0 &&
        (result = keys_value(view, &keys, err)) == 0 &&
        (result = audit_value(view, &audit, err)) == 0 &&
        (result = partial_list(view->source->state, &partials, err)) == 0 &&
        (result = repair_note_list(view->source->state, &repairs, &repair_failed, err)) == 0 &&
        (result = exclusion_list_summary(view->source->state, &exclusions, err)) == 0)
        result = refusals_value(view, &refusals, err);
    if (result == 0)
        judge_rest(view, refusals, partials, repair_failed);
    /* Each reference goes into the object; NULL ones are simply not set. */
    json_object_set_new(status, "contents", contents);
    json_object_set_new(status, "floors", floors);
    json_object_set_new(status, "keys", keys);
    json_object_set_new(status, "audit", audit);
    json_object_set_new(status, "refusals", refusals);
    json_object_set_new(status, "partials", partials);
    json_object_set_new(status, "repairs", repairs);
    json_object_set_new(status, "exclusions", exclusions);
    return result;
}

int status_make(const struct status_source *source, json_t **reply, struct error *err)
{
    struct status_view view;
    json_t *status = NULL, *sources = NULL, *telemetry = NULL;
    int result = status_view_open(&view, source, err);

    *reply = NULL;
    if (result == 0) {
        status = identity_value(&view);
        result = fill_parts(&view, status, err);
    }
    if (result == 0) {
        json_object_set_new(status, "set", set_value(&view));
        json_object_set_new(status, "wave",
                            view.waiting ? status_contents_wave(&view.wave) : json_null());
        json_object_set_new(status, "clock", clock_value(&view));
        result = source_look_list(source->state, source->config, &sources, err);
        json_object_set_new(status, "sources", sources);
    }
    if (result == 0) {
        result = telemetry_plan_value(source->state, source->config, &telemetry, err);
        json_object_set_new(status, "telemetry", telemetry);
    }
    if (result == 0) {
        json_object_set_new(status, "sandbox", sandbox_value(&view));
        json_object_set_new(
            status, "health",
            json_string(health_word_name(view.worst == HEALTH_NONE ? HEALTH_OK : view.worst)));
        json_object_set_new(status, "next", json_string(view.next));
        *reply = json_incref(status);
    }
    json_decref(status);
    status_view_clear(&view);
    return result;
}
