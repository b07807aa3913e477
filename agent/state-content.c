/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "agent/state-content.h"

#include <stdio.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/floor-subject.h"

static struct bytes_view digest_view(const uint8_t digest[static DIGEST_BYTES])
{
    return bytes_view_of(digest, DIGEST_BYTES);
}

/* A digest column; a wrong size is damage, and damage must never pass for "no floor". */
static int take_digest(struct db_query *query, int column, uint8_t out[static DIGEST_BYTES],
                       struct error *err)
{
    struct bytes_view stored = db_blob(query, column);

    if (stored.size != DIGEST_BYTES || bytes_get(&stored, out, DIGEST_BYTES) < 0)
        return error_set(err, ERROR_STATE_CORRUPT, "a digest in the state database has %zu bytes",
                         stored.size);
    return 0;
}

int state_clock(struct state *state, struct floor_clock *clock, struct error *err)
{
    int64_t newest;
    int result = state_number(state, "newest_time", &newest, err);

    if (result < 0)
        return result;
    clock->local_us = instant_clock();
    clock->trusted_floor_us = BUILD_TIME * INSTANT_SECOND_US;
    if (newest > clock->trusted_floor_us)
        clock->trusted_floor_us = newest;
    return 0;
}

int state_floor(struct state *state, const char *subject, struct floor *floor, struct error *err)
{
    struct db_query *query;
    int result;

    *floor = (struct floor){.present = false};
    result = db_query(state_db(state), &query, err,
                      "SELECT time_us, number, digest FROM floors WHERE subject = ?", "t", subject);
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        floor->present = true;
        floor->time_us = db_integer(query, 0);
        floor->number = (uint64_t)db_integer(query, 1);
        result = take_digest(query, 2, floor->digest, err);
    }
    db_finish(query);
    return result;
}

int state_raise_floor(struct state *state, const char *subject, const struct floor *floor,
                      struct error *err)
{
    struct floor before;
    enum floor_answer answer;
    int result = state_floor(state, subject, &before, err);

    if (result < 0)
        return result;
    answer = floor_compare(&before, floor->time_us, floor->number, floor->digest);
    if (answer == FLOOR_OLDER)
        return error_set(err, ERROR_ROLLBACK, "%s: below its floor", subject);
    if (answer == FLOOR_CONFLICT)
        return error_set(err, ERROR_EQUIVOCATION, "%s: time and number disagree with its floor",
                         subject);
    result =
        db_change(state_db(state), err, "INSERT OR REPLACE INTO floors VALUES(?, ?, ?, ?)", "tiib",
                  subject, floor->time_us, (int64_t)floor->number, digest_view(floor->digest));
    return result < 0 ? result : state_raise_number(state, "newest_time", floor->time_us, err);
}

int state_lower_floor(struct state *state, const char *subject, int64_t time_us, uint64_t number,
                      bool *changed, struct error *err)
{
    struct floor floor;
    int result;

    *changed = false;
    if (!floor_subject_valid(subject))
        return error_set(err, ERROR_PROTOCOL, "a floor reset of what is no type and no ring");
    result = state_floor(state, subject, &floor, err);
    if (result < 0)
        return result;
    *changed = floor_lower(&floor, time_us, number);
    if (!*changed)
        return 0;
    return db_change(state_db(state), err, "INSERT OR REPLACE INTO floors VALUES(?, ?, ?, ?)",
                     "tiib", subject, floor.time_us, (int64_t)floor.number,
                     digest_view(floor.digest));
}

static int take_json(struct db_query *query, int column, json_t **value, struct error *err)
{
    const char *text = db_text(query, column);

    if (text == NULL || json_read(text, strlen(text), value, err) < 0)
        return error_set(err, ERROR_STATE_CORRUPT, "JSON in the state database does not parse");
    return 0;
}

static int take_set(struct db_query *query, struct state_set *set, struct error *err)
{
    int result;

    set->sequence = (uint64_t)db_integer(query, 0);
    set->time_us = db_integer(query, 2);
    set->expires_us = db_integer(query, 3);
    set->root_version = (uint64_t)db_integer(query, 4);
    set->seen_us = db_integer(query, 7);
    result = take_digest(query, 1, set->digest, err);
    if (result == 0)
        result = take_json(query, 5, &set->waves, err);
    if (result == 0)
        result = take_json(query, 6, &set->flags, err);
    return result;
}

int state_set(struct state *state, const char *ring, struct state_set *set, bool *present,
              struct error *err)
{
    struct db_query *query;
    int result;

    *set = (struct state_set){.sequence = 0};
    *present = false;
    snprintf(set->ring, sizeof(set->ring), "%s", ring);
    result = db_query(state_db(state), &query, err,
                      "SELECT sequence, digest, time_us, expires_us, root_version, waves, flags,"
                      " seen_us FROM rings WHERE ring = ?",
                      "t", ring);
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        *present = true;
        result = take_set(query, set, err);
    }
    db_finish(query);
    return result;
}

void state_set_clear(struct state_set *set)
{
    json_decref(set->waves);
    json_decref(set->flags);
    set->waves = set->flags = NULL;
}

static int json_text(const json_t *value, struct bytes *out, struct error *err)
{
    int result;

    bytes_init(out, LIMIT_SET_BYTES);
    result = json_write(value, out, err);
    return result < 0 ? result : bytes_put_u8(out, 0, err);
}

int state_put_set(struct state *state, const struct state_set *set, struct error *err)
{
    struct bytes waves, flags;
    int result;

    bytes_init(&flags, 0);
    result = json_text(set->waves, &waves, err);
    if (result == 0)
        result = json_text(set->flags, &flags, err);
    if (result == 0)
        result = db_change(state_db(state), err,
                           "INSERT INTO rings VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
                           " ON CONFLICT(ring) DO UPDATE SET seen_us ="
                           " CASE WHEN digest = ?3 THEN seen_us ELSE ?9 END, sequence = ?2,"
                           " digest = ?3, time_us = ?4, expires_us = ?5, root_version = ?6,"
                           " waves = ?7, flags = ?8",
                           "tibiiitti", set->ring, (int64_t)set->sequence, digest_view(set->digest),
                           set->time_us, set->expires_us, (int64_t)set->root_version,
                           (const char *)waves.data, (const char *)flags.data, set->seen_us);
    bytes_clear(&waves);
    bytes_clear(&flags);
    return result;
}

int state_see_set_at(struct state *state, const char *ring, int64_t seen_us, struct error *err)
{
    return db_change(state_db(state), err, "UPDATE rings SET seen_us = ? WHERE ring = ?", "it",
                     seen_us, ring);
}

static const char *slot_name(enum state_slot slot)
{
    switch (slot) {
    case STATE_STAGED:
        return "staged";
    case STATE_ACTIVE:
        return "active";
    case STATE_PREVIOUS:
        return "previous";
    }
    return "";
}

static int take_requirements(struct db_query *query, int column, struct state_package *package,
                             struct error *err)
{
    json_t *list, *row;
    size_t i;
    int result = take_json(query, column, &list, err);

    if (result < 0)
        return result;
    json_array_foreach(list, i, row)
    {
        const char *type = json_string_value(json_array_get(row, 0));

        if (i >= LIMIT_REQUIRES || type == NULL)
            break;
        snprintf(package->requirements[i].type, sizeof(package->requirements[i].type), "%s", type);
        package->requirements[i].issue = (uint64_t)json_integer_value(json_array_get(row, 1));
        package->requirement_count = i + 1;
    }
    json_decref(list);
    return 0;
}

static int take_package(struct db_query *query, struct state_package *package, struct error *err)
{
    int result = take_digest(query, 0, package->id, err);

    snprintf(package->version, sizeof(package->version), "%s", db_text(query, 1));
    package->issue = (uint64_t)db_integer(query, 2);
    package->time_us = db_integer(query, 3);
    package->files = (uint64_t)db_integer(query, 4);
    package->bytes = (uint64_t)db_integer(query, 5);
    snprintf(package->sealed, sizeof(package->sealed), "%s", db_text(query, 6));
    package->schema_low = (uint64_t)db_integer(query, 7);
    package->schema_high = (uint64_t)db_integer(query, 8);
    package->abi_low = (uint64_t)db_integer(query, 9);
    package->abi_high = (uint64_t)db_integer(query, 10);
    package->at_us = db_integer(query, 13);
    if (result == 0)
        result = take_requirements(query, 11, package, err);
    return result < 0 ? result : take_digest(query, 12, package->set_digest, err);
}

int state_package(struct state *state, const char *type, enum state_slot slot,
                  struct state_package *package, bool *present, struct error *err)
{
    struct db_query *query;
    int result;

    *package = (struct state_package){.issue = 0};
    *present = false;
    snprintf(package->type, sizeof(package->type), "%s", type);
    result = db_query(state_db(state), &query, err,
                      "SELECT id, version, issue, time_us, files, bytes, sealed, schema_low,"
                      " schema_high, abi_low, abi_high, requires, set_digest, at_us FROM installed"
                      " WHERE type = ? AND slot = ?",
                      "tt", type, slot_name(slot));
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        *present = true;
        result = take_package(query, package, err);
    }
    db_finish(query);
    return result;
}

int state_put_package(struct state *state, enum state_slot slot,
                      const struct state_package *package, struct error *err)
{
    json_t *requires = json_array();
    struct floor_clock clock;
    struct bytes text;
    int result;

    for (size_t i = 0; i < package->requirement_count; i++)
        json_array_append_new(requires, json_pack("[s, I]", package->requirements[i].type,
                                                  (json_int_t)package->requirements[i].issue));
    result = json_text(requires, &text, err);
    if (result == 0)
        result = state_clock(state, &clock, err);
    if (result == 0)
        result = db_change(
            state_db(state), err,
            "INSERT OR REPLACE INTO installed VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
            " ?)",
            "ttbtiiiitiiiitbi", package->type, slot_name(slot), digest_view(package->id),
            package->version, (int64_t)package->issue, package->time_us, (int64_t)package->files,
            (int64_t)package->bytes, package->sealed, (int64_t)package->schema_low,
            (int64_t)package->schema_high, (int64_t)package->abi_low, (int64_t)package->abi_high,
            (const char *)text.data, digest_view(package->set_digest), floor_now(&clock));
    bytes_clear(&text);
    json_decref(requires);
    return result;
}

int state_drop_package(struct state *state, const char *type, enum state_slot slot,
                       struct error *err)
{
    return db_change(state_db(state), err, "DELETE FROM installed WHERE type = ? AND slot = ?",
                     "tt", type, slot_name(slot));
}

int state_types(struct state *state, enum state_slot slot, char ***types, size_t *count,
                struct error *err)
{
    struct db_query *query;
    int result;

    *types = bytes_allocate(LIMIT_SET_PACKAGES, sizeof(**types));
    *count = 0;
    result =
        db_query(state_db(state), &query, err,
                 "SELECT type FROM installed WHERE slot = ? ORDER BY type", "t", slot_name(slot));
    if (result < 0)
        return result;
    while (*count < LIMIT_SET_PACKAGES && (result = db_step(query, err)) == 1)
        (*types)[(*count)++] = bytes_copy_string(db_text(query, 0));
    db_finish(query);
    return result < 0 ? result : 0;
}

int state_holds(struct state *state, const char *type, const char *id_text, bool *holds,
                struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT 1 FROM installed WHERE type = ? AND lower(hex(id)) = ?", "tt",
                          type, id_text);

    *holds = false;
    if (result < 0)
        return result;
    result = db_step(query, err);
    db_finish(query);
    *holds = result == 1;
    return result < 0 ? result : 0;
}

int state_clear_carried(struct state *state, const char *ring, struct error *err)
{
    return db_change(state_db(state), err, "DELETE FROM carried WHERE ring = ?", "t", ring);
}

int state_carried(struct state *state, const char *ring, const char *type, uint64_t *issue,
                  bool *carried, struct error *err)
{
    struct db_query *query;
    int result =
        db_query(state_db(state), &query, err,
                 "SELECT issue FROM carried WHERE ring = ? AND type = ?", "tt", ring, type);

    *carried = false;
    *issue = 0;
    if (result < 0)
        return result;
    if ((result = db_step(query, err)) == 1) {
        *carried = true;
        *issue = (uint64_t)db_integer(query, 0);
    }
    db_finish(query);
    return result < 0 ? result : 0;
}

int state_add_carried(struct state *state, const char *ring, const char *type,
                      const uint8_t id[static DIGEST_BYTES], const char *version, uint64_t issue,
                      struct error *err)
{
    return db_change(state_db(state), err, "INSERT INTO carried VALUES(?, ?, ?, ?, ?)", "ttbti",
                     ring, type, digest_view(id), version, (int64_t)issue);
}

int state_add_withdrawn(struct state *state, const uint8_t id[static DIGEST_BYTES],
                        const char *reason, const char *link, bool harmful, struct error *err)
{
    return db_change(state_db(state), err, "INSERT OR IGNORE INTO withdrawn VALUES(?, ?, ?, ?, ?)",
                     "bttii", digest_view(id), reason, link, (int64_t)harmful, instant_clock());
}

int state_withdrawn(struct state *state, const uint8_t id[static DIGEST_BYTES], bool *withdrawn,
                    bool *harmful, char *reason, size_t reason_size, struct error *err)
{
    struct db_query *query;
    int result;

    *withdrawn = *harmful = false;
    result = db_query(state_db(state), &query, err,
                      "SELECT harmful, reason FROM withdrawn WHERE id = ?", "b", digest_view(id));
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        *withdrawn = true;
        *harmful = db_integer(query, 0) != 0;
        if (reason != NULL)
            snprintf(reason, reason_size, "%s", db_text(query, 1));
    }
    db_finish(query);
    return result < 0 ? result : 0;
}

int state_quarantine(struct state *state, const uint8_t id[static DIGEST_BYTES], const char *type,
                     const struct error *why, struct error *err)
{
    return db_change(state_db(state), err, "INSERT OR IGNORE INTO quarantine VALUES(?, ?, ?, ?, ?)",
                     "bttti", digest_view(id), type, error_name(why->code), why->words,
                     instant_clock());
}

int state_quarantined(struct state *state, const uint8_t id[static DIGEST_BYTES], bool *quarantined,
                      struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err, "SELECT 1 FROM quarantine WHERE id = ?",
                          "b", digest_view(id));

    *quarantined = false;
    if (result < 0)
        return result;
    result = db_step(query, err);
    db_finish(query);
    *quarantined = result == 1;
    return result < 0 ? result : 0;
}

int state_id_list(struct state *state, const char *table, json_t **list, struct error *err)
{
    bool withdrawn = strcmp(table, "withdrawn") == 0;
    struct db_query *query;
    int result;

    *list = json_array();
    result = db_query(state_db(state), &query, err,
                      withdrawn ? "SELECT lower(hex(id)) FROM withdrawn ORDER BY id"
                                : "SELECT lower(hex(id)) FROM quarantine ORDER BY id",
                      "");
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1)
        json_array_append_new(*list, json_string(db_text(query, 0)));
    db_finish(query);
    return result;
}

int state_ail(struct state *state, const char *type, const uint8_t *id, const struct error *why,
              struct error *err)
{
    if (id == NULL)
        return db_change(state_db(state), err,
                         "INSERT OR REPLACE INTO health VALUES(?, ?, ?, NULL, ?)", "ttti", type,
                         error_name(why->code), why->words, instant_clock());
    return db_change(state_db(state), err, "INSERT OR REPLACE INTO health VALUES(?, ?, ?, ?, ?)",
                     "tttbi", type, error_name(why->code), why->words,
                     bytes_view_of(id, DIGEST_BYTES), instant_clock());
}

int state_heal(struct state *state, const char *type, struct error *err)
{
    return db_change(state_db(state), err, "DELETE FROM health WHERE type = ?", "t", type);
}

int state_heal_other(struct state *state, const char *type,
                     const uint8_t active[static DIGEST_BYTES], struct error *err)
{
    return db_change(state_db(state), err,
                     "DELETE FROM health WHERE type = ? AND id IS NOT NULL AND id <> ?", "tb", type,
                     digest_view(active));
}

int state_heal_loaded(struct state *state, const char *type,
                      const uint8_t active[static DIGEST_BYTES], struct error *err)
{
    return db_change(state_db(state), err,
                     "DELETE FROM health WHERE type = ?1 AND (id IS NULL OR (id = ?2"
                     " AND id NOT IN (SELECT id FROM withdrawn)"
                     " AND id NOT IN (SELECT id FROM quarantine)))",
                     "tb", type, digest_view(active));
}

int state_ailment(struct state *state, const char *type, struct error *why, bool *ailing,
                  struct error *err)
{
    struct db_query *query;
    int result;

    *ailing = false;
    *why = (struct error){.code = ERROR_OK};
    result = db_query(state_db(state), &query, err, "SELECT code, words FROM health WHERE type = ?",
                      "t", type);
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        *ailing = true;
        if (error_from_name(db_text(query, 0), &why->code) < 0)
            why->code = ERROR_INTERNAL;
        snprintf(why->words, sizeof(why->words), "%s", db_text(query, 1));
    }
    db_finish(query);
    return result < 0 ? result : 0;
}
