/* SPDX-License-Identifier: ISC */
#include "agent/audit.h"

#include <string.h>

#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/text.h"

#define HEAD_COUNT "audit_records" /* beside the chain: a chain cut short at its end still fits */

/* One record as stored. Strings are borrowed. */
struct record {
    int64_t id, at_us;
    const char *who, *what, *result, *code, *subject, *words;
    uint8_t digest[DIGEST_BYTES];
};

/* How bad a code is for whoever reads the trail: done, done in part, refused by rule, failed. */
static const char *result_word(enum error_code code)
{
    int status = error_row(code)->exit_status;

    if (code == ERROR_OK)
        return "ok";
    if (status == error_row(ERROR_PARTIAL)->exit_status)
        return "warn";
    return status >= 20 && status <= 23 ? "block" : "fail";
}

/* SHA-384 over the digest of the record before and the canonical JSON of this one's fields. */
static int seal(const uint8_t before[static DIGEST_BYTES], struct record *record, struct error *err)
{
    json_t *fields = json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s}", "id",
                               (json_int_t)record->id, "at_us", (json_int_t)record->at_us, "who",
                               record->who, "what", record->what, "result", record->result, "code",
                               record->code, "subject", record->subject, "words", record->words);
    struct bytes text;
    int result;

    bytes_init(&text, LIMIT_MESSAGE_BYTES);
    if (fields == NULL)
        result = error_set(err, ERROR_INTERNAL, "audit record %ld is not UTF-8", (long)record->id);
    else
        result = bytes_put(&text, before, DIGEST_BYTES, err);
    if (result == 0)
        result = json_write(fields, &text, err);
    if (result == 0)
        digest_of(text.data, text.size, record->digest);
    bytes_clear(&text);
    json_decref(fields);
    return result;
}

/* Number and digest of the newest record; 0 and zero where there is none. */
static int find_head(struct state *state, int64_t *id, uint8_t digest[static DIGEST_BYTES],
                     struct error *err)
{
    struct bytes_view stored;
    struct db_query *query;
    int result;

    *id = 0;
    memset(digest, 0, DIGEST_BYTES);
    result = db_query(state_db(state), &query, err,
                      "SELECT id, digest FROM events ORDER BY id DESC LIMIT 1", "");
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        *id = db_integer(query, 0);
        stored = db_blob(query, 1);
        result =
            bytes_get(&stored, digest, DIGEST_BYTES) < 0
                ? error_set(err, ERROR_AUDIT_BROKEN, "audit record %ld has no digest", (long)*id)
                : 0;
    }
    db_finish(query);
    return result;
}

/* A record and its count are written together or not at all, within the caller's transaction or
 * outside one. */
static int begin_together(struct state *state, struct error *err)
{
    return db_run(state_db(state), "SAVEPOINT audit", err);
}

/* A release that fails (a full disk) leaves the transaction open, as a failed commit does. */
static int end_together(struct state *state, int result, struct error *err)
{
    struct error ignored;

    if (result == 0)
        result = db_run(state_db(state), "RELEASE audit", err);
    if (result == 0)
        return 0;
    if (db_run(state_db(state), "ROLLBACK TO audit", &ignored) == 0)
        (void)!db_run(state_db(state), "RELEASE audit", &ignored);
    return result;
}

static int append(struct state *state, const struct audit_event *event, int64_t *id,
                  struct error *err)
{
    char subject[LIMIT_PATH_BYTES], words[ERROR_WORDS_BYTES * 2];
    uint8_t before[DIGEST_BYTES];
    struct record record = {.at_us = instant_clock(),
                            .who = event->who,
                            .what = event->what,
                            .result = result_word(event->code),
                            .code = error_name(event->code),
                            .subject = text_escape_string(event->subject, subject, sizeof(subject)),
                            .words = text_escape_string(event->words, words, sizeof(words))};
    int result = find_head(state, &record.id, before, err);

    record.id++;
    if (result == 0)
        result = seal(before, &record, err);
    if (result == 0)
        result = db_change(
            state_db(state), err, "INSERT INTO events VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
            "iittttttb", record.id, record.at_us, record.who, record.what, record.result,
            record.code, record.subject, record.words, bytes_view_of(record.digest, DIGEST_BYTES));
    if (result == 0)
        result = state_set_number(state, HEAD_COUNT, record.id, err);
    if (result == 0 && id != NULL)
        *id = record.id;
    return result;
}

int audit_append(struct state *state, const struct audit_event *event, int64_t *id,
                 struct error *err)
{
    int result = begin_together(state, err);

    if (result < 0)
        return result;
    return end_together(state, append(state, event, id, err), err);
}

static const char *column_text(struct db_query *query, int column)
{
    const char *text = db_text(query, column);

    return text ? text : "";
}

static struct record take_record(struct db_query *query)
{
    return (struct record){.id = db_integer(query, 0),
                           .at_us = db_integer(query, 1),
                           .who = column_text(query, 2),
                           .what = column_text(query, 3),
                           .result = column_text(query, 4),
                           .code = column_text(query, 5),
                           .subject = column_text(query, 6),
                           .words = column_text(query, 7)};
}

#define COLUMNS "id, at_us, who, what, result, code, subject, words, digest"

static int check_record(struct db_query *query, int64_t expected, uint8_t head[static DIGEST_BYTES],
                        struct error *err)
{
    struct record record = take_record(query);
    struct bytes_view stored = db_blob(query, 8);

    if (record.id != expected)
        return error_set(err, ERROR_AUDIT_BROKEN, "audit record %ld is missing", (long)expected);
    if (seal(head, &record, err) < 0 ||
        !bytes_equal(stored, bytes_view_of(record.digest, DIGEST_BYTES)))
        return error_set(err, ERROR_AUDIT_BROKEN, "audit record %ld was changed", (long)record.id);
    memcpy(head, record.digest, DIGEST_BYTES);
    return 0;
}

int audit_verify(struct state *state, uint64_t *records, uint8_t head[static DIGEST_BYTES],
                 struct error *err)
{
    struct db_query *query;
    int64_t count = 0, known;
    int result;

    *records = 0;
    memset(head, 0, DIGEST_BYTES);
    result =
        db_query(state_db(state), &query, err, "SELECT " COLUMNS " FROM events ORDER BY id", "");
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1) {
        result = check_record(query, ++count, head, err);
        if (result < 0)
            break;
    }
    db_finish(query);
    if (result == 0)
        result = state_number(state, HEAD_COUNT, &known, err);
    if (result == 0 && known != count)
        result = error_set(err, ERROR_AUDIT_BROKEN, "%ld audit records are there, %ld were written",
                           (long)count, (long)known);
    *records = (uint64_t)count;
    return result;
}

static json_t *record_json(struct db_query *query)
{
    struct record record = take_record(query);
    struct bytes_view stored = db_blob(query, 8);
    char time[INSTANT_TEXT_BYTES], digest[DIGEST_TEXT_BYTES] = "";

    if (stored.size == DIGEST_BYTES)
        digest_text(stored.data, digest);
    return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "number",
                     (json_int_t)record.id, "time", instant_format(record.at_us, time), "who",
                     record.who, "what", record.what, "result", record.result, "code", record.code,
                     "subject", record.subject, "words", record.words, "digest", digest);
}

int audit_list(struct state *state, uint64_t after, uint64_t limit, json_t **records,
               struct error *err)
{
    struct db_query *query;
    int result;

    *records = json_array();
    if (after > INT64_MAX)
        return 0;
    if (limit > AUDIT_PAGE)
        limit = AUDIT_PAGE;
    result = db_query(state_db(state), &query, err,
                      "SELECT " COLUMNS " FROM events WHERE id > ? ORDER BY id LIMIT ?", "ii",
                      (int64_t)after, (int64_t)limit);
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1)
        json_array_append_new(*records, record_json(query));
    db_finish(query);
    return result;
}

int audit_newest(struct state *state, int64_t *number, struct error *err)
{
    return state_number(state, HEAD_COUNT, number, err);
}

static int refuse(struct state *state, const char *who, int64_t job, const char *source,
                  const char *subject, const char *digest, const struct error *why,
                  struct error *err)
{
    const struct audit_event event = {
        .who = who, .what = "refuse", .code = why->code, .subject = subject, .words = why->words};
    char source_text[LIMIT_PATH_BYTES], subject_text[LIMIT_PATH_BYTES];
    char words[ERROR_WORDS_BYTES * 2];
    int64_t id;
    int result = append(state, &event, &id, err);

    text_escape_string(source, source_text, sizeof(source_text));
    text_escape_string(subject, subject_text, sizeof(subject_text));
    text_escape_string(why->words, words, sizeof(words));
    /* The same thing refused at each look at a source is one refusal that waits, and many events. */
    if (result == 0)
        result = db_change(state_db(state), err,
                           "INSERT INTO refusals(at_us, job, source, subject, digest, code, words,"
                           " event) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE NOT EXISTS"
                           " (SELECT 1 FROM refusals WHERE source = ?3 AND subject = ?4 AND"
                           " digest = ?5 AND code = ?6 AND acknowledged_us IS NULL)",
                           "iittttti", instant_clock(), job, source_text, subject_text, digest,
                           error_name(why->code), words, id);
    return result;
}

int audit_refuse(struct state *state, const char *who, int64_t job, const char *source,
                 const char *subject, const char *digest, const struct error *why,
                 struct error *err)
{
    int result = begin_together(state, err);

    if (result < 0)
        return result;
    return end_together(state, refuse(state, who, job, source, subject, digest, why, err), err);
}

int audit_open_refusals(struct state *state, uint64_t *count, struct error *err)
{
    struct db_query *query;
    int result;

    *count = 0;
    result = db_query(state_db(state), &query, err,
                      "SELECT count(*) FROM refusals WHERE acknowledged_us IS NULL", "");
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1)
        *count = (uint64_t)db_integer(query, 0);
    db_finish(query);
    return result < 0 ? result : 0;
}

int audit_begin_job(struct state *state, const char *source, const char *caller, bool dry_run,
                    int64_t *job, struct error *err)
{
    char text[LIMIT_PATH_BYTES];
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "INSERT INTO jobs(source, caller, dry_run, began_us) VALUES(?, ?, ?, ?)"
                          " RETURNING id",
                          "ttii", text_escape_string(source, text, sizeof(text)), caller,
                          (int64_t)dry_run, instant_clock());

    *job = 0;
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        *job = db_integer(query, 0);
        result = db_step(query, err); /* the insertion ends with its last row */
    }
    db_finish(query);
    return result < 0 ? result : 0;
}

int audit_end_job(struct state *state, int64_t job, enum error_code code, const char *words,
                  struct error *err)
{
    char text[ERROR_WORDS_BYTES * 2];

    return db_change(state_db(state), err,
                     "UPDATE jobs SET ended_us = ?, code = ?, words = ? WHERE id = ?", "itti",
                     instant_clock(), error_name(code),
                     text_escape_string(words, text, sizeof(text)), job);
}

int audit_job_list(struct state *state, json_t **list, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT id, source, caller, began_us, ended_us, code, words FROM jobs"
                          " ORDER BY id DESC LIMIT ?",
                          "i", (int64_t)AUDIT_JOBS);

    *list = json_array();
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1) {
        char began[INSTANT_TEXT_BYTES], ended[INSTANT_TEXT_BYTES];
        int64_t ended_us = db_integer(query, 4);

        json_array_append_new(
            *list,
            json_pack("{s:I, s:s, s:s, s:s, s:o, s:s, s:s}", "number",
                      (json_int_t)db_integer(query, 0), "source", column_text(query, 1), "who",
                      column_text(query, 2), "began", instant_format(db_integer(query, 3), began),
                      "ended",
                      ended_us != 0 ? json_string(instant_format(ended_us, ended)) : json_null(),
                      "code", column_text(query, 5), "words", column_text(query, 6)));
    }
    db_finish(query);
    return result;
}
