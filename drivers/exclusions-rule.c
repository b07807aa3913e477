/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <string.h>

#include "drivers/exclusions.h"
#include "media/base/bytes.h"
#include "media/base/json.h"
#include "media/base/limits.h"

struct exclusions_rule {
    int installed, exclude;
};

static const struct rule_field head[] = {
    {"id", RULE_TEXT, true, 1, LIMIT_NAME_BYTES},
    {"title", RULE_TEXT, true, 1, LIMIT_LUA_TITLE_BYTES},
    {"installed", RULE_FUNCTION, true, 0, 0},
    {"exclude", RULE_FUNCTION, true, 0, 0},
};

int exclusions_rule_declare(struct rule *rule, lua_State *lua, void **data, struct error *err)
{
    struct exclusions_rule *made;

    if (rule_table_check(lua, -1, head, sizeof(head) / sizeof(head[0]), err) < 0)
        return -(int)err->code;
    *data = made = bytes_allocate(1, sizeof(*made));
    made->installed = rule_keep_field(rule, lua, "installed");
    made->exclude = rule_keep_field(rule, lua, "exclude");
    return 0;
}

/* What is asked of one rule. */
struct question {
    const struct rule *rule;
    json_t *version; /* NULL: not here */
    json_t *list;    /* of exclude, in our form */
};

static int take_version(void *context, lua_State *lua, struct error *err)
{
    struct question *question = context;
    const char *version = lua_type(lua, 1) == LUA_TSTRING ? lua_tostring(lua, 1) : NULL;

    if (lua_isnil(lua, 1))
        return 0;
    if (version == NULL || strlen(version) != lua_objlen(lua, 1) ||
        !json_text_valid(version, LIMIT_VERSION_BYTES))
        return error_set(err, ERROR_BAD_CONTENT,
                         "installed: expected a version of at most %d bytes or nil",
                         LIMIT_VERSION_BYTES);
    question->version = json_string(version);
    return 0;
}

/* Whether such a path is taken is the endpoint's to say; its beginning tells the types apart. */
static int check_path(const struct rule *rule, const char *path, struct error *err)
{
    const char *front = strcmp(rule_type(rule), EXCLUSIONS_USERAPPFEED) == 0 ? "~/" : "/";

    if (strncmp(path, front, strlen(front)) == 0)
        return 0;
    return error_set(err, ERROR_BAD_CONTENT, "path: expected one that begins with %s", front);
}

static int check_exclusion(const struct rule *rule, const json_t *one, struct error *err)
{
    const char *path = "", *reason = "";
    const struct json_field fields[] = {
        {"path", JSON_TEXT, JSON_REQUIRED, &path, 1, LIMIT_EXCLUSION_PATH, NULL},
        {"reason", JSON_TEXT, JSON_REQUIRED, &reason, 1, LIMIT_EXCLUSION_REASON, NULL},
    };

    if (json_fields(one, fields, sizeof(fields) / sizeof(fields[0]), err) < 0)
        return -(int)err->code;
    return check_path(rule, path, err);
}

static int check_list(const struct rule *rule, const json_t *list, struct error *err)
{
    const json_t *one;
    size_t i;

    if (!json_is_array(list) || json_array_size(list) > LIMIT_EXCLUSIONS)
        return error_set(err, ERROR_BAD_CONTENT, "exclude: expected a list of at most %d",
                         LIMIT_EXCLUSIONS);
    json_array_foreach(list, i, one)
    {
        if (check_exclusion(rule, one, err) < 0) {
            err->code = ERROR_BAD_CONTENT;
            return error_context(err, "exclude: [%zu]", i + 1);
        }
    }
    return 0;
}

/* {} of a rule is an empty table to JSON, also where a list is meant. */
static int take_list(void *context, lua_State *lua, struct error *err)
{
    struct question *question = context;

    if (!lua_istable(lua, 1))
        return error_set(err, ERROR_BAD_CONTENT, "exclude: expected a list, got %s",
                         lua_typename(lua, lua_type(lua, 1)));
    question->list = rule_to_json(lua, 1, err);
    if (question->list == NULL)
        return error_context(err, "exclude");
    if (json_is_object(question->list) && json_object_size(question->list) == 0) {
        json_decref(question->list);
        question->list = json_array();
    }
    return check_list(question->rule, question->list, err);
}

static int push_version(void *context, lua_State *lua)
{
    const struct question *question = context;

    rule_push_json(lua, question->version);
    return 0;
}

static int ask(struct rule *rule, struct question *question, struct error *err)
{
    const struct exclusions_rule *kept = rule_data(rule);
    const struct rule_call installed = {
        .kept = kept->installed, .results = 1, .take = take_version, .context = question};
    const struct rule_call exclude = {.kept = kept->exclude,
                                      .arguments = 1,
                                      .results = 1,
                                      .push = push_version,
                                      .take = take_list,
                                      .context = question};
    int result = rule_call(rule, &installed, err);

    if (result < 0 || question->version == NULL)
        return result;
    return rule_call(rule, &exclude, err);
}

int exclusions_rule_run(struct rule *rule, json_t **app, struct error *err)
{
    struct question question = {.rule = rule};
    int result = ask(rule, &question, err);

    *app = NULL;
    if (result == 0 && question.version != NULL)
        *app = json_pack("{s:s, s:O, s:O}", "id", rule_id(rule), "version", question.version,
                         "exclusions", question.list);
    json_decref(question.version);
    json_decref(question.list);
    return result;
}
