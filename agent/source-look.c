/* SPDX-License-Identifier: ISC */
#include "agent/source-look.h"

#include <string.h>

#include "media/base/instant.h"
#include "media/base/text.h"
#include "media/digest.h"

int source_look_note(struct state *state, const struct config_source *source, const char *result,
                     const struct error *why, struct error *err)
{
    char words[2 * ERROR_WORDS_BYTES];
    int64_t now_us = instant_clock();
    bool failed = why->code != ERROR_OK && why->code != ERROR_PARTIAL;

    return db_change(
        state_db(state), err,
        "INSERT INTO looks VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(source) DO UPDATE SET"
        " location = ?2, looked_us = ?3, succeeded_us = max(succeeded_us, ?4),"
        " failures = CASE WHEN ?5 = 0 THEN 0 ELSE failures + 1 END, result = ?6, code = ?7,"
        " words = ?8",
        "ttiiittt", source->name, source->location, now_us, failed ? (int64_t)0 : now_us,
        (int64_t)failed, result, error_name(why->code),
        text_escape_string(why->words, words, sizeof(words)));
}

static json_t *time_value(int64_t instant_us)
{
    char text[INSTANT_TEXT_BYTES];

    return instant_us == 0 ? json_null() : json_string(instant_format(instant_us, text));
}

static int add_source(struct state *state, const struct config_source *source, json_t *list,
                      struct error *err)
{
    struct db_query *query;
    json_t *row = json_pack("{s:s, s:s, s:n, s:n, s:i, s:s, s:s, s:s}", "name", source->name,
                            "location", source->location, "looked", "succeeded", "failures", 0,
                            "result", "", "code", "ok", "words", "");
    int result = db_query(state_db(state), &query, err,
                          "SELECT looked_us, succeeded_us, failures, result, code, words FROM looks"
                          " WHERE source = ? AND location = ?",
                          "tt", source->name, source->location);

    json_array_append_new(list, row);
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        json_object_set_new(row, "looked", time_value(db_integer(query, 0)));
        json_object_set_new(row, "succeeded", time_value(db_integer(query, 1)));
        json_object_set_new(row, "failures", json_integer((json_int_t)db_integer(query, 2)));
        json_object_set_new(row, "result", json_string(db_text(query, 3)));
        json_object_set_new(row, "code", json_string(db_text(query, 4)));
        json_object_set_new(row, "words", json_string(db_text(query, 5)));
    }
    db_finish(query);
    return result < 0 ? result : 0;
}

int source_look_list(struct state *state, const struct config *config, json_t **list,
                     struct error *err)
{
    int result = 0;

    *list = json_array();
    for (size_t i = 0; i < config->source_count && result == 0; i++)
        result = add_source(state, &config->sources[i], *list, err);
    return result;
}

int64_t source_look_spread_ms(const char *endpoint, uint64_t interval_s)
{
    uint64_t most = interval_s * 1000 / 10, place = 0;
    uint8_t digest[DIGEST_BYTES];

    if (endpoint[0] == '\0')
        return 0;
    digest_of(endpoint, strlen(endpoint), digest);
    for (size_t i = 0; i < sizeof(place); i++)
        place = place << 8 | digest[i];
    return (int64_t)(place % (most + 1));
}
