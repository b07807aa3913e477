/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "drivers/repair.h"
#include "media/base/bytes.h"
#include "media/base/json.h"
#include "media/base/limits.h"

#define CASE_CALLS 32 /* that a case may expect: changes of one rule */

/* A case while it runs. */
struct repair_case {
    const json_t *files, *contents, *indexes, *fails;
    json_t *calls; /* changes asked for so far: each as one text, the verb and its arguments */
};

static const struct rule_field fields[] = {
    {"flags", RULE_TABLE, false, 0, 0},          {"files", RULE_TABLE, false, 0, 0},
    {"contents", RULE_TABLE, false, 0, 0},       {"indexes", RULE_TABLE, false, 0, 0},
    {"fails", RULE_TEXTS, false, 0, CASE_CALLS}, {"calls", RULE_TEXTS, true, 0, CASE_CALLS},
};

static bool has_text(const json_t *list, const char *text)
{
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        if (strcmp(json_string_value(one), text) == 0)
            return true;
    }
    return false;
}

static const char *first(const json_t *arguments)
{
    const char *text = json_string_value(json_array_get(arguments, 0));

    return text != NULL ? text : "";
}

static json_t *mock_stat(const struct repair_case *mocks, const char *path)
{
    json_t *file = json_object_get(mocks->files, path);
    json_t *copy = json_is_object(file) ? json_copy(file) : NULL;

    json_object_del(copy, "sha384");
    return copy;
}

/* What is not named is sound. */
static json_t *mock_sound(const json_t *named, const char *name,
                          char reason[static ERROR_WORDS_BYTES])
{
    bool sound = !json_is_false(json_object_get(named, name));

    if (!sound)
        snprintf(reason, ERROR_WORDS_BYTES, "the case says so");
    return json_boolean(sound);
}

static json_t *mock_change(const struct repair_case *mocks, const char *verb,
                           const json_t *arguments, char reason[static ERROR_WORDS_BYTES])
{
    bool done = !has_text(mocks->fails, verb);
    struct bytes text;
    const json_t *argument;
    struct error err;
    int result;
    size_t i;

    bytes_init(&text, (DRIVER_ARGUMENTS + 1) * (LIMIT_PATH_BYTES + 1));
    result = bytes_put(&text, verb, strlen(verb), &err);
    json_array_foreach(arguments, i, argument)
    {
        if (result == 0)
            result = bytes_put(&text, " ", 1, &err);
        if (result == 0)
            result =
                bytes_put(&text, json_string_value(argument), json_string_length(argument), &err);
    }
    if (result == 0)
        json_array_append_new(mocks->calls, json_stringn((const char *)text.data, text.size));
    bytes_clear(&text);
    if (!done)
        snprintf(reason, ERROR_WORDS_BYTES, "the case says so");
    return json_boolean(done);
}

static json_t *mock(void *context, const char *call, const json_t *arguments,
                    char reason[static ERROR_WORDS_BYTES])
{
    const struct repair_case *mocks = context;
    const json_t *file = json_object_get(mocks->files, first(arguments));

    if (strcmp(call, "stat") == 0)
        return mock_stat(mocks, first(arguments));
    if (strcmp(call, "sha384") == 0)
        return json_incref(json_object_get(file, "sha384"));
    if (strcmp(call, "content_ok") == 0)
        return mock_sound(mocks->contents, first(arguments), reason);
    if (strcmp(call, "index_ok") == 0)
        return mock_sound(mocks->indexes, first(arguments), reason);
    return mock_change(mocks, call, arguments, reason);
}

/* "set_mode" stands for it with any arguments. */
static bool is_call(const char *expected, const char *made)
{
    size_t size = strlen(expected);

    return strncmp(expected, made, size) == 0 &&
           (made[size] == '\0' || (made[size] == ' ' && strchr(expected, ' ') == NULL));
}

static int compare(const json_t *expected, const json_t *made, struct error *err)
{
    size_t count = json_array_size(expected);

    for (size_t i = 0; i < count && i < json_array_size(made); i++) {
        const char *wanted = json_string_value(json_array_get(expected, i));
        const char *got = json_string_value(json_array_get(made, i));

        if (!is_call(wanted, got))
            return error_set(err, ERROR_BAD_CONTENT, "call %zu: expected %s, got %s", i + 1, wanted,
                             got);
    }
    if (json_array_size(made) != count)
        return error_set(err, ERROR_BAD_CONTENT, "expected %zu calls, got %zu", count,
                         json_array_size(made));
    return 0;
}

static int run_case(struct rule *rule, json_t *given, struct error *err)
{
    struct repair_case mocks = {.files = json_object_get(given, "files"),
                                .contents = json_object_get(given, "contents"),
                                .indexes = json_object_get(given, "indexes"),
                                .fails = json_object_get(given, "fails"),
                                .calls = json_array()};
    const struct rule_ask mocked = {.mock = mock, .context = &mocks};
    struct rule_ask before;
    struct repair_outcome outcome;
    int result;

    rule_feed_mock_begin(rule, given, &mocked, &before);
    result = repair_rule_run(rule, &outcome, err);
    rule_feed_mock_end(rule, &before);
    if (result == 0)
        result = compare(json_object_get(given, "calls"), mocks.calls, err);
    json_decref(mocks.calls);
    return result;
}

int repair_test_run(struct rule *rule, lua_State *lua, bool *positive, struct error *err)
{
    json_t *given;
    int result = rule_table_check(lua, -1, fields, sizeof(fields) / sizeof(fields[0]), err);

    if (result < 0)
        return result;
    given = rule_to_json(lua, -1, err);
    if (given == NULL)
        return -(int)err->code;
    *positive = json_array_size(json_object_get(given, "calls")) > 0;
    result = run_case(rule, given, err);
    json_decref(given);
    return result;
}
