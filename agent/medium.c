/* SPDX-License-Identifier: ISC */
#include "agent/medium.h"

#include "media/base/instant.h"
#include "media/base/text.h"

#define SHOWN 100

static const char *field(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value != NULL ? value : "";
}

int medium_note(struct state *state, const json_t *document, const char *source,
                const struct error *why, struct error *err)
{
    const json_t *summary = json_object_get(document, "summary");
    char words[2 * ERROR_WORDS_BYTES], path[LIMIT_PATH_BYTES];
    int result = db_change(
        state_db(state), err,
        "INSERT INTO media VALUES(?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8) ON CONFLICT(digest) DO UPDATE"
        " SET source = ?5, at_us = ?6, times = times + 1, code = ?7, words = ?8",
        "tttttitt", field(document, "digest"), field(summary, "medium"), field(summary, "exporter"),
        field(summary, "created"), text_escape_string(source, path, sizeof(path)), instant_clock(),
        error_name(why->code), text_escape_string(why->words, words, sizeof(words)));

    if (result < 0)
        return result;
    return db_change(state_db(state), err,
                     "DELETE FROM media WHERE digest NOT IN"
                     " (SELECT digest FROM media ORDER BY at_us DESC LIMIT ?)",
                     "i", (int64_t)MEDIUM_ROWS);
}

static json_t *row_value(struct db_query *query)
{
    char time[INSTANT_TEXT_BYTES];

    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s}", "digest", db_text(query, 0), "medium",
        db_text(query, 1), "exporter", db_text(query, 2), "created", db_text(query, 3), "source",
        db_text(query, 4), "imported", instant_format(db_integer(query, 5), time), "times",
        (json_int_t)db_integer(query, 6), "code", db_text(query, 7), "words", db_text(query, 8));
}

int medium_list(struct state *state, json_t **list, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT digest, medium, exporter, created, source, at_us, times, code,"
                          " words FROM media ORDER BY at_us DESC LIMIT ?",
                          "i", (int64_t)SHOWN);

    *list = json_array();
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1)
        json_array_append_new(*list, row_value(query));
    db_finish(query);
    return result;
}
