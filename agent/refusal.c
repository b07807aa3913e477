/* SPDX-License-Identifier: ISC */
#include "agent/refusal.h"

#include <stdio.h>

#include "agent/audit.h"
#include "media/base/instant.h"

static json_t *time_value(int64_t instant_us)
{
    char text[INSTANT_TEXT_BYTES];

    return instant_us == 0 ? json_null() : json_string(instant_format(instant_us, text));
}

static json_t *refusal_json(struct db_query *query)
{
    return json_pack("{s:I, s:o, s:s, s:s, s:s, s:s, s:s, s:I, s:o}", "number",
                     (json_int_t)db_integer(query, 0), "time", time_value(db_integer(query, 1)),
                     "source", db_text(query, 2), "subject", db_text(query, 3), "digest",
                     db_text(query, 4), "code", db_text(query, 5), "words", db_text(query, 6),
                     "record", (json_int_t)db_integer(query, 7), "acknowledged",
                     time_value(db_integer(query, 8)));
}

int refusal_list(struct state *state, uint64_t after, uint64_t limit, json_t **list,
                 struct error *err)
{
    struct db_query *query;
    int result;

    *list = json_array();
    if (limit > REFUSAL_PAGE)
        limit = REFUSAL_PAGE;
    result = db_query(state_db(state), &query, err,
                      "SELECT id, at_us, source, subject, digest, code, words, event,"
                      " acknowledged_us FROM refusals WHERE id > ? ORDER BY id LIMIT ?",
                      "ii", (int64_t)after, (int64_t)limit);
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1)
        json_array_append_new(*list, refusal_json(query));
    db_finish(query);
    return result;
}

static int count_open(struct state *state, uint64_t up_to, uint64_t *count, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT count(*) FROM refusals WHERE acknowledged_us IS NULL AND id <= ?",
                          "i", (int64_t)up_to);

    *count = 0;
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1)
        *count = (uint64_t)db_integer(query, 0);
    db_finish(query);
    return result < 0 ? result : 0;
}

static int acknowledge(struct state *state, uint64_t up_to, const char *who, uint64_t count,
                       struct error *err)
{
    char words[64], subject[32];
    const struct audit_event event = {
        .who = who, .what = "acknowledge", .subject = subject, .words = words};
    int result = db_change(state_db(state), err,
                           "UPDATE refusals SET acknowledged_us = ? WHERE acknowledged_us IS NULL"
                           " AND id <= ?",
                           "ii", instant_clock(), (int64_t)up_to);

    snprintf(subject, sizeof(subject), "refusal %llu", (unsigned long long)up_to);
    snprintf(words, sizeof(words), "%llu refusals up to this one were seen",
             (unsigned long long)count);
    return result < 0 ? result : audit_append(state, &event, NULL, err);
}

int refusal_acknowledge(struct state *state, uint64_t up_to, const char *who, uint64_t *count,
                        struct error *err)
{
    struct db *db = state_db(state);
    int result = count_open(state, up_to, count, err);

    if (result < 0 || *count == 0)
        return result;
    result = db_begin(db, err);
    if (result == 0)
        result = acknowledge(state, up_to, who, *count, err);
    if (result == 0)
        result = db_commit(db, err);
    if (result < 0)
        db_rollback(db);
    return result;
}
