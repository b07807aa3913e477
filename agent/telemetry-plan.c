/* SPDX-License-Identifier: ISC */
#include "agent/telemetry-plan.h"

#include <stdio.h>
#include <string.h>

#include "agent/audit.h"
#include "agent/setting.h"
#include "media/base/instant.h"
#include "media/base/json.h"

#define LAST "telemetry_last" /* state_number: when an item was gathered */

int64_t telemetry_plan_due(const char *endpoint, uint64_t interval_s, int64_t last_us)
{
    int64_t interval_us = (int64_t)interval_s * INSTANT_SECOND_US;
    int64_t after_us = last_us + interval_us / 2, place_us, passed_us;
    uint8_t digest[DIGEST_BYTES];
    uint64_t place = 0;

    digest_of(endpoint, strlen(endpoint), digest);
    for (size_t i = 0; i < sizeof(place); i++)
        place = place << 8 | digest[i];
    place_us = (int64_t)(place % (uint64_t)interval_us);
    passed_us = (after_us - place_us) % interval_us;
    return after_us - passed_us + (passed_us > 0 ? interval_us : 0);
}

static json_t *headers_value(const struct destination *destination)
{
    json_t *headers = json_array();

    for (size_t i = 0; i < destination->header_count; i++)
        json_array_append_new(headers, json_pack("{s:s, s:s}", "name", destination->headers[i].name,
                                                 "value", destination->headers[i].value));
    return headers;
}

json_t *telemetry_plan_destination(const struct destination *destination)
{
    char path[LIMIT_DESTINATION_ROOT + 2];

    snprintf(path, sizeof(path), "/%s", destination->root);
    return json_pack("{s:s, s:i, s:s, s:s, s:o}", "server", destination->server, "port",
                     (int)destination->port, "path", path, "verb", destination->verb, "headers",
                     headers_value(destination));
}

static bool is_pinned(const struct config *config, const char *server)
{
    for (size_t i = 0; i < config->suffix_count; i++) {
        if (destination_is_beneath(server, config->suffixes[i]))
            return true;
    }
    return false;
}

/* Whether a server is one that the site refuses, and the words for it. Without any suffix none is
 * refused, and none is believed: nothing leaves over a network then. */
static int check_server(const struct config *config, const char *server, struct error *err)
{
    if (config->suffix_count == 0 || is_pinned(config, server))
        return 0;
    return error_set(err, ERROR_FOREIGN_SERVER, "destination %s is not beneath a pinned suffix",
                     server);
}

/* What was kept was checked before; it is checked again because a file on this disk held it. */
static int read_kept(const char *text, struct destination *destination, struct error *err)
{
    json_t *value = NULL;
    int result = json_read(text, strlen(text), &value, err);

    if (result == 0)
        result = destination_read(value, destination, err);
    json_decref(value);
    return result;
}

static void take_row(struct db_query *query, struct telemetry_plan *plan)
{
    struct error why = {0};

    plan->asked = true;
    if (error_from_name(db_text(query, 1), &why.code) < 0)
        why.code = ERROR_STATE_CORRUPT;
    snprintf(why.words, sizeof(why.words), "%s", db_text(query, 2));
    plan->known =
        why.code == ERROR_OK && read_kept(db_text(query, 0), &plan->destination, &why) == 0;
    if (plan->known)
        return;
    plan->code = why.code;
    snprintf(plan->words, sizeof(plan->words), "%s", why.words);
}

static int read_row(struct state *state, struct telemetry_plan *plan, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT destination, code, words FROM telemetry WHERE id = ?", "b",
                          bytes_view_of(plan->package.id, DIGEST_BYTES));

    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1)
        take_row(query, plan);
    db_finish(query);
    return result < 0 ? result : 0;
}

/* Why nothing is gathered, the gravest first. */
static void judge(struct state *state, const struct config *config, struct telemetry_plan *plan)
{
    struct error why;

    if (plan->known)
        plan->pinned = is_pinned(config, plan->destination.server);
    plan->off = setting_switches_off(state, TELEMETRY_TYPE, plan->words, sizeof(plan->words));
    if (plan->off) {
        plan->code = ERROR_OK;
        return;
    }
    if (!plan->asked)
        snprintf(plan->words, sizeof(plan->words), "the driver was not asked for it yet");
    if (!plan->known)
        return;
    if (check_server(config, plan->destination.server, &why) < 0) {
        plan->code = why.code;
        snprintf(plan->words, sizeof(plan->words), "%s", why.words);
        return;
    }
    if (!config->export_telemetry) {
        snprintf(plan->words, sizeof(plan->words), "agent.conf has [export] telemetry = no");
        return;
    }
    plan->gathers = true;
    if (config->suffix_count == 0)
        snprintf(plan->words, sizeof(plan->words),
                 "agent.conf pins no [telemetry] suffix: it leaves on the return medium only");
}

/* A clock that was set back must not put the next one off until it has caught up. */
static int find_times(struct state *state, struct telemetry_plan *plan, struct error *err)
{
    struct state_enrolment who;
    int result = state_enrolment(state, &who, err);

    if (result == 0)
        result = state_number(state, LAST, &plan->last_us, err);
    if (result < 0)
        return result;
    if (plan->last_us > plan->now_us)
        plan->last_us = plan->now_us;
    if (plan->gathers && plan->last_us == 0)
        plan->next_us = plan->now_us;
    else if (plan->gathers)
        plan->next_us =
            telemetry_plan_due(who.endpoint, plan->destination.interval_s, plan->last_us);
    return 0;
}

int telemetry_plan_read(struct state *state, const struct config *config,
                        struct telemetry_plan *plan, struct error *err)
{
    struct floor_clock clock;
    int result;

    *plan = (struct telemetry_plan){.code = ERROR_OK};
    result =
        state_package(state, TELEMETRY_TYPE, STATE_ACTIVE, &plan->package, &plan->present, err);
    if (result < 0 || !plan->present)
        return result;
    if ((result = state_clock(state, &clock, err)) < 0 || (result = read_row(state, plan, err)) < 0)
        return result;
    plan->now_us = floor_now(&clock);
    judge(state, config, plan);
    return find_times(state, plan, err);
}

static int put_row(struct state *state, const struct state_package *package,
                   const struct destination *destination, const struct error *why,
                   struct error *err)
{
    json_t *value = destination != NULL ? destination_value(destination) : json_object();
    struct bytes text;
    int result;

    bytes_init(&text, LIMIT_TELEMETRY_BYTES);
    result = json_write(value, &text, err);
    if (result == 0)
        result = bytes_put_u8(&text, 0, err);
    if (result == 0)
        result = db_change(state_db(state), err,
                           "INSERT OR REPLACE INTO telemetry VALUES(1, ?, ?, ?, ?)", "bttt",
                           bytes_view_of(package->id, DIGEST_BYTES), (const char *)text.data,
                           error_name(destination != NULL ? ERROR_OK : why->code),
                           destination != NULL ? "" : why->words);
    bytes_clear(&text);
    json_decref(value);
    return result;
}

static int record(struct state *state, const struct config *config,
                  const struct destination *destination, const struct error *why, struct error *err)
{
    char words[ERROR_WORDS_BYTES * 2];
    struct error refused = {.code = ERROR_OK};
    struct audit_event event = {.who = "timer",
                                .what = "telemetry",
                                .code = ERROR_OK,
                                .subject = TELEMETRY_TYPE,
                                .words = words};

    if (destination == NULL)
        refused = *why;
    else
        (void)!check_server(config, destination->server, &refused); /* its code says which */
    event.code = refused.code;
    if (refused.code != ERROR_OK)
        snprintf(words, sizeof(words), "%s", refused.words);
    else
        snprintf(words, sizeof(words), "destination %s:%u/%s by %s, every %llu s",
                 destination->server, destination->port, destination->root, destination->verb,
                 (unsigned long long)destination->interval_s);
    return audit_append(state, &event, NULL, err);
}

int telemetry_plan_keep(struct state *state, const struct config *config,
                        const struct state_package *package, const struct destination *destination,
                        const struct error *why, struct error *err)
{
    struct db *db = state_db(state);
    int result = db_begin(db, err);

    if (result < 0)
        return result;
    result = put_row(state, package, destination, why, err);
    if (result == 0)
        result = record(state, config, destination, why, err);
    if (result == 0)
        result = db_commit(db, err);
    if (result < 0)
        db_rollback(db);
    return result;
}

int telemetry_plan_gathered(struct state *state, int64_t at_us, struct error *err)
{
    return state_set_number(state, LAST, at_us, err);
}

static json_t *time_value(int64_t instant_us)
{
    char text[INSTANT_TEXT_BYTES];

    return instant_us != 0 ? json_string(instant_format(instant_us, text)) : json_null();
}

static json_t *suffixes_value(const struct config *config)
{
    json_t *list = json_array();

    for (size_t i = 0; i < config->suffix_count; i++)
        json_array_append_new(list, json_string(config->suffixes[i]));
    return list;
}

int telemetry_plan_value(struct state *state, const struct config *config, json_t **value,
                         struct error *err)
{
    struct telemetry_plan plan;
    int result = telemetry_plan_read(state, config, &plan, err);

    *value = NULL;
    if (result < 0)
        return result;
    if (!plan.present) {
        *value = json_null();
        return 0;
    }
    *value = json_pack(
        "{s:s, s:o, s:o, s:b, s:o, s:b, s:o, s:o, s:s, s:s}", "version", plan.package.version,
        "destination", plan.known ? telemetry_plan_destination(&plan.destination) : json_null(),
        "interval",
        plan.known ? json_integer((json_int_t)plan.destination.interval_s) : json_null(), "pinned",
        plan.pinned, "suffixes", suffixes_value(config), "gathers", plan.gathers, "last",
        time_value(plan.last_us), "next", time_value(plan.next_us), "reason", error_name(plan.code),
        "words", plan.words);
    return *value != NULL ? 0 : error_set(err, ERROR_INTERNAL, "telemetry: not UTF-8");
}
