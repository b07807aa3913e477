/* SPDX-License-Identifier: ISC */
#include "agent/telemetry.h"

#include "agent/outbox.h"
#include "agent/telemetry-item.h"
#include "media/base/instant.h"
#include "media/base/json.h"

#define RETRY_US INSTANT_MINUTE_US

/* A driver is content's neighbour: what it answers is held against the same rules again. */
static int read_answer(const json_t *answer, struct destination *destination, struct error *err)
{
    json_t *value = NULL;
    const struct json_field fields[] = {
        {"destination", JSON_TABLE, JSON_REQUIRED, &value, 0, 16, NULL}};

    if (json_fields(answer, fields, sizeof(fields) / sizeof(fields[0]), err) < 0 ||
        destination_read(value, destination, err) < 0)
        return error_context(err, "the driver of " TELEMETRY_TYPE);
    return 0;
}

/* What the package in service says is asked once, and kept. */
static int learn(const struct telemetry *telemetry, const struct state_package *package,
                 struct error *err)
{
    json_t *request = json_pack("{s:b}", "get", 1), *answer = NULL;
    struct destination destination;
    struct error why;
    bool good = false;
    int result = driver_host_serve(telemetry->drivers, TELEMETRY_TYPE, request, &answer, err);

    /* It could not load what the state names: health says so, and it is asked again. */
    if (result == 0 && json_is_null(json_object_get(answer, "destination")))
        result =
            error_set(err, ERROR_NOT_FOUND, "the driver of " TELEMETRY_TYPE " has nothing loaded");
    if (result == 0)
        good = read_answer(answer, &destination, &why) == 0;
    if (result == 0)
        result = telemetry_plan_keep(telemetry->state, telemetry->config, package,
                                     good ? &destination : NULL, &why, err);
    json_decref(answer);
    json_decref(request);
    return result;
}

static int put_item(const struct telemetry *telemetry, const struct telemetry_plan *plan,
                    struct error *err)
{
    json_t *item = NULL;
    int result = telemetry_item_make(telemetry->state, telemetry->config, plan, &item, err);

    if (result == 0)
        result = outbox_put(telemetry->state, OUTBOX_TELEMETRY, item, err);
    if (result == 0)
        result = telemetry_item_told(telemetry->state, err);
    if (result == 0)
        result = telemetry_plan_gathered(telemetry->state, plan->now_us, err);
    json_decref(item);
    return result;
}

/* The item, and that it was gathered: both or neither. */
static int gather(const struct telemetry *telemetry, const struct telemetry_plan *plan,
                  struct error *err)
{
    struct db *db = state_db(telemetry->state);
    int result = db_begin(db, err);

    if (result < 0)
        return result;
    result = put_item(telemetry, plan, err);
    if (result == 0)
        result = db_commit(db, err);
    if (result < 0) {
        db_rollback(db);
        return result;
    }
    return outbox_trim(telemetry->state, telemetry->config, err);
}

/* A clock that was set back: what is kept must follow it, or nothing would be due for as long. */
static int mend_clock(const struct telemetry *telemetry, const struct telemetry_plan *plan,
                      struct error *err)
{
    if (plan->last_us != plan->now_us)
        return 0;
    return telemetry_plan_gathered(telemetry->state, plan->now_us, err);
}

static int turn(const struct telemetry *telemetry, struct telemetry_plan *plan, struct error *err)
{
    int result = telemetry_plan_read(telemetry->state, telemetry->config, plan, err);

    if (result == 0 && plan->present && !plan->asked && !plan->off) {
        result = learn(telemetry, &plan->package, err);
        if (result == 0)
            result = telemetry_plan_read(telemetry->state, telemetry->config, plan, err);
    }
    if (result < 0 || !plan->gathers)
        return result;
    if (plan->next_us > plan->now_us)
        return mend_clock(telemetry, plan, err);
    result = gather(telemetry, plan, err);
    return result < 0 ? result
                      : telemetry_plan_read(telemetry->state, telemetry->config, plan, err);
}

int telemetry_turn(struct telemetry *telemetry, int64_t *next_us, struct error *err)
{
    struct telemetry_plan plan;
    struct floor_clock clock;
    int64_t now_us;
    int result = state_clock(telemetry->state, &clock, err);

    *next_us = 0;
    if (result < 0)
        return result;
    now_us = floor_now(&clock);
    /* Further away than that: the clock was set back meanwhile. */
    if (telemetry->retry_us > now_us && telemetry->retry_us <= now_us + RETRY_US) {
        *next_us = telemetry->retry_us;
        return 0;
    }
    result = turn(telemetry, &plan, err);
    telemetry->retry_us = result < 0 ? now_us + RETRY_US : 0;
    *next_us = result < 0 ? telemetry->retry_us : plan.next_us;
    return result;
}
