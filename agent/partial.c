/* SPDX-License-Identifier: ISC */
#include "agent/partial.h"

#include <string.h>

#include "agent/staging.h"
#include "media/base/instant.h"
#include "media/base/path.h"

static struct bytes_view id_view(const uint8_t id[static DIGEST_BYTES])
{
    return bytes_view_of(id, DIGEST_BYTES);
}

int partial_begin(struct state *state, const struct state_package *package, struct error *err)
{
    int64_t now = instant_clock();

    return db_change(state_db(state), err,
                     "INSERT INTO partials VALUES(?1, ?2, ?3, ?4, ?5, 0, ?6, ?6, '')"
                     " ON CONFLICT(id) DO UPDATE SET seen_us = ?6",
                     "bttiii", id_view(package->id), package->type, package->version,
                     (int64_t)package->issue, (int64_t)package->bytes, now);
}

int partial_note(struct state *state, const uint8_t id[static DIGEST_BYTES], uint64_t held,
                 const char *words, struct error *err)
{
    return db_change(state_db(state), err, "UPDATE partials SET held = ?, words = ? WHERE id = ?",
                     "itb", (int64_t)held, words, id_view(id));
}

int partial_end(struct state *state, const uint8_t id[static DIGEST_BYTES], struct error *err)
{
    return db_change(state_db(state), err, "DELETE FROM partials WHERE id = ?", "b", id_view(id));
}

int partial_held(struct state *state, const uint8_t id[static DIGEST_BYTES], uint64_t *held,
                 struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err, "SELECT held FROM partials WHERE id = ?",
                          "b", id_view(id));

    *held = 0;
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1)
        *held = (uint64_t)db_integer(query, 0);
    db_finish(query);
    return result < 0 ? result : 0;
}

static int drop_rows(struct state *state, struct error *err)
{
    int64_t oldest = instant_clock() - PARTIAL_KEEP_DAYS * INSTANT_DAY_US;

    return db_change(state_db(state), err,
                     "DELETE FROM partials WHERE seen_us < ? OR id IN (SELECT id FROM installed)"
                     " OR id IN (SELECT id FROM withdrawn) OR id IN (SELECT id FROM quarantine)"
                     " OR EXISTS (SELECT 1 FROM floors WHERE subject = 'type:' || partials.type"
                     "  AND number >= partials.issue AND digest <> partials.id)"
                     " OR EXISTS (SELECT 1 FROM carried WHERE carried.type = partials.type"
                     "  AND carried.issue > partials.issue)",
                     "i", oldest);
}

static bool has_row(void *context, const char *folder)
{
    const json_t *ids = context;
    size_t i;
    json_t *id;

    json_array_foreach(ids, i, id)
    {
        if (strcmp(json_string_value(id), folder) == 0)
            return true;
    }
    return false;
}

static int list_ids(struct state *state, json_t **ids, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err, "SELECT lower(hex(id)) FROM partials", "");

    *ids = json_array();
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1)
        json_array_append_new(*ids, json_string(db_text(query, 0)));
    db_finish(query);
    return result;
}

int partial_sweep(struct state *state, struct error *err)
{
    json_t *ids = NULL;
    int result = drop_rows(state, err);

    if (result == 0)
        result = list_ids(state, &ids, err);
    if (result == 0)
        result = staging_sweep(state, has_row, ids, err);
    json_decref(ids);
    return result;
}

int partial_list(struct state *state, json_t **list, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT type, version, issue, lower(hex(id)), bytes, held, began_us,"
                          " words FROM partials ORDER BY type, issue",
                          "");

    *list = json_array();
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1) {
        char since[INSTANT_TEXT_BYTES];

        json_array_append_new(
            *list,
            json_pack("{s:s, s:s, s:I, s:s, s:I, s:I, s:s, s:s}", "type", db_text(query, 0),
                      "version", db_text(query, 1), "issue", (json_int_t)db_integer(query, 2),
                      "package", db_text(query, 3), "bytes", (json_int_t)db_integer(query, 4),
                      "held", (json_int_t)db_integer(query, 5), "since",
                      instant_format(db_integer(query, 6), since), "words", db_text(query, 7)));
    }
    db_finish(query);
    return result;
}
