/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/rule-source.h"
#include "drivers/rule-state.h"
#include "media/base/bytes.h"
#include "media/base/json.h"
#include "media/base/text.h"

struct loading {
    struct rule *rule;
    const char *text;
    size_t size;
};

/* Runs the file: cpcall. */
static int load_text(lua_State *lua)
{
    const struct loading *loading = lua_touserdata(lua, 1);
    char chunk[RULE_FILE_BYTES + 2];

    lua_settop(lua, 0);
    snprintf(chunk, sizeof(chunk), "=%s", loading->rule->file);
    if (luaL_loadbufferx(lua, loading->text, loading->size, chunk, "t") != 0)
        return lua_error(lua);
    rule_push_environment(lua);
    lua_setfenv(lua, -2);
    lua_call(lua, 0, 0);
    return 0;
}

struct testing {
    struct rule *rule;
    const struct rule_case *test;
    bool positive;
    struct error *err;
    int result;
};

static int run_case(lua_State *lua)
{
    struct testing *testing = lua_touserdata(lua, 1);
    struct rule *rule = testing->rule;

    lua_settop(lua, 0);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, testing->test->table);
    testing->result = rule->engine->family->selftest(rule, lua, &testing->positive, testing->err);
    return 0;
}

static int test_case(struct rule *rule, size_t i, bool *positive, struct error *err)
{
    struct testing testing = {.rule = rule, .test = &rule->cases[i], .err = err};

    if (rule_run_protected(rule, LIMIT_LUA_LOAD_US, RULE_LOAD_LIMIT, run_case, &testing, err) < 0)
        return -(int)err->code;
    *positive = testing.positive;
    if (testing.result == 0)
        return 0;
    error_context(err, "selftest");
    return rule_error_context(rule, rule->cases[i].line, err);
}

static int check_tested(struct rule *rule, struct error *err)
{
    const struct rule_family *family = rule->engine->family;

    if (family->tested == NULL || family->tested(rule, err) == 0)
        return 0;
    return rule_error_context(rule, 0, err);
}

static int test_rule(const struct driver_content *content, struct rule *rule, struct error *err)
{
    size_t count[2] = {0, 0};

    for (size_t i = 0; i < rule->case_count; i++) {
        bool positive = false;

        driver_at(content, rule->file, (uint64_t)rule->cases[i].line, rule->id);
        if (test_case(rule, i, &positive, err) < 0)
            return -(int)err->code;
        count[positive]++;
    }
    if (count[true] > 0 && count[false] > 0)
        return check_tested(rule, err);
    error_set(err, ERROR_BAD_CONTENT,
              "expected a positive and a negative selftest at least, got %zu and %zu", count[true],
              count[false]);
    return rule_error_context(rule, 0, err);
}

static int read_text(const struct driver_file *file, struct bytes *text, struct error *err)
{
    uint8_t *place;
    size_t done = 0;

    bytes_init(text, LIMIT_LUA_RULE_BYTES);
    if (file->size > LIMIT_LUA_RULE_BYTES)
        return error_set(err, ERROR_BAD_CONTENT, "larger than LUA_RULE_BYTES, %lld bytes",
                         (long long)LIMIT_LUA_RULE_BYTES);
    if (bytes_reserve(text, (size_t)file->size, &place, err) < 0)
        return -(int)err->code;
    while (done < file->size) {
        ssize_t got = pread(file->fd, place + done, (size_t)file->size - done, (off_t)done);

        if (got <= 0)
            return error_set(err, ERROR_IO, "can't be read");
        done += (size_t)got;
    }
    return 0;
}

/* Who is to blame, before and after the id is known; the file's name may hold anything. */
static void set_blame(struct rule *rule)
{
    char words[ERROR_WORDS_BYTES];
    struct bytes text;
    struct error err;
    json_t *list;

    snprintf(words, sizeof(words), "%s%s%s%s%s", rule->file, rule->id[0] != '\0' ? ": " : "",
             rule->id[0] != '\0' ? rule->engine->family->head : "", rule->id[0] != '\0' ? " " : "",
             rule->id);
    list = json_pack("[s]", words);
    bytes_init(&text, 4 * sizeof(words) + 8);
    free(rule->blame);
    rule->blame = NULL;
    if (list != NULL && json_write(list, &text, &err) == 0 && text.size > 4) {
        text.data[text.size - 2] = '\0';
        rule->blame = bytes_copy_string((const char *)text.data + 2);
    }
    if (rule->blame == NULL)
        rule->blame = bytes_copy_string("a rule");
    bytes_clear(&text);
    json_decref(list);
}

static int check_id(const struct rule_set *set, const struct rule *rule, struct error *err)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct rule *other = set->rules[i];

        if (other == rule || strcmp(other->id, rule->id) != 0)
            continue;
        error_set(err, ERROR_BAD_CONTENT, "expected an id of its own, which %s has, too",
                  other->file);
        return rule_error_context(rule, 0, err);
    }
    return 0;
}

static int load_rule(struct rule_set *set, const struct driver_content *content, struct rule *rule,
                     const struct bytes *text, struct error *err)
{
    struct rule_engine *engine = set->engine;
    struct loading loading = {rule, (const char *)text->data, text->size};
    int line;

    if (rule_source_check(loading.text, loading.size, &line, err) < 0)
        return rule_error_context(rule, line, err);
    if (rule_memory_is_tight(engine))
        rule_memory_make_room(engine);
    engine->phase = RULE_LOADING;
    if (rule_run_protected(rule, LIMIT_LUA_LOAD_US, RULE_LOAD_LIMIT, load_text, &loading, err) < 0)
        return -(int)err->code;
    if (!rule->declared)
        return error_set(err, ERROR_BAD_CONTENT, "%s: expected %s{...} first", rule->file,
                         engine->family->head);
    set_blame(rule);
    if (check_id(set, rule, err) < 0)
        return -(int)err->code;
    engine->phase = RULE_TESTING;
    return test_rule(content, rule, err);
}

static struct rule *new_rule(struct rule_set *set, const char *file)
{
    struct rule *rule = bytes_allocate(1, sizeof(*rule));

    rule->engine = set->engine;
    rule->set = set;
    rule->owner = rule_owner_new(rule);
    text_escape_string(file, rule->file, sizeof(rule->file));
    set->rules[set->count++] = rule;
    set_blame(rule);
    return rule;
}

static int load_file(struct rule_set *set, const struct driver_content *content,
                     const struct driver_file *file, struct error *err)
{
    enum rule_phase before = set->engine->phase;
    struct rule *rule = new_rule(set, file->name);
    struct bytes text;
    int result;

    driver_at(content, file->name, 0, NULL);
    result = read_text(file, &text, err);
    if (result < 0)
        error_context(err, "%s", rule->file);
    else
        result = load_rule(set, content, rule, &text, err);
    set->engine->phase = before;
    bytes_clear(&text);
    return result;
}

static bool is_accompanying(const char *name)
{
    const char *dot = strrchr(name, '.');

    return (dot == NULL || strcmp(dot, ".lua") != 0) &&
           (strncmp(name, "README", 6) == 0 || strncmp(name, "LICENSE", 7) == 0);
}

static int load_files(struct rule_set *set, const struct driver_content *content, struct error *err)
{
    for (size_t i = 0; i < content->file_count; i++) {
        const char *name = content->files[i].name;
        const char *dot = strrchr(name, '.');

        if (is_accompanying(name))
            continue;
        if (dot == NULL || strcmp(dot, ".lua") != 0)
            return error_set(err, ERROR_BAD_CONTENT, "%s: expected *.lua", name);
        if (set->count == LIMIT_LUA_RULES)
            return error_set(err, ERROR_BAD_CONTENT, "more than LUA_RULES, %d files",
                             LIMIT_LUA_RULES);
        if (load_file(set, content, &content->files[i], err) < 0)
            return -(int)err->code;
    }
    if (set->count == 0)
        return error_set(err, ERROR_BAD_CONTENT, "expected a file *.lua at least");
    return 0;
}

static struct rule_set *new_set(struct rule_engine *engine, const struct driver_content *content)
{
    struct rule_set *set = bytes_allocate(1, sizeof(*set));
    struct rule_set **sets = bytes_allocate(engine->set_count + 1, sizeof(sets[0]));

    set->engine = engine;
    snprintf(set->type, sizeof(set->type), "%s", content->type);
    set->rules = bytes_allocate(content->file_count + 1, sizeof(set->rules[0]));
    if (engine->set_count > 0)
        memcpy(sets, engine->sets, engine->set_count * sizeof(sets[0]));
    sets[engine->set_count++] = set;
    free(engine->sets);
    engine->sets = sets;
    return set;
}

int rule_set_load(struct rule_engine *engine, const struct driver_content *content,
                  struct rule_set **set, struct error *err)
{
    *set = new_set(engine, content);
    if (load_files(*set, content, err) == 0)
        return 0;
    rule_set_free(*set);
    *set = NULL;
    err->code = ERROR_BAD_CONTENT;
    return -(int)err->code;
}

void rule_let_go(struct rule *rule)
{
    lua_State *lua = rule->engine->lua;

    for (size_t i = 0; i < rule->kept_count; i++)
        luaL_unref(lua, LUA_REGISTRYINDEX, rule->kept[i]);
    for (size_t i = 0; i < rule->case_count; i++)
        luaL_unref(lua, LUA_REGISTRYINDEX, rule->cases[i].table);
    rule->kept_count = rule->case_count = 0;
    rule_patterns_free(rule->patterns);
    rule->patterns = NULL;
}

static void free_rule(struct rule *rule)
{
    const struct rule_family *family = rule->engine->family;

    rule_let_go(rule);
    if (rule->data != NULL && family->forget != NULL)
        family->forget(rule->data);
    rule_owner_leave(rule->owner);
    free(rule->blame);
    free(rule);
}

void rule_set_free(struct rule_set *set)
{
    struct rule_engine *engine;

    if (set == NULL)
        return;
    engine = set->engine;
    for (size_t i = 0; i < set->count; i++)
        free_rule(set->rules[i]);
    for (size_t i = 0; i < engine->set_count; i++)
        if (engine->sets[i] == set) {
            engine->set_count--;
            memmove(&engine->sets[i], &engine->sets[i + 1],
                    (engine->set_count - i) * sizeof(engine->sets[0]));
            break;
        }
    free(set->rules);
    free(set);
}

size_t rule_set_count(const struct rule_set *set)
{
    return set->count;
}

struct rule *rule_set_rule(const struct rule_set *set, size_t i)
{
    return set->rules[i];
}
