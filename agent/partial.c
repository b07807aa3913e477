/* SPDX-License-Identifier: ISC */
#include "agent/partial.h"

#include <string.h>

#include "media/base/instant.h"
#include "media/base/text.h"

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

int partial_volumes(struct state *state, const uint8_t id[static DIGEST_BYTES],
                    const uint8_t export_id[static DIGEST_BYTES], struct volumes *taken,
                    struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT v.taken FROM partial_volumes AS v JOIN partials USING(id)"
                          " WHERE v.id = ? AND v.export = ? AND length(v.taken) = ?",
                          "bbi", id_view(id), id_view(export_id), (int64_t)sizeof(taken->bits));

    *taken = (struct volumes){{0}};
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1)
        memcpy(taken->bits, db_blob(query, 0).data, sizeof(taken->bits));
    db_finish(query);
    return result < 0 ? result : 0;
}

int partial_note_volumes(struct state *state, const uint8_t id[static DIGEST_BYTES],
                         const uint8_t export_id[static DIGEST_BYTES], const struct volumes *taken,
                         struct error *err)
{
    return db_change(state_db(state), err, "INSERT OR REPLACE INTO partial_volumes VALUES(?, ?, ?)",
                     "bbb", id_view(id), id_view(export_id),
                     bytes_view_of(taken->bits, sizeof(taken->bits)));
}

static int drop_rows(struct state *state, struct error *err)
{
    int64_t oldest = instant_clock() - PARTIAL_KEEP_DAYS * INSTANT_DAY_US;
    int result =
        db_change(state_db(state), err,
                  "DELETE FROM partials WHERE seen_us < ? OR id IN (SELECT id FROM installed)"
                  " OR id IN (SELECT id FROM withdrawn) OR id IN (SELECT id FROM quarantine)"
                  " OR EXISTS (SELECT 1 FROM floors WHERE subject = 'type:' || partials.type"
                  "  AND number >= partials.issue AND digest <> partials.id)"
                  " OR EXISTS (SELECT 1 FROM carried WHERE carried.type = partials.type"
                  "  AND carried.issue > partials.issue)",
                  "i", oldest);

    if (result < 0)
        return result;
    return db_run(state_db(state),
                  "DELETE FROM partial_volumes WHERE id NOT IN (SELECT id FROM partials)", err);
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

struct leftovers {
    json_t *ids;
    size_t count;
};

/* Keeps everything: it is only looked at. */
static bool count_leftover(void *context, const char *folder)
{
    struct leftovers *leftovers = context;

    leftovers->count += !has_row(leftovers->ids, folder);
    return true;
}

int partial_leftovers(struct state *state, size_t *count, struct error *err)
{
    struct leftovers leftovers = {.count = 0};
    int result = list_ids(state, &leftovers.ids, err);

    if (result == 0)
        result = staging_sweep(state, count_leftover, &leftovers, err);
    json_decref(leftovers.ids);
    *count = leftovers.count;
    return result;
}

int partial_end_others(struct state *state, staging_keeps keeps, void *context, bool count_only,
                       uint64_t *held, struct error *err)
{
    json_t *list, *row;
    size_t i;
    int result = partial_list(state, &list, err);

    *held = 0;
    json_array_foreach(list, i, row)
    {
        const char *folder = json_string_value(json_object_get(row, "package"));
        uint8_t id[DIGEST_BYTES];

        if (result < 0 || keeps(context, folder) || text_unhex(folder, id, sizeof(id)) < 0)
            continue;
        *held += (uint64_t)json_integer_value(json_object_get(row, "held"));
        if (!count_only)
            result = partial_end(state, id, err);
    }
    json_decref(list);
    return result == 0 && !count_only ? partial_sweep(state, err) : result;
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
