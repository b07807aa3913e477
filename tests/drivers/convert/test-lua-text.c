/* SPDX-License-Identifier: ISC
 *
 * Any bytes as Lua source: LuaJIT reads them back as they were, and a comment stays one.
 */
#include "tests/test.h"

#include <lauxlib.h>
#include <lua.h>

#include "drivers/convert/lua-text.h"
#include "media/base/limits.h"

static void back_again(lua_State *lua, const void *data, size_t size)
{
    struct error err = {0};
    struct bytes source;
    const char *got;
    size_t got_size;

    bytes_init(&source, 1 * MIB);
    assert_ok(lua_text_put(&source, &err, "return "), &err);
    assert_ok(lua_text_quote(&source, bytes_view_of(data, size), &err), &err);
    if (luaL_loadbufferx(lua, (const char *)source.data, source.size, "=t", "t") != 0)
        fail_msg("%s", lua_tostring(lua, -1));
    lua_call(lua, 0, 1);
    got = lua_tolstring(lua, -1, &got_size);
    assert_int_equal(got_size, size);
    assert_memory_equal(got, data, size);
    lua_pop(lua, 1);
    bytes_clear(&source);
}

static void test_quote(void **state)
{
    static const char *const texts[] = {
        "",
        "plain",
        "\"",
        "\\",
        "a\\",
        "\\\"",
        "a\nb",
        "\r",
        "]]",
        "]]--",
        "[[",
        "--[[",
        "\\123",
        ("\x01"
         "2"),
        "\xc3\xa4",
        "\" os.execute('x') --",
        "\\z \\x41",
        "%s%n",
    };
    lua_State *lua = luaL_newstate();
    char all[512];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        back_again(lua, texts[i], strlen(texts[i]));
    for (size_t i = 0; i < sizeof(all); i += 2) {
        all[i] = (char)(i / 2); /* each byte, NUL too, with a digit behind it */
        all[i + 1] = '7';
    }
    back_again(lua, all, sizeof(all));
    lua_close(lua);
}

static void test_comment(void **state)
{
    static const char *const words[] = {
        "[[ a", "[==[ a", "a\nerror('x')", "a\rerror('x')", "\xe2\x80\xa8 error('x')", "]] error()",
    };
    lua_State *lua = luaL_newstate();

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct error err = {0};
        struct bytes source;

        bytes_init(&source, 4096);
        assert_ok(
            lua_text_comment(&source, "author", bytes_view_of(words[i], strlen(words[i])), &err),
            &err);
        assert_ok(lua_text_put(&source, &err, "return 7"), &err);
        assert_int_equal(luaL_loadbufferx(lua, (const char *)source.data, source.size, "=t", "t"),
                         0);
        lua_call(lua, 0, 1);
        assert_int_equal(lua_tointeger(lua, -1), 7);
        lua_pop(lua, 1);
        bytes_clear(&source);
    }
    lua_close(lua);
}

static void test_ceiling(void **state)
{
    struct error err = {0};
    struct bytes source;

    (void)state;
    bytes_init(&source, 6);
    assert_refused(lua_text_quote(&source, bytes_view_of("abcdefgh", 8), &err), &err, ERROR_LIMIT);
    bytes_clear(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_comment),
        cmocka_unit_test(test_ceiling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
