/* SPDX-License-Identifier: ISC */
#include "agent/media-registry.h"

#include <stdio.h>
#include <string.h>

#include "agent/audit.h"
#include "media/base/instant.h"
#include "media/base/text.h"

#define COLUMNS                                                                                    \
    "number, id, serial, name, interfaces, digest, purpose, owner, who, at_us,"                    \
    " (SELECT MAX(last_us) FROM seen_media s WHERE s.id = r.id AND s.serial = r.serial)"

static json_t *time_value(int64_t us)
{
    char text[INSTANT_TEXT_BYTES];

    return us != 0 ? json_string(instant_format(us, text)) : json_null();
}

static json_t *list_of_words(const char *text)
{
    json_t *list = json_array();

    while (*text != '\0') {
        size_t size = strcspn(text, " ");

        json_array_append_new(list, json_stringn(text, size));
        text += size;
        text += *text == ' ';
    }
    return list;
}

static json_t *row_value(struct db_query *query)
{
    return json_pack("{s:I, s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:s, s:o, s:o}", "number",
                     (json_int_t)db_integer(query, 0), "id", db_text(query, 1), "serial",
                     db_text(query, 2), "name", db_text(query, 3), "interfaces",
                     list_of_words(db_text(query, 4)), "digest", db_text(query, 5), "purpose",
                     db_text(query, 6), "owner", db_text(query, 7), "who", db_text(query, 8),
                     "time", time_value(db_integer(query, 9)), "seen",
                     time_value(db_integer(query, 10)));
}

int media_registry_list(struct state *state, json_t **list, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT " COLUMNS " FROM registered_media r ORDER BY number", "");

    *list = json_array();
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1)
        json_array_append_new(*list, row_value(query));
    db_finish(query);
    return result;
}

int media_registry_find(struct state *state, const char *id, const char *serial,
                        struct media_registration *registration, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT number, digest, speed FROM registered_media"
                          " WHERE id = ? AND serial = ?",
                          "tt", id, serial);

    *registration = (struct media_registration){.number = 0};
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        registration->number = db_integer(query, 0);
        snprintf(registration->digest, sizeof(registration->digest), "%s", db_text(query, 1));
        registration->speed_mbit = db_integer(query, 2);
    }
    db_finish(query);
    return result < 0 ? result : 0;
}

static int read_row(struct state *state, int64_t number, json_t **row, struct error *err)
{
    struct db_query *query;
    int result =
        db_query(state_db(state), &query, err,
                 "SELECT " COLUMNS " FROM registered_media r WHERE number = ?", "i", number);

    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1)
        *row = row_value(query);
    db_finish(query);
    if (result == 0)
        return error_set(err, ERROR_NOT_FOUND, "no registered medium has the number %lld",
                         (long long)number);
    return result < 0 ? result : 0;
}

static const char *field(const json_t *row, const char *key)
{
    const char *value = json_string_value(json_object_get(row, key));

    return value != NULL ? value : "";
}

/* "0951:1666 serial E0D5": what a record is about, safe to show. */
static void name_device(const char *id, const char *serial, char out[static ERROR_WORDS_BYTES])
{
    char escaped[ERROR_WORDS_BYTES / 2];

    snprintf(out, ERROR_WORDS_BYTES, "%s serial %s", id,
             serial[0] != '\0' ? text_escape_string(serial, escaped, sizeof(escaped)) : "(none)");
}

static int record(struct state *state, const char *what, const char *who, const json_t *row,
                  struct error *err)
{
    char subject[ERROR_WORDS_BYTES], words[2 * ERROR_WORDS_BYTES];
    const struct audit_event event = {
        .who = who, .what = what, .code = ERROR_OK, .subject = subject, .words = words};

    name_device(field(row, "id"), field(row, "serial"), subject);
    snprintf(words, sizeof(words), "number %lld, purpose: %.128s, owner: %.128s, descriptors %.96s",
             (long long)json_integer_value(json_object_get(row, "number")), field(row, "purpose"),
             field(row, "owner"), field(row, "digest"));
    return audit_append(state, &event, NULL, err);
}

static int check_room(struct state *state, struct error *err)
{
    struct db_query *query;
    int64_t count = 0;
    int result =
        db_query(state_db(state), &query, err, "SELECT COUNT(*) FROM registered_media", "");

    if (result < 0)
        return result;
    if ((result = db_step(query, err)) == 1)
        count = db_integer(query, 0);
    db_finish(query);
    if (result >= 0 && count >= MEDIA_REGISTRY_REGISTERED)
        return error_set(err, ERROR_LIMIT, "%d media are registered: forget one first",
                         MEDIA_REGISTRY_REGISTERED);
    return result < 0 ? result : 0;
}

static int write_row(struct state *state, const struct media_identity *identity,
                     const char *purpose, const char *owner, const char *who, struct error *err)
{
    return db_change(
        state_db(state), err,
        "INSERT INTO registered_media(id, serial, name, interfaces, digest, speed, purpose, owner,"
        " who, at_us) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT(id, serial)"
        " DO UPDATE SET name = ?3, interfaces = ?4, digest = ?5, speed = ?6, purpose = ?7,"
        " owner = ?8, who = ?9, at_us = ?10",
        "tttttittti", identity->id, identity->serial, identity->name, identity->interfaces,
        identity->digest, identity->speed_mbit, purpose, owner, who, instant_clock());
}

static int add(struct state *state, const struct media_identity *identity, const char *purpose,
               const char *owner, const char *who, json_t **row, struct error *err)
{
    struct media_registration registration;
    int result = media_registry_find(state, identity->id, identity->serial, &registration, err);

    if (result == 0 && registration.number == 0)
        result = check_room(state, err);
    if (result == 0)
        result = write_row(state, identity, purpose, owner, who, err);
    if (result == 0)
        result = media_registry_find(state, identity->id, identity->serial, &registration, err);
    if (result == 0)
        result = read_row(state, registration.number, row, err);
    return result < 0 ? result : record(state, "media-register", who, *row, err);
}

/* What is not recorded has not been done. */
static int in_one(struct state *state, int result, json_t **row, struct error *err)
{
    if (result == 0)
        result = db_commit(state_db(state), err);
    if (result < 0) {
        db_rollback(state_db(state));
        json_decref(*row);
        *row = NULL;
    }
    return result;
}

int media_registry_add(struct state *state, const struct media_identity *identity,
                       const char *purpose, const char *owner, const char *who, json_t **row,
                       struct error *err)
{
    int result = db_begin(state_db(state), err);

    *row = NULL;
    if (result < 0)
        return result;
    return in_one(state, add(state, identity, purpose, owner, who, row, err), row, err);
}

static int clear_sightings(struct state *state, const char *id, const char *serial,
                           struct error *err)
{
    return db_change(state_db(state), err, "DELETE FROM seen_media WHERE id = ? AND serial = ?",
                     "tt", id, serial);
}

static int record_clear(struct state *state, const char *id, const char *serial, const char *who,
                        struct error *err)
{
    char subject[ERROR_WORDS_BYTES];
    const struct audit_event event = {.who = who,
                                      .what = "media-forget",
                                      .code = ERROR_OK,
                                      .subject = subject,
                                      .words = "how it looked before counts no more"};

    name_device(id, serial, subject);
    return audit_append(state, &event, NULL, err);
}

int media_registry_clear(struct state *state, const char *id, const char *serial, const char *who,
                         struct error *err)
{
    int result = db_begin(state_db(state), err);

    if (result < 0)
        return result;
    result = clear_sightings(state, id, serial, err);
    if (result == 0)
        result = record_clear(state, id, serial, who, err);
    if (result == 0)
        result = db_commit(state_db(state), err);
    if (result < 0)
        db_rollback(state_db(state));
    return result;
}

static int forget(struct state *state, int64_t number, const char *who, json_t **row,
                  struct error *err)
{
    int result = read_row(state, number, row, err);

    if (result == 0)
        result = db_change(state_db(state), err, "DELETE FROM registered_media WHERE number = ?",
                           "i", number);
    return result < 0 ? result : record(state, "media-forget", who, *row, err);
}

int media_registry_forget(struct state *state, int64_t number, const char *who, json_t **row,
                          struct error *err)
{
    int result = db_begin(state_db(state), err);

    *row = NULL;
    if (result < 0)
        return result;
    return in_one(state, forget(state, number, who, row, err), row, err);
}

int media_registry_saw(struct state *state, const struct media_identity *identity, const char *port,
                       struct error *err)
{
    int result =
        db_change(state_db(state), err,
                  "INSERT INTO seen_media VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, 1)"
                  " ON CONFLICT(id, serial, digest) DO UPDATE SET name = ?4, speed = ?6, port = ?7,"
                  " last_us = ?8, times = times + 1",
                  "tttttiti", identity->id, identity->serial, identity->digest, identity->name,
                  identity->interfaces, identity->speed_mbit, port, instant_clock());

    if (result < 0)
        return result;
    return db_change(state_db(state), err,
                     "DELETE FROM seen_media WHERE rowid NOT IN"
                     " (SELECT rowid FROM seen_media ORDER BY last_us DESC LIMIT ?)",
                     "i", (int64_t)MEDIA_REGISTRY_SEEN);
}

int media_registry_sightings(struct state *state, const char *id, const char *serial,
                             struct media_sighting *sightings, size_t limit, size_t *count,
                             struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT digest, port, speed FROM seen_media WHERE id = ? AND serial = ?"
                          " ORDER BY last_us DESC LIMIT ?",
                          "tti", id, serial, (int64_t)limit);

    *count = 0;
    if (result < 0)
        return result;
    while (*count < limit && (result = db_step(query, err)) == 1) {
        struct media_sighting *row = &sightings[(*count)++];

        snprintf(row->digest, sizeof(row->digest), "%s", db_text(query, 0));
        snprintf(row->port, sizeof(row->port), "%s", db_text(query, 1));
        row->speed_mbit = db_integer(query, 2);
    }
    db_finish(query);
    return result < 0 ? result : 0;
}
