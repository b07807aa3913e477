/* SPDX-License-Identifier: ISC */
#include "agent/outbox.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/digest.h"

#define FOLDER         "outbox"
#define GATHERED       "outbox_refusals" /* number of the last refusal that was gathered */
#define DROPPED        "outbox_dropped"
#define NAME_MAX_BYTES 48
#define ITEM_BYTES     (64 * KIB) /* one refusal with every word escaped */

static bool refusals_leave(const struct config *config)
{
    return config->export_refusals;
}

static bool detections_leave(const struct config *config)
{
    return config->export_detections;
}

static bool telemetry_leaves(const struct config *config)
{
    return config->export_telemetry;
}

/* What may leave, a row each. Telemetry comes by the clock and detections at their rules' will, so
 * they have bounds of their own: they must not push out what was refused. */
static const struct category {
    const char *name;
    bool (*leaves)(const struct config *config);
    uint64_t most_items; /* 0: only the bounds of all */
} categories[] = {
    {"refusals", refusals_leave, 0},
    {OUTBOX_TELEMETRY, telemetry_leaves, OUTBOX_TELEMETRY_ITEMS},
    {OUTBOX_DETECTIONS, detections_leave, OUTBOX_DETECTION_ITEMS},
};

#define CATEGORIES (sizeof(categories) / sizeof(categories[0]))

static const char *item_name(int64_t number, char name[static NAME_MAX_BYTES])
{
    snprintf(name, NAME_MAX_BYTES, FOLDER "/%lld.json", (long long)number);
    return name;
}

static json_t *time_value(int64_t instant_us)
{
    char text[INSTANT_TEXT_BYTES];

    return json_string(instant_format(instant_us, text));
}

/* The row first gives the number, the file follows, and both are there or the row is taken back. */
static int put_text(struct state *state, const char *category, const struct bytes *text,
                    struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    char name[NAME_MAX_BYTES];
    struct db_query *query;
    int64_t number = 0;
    int result;

    digest_of(text->data, text->size, digest);
    result = db_query(state_db(state), &query, err,
                      "INSERT INTO outbox(category, at_us, bytes, digest) VALUES(?, ?, ?, ?)"
                      " RETURNING id",
                      "tiib", category, instant_clock(), (int64_t)text->size,
                      bytes_view_of(digest, DIGEST_BYTES));
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        number = db_integer(query, 0);
        result = db_step(query, err);
    }
    db_finish(query);
    if (result == 0)
        result = publish_file(state_folder(state), item_name(number, name), text->data, text->size,
                              0600, err);
    return result;
}

int outbox_put(struct state *state, const char *category, const json_t *item, struct error *err)
{
    struct bytes text;
    int result = path_make_folders(state_folder(state), FOLDER, 0700, err);

    bytes_init(&text, ITEM_BYTES);
    if (result == 0)
        result = json_write(item, &text, err);
    if (result == 0)
        result = put_text(state, category, &text, err);
    bytes_clear(&text);
    return result;
}

static int count_dropped(struct state *state, struct error *err)
{
    int64_t dropped;
    int result = state_number(state, DROPPED, &dropped, err);

    return result < 0 ? result : state_set_number(state, DROPPED, dropped + 1, err);
}

struct totals {
    int64_t items, bytes, oldest;
};

/* Of one category, or of all (NULL). */
static int find_totals(struct state *state, const char *category, struct totals *totals,
                       struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT count(*), coalesce(sum(bytes), 0), coalesce(min(id), 0)"
                          " FROM outbox WHERE category = ? OR ? = ''",
                          "tt", category != NULL ? category : "", category != NULL ? category : "");

    *totals = (struct totals){0};
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1)
        *totals = (struct totals){db_integer(query, 0), db_integer(query, 1), db_integer(query, 2)};
    db_finish(query);
    return result < 0 ? result : 0;
}

/* A file whose row is gone is removed at the next start, where a cut has left it. */
static int drop(struct state *state, int64_t number, struct error *err)
{
    char name[NAME_MAX_BYTES];
    int result = db_change(state_db(state), err, "DELETE FROM outbox WHERE id = ?", "i", number);

    if (result == 0)
        result = count_dropped(state, err);
    if (result == 0)
        result = path_remove(state_folder(state), item_name(number, name), err);
    return result;
}

/* The oldest go until the rest fits. */
static int drop_oldest(struct state *state, const char *category, uint64_t most_items,
                       uint64_t most_bytes, struct error *err)
{
    for (;;) {
        struct totals totals;
        int result = find_totals(state, category, &totals, err);

        if (result < 0 ||
            ((uint64_t)totals.items <= most_items && (uint64_t)totals.bytes <= most_bytes))
            return result;
        result = drop(state, totals.oldest, err);
        if (result < 0)
            return result;
    }
}

int outbox_trim(struct state *state, const struct config *config, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < CATEGORIES && result == 0; i++) {
        if (categories[i].most_items != 0)
            result =
                drop_oldest(state, categories[i].name, categories[i].most_items, UINT64_MAX, err);
    }
    return result < 0 ? result
                      : drop_oldest(state, NULL, config->outbox_items, config->outbox_bytes, err);
}

static json_t *refusal_item(const struct state_enrolment *who, struct db_query *query)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:o, s:s, s:s, s:s, s:s, s:s, s:I}", "schema",
                     "sallyport.refusal/1", "endpoint", who->endpoint, "ring", who->ring, "number",
                     (json_int_t)db_integer(query, 0), "time", time_value(db_integer(query, 1)),
                     "source", db_text(query, 2), "subject", db_text(query, 3), "digest",
                     db_text(query, 4), "code", db_text(query, 5), "words", db_text(query, 6),
                     "record", (json_int_t)db_integer(query, 7));
}

static int put_refusal(struct state *state, const struct state_enrolment *who,
                       struct db_query *query, struct error *err)
{
    json_t *item = refusal_item(who, query);
    int result = outbox_put(state, categories[0].name, item, err);

    json_decref(item);
    return result;
}

/* The next one that was not gathered yet. 1: there was one. */
static int gather_next(struct state *state, const struct config *config,
                       const struct state_enrolment *who, int64_t last, struct error *err)
{
    struct db_query *query;
    int64_t number = 0;
    int result = db_query(state_db(state), &query, err,
                          "SELECT id, at_us, source, subject, digest, code, words, event"
                          " FROM refusals WHERE id > ? ORDER BY id LIMIT 1",
                          "i", last);

    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        number = db_integer(query, 0);
        result = config->export_refusals ? put_refusal(state, who, query, err) : 0;
        if (result == 0)
            result = 1;
    }
    db_finish(query);
    if (result <= 0)
        return result;
    result = state_set_number(state, GATHERED, number, err);
    return result < 0 ? result : 1;
}

static int gather_one(struct state *state, const struct config *config, struct error *err)
{
    struct state_enrolment who;
    int64_t last;
    int result = state_number(state, GATHERED, &last, err);

    if (result == 0)
        result = state_enrolment(state, &who, err);
    return result < 0 ? result : gather_next(state, config, &who, last, err);
}

/* Each in a transaction of its own: row, file and how far we are. */
static int gather_together(struct state *state, const struct config *config, struct error *err)
{
    struct db *db = state_db(state);
    int found, result = db_begin(db, err);

    if (result < 0)
        return result;
    found = gather_one(state, config, err);
    result = found < 0 ? found : db_commit(db, err);
    if (result < 0)
        db_rollback(db);
    return result < 0 ? result : found;
}

static int open_count(struct state *state, int64_t *left, struct error *err)
{
    struct db_query *query;
    int64_t last;
    int result = state_number(state, GATHERED, &last, err);

    *left = 0;
    if (result == 0)
        result = db_query(state_db(state), &query, err,
                          "SELECT count(*) FROM (SELECT 1 FROM refusals WHERE id > ? LIMIT 1)", "i",
                          last);
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1)
        *left = db_integer(query, 0);
    db_finish(query);
    return result < 0 ? result : 0;
}

int outbox_gather(struct state *state, const struct config *config, struct error *err)
{
    int64_t left;
    int result = open_count(state, &left, err);

    /* Most of the time there is nothing, and then nothing is written. */
    if (result < 0 || left == 0)
        return result;
    while (result == 0 && (result = gather_together(state, config, err)) == 1)
        result = 0;
    return result < 0 ? result : outbox_trim(state, config, err);
}

static int has_row(struct state *state, int64_t number, bool *has, struct error *err)
{
    struct db_query *query;
    int result =
        db_query(state_db(state), &query, err, "SELECT 1 FROM outbox WHERE id = ?", "i", number);

    *has = false;
    if (result < 0)
        return result;
    result = db_step(query, err);
    *has = result == 1;
    db_finish(query);
    return result < 0 ? result : 0;
}

/* Files that no row names, whatever their name. */
static int sweep_files(struct state *state, struct error *err)
{
    char **names = NULL;
    size_t count = 0;
    int folder, result;

    if (path_open_folder(state_folder(state), FOLDER, &folder, err) < 0)
        return err->code == ERROR_NOT_FOUND ? 0 : -(int)err->code;
    result = path_list(folder, LIMIT_FOLDER_NAMES, &names, &count, err);
    for (size_t i = 0; i < count && result == 0; i++) {
        char name[NAME_MAX_BYTES];
        bool has = false;
        long long number = strtoll(names[i], NULL, 10);

        item_name(number, name);
        if (strcmp(name + strlen(FOLDER "/"), names[i]) == 0)
            result = has_row(state, number, &has, err);
        if (result == 0 && !has)
            result = path_remove(folder, names[i], err);
    }
    path_free_names(names, count);
    close(folder);
    return result;
}

/* Whether a row's file is there, as long as it was written. */
static bool is_whole(struct state *state, int64_t number, int64_t bytes)
{
    char name[NAME_MAX_BYTES];
    struct stat status;

    return fstatat(state_folder(state), item_name(number, name), &status, AT_SYMLINK_NOFOLLOW) ==
               0 &&
           S_ISREG(status.st_mode) && status.st_size == bytes;
}

/* The next row after that number whose file is not whole: 1 when there is one. */
static int find_lost_row(struct state *state, int64_t *after, struct error *err)
{
    struct db_query *query;
    bool whole = true;
    int result = db_query(state_db(state), &query, err,
                          "SELECT id, bytes FROM outbox WHERE id > ? ORDER BY id", "i", *after);

    if (result < 0)
        return result;
    while (whole && (result = db_step(query, err)) == 1) {
        *after = db_integer(query, 0);
        whole = is_whole(state, *after, db_integer(query, 1));
    }
    db_finish(query);
    return result;
}

static int drop_lost_rows(struct state *state, struct error *err)
{
    int64_t after = 0;
    int result;

    while ((result = find_lost_row(state, &after, err)) == 1) {
        result = db_change(state_db(state), err, "DELETE FROM outbox WHERE id = ?", "i", after);
        if (result == 0)
            result = count_dropped(state, err);
        if (result < 0)
            break;
    }
    return result;
}

int outbox_recover(struct state *state, struct error *err)
{
    int result = drop_lost_rows(state, err);

    return result == 0 ? sweep_files(state, err) : result;
}

int outbox_sound(struct state *state, bool *sound, struct error *err)
{
    int64_t after = 0;
    int result = find_lost_row(state, &after, err);

    *sound = result == 0;
    return result < 0 ? result : 0;
}

/* Every field of an item; one that can't be read is shown as such. */
static json_t *read_item(struct state *state, int64_t number, struct bytes_view digest)
{
    char name[NAME_MAX_BYTES];
    uint8_t found[DIGEST_BYTES];
    json_t *fields = NULL;
    struct error why;
    struct bytes text;

    if (path_read(state_folder(state), item_name(number, name), ITEM_BYTES, &text, &why) == 0) {
        digest_of(text.data, text.size, found);
        if (bytes_equal(digest, bytes_view_of(found, DIGEST_BYTES)) &&
            json_read(text.data, text.size, &fields, &why) < 0)
            fields = NULL;
    }
    bytes_clear(&text);
    return fields != NULL ? fields : json_null();
}

static json_t *item_value(struct state *state, struct db_query *query)
{
    int64_t number = db_integer(query, 0);

    return json_pack("{s:I, s:s, s:o, s:I, s:o}", "number", (json_int_t)number, "category",
                     db_text(query, 1), "time", time_value(db_integer(query, 2)), "bytes",
                     (json_int_t)db_integer(query, 3), "fields",
                     read_item(state, number, db_blob(query, 4)));
}

static int list_items(struct state *state, uint64_t after, uint64_t limit, json_t *list,
                      struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT id, category, at_us, bytes, digest FROM outbox WHERE id > ?"
                          " ORDER BY id LIMIT ?",
                          "ii", (int64_t)after, (int64_t)(limit > 100 ? 100 : limit));

    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1)
        json_array_append_new(list, item_value(state, query));
    db_finish(query);
    return result;
}

static int list_categories(struct state *state, const struct config *config, json_t *list,
                           struct error *err)
{
    for (size_t i = 0; i < CATEGORIES; i++) {
        struct totals totals;

        if (find_totals(state, categories[i].name, &totals, err) < 0)
            return -(int)err->code;
        json_array_append_new(
            list, json_pack("{s:s, s:b, s:I, s:I}", "category", categories[i].name, "leaves",
                            categories[i].leaves(config), "items", (json_int_t)totals.items,
                            "bytes", (json_int_t)totals.bytes));
    }
    return 0;
}

int outbox_list(struct state *state, const struct config *config, uint64_t after, uint64_t limit,
                json_t **reply, struct error *err)
{
    json_t *items = json_array(), *rows = json_array();
    int64_t dropped;
    int result = list_categories(state, config, rows, err);

    *reply = NULL;
    if (result == 0)
        result = state_number(state, DROPPED, &dropped, err);
    if (result == 0)
        result = list_items(state, after, limit, items, err);
    if (result == 0)
        *reply = json_pack("{s:s, s:O, s:O, s:I, s:I, s:I}", "schema", "sallyport.outgoing/1",
                           "categories", rows, "items", items, "dropped", (json_int_t)dropped,
                           "most_items", (json_int_t)config->outbox_items, "most_bytes",
                           (json_int_t)config->outbox_bytes);
    json_decref(rows);
    json_decref(items);
    return result;
}
