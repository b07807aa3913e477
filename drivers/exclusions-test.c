/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <string.h>

#include "drivers/exclusions.h"
#include "media/base/limits.h"

static const struct rule_field fields[] = {
    {"flags", RULE_TABLE, false, 0, 0},      {"packages", RULE_TABLE, false, 0, 0},
    {"units", RULE_TABLE, false, 0, 0},      {"desktops", RULE_TABLE, false, 0, 0},
    {"os_release", RULE_TABLE, false, 0, 0}, {"components", RULE_TABLE, false, 0, 0},
    {"files", RULE_TABLE, false, 0, 0},      {"excludes", RULE_TEXTS, true, 0, LIMIT_EXCLUSIONS},
};

static json_t *mock_package(json_t *value, const char *name)
{
    if (!json_is_string(value))
        return NULL;
    return json_pack("{s:s, s:O, s:s}", "name", name, "version", value, "manager", "dpkg");
}

/* A table of the case, with the name that it was asked by. */
static json_t *mock_named(json_t *value, const char *key, const char *name)
{
    json_t *copy = json_is_object(value) ? json_copy(value) : NULL;

    if (copy != NULL)
        json_object_set_new(copy, key, json_string(name));
    return copy;
}

static json_t *mock_unit(json_t *value, const char *name)
{
    return mock_named(value, "name", name);
}

static json_t *mock_desktop(json_t *value, const char *name)
{
    return mock_named(value, "id", name);
}

static json_t *mock_plain(json_t *value, const char *name)
{
    return json_incref(value);
}

static json_t *mock_exists(json_t *value, const char *name)
{
    return value != NULL ? json_string(json_is_string(value) ? "file" : "dir") : NULL;
}

/* {} of a rule is an empty table to JSON, also where a list is meant. */
static json_t *mock_list(json_t *value, const char *name)
{
    if (json_is_object(value))
        return json_array();
    return json_is_array(value) ? json_incref(value) : NULL;
}

static json_t *mock_read(json_t *value, const char *name)
{
    return json_is_string(value) ? json_incref(value) : NULL;
}

static const struct mock_row {
    const char *call, *table;
    json_t *(*answer)(json_t *value, const char *name);
} mocks[] = {
    {"package", "packages", mock_package}, {"unit", "units", mock_unit},
    {"desktop", "desktops", mock_desktop}, {"os_release", "os_release", mock_plain},
    {"exists", "files", mock_exists},      {"list", "files", mock_list},
    {"read", "files", mock_read},          {"component", "components", mock_plain},
};

static json_t *mock(void *context, const char *call, const json_t *arguments,
                    char reason[static ERROR_WORDS_BYTES])
{
    const char *name = json_string_value(json_array_get(arguments, 0));

    for (size_t i = 0; i < sizeof(mocks) / sizeof(mocks[0]); i++) {
        if (strcmp(mocks[i].call, call) == 0)
            return mocks[i].answer(json_object_get(json_object_get(context, mocks[i].table), name),
                                   name);
    }
    return NULL;
}

static int compare(const json_t *expected, const json_t *got, struct error *err)
{
    size_t count = json_array_size(expected);

    for (size_t i = 0; i < count && i < json_array_size(got); i++) {
        const char *wanted = json_string_value(json_array_get(expected, i));
        const char *path = json_string_value(json_object_get(json_array_get(got, i), "path"));

        if (strcmp(wanted, path) != 0)
            return error_set(err, ERROR_BAD_CONTENT, "exclusion %zu: expected %s, got %s", i + 1,
                             wanted, path);
    }
    if (json_array_size(got) != count)
        return error_set(err, ERROR_BAD_CONTENT, "expected %zu exclusions, got %zu", count,
                         json_array_size(got));
    return 0;
}

static int run_case(struct rule *rule, json_t *given, struct error *err)
{
    const struct rule_ask mocked = {.mock = mock, .context = given};
    struct rule_ask before;
    json_t *app = NULL;
    int result;

    rule_feed_mock_begin(rule, given, &mocked, &before);
    result = exclusions_rule_run(rule, &app, err);
    rule_feed_mock_end(rule, &before);
    if (result == 0)
        result =
            compare(json_object_get(given, "excludes"), json_object_get(app, "exclusions"), err);
    json_decref(app);
    return result;
}

int exclusions_test_run(struct rule *rule, lua_State *lua, bool *positive, struct error *err)
{
    json_t *given;
    int result = rule_table_check(lua, -1, fields, sizeof(fields) / sizeof(fields[0]), err);

    if (result < 0)
        return result;
    given = rule_to_json(lua, -1, err);
    if (given == NULL)
        return -(int)err->code;
    *positive = json_array_size(json_object_get(given, "excludes")) > 0;
    result = run_case(rule, given, err);
    json_decref(given);
    return result;
}
