/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "agent/status-view.h"

#include "media/base/instant.h"

int status_clock(struct state *state, struct floor_clock *clock, struct error *err)
{
    return state_clock(state, clock, err);
}

json_t *status_view_time(int64_t instant_us)
{
    char text[INSTANT_TEXT_BYTES];

    return json_string(instant_format(instant_us, text));
}

json_t *status_view_age(const struct status_view *view, int64_t instant_us)
{
    return json_integer((view->now_us - instant_us) / INSTANT_SECOND_US);
}

json_t *status_view_digest(struct bytes_view digest)
{
    char text[DIGEST_TEXT_BYTES] = "";

    if (digest.size == DIGEST_BYTES)
        digest_text(digest.data, text);
    return json_string(text);
}

int status_view_count(struct state *state, const char *sql, const char *argument, int64_t *count,
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

int status_view_texts(struct state *state, const char *sql, const char *argument, json_t **list,
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

void status_view_clear(struct status_view *view)
{
    state_set_clear(&view->set);
}

int status_view_open(struct status_view *view, const struct status_source *source,
                     struct error *err)
{
    struct state *state = source->state;
    struct error absent = {0};
    int result;

    *view = (struct status_view){.source = source, .worst = HEALTH_NONE};
    if ((result = status_clock(state, &view->clock, err)) < 0)
        return result;
    view->now_us = floor_now(&view->clock);
    result = state_enrolment(state, &view->enrolment, &absent);
    if (result < 0 && absent.code != ERROR_NOT_ENROLLED) {
        *err = absent;
        return result;
    }
    view->enrolled = result == 0;
    return state_set(state, view->enrolment.ring, &view->set, &view->has_set, err);
}
