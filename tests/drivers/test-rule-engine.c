/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/test.h"

#include "tests/drivers/rule-scene.h"

/* What would end a real driver's process is for others to see. */
void driver_at(const struct driver_content *content, const char *file, uint64_t line,
               const char *item)
{
}

#define HEAD "rule{id=\"a\", title=\"A\"}\n"
#define TESTS                                                                                      \
    "selftest{event={path=\"/bad\"}, detects=1}\nselftest{event={path=\"/good\"}, detects=0}\n"
#define GOOD HEAD "on(function(e) if e.path == \"/bad\" then detect() end end)\n" TESTS

static void a_rule_is_loaded_tested_and_called(void **state)
{
    struct rule_scene *scene = *state;
    json_t *event = json_pack("{s:s}", "path", "/bad");
    struct error err = {0};
    struct rule *rule;

    assert_ok(rule_scene_load_text(scene, GOOD, &err), &err);
    assert_int_equal(rule_set_count(scene->set), 1);
    rule = rule_set_rule(scene->set, 0);
    assert_string_equal(rule_id(rule), "a");
    assert_string_equal(rule_title(rule), "A");
    assert_string_equal(rule_file(rule), "a.lua");
    assert_int_equal(scene->detected, 1);
    assert_ok(rule_scene_call(rule, event, &err), &err);
    assert_int_equal(scene->detected, 2);
    json_decref(event);
}

/* Text of a.lua | what the refusal says. */
static void a_file_that_is_wrong_is_refused_with_file_line_and_rule(void **state)
{
    static const char *const rows[][2] = {
        {"", "a.lua: expected rule{...} first"},
        {"\n\nx = = 1", "a.lua:3: unexpected symbol near '='"},
        {"on(function() end)\n" GOOD, "a.lua:1: on: expected rule{...} before it"},
        {"selftest{}\n" GOOD, "a.lua:1: selftest: expected rule{...} before it"},
        {GOOD "\nrule{id=\"b\", title=\"B\"}", "a.lua:6: rule a: rule: called a second time"},
        {"rule()", "a.lua:1: rule: expected 1 arguments at least, got 0"},
        {"rule{title=\"x\"}", "a.lua:1: rule: id: expected a name"},
        {"rule{id=\"a b\", title=\"x\"}", "a.lua:1: rule: id: expected a name"},
        {"rule{id=1, title=\"x\"}", "a.lua:1: rule: id: expected a name"},
        {"rule{id=\"a\"}", "a.lua:1: rule: title: expected a text"},
        {"rule{id=\"a\", title=\"\\0\"}", "a.lua:1: rule: title: expected a text"},
        {"rule{id=\"a\", title=\"x\", more=1}", "a.lua:1: rule a: rule: more: expected a table"},
        {"rule{id=\"a\", title=\"x\", nope=1}", "a.lua:1: rule a: rule: nope: unknown key"},
        {"rule{id=\"a\", title=\"x\", 7}", "a.lua:1: rule a: rule: number: unknown key"},
        {"rule{id=\"a\", title=\"x\", level=10}", "level: expected a whole number from 1 to 9"},
        {"rule{id=\"a\", title=\"x\", level=1.5}", "level: expected a whole number"},
        {"rule{id=\"a\", title=\"x\", level=0/0}", "level: expected a whole number"},
        {"rule{id=\"a\", title=\"x\", level=1LL}", "a.lua:1: expected a number without suffix"},
        {"rule{id=\"a\", title=\"x\", quiet=1}", "quiet: expected true or false, got number"},
        {"rule{id=\"a\", title=\"x\", action=1}", "action: expected a function, got number"},
        {"rule{id=\"a\", title=\"x\", names={}}", "names: expected a list of 1 to 3 texts"},
        {"rule{id=\"a\", title=\"x\", names={1}}", "names: [1]: expected a text, got number"},
        {"rule{id=\"a\", title=\"x\", names={\"a\", k=1}}", "names: expected a list and no other"},
        {HEAD, "a.lua: rule a: expected a positive and a negative selftest at least, got 0 and 0"},
        {HEAD "selftest{event={}, detects=0}", "selftest at least, got 0 and 1"},
        {HEAD "selftest(1)", "a.lua:2: rule a: selftest: argument 1: expected a table, got number"},
        {HEAD "selftest{}", "a.lua:2: rule a: selftest: event: missing"},
        {HEAD "on(function() detect() end)\n" TESTS,
         "a.lua:4: rule a: selftest: expected 0 detections, got 1"},
        {HEAD "on(function() error(\"mine\") end)\n" TESTS, "a.lua:2: rule a: mine"},
        {HEAD "error(\"at once\")", "a.lua:2: rule a: at once"},
        {HEAD "error({})", "a.lua:2: rule a: error: argument 1: expected a text, got table"},
        {HEAD "nope()", "a.lua:2: rule a: attempt to call global 'nope' (a nil value)"},
        {HEAD "while true do end", "a.lua:2: rule a: took longer than LUA_LOAD_US, 200000 us"},
        {HEAD "local s = \"x\" while true do s = s .. s end",
         "a.lua: rule a: took more than LUA_CALL_MEMORY"},
        {HEAD "on(function() while true do end end)\n" TESTS,
         "a.lua:2: rule a: took longer than LUA_CALL_US, 20000 us"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rule_scene *scene = *state;
        struct error err = {0};

        assert_refused(rule_scene_load_text(scene, rows[i][0], &err), &err, ERROR_BAD_CONTENT);
        if (strstr(err.words, rows[i][1]) == NULL)
            fail_msg("%s\ngot %s\nexpected %s", rows[i][0], err.words, rows[i][1]);
        assert_null(scene->set);
        assert_ok(rule_scene_load_text(scene, GOOD, &err), &err);
    }
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, rule_scene_open, rule_scene_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_rule_is_loaded_tested_and_called),
        SCENE(a_file_that_is_wrong_is_refused_with_file_line_and_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
