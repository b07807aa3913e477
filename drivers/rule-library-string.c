/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <lauxlib.h>
#include <string.h>

#include "drivers/rule-state.h"

#define BYTES_MOST      255 /* values of one string.byte */
#define CONVERSION_MOST 15  /* bytes of one conversion and its NUL: "%-+ #099.99lld" */
#define FIELD_MOST      512 /* bytes that one number makes: 1e308 with 99 digits behind the point */

static const char *check_any(lua_State *lua, int index, size_t *size)
{
    return rule_check_text(lua, index, LIMIT_LUA_TEXT, size);
}

static int string_len(lua_State *lua)
{
    size_t size;

    rule_check_count(lua, 1, 1);
    rule_check_text(lua, 1, LIMIT_LUA_CALL_MEMORY, &size);
    lua_pushinteger(lua, (lua_Integer)size);
    return 1;
}

static int64_t place(int64_t at, size_t size)
{
    return at < 0 ? at + (int64_t)size + 1 : at;
}

/* [*first, *last] from arguments 2 and 3, as Lua counts: within 1..size, or empty. */
static void check_range(lua_State *lua, size_t size, int64_t last, int64_t *from, int64_t *to)
{
    *from = lua_gettop(lua) >= 2 ? rule_check_integer(lua, 2, INT32_MIN, INT32_MAX) : 1;
    *to = lua_gettop(lua) >= 3 ? rule_check_integer(lua, 3, INT32_MIN, INT32_MAX) : last;
    *from = place(*from, size);
    *to = place(*to, size);
    *from = *from < 1 ? 1 : *from;
    *to = *to > (int64_t)size ? (int64_t)size : *to;
}

static int string_sub(lua_State *lua)
{
    int64_t from, to;
    size_t size;
    const char *text;

    rule_check_count(lua, 2, 3);
    text = rule_check_text(lua, 1, LIMIT_LUA_CALL_MEMORY, &size);
    check_range(lua, size, -1, &from, &to);
    if (from > to)
        lua_pushliteral(lua, "");
    else
        lua_pushlstring(lua, text + from - 1, (size_t)(to - from + 1));
    return 1;
}

static int string_byte(lua_State *lua)
{
    int64_t from, to;
    size_t size;
    const char *text;

    rule_check_count(lua, 1, 3);
    text = rule_check_text(lua, 1, LIMIT_LUA_CALL_MEMORY, &size);
    check_range(lua, size,
                lua_gettop(lua) >= 2 ? rule_check_integer(lua, 2, INT32_MIN, INT32_MAX) : 1, &from,
                &to);
    if (from > to)
        return 0;
    if (to - from >= BYTES_MOST)
        return rule_raise(lua, "expected %d bytes at most", BYTES_MOST);
    luaL_checkstack(lua, BYTES_MOST, "string.byte");
    for (int64_t i = from; i <= to; i++)
        lua_pushinteger(lua, (unsigned char)text[i - 1]);
    return (int)(to - from + 1);
}

static int string_char(lua_State *lua)
{
    char *out = rule_engine_from(lua)->scratch;
    int count = lua_gettop(lua);

    rule_check_count(lua, 0, LIMIT_LUA_TEXT);
    for (int i = 1; i <= count; i++)
        out[i - 1] = (char)rule_check_integer(lua, i, 0, 255);
    lua_pushlstring(lua, out, (size_t)count);
    return 1;
}

static int string_lower(lua_State *lua)
{
    char *out = rule_engine_from(lua)->scratch;
    size_t size;
    const char *text;

    rule_check_count(lua, 1, 1);
    text = check_any(lua, 1, &size);
    for (size_t i = 0; i < size; i++)
        out[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i]);
    lua_pushlstring(lua, out, size);
    return 1;
}

static int string_upper(lua_State *lua)
{
    char *out = rule_engine_from(lua)->scratch;
    size_t size;
    const char *text;

    rule_check_count(lua, 1, 1);
    text = check_any(lua, 1, &size);
    for (size_t i = 0; i < size; i++)
        out[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - ('a' - 'A') : text[i]);
    lua_pushlstring(lua, out, size);
    return 1;
}

/* What string.format has made so far: in the scratch. */
struct formatting {
    lua_State *lua;
    char *out;
    size_t size;
    int argument;
};

static void put(struct formatting *formatting, const void *data, size_t size)
{
    if (size > LIMIT_LUA_TEXT - formatting->size)
        rule_raise(formatting->lua, "makes more than LUA_TEXT, %lld bytes",
                   (long long)LIMIT_LUA_TEXT);
    memcpy(formatting->out + formatting->size, data, size);
    formatting->size += size;
}

/* One conversion, from behind the % on: flags, two digits of width, two of precision, a letter. */
static const char *read_conversion(struct formatting *formatting, const char *c, char *conversion)
{
    size_t size = 0;

    conversion[size++] = '%';
    for (; *c != '\0' && strchr("-+ #0", *c) != NULL && size < 6; c++)
        conversion[size++] = *c;
    for (unsigned i = 0; i < 2 && *c >= '0' && *c <= '9'; i++)
        conversion[size++] = *c++;
    if (*c == '.') {
        conversion[size++] = *c++;
        for (unsigned i = 0; i < 2 && *c >= '0' && *c <= '9'; i++)
            conversion[size++] = *c++;
    }
    if (*c == '\0' || strchr("dixXofeEgGcs", *c) == NULL)
        rule_raise(formatting->lua,
                   "expected %%d %%i %%x %%X %%o %%f %%e %%E %%g %%G %%c %%s or %%%%");
    conversion[size] = '\0';
    return c;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void put_number(struct formatting *formatting, char *conversion, char letter)
{
    size_t end = strlen(conversion);
    char field[FIELD_MOST];
    int size;

    if (strchr("dixXo", letter) != NULL) {
        int64_t number =
            rule_check_integer(formatting->lua, formatting->argument, INT64_MIN, INT64_MAX);

        snprintf(conversion + end, CONVERSION_MOST - end, "ll%c", letter);
        size = snprintf(field, sizeof(field), conversion, (long long)number);
    } else {
        if (lua_type(formatting->lua, formatting->argument) != LUA_TNUMBER)
            rule_raise(formatting->lua, "argument %d: expected a number, got %s",
                       formatting->argument, luaL_typename(formatting->lua, formatting->argument));
        snprintf(conversion + end, CONVERSION_MOST - end, "%c", letter);
        size = snprintf(field, sizeof(field), conversion,
                        lua_tonumber(formatting->lua, formatting->argument));
    }
    put(formatting, field, size < FIELD_MOST ? (size_t)size : FIELD_MOST - 1);
}

/* With a width or precision at most 99 bytes count; without, the whole text. */
static void put_text(struct formatting *formatting, char *conversion)
{
    size_t end = strlen(conversion), size;
    char field[FIELD_MOST];
    const char *text;

    rule_push_text(formatting->lua, formatting->argument);
    text = lua_tolstring(formatting->lua, -1, &size);
    if (end == 1) {
        put(formatting, text, size);
    } else {
        snprintf(conversion + end, CONVERSION_MOST - end, "s");
        snprintf(field, sizeof(field), conversion, text);
        put(formatting, field, strlen(field));
    }
    lua_pop(formatting->lua, 1);
}
#pragma GCC diagnostic pop

static const char *put_conversion(struct formatting *formatting, const char *c)
{
    char conversion[CONVERSION_MOST];

    if (*c == '%') {
        put(formatting, c, 1);
        return c + 1;
    }
    c = read_conversion(formatting, c, conversion);
    formatting->argument++;
    if (formatting->argument > lua_gettop(formatting->lua))
        rule_raise(formatting->lua, "argument %d: missing", formatting->argument);
    if (*c == 'c') {
        char byte = (char)rule_check_integer(formatting->lua, formatting->argument, 0, 255);

        put(formatting, &byte, 1);
    } else if (*c == 's') {
        put_text(formatting, conversion);
    } else {
        put_number(formatting, conversion, *c);
    }
    return c + 1;
}

static int string_format(lua_State *lua)
{
    struct formatting formatting = {lua, rule_engine_from(lua)->scratch, 0, 1};
    const char *c = rule_check_text(lua, 1, LIMIT_LUA_TEXT, NULL);

    while (*c != '\0') {
        size_t plain = strcspn(c, "%");

        put(&formatting, c, plain);
        c += plain;
        if (*c == '%')
            c = put_conversion(&formatting, c + 1);
    }
    lua_pushlstring(lua, formatting.out, formatting.size);
    return 1;
}

struct rule_library rule_library_string(void)
{
    static const struct rule_function rows[] = {
        {"string.byte", string_byte, "string.byte(s, i, j)", "bytes i to j as numbers"},
        {"string.char", string_char, "string.char(...)", "a text of these bytes"},
        {"string.format", string_format, "string.format(f, ...)",
         "%d %i %x %X %o %f %e %g %c %s %%, width and precision of two digits"},
        {"string.len", string_len, "string.len(s)", "bytes"},
        {"string.lower", string_lower, "string.lower(s)", "A-Z as a-z"},
        {"string.sub", string_sub, "string.sub(s, i, j)", "bytes i to j as a text"},
        {"string.upper", string_upper, "string.upper(s)", "a-z as A-Z"},
    };

    return (struct rule_library){rows, sizeof(rows) / sizeof(rows[0])};
}
