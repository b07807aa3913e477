/* SPDX-License-Identifier: ISC */
#include "agent/exclusion-list.h"

#include <string.h>

#include "media/base/instant.h"
#include "media/base/limits.h"

static int put_row(struct state *state, const char *type, const struct exclusion_row *row,
                   int64_t now_us, struct error *err)
{
    return db_change(state_db(state), err,
                     "INSERT INTO exclusions(type, user, app, version, path, reason, verdict,"
                     " since_us, seen_us) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"
                     " ON CONFLICT(type, user, app, path) DO UPDATE SET version = excluded.version,"
                     " reason = excluded.reason, seen_us = excluded.seen_us,"
                     " since_us = iif(verdict = excluded.verdict, since_us, excluded.since_us),"
                     " verdict = excluded.verdict",
                     "tttttttii", type, row->user, row->app, row->version, row->path, row->reason,
                     exclusion_word(row->verdict), now_us, now_us);
}

static int put_run(struct state *state, const struct exclusion_run_result *result, int64_t now_us,
                   struct error *err)
{
    const struct error *trouble = result->trouble;

    return db_change(state_db(state), err,
                     "INSERT OR REPLACE INTO exclusion_runs(type, id, version, at_us, code, words)"
                     " VALUES(?, ?, ?, ?, ?, ?)",
                     "tbtitt", result->package->type,
                     bytes_view_of(result->package->id, DIGEST_BYTES), result->package->version,
                     now_us, error_name(trouble != NULL ? trouble->code : ERROR_OK),
                     trouble != NULL ? trouble->words : "");
}

/* What the run did not see goes; a clock that stands still makes no two runs one. */
static int put_all(struct state *state, const struct exclusion_run_result *result, int64_t now_us,
                   struct error *err)
{
    const char *type = result->package->type;
    int outcome = db_change(state_db(state), err,
                            "UPDATE exclusions SET seen_us = 0 WHERE type = ?", "t", type);

    for (size_t i = 0; i < result->kept_count && outcome == 0; i++)
        outcome = db_change(state_db(state), err,
                            "UPDATE exclusions SET seen_us = ? WHERE type = ? AND user = ?", "itt",
                            now_us, type, result->kept[i]);
    for (size_t i = 0; i < result->count && outcome == 0; i++)
        outcome = put_row(state, type, &result->rows[i], now_us, err);
    if (outcome == 0)
        outcome = db_change(state_db(state), err,
                            "DELETE FROM exclusions WHERE type = ? AND seen_us = 0", "t", type);
    return outcome;
}

int exclusion_list_replace(struct state *state, const struct exclusion_run_result *result,
                           struct error *err)
{
    int64_t now_us = instant_clock();
    int outcome;

    if (result->count > LIMIT_EXCLUSION_ROWS)
        return error_set(err, ERROR_LIMIT, "more than EXCLUSION_ROWS exclusions");
    outcome = db_begin(state_db(state), err);
    if (outcome == 0)
        outcome = put_run(state, result, now_us, err);
    if (outcome == 0 && result->trouble == NULL)
        outcome = put_all(state, result, now_us, err);
    if (outcome == 0)
        outcome = db_commit(state_db(state), err);
    if (outcome < 0)
        db_rollback(state_db(state));
    return outcome;
}

int exclusion_list_drop(struct state *state, const char *type, struct error *err)
{
    int outcome = db_begin(state_db(state), err);

    if (outcome == 0)
        outcome =
            db_change(state_db(state), err, "DELETE FROM exclusions WHERE type = ?", "t", type);
    if (outcome == 0)
        outcome =
            db_change(state_db(state), err, "DELETE FROM exclusion_runs WHERE type = ?", "t", type);
    if (outcome == 0)
        outcome = db_commit(state_db(state), err);
    if (outcome < 0)
        db_rollback(state_db(state));
    return outcome;
}

int exclusion_list_last(struct state *state, const char *type, struct exclusion_list_run *run,
                        struct error *err)
{
    struct db_query *query;
    int outcome = db_query(state_db(state), &query, err,
                           "SELECT at_us, id, code FROM exclusion_runs WHERE type = ?", "t", type);

    *run = (struct exclusion_list_run){0};
    if (outcome < 0)
        return outcome;
    outcome = db_step(query, err);
    if (outcome > 0 && db_blob(query, 1).size == DIGEST_BYTES) {
        run->at_us = db_integer(query, 0);
        memcpy(run->id, db_blob(query, 1).data, DIGEST_BYTES);
        run->failed = strcmp(db_text(query, 2), error_name(ERROR_OK)) != 0;
    }
    db_finish(query);
    return outcome < 0 ? outcome : 0;
}

static json_t *time_value(int64_t instant_us)
{
    char text[INSTANT_TEXT_BYTES];

    return json_string(instant_format(instant_us, text));
}

static json_t *row_value(struct db_query *query, enum exclusion_verdict verdict)
{
    const char *user = db_text(query, 1);
    json_t *value = json_pack("{s:s, s:s?, s:s, s:s, s:s, s:s, s:o}", "type", db_text(query, 0),
                              "user", user[0] != '\0' ? user : NULL, "app", db_text(query, 2),
                              "version", db_text(query, 3), "path", db_text(query, 4), "reason",
                              db_text(query, 5), "since", time_value(db_integer(query, 7)));

    if (verdict != EXCLUSION_TAKEN) {
        json_object_set_new(value, "verdict", json_string(exclusion_word(verdict)));
        json_object_set_new(value, "words", json_string(exclusion_sentence(verdict)));
    }
    return value;
}

static int add_rows(struct state *state, json_t *taken, json_t *refused, struct error *err)
{
    struct db_query *query;
    int outcome = db_query(state_db(state), &query, err,
                           "SELECT type, user, app, version, path, reason, verdict, since_us"
                           " FROM exclusions ORDER BY type, user, app, path",
                           "");

    if (outcome < 0)
        return outcome;
    while ((outcome = db_step(query, err)) > 0) {
        enum exclusion_verdict verdict;

        /* A word of another version is no reason to leave something out of scans. */
        if (!exclusion_find(db_text(query, 6), &verdict))
            verdict = EXCLUSION_NOT_SEEN;
        json_array_append_new(verdict == EXCLUSION_TAKEN ? taken : refused,
                              row_value(query, verdict));
    }
    db_finish(query);
    return outcome;
}

static int add_runs(struct state *state, json_t *runs, struct error *err)
{
    struct db_query *query;
    int outcome = db_query(state_db(state), &query, err,
                           "SELECT type, version, id, at_us, code, words FROM exclusion_runs"
                           " ORDER BY type",
                           "");

    if (outcome < 0)
        return outcome;
    while ((outcome = db_step(query, err)) > 0) {
        char id[DIGEST_TEXT_BYTES] = "";

        if (db_blob(query, 2).size == DIGEST_BYTES)
            digest_text(db_blob(query, 2).data, id);
        json_array_append_new(runs,
                              json_pack("{s:s, s:s, s:s, s:o, s:s, s:s}", "type", db_text(query, 0),
                                        "version", db_text(query, 1), "package", id, "time",
                                        time_value(db_integer(query, 3)), "code", db_text(query, 4),
                                        "words", db_text(query, 5)));
    }
    db_finish(query);
    return outcome;
}

int exclusion_list_value(struct state *state, json_t **value, struct error *err)
{
    json_t *taken = json_array(), *refused = json_array(), *runs = json_array();
    int outcome = add_rows(state, taken, refused, err);

    if (outcome == 0)
        outcome = add_runs(state, runs, err);
    *value = json_pack("{s:s, s:o, s:o, s:o}", "schema", "sallyport.exclusions/1", "exclusions",
                       taken, "refused", refused, "runs", runs);
    if (outcome < 0) {
        json_decref(*value);
        *value = NULL;
    }
    return outcome;
}

int exclusion_list_summary(struct state *state, json_t **value, struct error *err)
{
    struct db_query *query;
    int outcome = db_query(state_db(state), &query, err,
                           "SELECT count(*) FILTER (WHERE verdict = ?1),"
                           " count(*) FILTER (WHERE verdict <> ?1) FROM exclusions",
                           "t", exclusion_word(EXCLUSION_TAKEN));

    *value = NULL;
    if (outcome < 0)
        return outcome;
    outcome = db_step(query, err);
    if (outcome > 0)
        *value = json_pack("{s:I, s:I}", "taken", (json_int_t)db_integer(query, 0), "refused",
                           (json_int_t)db_integer(query, 1));
    db_finish(query);
    return outcome < 0 ? outcome : 0;
}
