/* SPDX-License-Identifier: ISC */
#include "agent/status-view.h"

#include <stdio.h>
#include <string.h>

#include "agent/driver-host.h"
#include "agent/setting.h"
#include "agent/state-recipe.h"
#include "agent/telemetry-plan.h"
#include "media/base/instant.h"
#include "media/content-type.h"

static void age_limits(const struct status_view *view, const struct content_type *type,
                       struct health_facts *facts)
{
    const struct config_age *age = config_age(view->source->config, type->name);

    facts->warn_days = age != NULL ? (uint32_t)age->warn_days : type->warn_days;
    facts->fail_days = age != NULL ? (uint32_t)age->fail_days : type->fail_days;
}

/* Whether what the content says can be followed here. */
static int find_unfitness(const struct status_view *view, struct health_facts *facts,
                          struct error *err)
{
    struct telemetry_plan plan;
    int result = telemetry_plan_read(view->source->state, view->source->config, &plan, err);

    if (result < 0)
        return result;
    facts->unfit = plan.code != ERROR_OK;
    facts->unfitness.code = plan.code;
    snprintf(facts->unfitness.words, sizeof(facts->unfitness.words), "%s", plan.words);
    return 0;
}

static int gather_facts(const struct status_view *view, const struct content_type *type,
                        const struct state_package *active, struct health_facts *facts,
                        struct error *err)
{
    struct state *state = view->source->state;
    int result = state_ailment(state, type->name, &facts->ailment, &facts->ailing, err);
    uint64_t carried_issue;
    bool harmful; /* decides what is done, not how bad it is that it is there */

    if (result == 0)
        result = state_carried(state, view->enrolment.ring, type->name, &carried_issue,
                               &facts->carried, err);
    if (result < 0)
        return result;
    facts->off =
        setting_switches_off(state, type->name, facts->off_words, sizeof(facts->off_words));
    if (strcmp(type->name, "remapper-rules") == 0)
        result = setting_left_words(state, &facts->left, facts->left_words,
                                    sizeof(facts->left_words), err);
    if (result < 0)
        return result;
    facts->unread = driver_host_unread(view->source->drivers, type->name, facts->unread_words,
                                       sizeof(facts->unread_words));
    facts->ahead = facts->active && facts->carried && carried_issue < active->issue;
    facts->now_us = view->now_us;
    age_limits(view, type, facts);
    if ((facts->carried || facts->active) &&
        !driver_host_has_program(view->source->config, type->name))
        facts->driver_missing = true;
    if (!facts->active)
        return 0;
    facts->time_us = active->time_us;
    result = state_damaged(state, active->id, &facts->damaged, facts->damage, sizeof(facts->damage),
                           err);
    if (result == 0 && strcmp(type->name, TELEMETRY_TYPE) == 0)
        result = find_unfitness(view, facts, err);
    if (result < 0)
        return result;
    return state_withdrawn(state, active->id, &facts->withdrawn, &harmful, NULL, 0, err);
}

/* Seconds, as ages are. */
static json_t *limit_value(uint32_t days)
{
    return json_integer((json_int_t)days * (INSTANT_DAY_US / INSTANT_SECOND_US));
}

json_t *status_contents_wave(const struct wave_turn *turn)
{
    return json_pack("{s:I, s:I, s:o}", "number", (json_int_t)turn->number, "of",
                     (json_int_t)turn->of, "opens", status_view_time(turn->opens_us));
}

static json_t *package_value(const struct status_view *view, const struct state_package *package)
{
    return json_pack("{s:s, s:I, s:o, s:o, s:o}", "version", package->version, "issue",
                     (json_int_t)package->issue, "package",
                     status_view_digest(bytes_view_of(package->id, DIGEST_BYTES)), "time",
                     status_view_time(package->time_us), "age",
                     status_view_age(view, package->time_us));
}

static json_t *no_package(void)
{
    return json_pack("{s:n, s:n, s:n, s:n, s:n}", "version", "issue", "package", "time", "age");
}

/* What waits for its wave, and the earliest such wave of all. */
static int staged_value(struct status_view *view, const struct content_type *type, json_t **value,
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
                       status_view_digest(bytes_view_of(staged.id, DIGEST_BYTES)), "time",
                       status_view_time(staged.time_us), "wave", status_contents_wave(&turn));
    return 0;
}

/* The worst content decides what is said to be done next. */
static void note_worst(struct status_view *view, const struct content_type *type,
                       const struct health *health)
{
    if (health->word <= view->worst)
        return;
    view->worst = health->word;
    view->next[0] = '\0';
    if (health->next[0] != '\0')
        snprintf(view->next, sizeof(view->next), "%s: %s", type->name, health->next);
}

static int content_value(struct status_view *view, const struct content_type *type, json_t **value,
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

int status_contents_fill(struct status_view *view, json_t **list, struct error *err)
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

int status_make_contents(const struct status_source *source, json_t **reply, struct error *err)
{
    struct status_view view;
    json_t *contents;
    int result = status_view_open(&view, source, err);

    *reply = NULL;
    if (result == 0)
        result = status_contents_fill(&view, &contents, err);
    if (result == 0)
        *reply = json_pack("{s:s, s:o, s:o}", "schema", "sallyport.contents/1", "generated",
                           status_view_time(view.now_us), "contents", contents);
    status_view_clear(&view);
    return result;
}
