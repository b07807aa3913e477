/* SPDX-License-Identifier: ISC
 *
 * Expressions are bytes, not characters, and compiled once a rule. PCRE2 bounds what it does by steps,
 * but a step may run along the whole text, and a search may begin at each of its bytes: so steps are
 * fewer where the text is long, and a long search is made in slices, with a look at the clock between.
 */
#include <config.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <lauxlib.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/rule-state.h"
#include "media/base/bytes.h"
#include "media/base/event-filter.h"

#define NEST_MOST 32         /* parentheses in one another */
#define HEAP_KIB  1024       /* of one match */
#define STEP_WORK (64 * MIB) /* steps times bytes of the text: 50 ms */
#define SLICE_WORK                                                                                 \
    (16 * MIB) /* begins times bytes times what the expression may try at each: 20 ms */
#define GLOB_WORK     (16 * MIB) /* bytes of the text times bytes of the glob: 30 ms */
#define CAPTURES_MOST 32

struct rule_pattern {
    char *text;
    size_t size;
    pcre2_code *code;
    bool anchored;
};

struct rule_patterns {
    size_t count;
    struct rule_pattern rows[LIMIT_LUA_PATTERNS];
};

struct rule_matcher {
    pcre2_general_context *memory; /* charged to the rule */
    pcre2_compile_context *compile;
    pcre2_match_context *match;
    pcre2_match_data *data;
};

struct rule_matcher *rule_matcher_new(struct rule_engine *engine)
{
    struct rule_matcher *matcher = bytes_allocate(1, sizeof(*matcher));

    matcher->memory = pcre2_general_context_create(rule_memory_get, rule_memory_put, engine);
    matcher->compile = pcre2_compile_context_create(matcher->memory);
    matcher->match = pcre2_match_context_create(NULL);
    matcher->data = pcre2_match_data_create(CAPTURES_MOST + 1, NULL);
    pcre2_set_parens_nest_limit(matcher->compile, NEST_MOST);
    pcre2_set_heap_limit(matcher->match, HEAP_KIB);
    return matcher;
}

void rule_matcher_free(struct rule_matcher *matcher)
{
    pcre2_match_data_free(matcher->data);
    pcre2_match_context_free(matcher->match);
    pcre2_compile_context_free(matcher->compile);
    pcre2_general_context_free(matcher->memory);
    free(matcher);
}

void rule_patterns_free(struct rule_patterns *patterns)
{
    for (size_t i = 0; patterns != NULL && i < patterns->count; i++) {
        pcre2_code_free(patterns->rows[i].code);
        free(patterns->rows[i].text);
    }
    free(patterns);
}

static const struct rule_pattern *find_pattern(const struct rule_patterns *patterns,
                                               const char *text, size_t size)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (patterns->rows[i].size == size && memcmp(patterns->rows[i].text, text, size) == 0)
            return &patterns->rows[i];
    return NULL;
}

static pcre2_code *compile(lua_State *lua, const char *text, size_t size)
{
    const uint32_t options =
        PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT;
    struct rule_matcher *matcher = rule_engine_from(lua)->matcher;
    uint32_t captures = 0;
    PCRE2_SIZE place;
    PCRE2_UCHAR words[128];
    pcre2_code *code;
    int number;

    code = pcre2_compile((PCRE2_SPTR)text, size, options, &number, &place, matcher->compile);
    if (code == NULL) {
        pcre2_get_error_message(number, words, sizeof(words));
        rule_raise(lua, "expression, byte %zu: %s", (size_t)place, (const char *)words);
        return NULL;
    }
    pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &captures);
    if (captures > CAPTURES_MOST) {
        pcre2_code_free(code);
        rule_raise(lua, "expression: expected %d groups at most, got %u", CAPTURES_MOST, captures);
    }
    return code;
}

/* The expression at stack index 2. */
static const struct rule_pattern *check_pattern(lua_State *lua)
{
    struct rule *rule = rule_running(lua);
    const struct rule_pattern *found;
    struct rule_pattern *pattern;
    uint32_t options = 0;
    size_t size;
    const char *text = rule_check_text(lua, 2, LIMIT_LUA_PATTERN, &size);

    if (rule->patterns == NULL)
        rule->patterns = bytes_allocate(1, sizeof(*rule->patterns));
    found = find_pattern(rule->patterns, text, size);
    if (found != NULL)
        return found;
    if (rule->patterns->count == LIMIT_LUA_PATTERNS)
        rule_raise(lua, "more than LUA_PATTERNS, %d expressions", LIMIT_LUA_PATTERNS);
    pattern = &rule->patterns->rows[rule->patterns->count];
    pattern->code = compile(lua, text, size);
    pattern->text = bytes_allocate(size + 1, 1);
    memcpy(pattern->text, text, size);
    pattern->size = size;
    pcre2_pattern_info(pattern->code, PCRE2_INFO_ALLOPTIONS, &options);
    pattern->anchored = (options & PCRE2_ANCHORED) != 0;
    rule->patterns->count++;
    return pattern;
}

/* It is the text that does it, and who made that. number: PCRE2's, 0: none. */
static int raise_undecided(lua_State *lua, const char *words, int number)
{
    rule_engine_from(lua)->undecided = true;
    return number != 0 ? rule_raise(lua, "%s (%d)", words, number) : rule_raise(lua, "%s", words);
}

/* Of matches that begin from `from` to `to`. */
static bool search_slice(lua_State *lua, const struct rule_pattern *pattern, const char *text,
                         size_t size, size_t from, size_t to)
{
    struct rule_matcher *matcher = rule_engine_from(lua)->matcher;
    int result;

    pcre2_set_offset_limit(matcher->match, to);
    result =
        pcre2_match(pattern->code, (PCRE2_SPTR)text, size, from, 0, matcher->data, matcher->match);
    switch (result) {
    case PCRE2_ERROR_NOMATCH:
        return false;
    case PCRE2_ERROR_MATCHLIMIT:
    case PCRE2_ERROR_DEPTHLIMIT:
    case PCRE2_ERROR_HEAPLIMIT:
        raise_undecided(lua, "the expression takes more than LUA_MATCH_STEPS on this text", 0);
        return false;
    default:
        if (result < 0)
            raise_undecided(lua, "the expression can't be matched", result);
        return true;
    }
}

/* Text and expression are arguments 1 and 2; the groups are then in the matcher's data. */
static bool search(lua_State *lua, const char **text, const struct rule_pattern **pattern)
{
    struct rule_matcher *matcher = rule_engine_from(lua)->matcher;
    size_t size, steps, each;

    rule_check_count(lua, 2, 2);
    *text = rule_check_text(lua, 1, LIMIT_LUA_TEXT, &size);
    *pattern = check_pattern(lua);
    steps = STEP_WORK / (size + 1);
    each = SLICE_WORK / ((size + 1) * (1 + (*pattern)->size / 16));
    if (each == 0)
        each = 1;
    pcre2_set_match_limit(matcher->match,
                          steps < LIMIT_LUA_MATCH_STEPS ? (uint32_t)steps : LIMIT_LUA_MATCH_STEPS);
    for (size_t from = 0; from <= size; from += each) {
        rule_check_time(lua);
        if (search_slice(lua, *pattern, *text, size, from, from + each - 1))
            return true;
        if ((*pattern)->anchored)
            return false;
    }
    return false;
}

static int match_re(lua_State *lua)
{
    const struct rule_pattern *pattern;
    const char *text;

    lua_pushboolean(lua, search(lua, &text, &pattern));
    return 1;
}

/* Pushes group i; false: it took no part. */
static bool push_group(lua_State *lua, const char *text, uint32_t i)
{
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(rule_engine_from(lua)->matcher->data);

    if (ends[2 * i] == PCRE2_UNSET || ends[2 * i] > ends[2 * i + 1])
        return false;
    lua_pushlstring(lua, text + ends[2 * i], ends[2 * i + 1] - ends[2 * i]);
    return true;
}

/* Named groups, in the table at the top. Each row: number, two bytes, and the name. */
static void set_names(lua_State *lua, const char *text, const pcre2_code *code)
{
    uint32_t count = 0, size = 0;
    PCRE2_SPTR row = NULL;

    pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &row);
    for (uint32_t i = 0; i < count; i++, row += size)
        if (push_group(lua, text, (uint32_t)row[0] << 8 | row[1]))
            lua_setfield(lua, -2, (const char *)row + 2);
}

static int match_capture(lua_State *lua)
{
    const struct rule_pattern *pattern;
    uint32_t captures = 0;
    const char *text;

    if (!search(lua, &text, &pattern)) {
        lua_pushnil(lua);
        return 1;
    }
    pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &captures);
    lua_createtable(lua, (int)captures, 1);
    for (uint32_t i = 0; i <= captures; i++)
        if (push_group(lua, text, i))
            lua_rawseti(lua, -2, (int)i);
    set_names(lua, text, pattern->code);
    return 1;
}

static int match_glob(lua_State *lua)
{
    size_t size, pattern_size;
    const char *text, *pattern;

    rule_check_count(lua, 2, 2);
    text = rule_check_text(lua, 1, LIMIT_LUA_TEXT, &size);
    pattern = rule_check_text(lua, 2, LIMIT_LUA_PATTERN, &pattern_size);
    if (size * pattern_size > GLOB_WORK)
        return raise_undecided(lua, "expected a shorter text or a shorter pattern", 0);
    lua_pushboolean(lua, event_glob(pattern, pattern_size, text, size));
    return 1;
}

static int match_literal(lua_State *lua)
{
    size_t size, part_size;
    const char *text, *part;

    rule_check_count(lua, 2, 2);
    text = rule_check_text(lua, 1, LIMIT_LUA_TEXT, &size);
    part = rule_check_text(lua, 2, LIMIT_LUA_TEXT, &part_size);
    lua_pushboolean(lua, memmem(text, size, part, part_size) != NULL);
    return 1;
}

struct rule_library rule_library_match(void)
{
    static const struct rule_function rows[] = {
        {"match.capture", match_capture, "match.capture(s, re)",
         "nil, or a table: [0] what matched, [1] and on the groups, and the named ones"},
        {"match.glob", match_glob, "match.glob(s, glob)", "whether the whole text matches"},
        {"match.literal", match_literal, "match.literal(s, part)", "whether part is in it"},
        {"match.re", match_re, "match.re(s, re)", "whether it matches anywhere"},
    };

    return (struct rule_library){rows, sizeof(rows) / sizeof(rows[0])};
}
