/* SPDX-License-Identifier: ISC */
#include "agent/setting-answer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/json.h"
#include "media/base/protected-flag.h"

#define LINE_MOST INT32_MAX

/* Two parts or more of [a-z0-9-], between single slashes. */
static bool key_valid(const char *key)
{
    size_t parts = 0;

    for (;;) {
        size_t size = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-");

        if (size == 0 || ++parts > LIMIT_SETTING_PARTS)
            return false;
        key += size;
        if (*key == '\0')
            return parts > 1;
        if (*key++ != '/')
            return false;
    }
}

/* Digits as people write them: one spelling for a number. */
static bool int_valid(const char *text)
{
    const char *digits = text + (text[0] == '-');
    size_t size = strspn(digits, "0123456789");

    errno = 0;
    (void)strtoll(text, NULL, 10);
    return size > 0 && digits[size] == '\0' && errno == 0 && (digits[0] != '0' || size == 1) &&
           strcmp(text, "-0") != 0;
}

static int check_items(const json_t *list, struct error *err)
{
    size_t i;
    json_t *item;

    if (!json_is_array(list) || json_array_size(list) > LIMIT_SETTING_ITEMS)
        return error_set(err, ERROR_PROTOCOL, "value: expected a list of at most %d texts",
                         LIMIT_SETTING_ITEMS);
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item) || !json_text_valid(json_string_value(item), LIMIT_SETTING_BYTES))
            return error_set(err, ERROR_PROTOCOL, "value: item %zu: expected a text", i + 1);
    }
    return 0;
}

static int take_list(const char *text, char **value, struct error *err)
{
    json_t *list = NULL;
    struct bytes canonical;
    int result = json_read(text, strlen(text), &list, err);

    bytes_init(&canonical, 2 * LIMIT_SETTING_BYTES);
    if (result == 0)
        result = check_items(list, err);
    if (result == 0)
        result = json_write(list, &canonical, err);
    if (result == 0)
        result = bytes_put_u8(&canonical, 0, err);
    if (result == 0)
        *value = bytes_copy_string((const char *)canonical.data);
    bytes_clear(&canonical);
    json_decref(list);
    return result;
}

static int take_value(enum setting_type type, const char *text, char **value, struct error *err)
{
    if (type == SETTING_LIST)
        return take_list(text, value, err);
    if (type == SETTING_BOOL && strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        return error_set(err, ERROR_PROTOCOL, "value: expected true or false");
    if (type == SETTING_INT && !int_valid(text))
        return error_set(err, ERROR_PROTOCOL, "value: expected a number of 64 bits");
    *value = bytes_copy_string(text);
    return 0;
}

/* Where it says that the value comes from; a document that was not handed over can't have it. */
static int take_place(const struct setting_file *file, const char *from,
                      struct setting_value *value, struct error *err)
{
    value->from_policy = strcmp(from, "policy") == 0;
    if (!value->from_policy && strcmp(from, "default") != 0)
        return error_set(err, ERROR_PROTOCOL, "from: expected policy or default");
    if (value->from_policy != (value->line > 0))
        return error_set(err, ERROR_PROTOCOL, "line: does not go with \"from\"");
    if (value->from_policy && (file->policy == NULL || file->policy->fd < 0))
        return error_set(err, ERROR_PROTOCOL, "from: no such policy document was given");
    return 0;
}

static int take_key(const json_t *object, const struct setting_file *file,
                    struct setting_value *value, struct error *err)
{
    const char *type = "", *text = "", *from = "";
    const struct json_field fields[] = {
        {"key", JSON_TEXT, JSON_REQUIRED, &value->key, 1, LIMIT_SETTING_NAME, NULL},
        {"type", JSON_NAME, JSON_REQUIRED, &type, 1, LIMIT_NAME_BYTES, NULL},
        {"value", JSON_TEXT, JSON_REQUIRED, &text, 0, LIMIT_SETTING_BYTES, NULL},
        {"from", JSON_NAME, JSON_REQUIRED, &from, 1, LIMIT_NAME_BYTES, NULL},
        {"line", JSON_COUNT, JSON_REQUIRED, &value->line, 0, LINE_MOST, NULL},
        {"rule_line", JSON_COUNT, JSON_REQUIRED, &value->rule_line, 1, LINE_MOST, NULL},
    };
    int result = json_fields(object, fields, sizeof(fields) / sizeof(fields[0]), err);

    if (result < 0)
        return result;
    if (!key_valid(value->key))
        return error_set(err, ERROR_PROTOCOL, "key: expected parts [a-z0-9-] between slashes");
    if (!setting_type_find(type, &value->type))
        return error_set(err, ERROR_PROTOCOL, "type: expected bool, int, string or list");
    result = take_value(value->type, text, &value->value, err);
    return result < 0 ? result : take_place(file, from, value, err);
}

/* Every key of the answer, each once: *seen has them as members. */
static int take_keys(const json_t *keys, struct setting_file *file, json_t *seen, struct error *err)
{
    size_t i;
    json_t *object;

    file->values = bytes_allocate(json_array_size(keys) + 1, sizeof(file->values[0]));
    json_array_foreach(keys, i, object)
    {
        struct setting_value *value = &file->values[file->count++];

        if (take_key(object, file, value, err) < 0)
            return error_context(err, "key %zu", i + 1);
        if (json_object_get(seen, value->key) != NULL)
            return error_set(err, ERROR_PROTOCOL, "key %zu: %s is there twice", i + 1, value->key);
        json_object_set_new(seen, value->key, json_true());
    }
    return 0;
}

static void leave(struct setting_file *file, uint64_t line, const char *words)
{
    char place[24] = "";

    if (line > 0)
        snprintf(place, sizeof(place), ":%llu", (unsigned long long)line);
    file->left = true;
    snprintf(file->words, sizeof(file->words), "%.100s%s: %.350s", file->name, place, words);
}

/* A key that is not for rules to make, or that whoever reads it could not read. */
static void judge_keys(struct setting_file *file)
{
    char words[ERROR_WORDS_BYTES];

    for (size_t i = 0; i < file->count && !file->left; i++) {
        const struct setting_value *value = &file->values[i];
        const struct setting_key *row = setting_key_find(value->key);
        const char *why = protected_key(value->key);

        if (why != NULL)
            snprintf(words, sizeof(words), "%s: no key may be called so: %s", value->key, why);
        else if (row != NULL && row->type != value->type)
            snprintf(words, sizeof(words), "%s: type %s: expected %s", value->key,
                     setting_type_name(value->type), setting_type_name(row->type));
        else
            continue;
        leave(file, value->rule_line, words);
    }
}

/* The document that the file reads is there and was not taken: what it says is not known. */
static void judge_policy(struct setting_file *file, const struct policy_source *policy)
{
    char words[ERROR_WORDS_BYTES];

    if (file->left)
        return;
    if (file->policy != NULL && file->policy->fd < 0)
        snprintf(words, sizeof(words), "its policy %s.xml is left out", file->policy->stem);
    else if (file->policy == NULL && policy->trouble[0] != '\0')
        snprintf(words, sizeof(words), "the site's policy is left out");
    else
        return;
    leave(file, 0, words);
}

static int take_good(const json_t *object, const struct policy_source *policy,
                     struct setting_file *file, json_t *seen, struct error *err)
{
    const char *name, *stem = "";
    json_t *keys = NULL;
    bool ok;
    const struct json_field fields[] = {
        {"file", JSON_TEXT, JSON_REQUIRED, &name, 1, LIMIT_PATH_BYTES, NULL},
        {"ok", JSON_FLAG, JSON_REQUIRED, &ok, 0, 0, NULL},
        {"policy", JSON_NAME, JSON_REQUIRED, &stem, 1, LIMIT_NAME_BYTES, NULL},
        {"keys", JSON_LIST, JSON_REQUIRED, &keys, 0, LIMIT_RULE_KEYS, NULL},
    };
    int result = json_fields(object, fields, sizeof(fields) / sizeof(fields[0]), err);

    if (result < 0)
        return result;
    file->policy = policy_source_find(policy, stem);
    file->keys_known = true;
    result = take_keys(keys, file, seen, err);
    if (result < 0)
        return result;
    judge_keys(file);
    judge_policy(file, policy);
    return 0;
}

/* The driver's words are from outside: whoever stores or shows them escapes them. */
static int take_failed(const json_t *object, const struct policy_source *policy,
                       struct setting_file *file, struct error *err)
{
    const char *name, *stem = "", *words = "";
    uint64_t line = 0;
    bool ok;
    const struct json_field fields[] = {
        {"file", JSON_TEXT, JSON_REQUIRED, &name, 1, LIMIT_PATH_BYTES, NULL},
        {"ok", JSON_FLAG, JSON_REQUIRED, &ok, 0, 0, NULL},
        {"policy", JSON_TEXT, JSON_OPTIONAL, &stem, 0, LIMIT_NAME_BYTES, NULL},
        {"line", JSON_COUNT, JSON_REQUIRED, &line, 0, LINE_MOST, NULL},
        {"words", JSON_TEXT, JSON_REQUIRED, &words, 1, 4 * ERROR_WORDS_BYTES, NULL},
    };
    int result = json_fields(object, fields, sizeof(fields) / sizeof(fields[0]), err);

    if (result < 0)
        return result;
    file->policy = policy_source_find(policy, stem);
    leave(file, line, words);
    return 0;
}

static void forget_values(struct setting_file *file)
{
    for (size_t i = 0; i < file->count; i++)
        free(file->values[i].value);
    free(file->values);
    file->values = NULL;
    file->count = 0;
}

/* An answer that can't be used for one file counts as none for that file: what it makes is not
 * known. */
static void take_unusable(struct setting_file *file, const struct error *why)
{
    char words[ERROR_WORDS_BYTES];

    forget_values(file);
    file->keys_known = false;
    snprintf(words, sizeof(words), "the driver's answer for it: %.300s", why->words);
    leave(file, 0, words);
}

static int take_file(const json_t *object, const char *expected, const struct policy_source *policy,
                     struct setting_file *file, json_t *seen, struct error *err)
{
    const char *name = json_string_value(json_object_get(object, "file"));
    const json_t *ok = json_object_get(object, "ok");
    struct error why;
    int result;

    if (name == NULL || strcmp(name, expected) != 0)
        return error_set(err, ERROR_PROTOCOL, "file: expected %s", expected);
    if (!json_is_boolean(ok))
        return error_set(err, ERROR_PROTOCOL, "ok: expected true or false");
    file->name = name;
    result = json_is_true(ok) ? take_good(object, policy, file, seen, &why)
                              : take_failed(object, policy, file, &why);
    if (result < 0)
        take_unusable(file, &why);
    return 0;
}

static int take_files(const json_t *files, char *const *rule_files,
                      const struct policy_source *policy, struct setting_answer *answer,
                      struct error *err)
{
    json_t *seen = json_object(), *object;
    int result = 0;
    size_t i;

    json_array_foreach(files, i, object)
    {
        struct setting_file *file = &answer->files[answer->count++];

        result = take_file(object, rule_files[i], policy, file, seen, err);
        if (result < 0) {
            error_context(err, "file %zu", i + 1);
            break;
        }
    }
    json_decref(seen);
    return result;
}

int setting_answer_read(json_t *reply, char *const *rule_files, size_t rule_count,
                        const struct policy_source *policy, struct setting_answer *answer,
                        struct error *err)
{
    json_t *files = NULL;
    const struct json_field fields[] = {
        {"files", JSON_LIST, JSON_REQUIRED, &files, 0, LIMIT_RULE_FILES, NULL},
    };
    int result;

    *answer = (struct setting_answer){.reply = json_incref(reply)};
    result = json_fields(reply, fields, 1, err);
    if (result == 0 && json_array_size(files) != rule_count)
        result = error_set(err, ERROR_PROTOCOL, "files: %zu, expected %zu", json_array_size(files),
                           rule_count);
    if (result == 0) {
        answer->files = bytes_allocate(rule_count + 1, sizeof(answer->files[0]));
        result = take_files(files, rule_files, policy, answer, err);
    }
    if (result == 0)
        return 0;
    err->code = ERROR_PROTOCOL;
    return error_context(err, "the remapper's answer");
}

void setting_answer_clear(struct setting_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++)
        forget_values(&answer->files[i]);
    free(answer->files);
    json_decref(answer->reply);
    *answer = (struct setting_answer){0};
}
