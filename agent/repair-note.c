/* SPDX-License-Identifier: ISC */
#include "agent/repair-note.h"

#include <stdio.h>
#include <string.h>

#include "agent/audit.h"
#include "media/base/instant.h"
#include "media/base/text.h"

#define BEGUN "begun" /* in place of a code, until it has ended */

/* *at_us 0: never. */
static int find(struct state *state, const char *verb, const char *object, const char *who,
                int64_t *at_us, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT at_us FROM repairs WHERE verb = ? AND object = ? AND who = ?",
                          "ttt", verb, object, who);

    *at_us = 0;
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1)
        *at_us = db_integer(query, 0);
    db_finish(query);
    return result < 0 ? result : 0;
}

/* Of rules, or of all that are none. */
static int trim(struct state *state, const char *verb, struct error *err)
{
    return db_change(state_db(state), err,
                     "DELETE FROM repairs WHERE (verb = '" REPAIR_NOTE_RULE "') = ?1"
                     " AND rowid NOT IN (SELECT rowid FROM repairs"
                     " WHERE (verb = '" REPAIR_NOTE_RULE "') = ?1 ORDER BY at_us DESC LIMIT ?2)",
                     "ii", (int64_t)(strcmp(verb, REPAIR_NOTE_RULE) == 0),
                     (int64_t)LIMIT_REPAIR_ROWS);
}

int repair_note_begin(struct state *state, const char *verb, const char *object, const char *who,
                      int64_t since_us, int64_t *before_us, struct error *err)
{
    int64_t at_us, now_us = instant_clock();
    int result = find(state, verb, object, who, &at_us, err);

    *before_us = at_us;
    /* A time ahead of the clock was written before the clock was set back. */
    if (result == 0 && at_us >= since_us && at_us <= now_us)
        return error_set(err, ERROR_BLOCKED, "%s %s was tried already: not again so soon", verb,
                         object);
    if (result == 0)
        result = db_change(state_db(state), err,
                           "INSERT INTO repairs VALUES(?1, ?2, ?3, 1, ?4, '" BEGUN "', '')"
                           " ON CONFLICT(verb, object, who) DO UPDATE SET at_us = ?3,"
                           " times = times + 1",
                           "ttit", verb, object, now_us, who);
    return result < 0 ? result : trim(state, verb, err);
}

/* A row's key. */
struct key {
    const char *verb, *object, *who;
};

/* Whether the outcome is another than the last. */
static int is_news(struct state *state, const struct key *key, const struct error *why, bool *news,
                   struct error *err)
{
    struct db_query *query;
    int result =
        db_query(state_db(state), &query, err,
                 "SELECT 1 FROM repairs WHERE verb = ? AND object = ? AND who = ?"
                 " AND code = ? AND words = ?",
                 "ttttt", key->verb, key->object, key->who, error_name(why->code), why->words);

    if (result < 0)
        return result;
    result = db_step(query, err);
    *news = why->code == ERROR_OK || result == 0;
    db_finish(query);
    return result < 0 ? result : 0;
}

static int end_rows(struct state *state, const struct key *key, const struct error *why,
                    struct error *err)
{
    char words[2 * ERROR_WORDS_BYTES];
    const struct audit_event event = {.who = key->who,
                                      .what = "repair",
                                      .code = why->code,
                                      .subject = key->object,
                                      .words = words};
    bool news = false;
    int result = is_news(state, key, why, &news, err);

    snprintf(words, sizeof(words), "%s: %s", key->verb, why->words);
    if (result == 0)
        result =
            db_change(state_db(state), err,
                      "UPDATE repairs SET code = ?, words = ?"
                      " WHERE verb = ? AND object = ? AND who = ?",
                      "ttttt", error_name(why->code), why->words, key->verb, key->object, key->who);
    return result == 0 && news ? audit_append(state, &event, NULL, err) : result;
}

/* Nothing was to be done: what was done before is what there is to tell. */
static int take_back(struct state *state, const struct key *key, int64_t before_us,
                     struct error *err)
{
    int result =
        db_change(state_db(state), err,
                  "DELETE FROM repairs WHERE verb = ? AND object = ? AND who = ? AND times = 1",
                  "ttt", key->verb, key->object, key->who);

    return result < 0 ? result
                      : db_change(state_db(state), err,
                                  "UPDATE repairs SET times = times - 1, at_us = ? WHERE verb = ?"
                                  " AND object = ? AND who = ?",
                                  "ittt", before_us, key->verb, key->object, key->who);
}

int repair_note_end(struct state *state, const char *verb, const char *object, const char *who,
                    int64_t before_us, const struct error *why, struct error *err)
{
    const struct key key = {verb, object, who};
    const bool nothing = why->code == ERROR_OK && why->words[0] == '\0';
    struct db *db = state_db(state);
    int result = db_begin(db, err);

    if (result == 0)
        result = nothing ? take_back(state, &key, before_us, err) : end_rows(state, &key, why, err);
    if (result == 0)
        result = db_commit(db, err);
    if (result < 0)
        db_rollback(db);
    return result;
}

int repair_note_failure(struct state *state, const char *verb, const char *object, const char *who,
                        const struct error *why, struct error *err)
{
    int64_t before_us;
    int result = repair_note_begin(state, verb, object, who, INT64_MAX, &before_us, err);

    return result < 0 ? result : repair_note_end(state, verb, object, who, before_us, why, err);
}

int repair_note_forget(struct state *state, int64_t before_us, struct error *err)
{
    return db_change(state_db(state), err, "DELETE FROM repairs WHERE code <> 'ok' AND at_us < ?",
                     "i", before_us);
}

int repair_note_clear(struct state *state, const char *verb, const char *object, struct error *err)
{
    return db_change(state_db(state), err,
                     "DELETE FROM repairs WHERE code <> 'ok' AND verb = ? AND object = ?", "tt",
                     verb, object);
}

int repair_note_list(struct state *state, json_t **list, bool *failed, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT verb, object, at_us, times, who, code, words FROM repairs"
                          " ORDER BY at_us DESC, verb, object",
                          "");

    *list = json_array();
    *failed = false;
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1) {
        char words[2 * ERROR_WORDS_BYTES], time[INSTANT_TEXT_BYTES];

        *failed = *failed || strcmp(db_text(query, 5), error_name(ERROR_OK)) != 0;
        if (json_array_size(*list) == REPAIR_NOTE_SHOWN)
            continue;
        json_array_append_new(
            *list,
            json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:s}", "verb", db_text(query, 0), "object",
                      db_text(query, 1), "time", instant_format(db_integer(query, 2), time),
                      "times", (json_int_t)db_integer(query, 3), "who", db_text(query, 4), "code",
                      db_text(query, 5), "words",
                      text_escape_string(db_text(query, 6), words, sizeof(words))));
    }
    db_finish(query);
    return result;
}
