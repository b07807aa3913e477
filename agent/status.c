/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "agent/status.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/audit.h"
#include "agent/health.h"
#include "agent/state-content.h"
#include "agent/wave-turn.h"
#include "media/base/instant.h"
#include "media/base/text.h"
#include "media/content-type.h"

/* What binds the floors today. A TPM counter comes later; until then this is said as it is. */
#define BINDING "store"

/* Everything that one answer is made from. */
struct view {
    const struct status_source *source;
    struct floor_clock clock;
    int64_t now_us;
    bool enrolled;
    struct state_enrolment enrolment;
    bool has_set;
    struct state_set set;
    json_t *carried;       /* type names of the ring's set */
    struct wave_turn wave; /* the next one that something waits for */
    bool waiting;
    enum health_word worst;
    char next[ERROR_WORDS_BYTES + 128];
};

int status_clock(struct state *state, struct floor_clock *clock, struct error *err)
{
    int64_t newest;
    int result = state_number(state, "newest_time", &newest, err);

    if (result < 0)
        return result;
    clock->local_us = instant_clock();
    clock->trusted_floor_us = BUILD_TIME * INSTANT_SECOND_US;
    if (newest > clock->trusted_floor_us)
        clock->trusted_floor_us = newest;
    return 0;
}

static json_t *time_value(int64_t instant_us)
{
    char text[INSTANT_TEXT_BYTES];

    return json_string(instant_format(instant_us, text));
}

static json_t *age_value(const struct view *view, int64_t instant_us)
{
    return json_integer((view->now_us - instant_us) / INSTANT_SECOND_US);
}

/* Seconds, as ages are. */
static json_t *limit_value(uint32_t days)
{
    return json_integer((json_int_t)days * (INSTANT_DAY_US / INSTANT_SECOND_US));
}

static json_t *digest_value(struct bytes_view digest)
{
    char text[DIGEST_TEXT_BYTES] = "";

    if (digest.size == DIGEST_BYTES)
        digest_text(digest.data, text);
    return json_string(text);
}

/* One number out of the state. */
static int count_rows(struct state *state, const char *sql, const char *argument, int64_t *count,
                      struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err, sql, argument != NULL ? "t" : "", argument);

    *count = 0;
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result > 0)
        *count = db_integer(query, 0);
    db_finish(query);
    return result < 0 ? result : 0;
}

/* A list of texts, first column. A new reference. */
static int list_texts(struct state *state, const char *sql, const char *argument, json_t **list,
                      struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err, sql, argument != NULL ? "t" : "", argument);

    *list = json_array();
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) > 0)
        json_array_append_new(*list, json_string(db_text(query, 0)));
    db_finish(query);
    return result;
}

static void view_clear(struct view *view)
{
    state_set_clear(&view->set);
    json_decref(view->carried);
}

static int view_open(struct view *view, const struct status_source *source, struct error *err)
{
    struct state *state = source->state;
    struct error absent = {0};
    int result;

    *view = (struct view){.source = source, .worst = HEALTH_NONE};
    if ((result = status_clock(state, &view->clock, err)) < 0)
        return result;
    view->now_us = floor_now(&view->clock);
    result = state_enrolment(state, &view->enrolment, &absent);
    if (result < 0 && absent.code != ERROR_NOT_ENROLLED) {
        *err = absent;
        return result;
    }
    view->enrolled = result == 0;
    if ((result = state_set(state, view->enrolment.ring, &view->set, &view->has_set, err)) < 0)
        return result;
    return list_texts(state, "SELECT type FROM carried WHERE ring = ? ORDER BY type",
                      view->enrolment.ring, &view->carried, err);
}

static bool is_carried(const struct view *view, const char *type)
{
    size_t i;
    json_t *name;

    json_array_foreach(view->carried, i, name)
    {
        if (strcmp(json_string_value(name), type) == 0)
            return true;
    }
    return false;
}

/* A family's program may be absent: the agent is then whole for the other types. */
static bool driver_missing(const struct view *view, const struct content_type *type)
{
    char program[LIMIT_PATH_BYTES + 128];

    snprintf(program, sizeof(program), "%s/sallyport-driver-%s", view->source->config->libexec,
             type->family);
    return access(program, X_OK) != 0;
}

static void age_limits(const struct view *view, const struct content_type *type,
                       struct health_facts *facts)
{
    const struct config_age *age = config_age(view->source->config, type->name);

    facts->warn_days = age != NULL ? (uint32_t)age->warn_days : type->warn_days;
    facts->fail_days = age != NULL ? (uint32_t)age->fail_days : type->fail_days;
}

static int gather_facts(const struct view *view, const struct content_type *type,
                        const struct state_package *active, struct health_facts *facts,
                        struct error *err)
{
    struct state *state = view->source->state;
    int result = state_ailment(state, type->name, &facts->ailment, &facts->ailing, err);

    if (result < 0)
        return result;
    facts->carried = is_carried(view, type->name);
    facts->now_us = view->now_us;
    age_limits(view, type, facts);
    if ((facts->carried || facts->active) && driver_missing(view, type))
        facts->driver_missing = true;
    if (!facts->active)
        return 0;
    facts->time_us = active->time_us;
    return state_withdrawn(state, active->id, &facts->withdrawn, &facts->harmful, NULL, 0, err);
}

static json_t *wave_value(const struct wave_turn *turn)
{
    return json_pack("{s:I, s:I, s:o}", "number", (json_int_t)turn->number, "of",
                     (json_int_t)turn->of, "opens", time_value(turn->opens_us));
}

static json_t *package_value(const struct view *view, const struct state_package *package)
{
    return json_pack("{s:s, s:I, s:o, s:o, s:o}", "version", package->version, "issue",
                     (json_int_t)package->issue, "package",
                     digest_value(bytes_view_of(package->id, DIGEST_BYTES)), "time",
                     time_value(package->time_us), "age", age_value(view, package->time_us));
}

static json_t *no_package(void)
{
    return json_pack("{s:n, s:n, s:n, s:n, s:n}", "version", "issue", "package", "time", "age");
}

/* What waits for its wave, and the earliest such wave of all. */
static int staged_value(struct view *view, const struct content_type *type, json_t **value,
                        struct error *err)
{
    struct state_package staged;
    struct wave_turn turn;
    bool present;
    int result =
        state_package(view->source->state, type->name, STATE_STAGED, &staged, &present, err);

    *value = json_null();
    if (result < 0 || !present || !view->has_set)
        return result;
    result = wave_turn_of_staged(&view->set, view->enrolment.endpoint, &staged, &turn, err);
    if (result < 0)
        return result;
    if (!view->waiting || turn.opens_us < view->wave.opens_us)
        view->wave = turn;
    view->waiting = true;
    *value = json_pack("{s:s, s:I, s:o, s:o, s:o}", "version", staged.version, "issue",
                       (json_int_t)staged.issue, "package",
                       digest_value(bytes_view_of(staged.id, DIGEST_BYTES)), "time",
                       time_value(staged.time_us), "wave", wave_value(&turn));
    return 0;
}

/* The worst content decides what is said to be done next. */
static void note_worst(struct view *view, const struct content_type *type,
                       const struct health *health)
{
    if (health->word <= view->worst)
        return;
    view->worst = health->word;
    view->next[0] = '\0';
    if (health->next[0] != '\0')
        snprintf(view->next, sizeof(view->next), "%s: %s", type->name, health->next);
}

static int content_value(struct view *view, const struct content_type *type, json_t **value,
                         struct error *err)
{
    struct health_facts facts = {0};
    struct state_package active;
    struct health health;
    json_t *row, *staged;
    int result =
        state_package(view->source->state, type->name, STATE_ACTIVE, &active, &facts.active, err);

    if (result < 0 || (result = gather_facts(view, type, &active, &facts, err)) < 0 ||
        (result = staged_value(view, type, &staged, err)) < 0)
        return result;
    health_judge(&facts, &health);
    note_worst(view, type, &health);
    row = facts.active ? package_value(view, &active) : no_package();
    json_object_set_new(row, "type", json_string(type->name));
    json_object_set_new(row, "carried", json_boolean(facts.carried));
    json_object_set_new(row, "health", json_string(health_word_name(health.word)));
    json_object_set_new(row, "reason", json_string(error_name(health.code)));
    json_object_set_new(row, "words", json_string(health.words));
    json_object_set_new(row, "next", json_string(health.next));
    json_object_set_new(row, "warn", limit_value(facts.warn_days));
    json_object_set_new(row, "fail", limit_value(facts.fail_days));
    json_object_set_new(row, "staged", staged);
    *value = row;
    return 0;
}

/* One row a content type that people have; the two for tests only where they are carried or here.
 */
static bool is_shown(const json_t *row)
{
    const char *type = json_string_value(json_object_get(row, "type"));

    return strncmp(type, "null", 4) != 0 || json_is_true(json_object_get(row, "carried")) ||
           !json_is_null(json_object_get(row, "version"));
}

static int contents_value(struct view *view, json_t **list, struct error *err)
{
    const struct content_type *type;

    *list = json_array();
    for (size_t i = 0; (type = content_type_row(i)) != NULL; i++) {
        json_t *row;
        int result = content_value(view, type, &row, err);

        if (result < 0) {
            json_decref(*list);
            *list = NULL;
            return result;
        }
        if (is_shown(row))
            json_array_append(*list, row);
        json_decref(row);
    }
    return 0;
}

static json_t *set_value(const struct view *view)
{
    const struct state_set *set = &view->set;

    if (!view->has_set)
        return json_null();
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:b, s:I}", "sequence",
                     (json_int_t)set->sequence, "digest",
                     digest_value(bytes_view_of(set->digest, DIGEST_BYTES)), "time",
                     time_value(set->time_us), "age", age_value(view, set->time_us), "accepted",
                     time_value(set->seen_us), "expires", time_value(set->expires_us), "expired",
                     set->expires_us < view->now_us, "root_version", (json_int_t)set->root_version);
}

static int floors_summary(const struct view *view, json_t **value, struct error *err)
{
    struct state *state = view->source->state;
    int64_t types, rings, newest;
    int result;

    if ((result = count_rows(state, "SELECT count(*) FROM floors WHERE subject LIKE 'type:%'", NULL,
                             &types, err)) < 0 ||
        (result = count_rows(state, "SELECT count(*) FROM floors WHERE subject LIKE 'ring:%'", NULL,
                             &rings, err)) < 0 ||
        (result = state_number(state, "newest_time", &newest, err)) < 0)
        return result;
    *value =
        json_pack("{s:s, s:I, s:I, s:o}", "binding", BINDING, "types", (json_int_t)types, "rings",
                  (json_int_t)rings, "newest", newest > 0 ? time_value(newest) : json_null());
    return 0;
}

static int keys_value(const struct view *view, json_t **value, struct error *err)
{
    struct state *state = view->source->state;
    int64_t version, roots, crls;
    json_t *keys = NULL;
    int result;

    if ((result = count_rows(state, "SELECT max(version) FROM roots", NULL, &version, err)) < 0 ||
        (result = count_rows(state, "SELECT count(*) FROM roots", NULL, &roots, err)) < 0 ||
        (result = count_rows(state, "SELECT count(*) FROM crls", NULL, &crls, err)) < 0 ||
        (result = list_texts(state, "SELECT id FROM content_keys ORDER BY id", NULL, &keys, err)) <
            0) {
        json_decref(keys);
        return result;
    }
    *value = json_pack("{s:I, s:I, s:I, s:o}", "root_version", (json_int_t)version, "roots",
                       (json_int_t)roots, "crls", (json_int_t)crls, "content_keys", keys);
    return 0;
}

/* Number and head as they stand; walking the chain is AuditVerify's work. */
static int audit_value(const struct view *view, json_t **value, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(view->source->state), &query, err,
                          "SELECT id, digest FROM events ORDER BY id DESC LIMIT 1", "");

    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result > 0)
        *value = json_pack("{s:I, s:o}", "records", (json_int_t)db_integer(query, 0), "head",
                           digest_value(db_blob(query, 1)));
    else if (result == 0)
        *value = json_pack("{s:i, s:s}", "records", 0, "head", "");
    db_finish(query);
    return result < 0 ? result : 0;
}

static int refusals_value(struct view *view, json_t **value, struct error *err)
{
    struct db_query *query;
    json_t *last = json_null();
    uint64_t count;
    int result = audit_open_refusals(view->source->state, &count, err);

    if (result < 0)
        return result;
    result = db_query(state_db(view->source->state), &query, err,
                      "SELECT at_us, source, code, words FROM refusals"
                      " WHERE acknowledged_us IS NULL ORDER BY id DESC LIMIT 1",
                      "");
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result > 0)
        last = json_pack("{s:o, s:s, s:s, s:s}", "time", time_value(db_integer(query, 0)), "source",
                         db_text(query, 1), "code", db_text(query, 2), "words", db_text(query, 3));
    db_finish(query);
    *value = json_pack("{s:I, s:o}", "count", (json_int_t)count, "last", last);
    return result < 0 ? result : 0;
}

/* What is wrong beside the contents: an expired set, a clock behind the floor, refusals. Only
 * warnings: they never hide what a content says. */
static void judge_rest(struct view *view, const json_t *refusals)
{
    const char *next = NULL;

    if (view->enrolled && !view->has_set)
        next = "Import a medium of this ring: sallyport import SOURCE.";
    else if (view->has_set && view->set.expires_us < view->now_us)
        next = "The set has passed its expiry: ask the mirror for a refresh of the ring.";
    else if (floor_clock_behind(&view->clock))
        next = "The local clock is behind the newest timestamp accepted: correct it.";
    else if (json_integer_value(json_object_get(refusals, "count")) > 0)
        next = "Something was refused: see sallyport explain and the audit records.";
    if (next == NULL || view->worst >= HEALTH_WARN)
        return;
    view->worst = HEALTH_WARN;
    snprintf(view->next, sizeof(view->next), "%s", next);
}

static json_t *identity_value(const struct view *view)
{
    const char *site = view->source->config->site;
    json_t *value = json_pack("{s:s, s:o, s:s, s:b, s:b, s:s?}", "schema", "sallyport.status/1",
                              "generated", time_value(view->now_us), "version", PACKAGE_VERSION,
                              "enrolled", view->enrolled, "test_endpoint",
                              view->enrolment.test_endpoint, "site", site[0] != '\0' ? site : NULL);

    json_object_set_new(value, "endpoint",
                        view->enrolled ? json_string(view->enrolment.endpoint) : json_null());
    json_object_set_new(value, "ring",
                        view->enrolled ? json_string(view->enrolment.ring) : json_null());
    return value;
}

static json_t *clock_value(const struct view *view)
{
    return json_pack("{s:o, s:o, s:b}", "local", time_value(view->clock.local_us), "floor",
                     time_value(view->clock.trusted_floor_us), "behind",
                     floor_clock_behind(&view->clock));
}

static json_t *sandbox_value(const struct view *view)
{
    const struct sandbox_status *sandbox = &view->source->sandbox;

    return json_pack("{s:i, s:b, s:b}", "landlock", sandbox->landlock_abi, "seccomp",
                     sandbox->seccomp, "own_user", sandbox->own_user);
}

/* The parts that are read from the state, by name. */
static int fill_parts(struct view *view, json_t *status, struct error *err)
{
    json_t *contents = NULL, *floors = NULL, *keys = NULL, *audit = NULL, *refusals = NULL;
    int result;

    if ((result = contents_value(view, &contents, err)) == 0 &&
        (result = floors_summary(view, &floors, err)) == 0 &&
        (result = keys_value(view, &keys, err)) == 0 &&
        (result = audit_value(view, &audit, err)) == 0)
        result = refusals_value(view, &refusals, err);
    if (result == 0)
        judge_rest(view, refusals);
    /* Each reference goes into the object; NULL ones are simply not set. */
    json_object_set_new(status, "contents", contents);
    json_object_set_new(status, "floors", floors);
    json_object_set_new(status, "keys", keys);
    json_object_set_new(status, "audit", audit);
    json_object_set_new(status, "refusals", refusals);
    return result;
}

int status_make(const struct status_source *source, json_t **reply, struct error *err)
{
    struct view view;
    json_t *status = NULL;
    int result = view_open(&view, source, err);

    *reply = NULL;
    if (result == 0) {
        status = identity_value(&view);
        result = fill_parts(&view, status, err);
    }
    if (result == 0) {
        json_object_set_new(status, "set", set_value(&view));
        json_object_set_new(status, "wave", view.waiting ? wave_value(&view.wave) : json_null());
        json_object_set_new(status, "clock", clock_value(&view));
        json_object_set_new(status, "sandbox", sandbox_value(&view));
        json_object_set_new(
            status, "health",
            json_string(health_word_name(view.worst == HEALTH_NONE ? HEALTH_OK : view.worst)));
        json_object_set_new(status, "next", json_string(view.next));
        *reply = json_incref(status);
    }
    json_decref(status);
    view_clear(&view);
    return result;
}

int status_make_contents(const struct status_source *source, json_t **reply, struct error *err)
{
    struct view view;
    json_t *contents;
    int result = view_open(&view, source, err);

    *reply = NULL;
    if (result == 0)
        result = contents_value(&view, &contents, err);
    if (result == 0)
        *reply = json_pack("{s:s, s:o, s:o}", "schema", "sallyport.contents/1", "generated",
                           time_value(view.now_us), "contents", contents);
    view_clear(&view);
    return result;
}

/* Floors of one kind: `prefix` is "type:" or "ring:". */
static int floor_list(const struct view *view, const char *prefix, const char *name_key,
                      const char *number_key, json_t **list, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(view->source->state), &query, err,
                          "SELECT substr(subject, 6), number, time_us, digest FROM floors"
                          " WHERE substr(subject, 1, 5) = ? ORDER BY subject",
                          "t", prefix);

    *list = json_array();
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) > 0)
        json_array_append_new(*list,
                              json_pack("{s:s, s:I, s:o, s:o, s:o}", name_key, db_text(query, 0),
                                        number_key, (json_int_t)db_integer(query, 1), "time",
                                        time_value(db_integer(query, 2)), "age",
                                        age_value(view, db_integer(query, 2)), "digest",
                                        digest_value(db_blob(query, 3))));
    db_finish(query);
    return result;
}

static int crl_list(const struct view *view, json_t **list, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(view->source->state), &query, err,
                          "SELECT issuer, number FROM crls ORDER BY issuer", "");

    *list = json_array();
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) > 0)
        json_array_append_new(*list,
                              json_pack("{s:o, s:I}", "issuer", digest_value(db_blob(query, 0)),
                                        "number", (json_int_t)db_integer(query, 1)));
    db_finish(query);
    return result;
}

static int fill_floors(const struct view *view, json_t *floors, struct error *err)
{
    json_t *rings = NULL, *types = NULL, *crls = NULL;
    int64_t root_version = 0;
    int result;

    if ((result = floor_list(view, "ring:", "ring", "sequence", &rings, err)) == 0 &&
        (result = floor_list(view, "type:", "type", "issue", &types, err)) == 0 &&
        (result = crl_list(view, &crls, err)) == 0)
        result = count_rows(view->source->state, "SELECT max(version) FROM roots", NULL,
                            &root_version, err);
    json_object_set_new(floors, "rings", rings);
    json_object_set_new(floors, "types", types);
    json_object_set_new(floors, "crls", crls);
    json_object_set_new(floors, "root_version", json_integer((json_int_t)root_version));
    return result;
}

int status_make_floors(const struct status_source *source, json_t **reply, struct error *err)
{
    struct view view;
    json_t *floors;
    int result = view_open(&view, source, err);

    *reply = NULL;
    floors = json_pack("{s:s, s:o, s:s, s:o}", "schema", "sallyport.floors/1", "generated",
                       time_value(view.now_us), "binding", BINDING, "trusted_time",
                       time_value(view.clock.trusted_floor_us));
    if (result == 0)
        result = fill_floors(&view, floors, err);
    if (result == 0)
        *reply = json_incref(floors);
    json_decref(floors);
    view_clear(&view);
    return result;
}
