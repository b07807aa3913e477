/* SPDX-License-Identifier: ISC */
#include "agent/setting-apply.h"

#include <stdio.h>
#include <string.h>

#include "agent/audit.h"
#include "media/base/instant.h"
#include "media/base/text.h"

#define SHOWN 150 /* bytes of a value in an audit record */

struct round {
    struct state *state;
    const struct setting_change *change; /* NULL: none came about */
    const char *who;
    int64_t now_us;
    json_t *kept;    /* names of all keys that stay, as members */
    json_t *changed; /* of those with another value */
};

static int record(struct state *state, const char *who, const char *what, enum error_code code,
                  const char *subject, const char *words, struct error *err)
{
    const struct audit_event event = {
        .who = who, .what = what, .code = code, .subject = subject, .words = words};

    return audit_append(state, &event, NULL, err);
}

static const char *origin_name(const struct setting_file *file, const struct setting_value *value)
{
    if (!value->from_policy)
        return "default";
    return file->policy->is_signed ? "signed" : "site";
}

/* Where a value stands, as the store has it. */
struct place {
    const char *origin, *version;
    char file[LIMIT_PATH_BYTES + LIMIT_NAME_BYTES + 8];
    struct bytes_view id; /* of the signed policy; empty: none */
};

static void place_of(const struct round *round, const struct setting_file *file,
                     const struct setting_value *value, struct place *place)
{
    const struct policy_source *policy = round->change->policy;

    *place = (struct place){.origin = origin_name(file, value), .version = ""};
    if (!value->from_policy)
        return;
    if (file->policy->is_signed) {
        place->version = policy->package.version;
        place->id = bytes_view_of(policy->package.id, DIGEST_BYTES);
        snprintf(place->file, sizeof(place->file), "%s.xml", file->policy->stem);
    } else {
        snprintf(place->file, sizeof(place->file), "%s/%s.xml", policy->folder, file->policy->stem);
    }
}

/* What a key is now; present false: it is not. */
struct before {
    bool present;
    char type[16], value[2 * LIMIT_SETTING_BYTES + 1], origin[16];
};

static int read_before(struct state *state, const char *key, struct before *before,
                       struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT type, value, origin FROM settings WHERE key = ?", "t", key);

    *before = (struct before){.present = false};
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        before->present = true;
        snprintf(before->type, sizeof(before->type), "%s", db_text(query, 0));
        snprintf(before->value, sizeof(before->value), "%s", db_text(query, 1));
        snprintf(before->origin, sizeof(before->origin), "%s", db_text(query, 2));
    }
    db_finish(query);
    return result < 0 ? result : 0;
}

static int record_change(struct round *round, const char *key, const struct before *before,
                         const struct setting_value *value, const char *origin, struct error *err)
{
    char words[ERROR_WORDS_BYTES * 2];

    snprintf(words, sizeof(words), "%.*s -> %.*s%s%s%s", SHOWN,
             before->present ? before->value : "(built-in)", SHOWN,
             value != NULL ? value->value : "(built-in)", origin[0] != '\0' ? " (" : "", origin,
             origin[0] != '\0' ? ")" : "");
    return record(round->state, round->who, "set", ERROR_OK, key, words, err);
}

/* Places move with every edit of a file; a change that counts is one of value or of who says so. */
static int note_change(struct round *round, const struct setting_file *file,
                       const struct setting_value *value, const struct place *place, bool *other,
                       struct error *err)
{
    char origin[ERROR_WORDS_BYTES];
    struct before before;
    int result = read_before(round->state, value->key, &before, err);

    if (result < 0)
        return result;
    *other = !before.present || strcmp(before.value, value->value) != 0 ||
             strcmp(before.type, setting_type_name(value->type)) != 0;
    if (*other)
        json_object_set_new(round->changed, value->key, json_true());
    if (!*other && strcmp(before.origin, place->origin) == 0)
        return 0;
    snprintf(origin, sizeof(origin), "%s%s%.150s by %.150s:%llu", place->origin,
             place->file[0] != '\0' ? " " : "", place->file, file->name,
             (unsigned long long)value->rule_line);
    return record_change(round, value->key, &before, value, origin, err);
}

static int put_value(struct round *round, const struct setting_file *file,
                     const struct setting_value *value, struct error *err)
{
    const struct state_package *rules = round->change->rules;
    struct place place;
    bool other = false;
    int result;

    place_of(round, file, value, &place);
    json_object_set_new(round->kept, value->key, json_true());
    result = note_change(round, file, value, &place, &other, err);
    if (result < 0)
        return result;
    return db_change(
        state_db(round->state), err,
        "INSERT INTO settings VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
        " nullif(?12, x''), ?13) ON CONFLICT(key) DO UPDATE SET type = ?2, value = ?3, origin = ?4,"
        " rule_file = ?5, rule_line = ?6, rules_version = ?7, rules_id = ?8, policy_file = ?9,"
        " policy_line = ?10, policy_version = ?11, policy_id = nullif(?12, x''),"
        " since_us = CASE WHEN ?14 THEN ?13 ELSE since_us END",
        "tttttitbtitbii", value->key, setting_type_name(value->type), value->value, place.origin,
        file->name, (int64_t)value->rule_line, rules->version,
        bytes_view_of(rules->id, DIGEST_BYTES), place.file, (int64_t)value->line, place.version,
        place.id, round->now_us, (int64_t)other);
}

/* *unknown: a file was left out of which nobody knows what it makes. */
static int put_files(struct round *round, bool *unknown, struct error *err)
{
    const struct setting_answer *answer = round->change->answer;
    int result = 0;

    for (size_t i = 0; i < answer->count && result == 0; i++) {
        const struct setting_file *file = &answer->files[i];

        *unknown = *unknown || !file->keys_known;
        for (size_t k = 0; k < file->count && result == 0; k++) {
            if (file->left)
                json_object_set_new(round->kept, file->values[k].key, json_true());
            else
                result = put_value(round, file, &file->values[k], err);
        }
    }
    return result;
}

static int drop_key(struct round *round, const char *key, struct error *err)
{
    struct before before;
    int result = read_before(round->state, key, &before, err);

    if (result == 0)
        result = record_change(round, key, &before, NULL, "no rule makes it any more", err);
    json_object_set_new(round->changed, key, json_true());
    return result < 0 ? result
                      : db_change(state_db(round->state), err, "DELETE FROM settings WHERE key = ?",
                                  "t", key);
}

/* Collected first: what is read is not changed meanwhile. */
static int drop_rest(struct round *round, struct error *err)
{
    json_t *gone = json_object(), *ignored;
    struct db_query *query;
    const char *key;
    int result =
        db_query(state_db(round->state), &query, err, "SELECT key FROM settings ORDER BY key", "");

    if (result == 0) {
        while ((result = db_step(query, err)) == 1) {
            if (json_object_get(round->kept, db_text(query, 0)) == NULL)
                json_object_set_new(gone, db_text(query, 0), json_true());
        }
        db_finish(query);
    }
    json_object_foreach(gone, key, ignored)
    {
        if (result == 0)
            result = drop_key(round, key, err);
    }
    json_decref(gone);
    return result;
}

/* What was left out before: {"KIND NAME":{"words","since"}}. */
static int read_left(struct state *state, json_t **left, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT kind || ' ' || name, words, since_us FROM rules_left", "");

    *left = json_object();
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1)
        json_object_set_new(*left, db_text(query, 0),
                            json_pack("{s:s, s:I}", "words", db_text(query, 1), "since",
                                      (json_int_t)db_integer(query, 2)));
    db_finish(query);
    return result;
}

/* Recorded once, and again when it is for another reason. */
static int put_left(struct round *round, const json_t *before, const char *kind, const char *name,
                    const char *words, struct error *err)
{
    char id[LIMIT_PATH_BYTES + 16], shown[2 * ERROR_WORDS_BYTES];
    const json_t *row;
    int64_t since_us;
    bool known;
    int result = 0;

    text_escape_string(words, shown, sizeof(shown));
    snprintf(id, sizeof(id), "%s %s", kind, name);
    row = json_object_get(before, id);
    known = row != NULL && strcmp(json_string_value(json_object_get(row, "words")), shown) == 0;
    since_us = known ? json_integer_value(json_object_get(row, "since")) : round->now_us;
    if (!known)
        result = record(round->state, round->who, "leave-out", ERROR_BAD_CONTENT,
                        name[0] != '\0' ? name : "remapper-rules", words, err);
    return result < 0 ? result
                      : db_change(state_db(round->state), err,
                                  "INSERT OR REPLACE INTO rules_left VALUES(?, ?, ?, ?)", "ttti",
                                  kind, name, shown, since_us);
}

static int put_left_rules(struct round *round, const json_t *before, struct error *err)
{
    const struct setting_answer *answer = round->change->answer;
    int result = 0;

    for (size_t i = 0; i < answer->count && result == 0; i++) {
        if (answer->files[i].left)
            result = put_left(round, before, "rules", answer->files[i].name, answer->files[i].words,
                              err);
    }
    return result;
}

static int put_left_policy(struct round *round, const json_t *before, struct error *err)
{
    const struct policy_source *policy = round->change->policy;
    int result = 0;

    if (policy->trouble[0] != '\0')
        result = put_left(round, before, "policy", policy->folder, policy->trouble, err);
    for (size_t i = 0; i < policy->count && result == 0; i++) {
        const struct policy_document *document = &policy->documents[i];
        char name[LIMIT_NAME_BYTES + 8];

        if (document->words[0] == '\0')
            continue;
        snprintf(name, sizeof(name), "%s.xml", document->stem);
        result = put_left(round, before, "policy", name, document->words, err);
    }
    return result;
}

static int forget_left(struct state *state, json_t **before, struct error *err)
{
    int result = read_left(state, before, err);

    return result < 0 ? result : db_change(state_db(state), err, "DELETE FROM rules_left", "");
}

static int apply_rows(struct round *round, struct error *err)
{
    json_t *before = NULL;
    bool unknown = false;
    int result = put_files(round, &unknown, err);

    if (result == 0 && !unknown)
        result = drop_rest(round, err);
    if (result == 0)
        result = forget_left(round->state, &before, err);
    if (result == 0)
        result = put_left_rules(round, before, err);
    if (result == 0)
        result = put_left_policy(round, before, err);
    json_decref(before);
    return result;
}

int setting_apply(struct state *state, const struct setting_change *change, json_t **changed,
                  struct error *err)
{
    struct round round = {.state = state,
                          .change = change,
                          .who = change->who,
                          .now_us = instant_clock(),
                          .kept = json_object(),
                          .changed = json_object()};
    struct db *db = state_db(state);
    int result = db_begin(db, err);

    if (result == 0)
        result = apply_rows(&round, err);
    if (result == 0)
        result = db_commit(db, err);
    if (result < 0) {
        db_rollback(db);
        json_object_clear(round.changed);
    }
    json_decref(round.kept);
    *changed = round.changed;
    return result;
}

static int failure_rows(struct round *round, const struct error *why, struct error *err)
{
    json_t *before = NULL;
    int result = forget_left(round->state, &before, err);

    if (result == 0)
        result = put_left(round, before, "all", "", why->words, err);
    json_decref(before);
    return result;
}

int setting_apply_failure(struct state *state, const char *who, const struct error *why,
                          struct error *err)
{
    struct round round = {.state = state, .who = who, .now_us = instant_clock()};
    struct db *db = state_db(state);
    int result = db_begin(db, err);

    if (result == 0)
        result = failure_rows(&round, why, err);
    if (result == 0)
        result = db_commit(db, err);
    if (result < 0)
        db_rollback(db);
    return result;
}
