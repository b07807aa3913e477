/* SPDX-License-Identifier: ISC */
#include "agent/setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/flag-gate.h"
#include "agent/setting-keys.h"
#include "media/base/instant.h"

/* In this order in every query here. */
#define COLUMNS                                                                                    \
    "key, type, value, origin, rule_file, rule_line, rules_version, rules_id, policy_file,"        \
    " policy_line, policy_version, policy_id, since_us"
enum {
    KEY,
    TYPE,
    VALUE,
    ORIGIN,
    RULE_FILE,
    RULE_LINE,
    RULES_VERSION,
    RULES_ID,
    POLICY_FILE,
    POLICY_LINE,
    POLICY_VERSION,
    POLICY_ID,
    SINCE
};

/* 1: the row of a key, to be finished by the caller; 0: none, or it can't be read. */
static int find(struct state *state, const char *key, struct db_query **query)
{
    struct error unread;
    int result = db_query(state_db(state), query, &unread,
                          "SELECT " COLUMNS " FROM settings WHERE key = ?", "t", key);

    if (result < 0)
        return 0;
    if (db_step(*query, &unread) == 1)
        return 1;
    db_finish(*query);
    return 0;
}

bool setting_flag(struct state *state, const char *key)
{
    const struct setting_key *row = setting_key_find(key);
    struct db_query *query;
    bool value;

    if (row == NULL || row->type != SETTING_BOOL)
        return false;
    if (!find(state, key, &query))
        return strcmp(row->built_in, "true") == 0;
    value = strcmp(db_text(query, VALUE), "true") == 0;
    db_finish(query);
    return value;
}

/* Text columns are NOT NULL; what the store was given is checked (setting-answer.h). */
static void origin_of(struct db_query *query, char *out, size_t size)
{
    const char *origin = db_text(query, ORIGIN);
    char by[LIMIT_PATH_BYTES + 64];

    snprintf(by, sizeof(by), "remapper-rules %s:%lld", db_text(query, RULE_FILE),
             (long long)db_integer(query, RULE_LINE));
    if (strcmp(origin, "default") == 0)
        snprintf(out, size, "default by %s", by);
    else
        snprintf(out, size, "policy %s:%lld (%s%s%s) by %s", db_text(query, POLICY_FILE),
                 (long long)db_integer(query, POLICY_LINE), origin,
                 strcmp(origin, "signed") == 0 ? ", policy " : "", db_text(query, POLICY_VERSION),
                 by);
}

const char *setting_origin(struct state *state, const char *key, char *out, size_t size)
{
    struct db_query *query;

    snprintf(out, size, "built-in");
    if (find(state, key, &query)) {
        origin_of(query, out, size);
        db_finish(query);
    }
    return out;
}

bool setting_switches_off(struct state *state, const char *content, char *words, size_t size)
{
    const struct setting_key *row = setting_key_of_content(content);
    char origin[ERROR_WORDS_BYTES];

    if (row == NULL || setting_flag(state, row->name))
        return flag_gate_is_off(state, content, words, size);
    snprintf(words, size, "%s is false: %s", row->name,
             setting_origin(state, row->name, origin, sizeof(origin)));
    return true;
}

static json_t *digest_value(struct bytes_view digest)
{
    char text[DIGEST_TEXT_BYTES];

    return digest.size == DIGEST_BYTES ? json_string(digest_text(digest.data, text)) : json_null();
}

static json_t *rule_value(struct db_query *query)
{
    return json_pack("{s:s, s:I, s:s, s:o}", "file", db_text(query, RULE_FILE), "line",
                     (json_int_t)db_integer(query, RULE_LINE), "version",
                     db_text(query, RULES_VERSION), "package",
                     digest_value(db_blob(query, RULES_ID)));
}

static json_t *policy_value(struct db_query *query)
{
    json_t *value;

    if (strcmp(db_text(query, ORIGIN), "default") == 0)
        return json_null();
    value = json_pack("{s:s, s:I}", "file", db_text(query, POLICY_FILE), "line",
                      (json_int_t)db_integer(query, POLICY_LINE));
    if (strcmp(db_text(query, ORIGIN), "signed") == 0) {
        json_object_set_new(value, "version", json_string(db_text(query, POLICY_VERSION)));
        json_object_set_new(value, "package", digest_value(db_blob(query, POLICY_ID)));
    }
    return value;
}

static json_t *time_value(int64_t instant_us)
{
    char text[INSTANT_TEXT_BYTES];

    return json_string(instant_format(instant_us, text));
}

/* What something here reads of a key. */
static void put_known(json_t *value, const struct setting_key *row)
{
    json_object_set_new(value, "built_in", row != NULL ? json_string(row->built_in) : json_null());
    json_object_set_new(value, "reads", row != NULL ? json_string(row->what) : json_null());
}

static json_t *stored_value(struct db_query *query)
{
    char origin[LIMIT_PATH_BYTES + ERROR_WORDS_BYTES];
    json_t *value;

    origin_of(query, origin, sizeof(origin));
    value = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "key", db_text(query, KEY),
                      "type", db_text(query, TYPE), "value", db_text(query, VALUE), "origin",
                      origin, "by", db_text(query, ORIGIN), "rule", rule_value(query), "policy",
                      policy_value(query), "since", time_value(db_integer(query, SINCE)));
    put_known(value, setting_key_find(db_text(query, KEY)));
    return value;
}

static json_t *built_in_value(const struct setting_key *row)
{
    json_t *value = json_pack("{s:s, s:s, s:s, s:s, s:s, s:n, s:n, s:n}", "key", row->name, "type",
                              setting_type_name(row->type), "value", row->built_in, "origin",
                              "built-in", "by", "built-in", "rule", "policy", "since");

    put_known(value, row);
    return value;
}

/* The rows of setting_keys that come before `key` (NULL: all that are left), and the one that is it,
 * which is stored. *next: the first that was not seen. */
static void add_built_in(json_t *list, size_t *next, const char *key)
{
    const struct setting_key *row;

    while ((row = setting_key_row(*next)) != NULL) {
        int order = key != NULL ? strcmp(row->name, key) : -1;

        if (order > 0)
            return;
        if (order < 0)
            json_array_append_new(list, built_in_value(row));
        (*next)++;
    }
}

int setting_list(struct state *state, json_t **list, struct error *err)
{
    struct db_query *query;
    size_t next = 0;
    int result =
        db_query(state_db(state), &query, err, "SELECT " COLUMNS " FROM settings ORDER BY key", "");

    *list = json_array();
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1) {
        add_built_in(*list, &next, db_text(query, KEY));
        json_array_append_new(*list, stored_value(query));
    }
    add_built_in(*list, &next, NULL);
    db_finish(query);
    return result;
}

int setting_list_left(struct state *state, json_t **list, struct error *err)
{
    struct db_query *query;
    int result =
        db_query(state_db(state), &query, err,
                 "SELECT kind, name, words, since_us FROM rules_left ORDER BY kind, name", "");

    *list = json_array();
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1)
        json_array_append_new(*list,
                              json_pack("{s:s, s:s, s:s, s:o}", "kind", db_text(query, 0), "name",
                                        db_text(query, 1), "words", db_text(query, 2), "since",
                                        time_value(db_integer(query, 3))));
    db_finish(query);
    return result;
}

int setting_left_words(struct state *state, bool *any, char *words, size_t size, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT words, (SELECT count(*) FROM rules_left) FROM rules_left"
                          " ORDER BY kind, name LIMIT 1",
                          "");

    *any = false;
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        long long more = (long long)db_integer(query, 1) - 1;

        *any = true;
        snprintf(words, size, "%s", db_text(query, 0));
        if (more > 0)
            snprintf(words, size, "%.300s; and %lld more: sallyport config list", db_text(query, 0),
                     more);
    }
    db_finish(query);
    return result < 0 ? result : 0;
}
