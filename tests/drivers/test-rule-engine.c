/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/test.h"

#include <sys/syscall.h>
#include <time.h>

#include "drivers/rule-telemetry.h"
#include "tests/drivers/rule-scene.h"

/* What would end a real driver's process is for others to see. */
void driver_at(const struct driver_content *content, const char *file, uint64_t line,
               const char *item)
{
}

static int64_t ahead_s; /* of the real monotonic clock, which this program has in its place */

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);

    if (clock == CLOCK_MONOTONIC)
        now->tv_sec += ahead_s;
    return result;
}

#define HEAD "rule{id=\"a\", title=\"A\"}\n"
#define TESTS                                                                                      \
    "selftest{event={path=\"/bad\"}, detects=1}\nselftest{event={path=\"/good\"}, detects=0}\n"
#define HANDLER "on(function(e) if e.path == \"/bad\" then detect() end end)\n"
#define GOOD    HEAD "on(function(e) if e.path == \"/bad\" then detect() end end)\n" TESTS

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

static void what_a_rule_cost_and_why_it_is_off_is_reported(void **state)
{
    struct rule_scene *scene = *state;
    const struct rule_scene_file files[] = {
        {"README", "x", 0},
        {"a.lua",
         HEAD "on(function(e) if e.path == \"/bad\" then detect() end if e.fail then "
              "error(\"\\27[1m\") end end)\n" TESTS,
         0},
        {"b.lua", "rule{id=\"b\", title=\"B\"}\n" HANDLER TESTS, 0}};
    json_t *event = json_pack("{s:b}", "fail", 1), *report;
    struct error err = {0};
    struct rule *rule;
    size_t now, most;

    assert_ok(rule_scene_load(scene, files, 3, &err), &err);
    rule = rule_set_rule(scene->set, 0);
    for (unsigned i = 0; i < LIMIT_LUA_ERRORS; i++) {
        assert_false(rule_is_off(rule));
        assert_refused(rule_scene_call(rule, event, &err), &err, ERROR_RULE_FAILED);
    }
    assert_true(rule_is_off(rule));
    assert_int_equal(scene->off, 1);
    assert_refused(rule_scene_call(rule, event, &err), &err, ERROR_RULE_OFF);
    assert_ok(rule_scene_call(rule_set_rule(scene->set, 1), event, &err), &err);
    report = rule_set_report(scene->set);
    assert_int_equal(json_array_size(report), 2);
    {
        const json_t *off = json_object_get(json_array_get(report, 0), "off");

        assert_string_equal(json_string_value(json_object_get(off, "code")), "rule-failed");
        assert_string_equal(json_string_value(json_object_get(off, "words")),
                            "off for 60 s: a.lua:2: rule a: \\u{1B}[1m");
        assert_true(json_is_null(json_object_get(json_array_get(report, 1), "off")));
    }
    assert_int_equal(json_integer_value(json_object_get(json_array_get(report, 0), "errors")),
                     LIMIT_LUA_ERRORS);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(report, 1), "calls")), 3);
    assert_true(json_integer_value(json_object_get(json_array_get(report, 1), "memory")) > 1000);
    rule_engine_memory(scene->engine, &now, &most);
    assert_true(now > 0 && now <= most);
    json_decref(report);
    json_decref(event);
}

/* As who starts a program with a text of his making may want it. */
static void a_text_that_takes_too_many_steps_is_told_and_switches_nothing_off(void **state)
{
    static const char text[] = HEAD "on(function(e) if e.path == \"/bad\" then detect() end\n"
                                    "if e.text then match.re(e.text, \"^(a+)+$\") end\n"
                                    "if e.fail then error(\"x\") end end)\n" TESTS;
    struct rule_scene *scene = *state;
    json_t *event = json_pack("{s:s}", "text", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
    json_t *wrong = json_pack("{s:b}", "fail", 1);
    struct error err = {0};
    struct rule *rule;

    assert_ok(rule_scene_load_text(scene, text, &err), &err);
    rule = rule_set_rule(scene->set, 0);
    for (unsigned i = 1; i <= 3 * LIMIT_LUA_ERRORS; i++) {
        assert_refused(rule_scene_call(rule, event, &err), &err, ERROR_RULE_FAILED);
        assert_int_equal(scene->undecided, i);
        assert_false(rule_is_off(rule));
    }
    assert_string_equal(scene->why.words, "a.lua:3: rule a: match.re: the expression takes more "
                                          "than LUA_MATCH_STEPS on this text");
    /* What is the rule's own fault counts on. */
    for (unsigned i = 0; i < LIMIT_LUA_ERRORS; i++)
        assert_refused(rule_scene_call(rule, wrong, &err), &err, ERROR_RULE_FAILED);
    assert_true(rule_is_off(rule));
    assert_int_equal(scene->undecided, 3 * LIMIT_LUA_ERRORS);
    json_decref(wrong);
    json_decref(event);
}

static void fail_until_off(struct rule_scene *scene, size_t i, const char *how)
{
    struct rule *rule = rule_set_rule(scene->set, i);
    json_t *event = json_pack("{s:b}", how, 1);
    struct error err = {0};

    for (unsigned calls = 0; calls < 100 && !rule_is_off(rule); calls++)
        (void)!rule_scene_call(rule, event, &err);
    assert_true(rule_is_off(rule));
    json_decref(event);
}

static void assert_serves(struct rule_scene *scene, size_t i)
{
    json_t *event = json_pack("{s:s}", "path", "/bad");
    struct error err = {0};

    scene->detected = 0;
    assert_ok(rule_scene_call(rule_set_rule(scene->set, i), event, &err), &err);
    assert_int_equal(scene->detected, 1);
    json_decref(event);
}

static void assert_off(struct rule_scene *scene, size_t i)
{
    json_t *event = json_object();
    struct error err = {0};

    assert_true(rule_is_off(rule_set_rule(scene->set, i)));
    assert_refused(rule_scene_call(rule_set_rule(scene->set, i), event, &err), &err,
                   ERROR_RULE_OFF);
    json_decref(event);
}

/* A rule that may be made to fail by who is looked at. */
#define FRAIL(id)                                                                                  \
    "rule{id=\"" id "\", title=\"T\"}\n" HANDLER "local kept = {}\n"                               \
    "on(function(e) local s = \"" id "\"\n"                                                        \
    "if e.fail then error(\"x\") end if e.hang then while true do end end\n"                       \
    "if e.keep then for i = 1, 19 do s = s .. s end kept[#kept + 1] = s .. #kept end\n"            \
    "if e.flood then while true do s = s .. s end end end)\n" TESTS

static void what_failed_or_took_long_serves_again_after_a_pause(void **state)
{
    static const char *const how[] = {"fail", "hang", "fail"};
    struct rule_scene *scene = *state;
    struct error err = {0};
    json_t *report;

    assert_ok(rule_scene_load_text(scene, FRAIL("a"), &err), &err);
    for (unsigned i = 0; i < 3; i++) {
        fail_until_off(scene, 0, how[i]);
        assert_int_equal(scene->off, i + 1);
        ahead_s += (LIMIT_LUA_PAUSE_S << i) - 20;
        assert_off(scene, 0);
        ahead_s += 20;
        /* Before it is called again, too. */
        assert_false(rule_is_off(rule_set_rule(scene->set, 0)));
        report = rule_set_report(scene->set);
        assert_true(json_is_null(json_object_get(json_array_get(report, 0), "off")));
        json_decref(report);
        assert_serves(scene, 0);
    }
    assert_non_null(strstr(scene->why.words, "off for 240 s: a.lua:5: rule a: "));
}

static void what_took_too_much_memory_stays_off(void **state)
{
    struct rule_scene *scene = *state;
    struct error err = {0};

    assert_ok(rule_scene_load_text(scene, FRAIL("a"), &err), &err);
    fail_until_off(scene, 0, "flood");
    assert_int_equal(scene->why.code, ERROR_RULE_MEMORY);
    assert_null(strstr(scene->why.words, "off for"));
    ahead_s += 2 * LIMIT_LUA_PAUSE_MOST_S;
    assert_off(scene, 0);
}

/* Else another would have to go for what it holds. */
static void what_holds_most_goes_also_in_its_pause(void **state)
{
    const struct rule_scene_file files[] = {{"a.lua", FRAIL("a"), 0}, {"b.lua", FRAIL("b"), 0}};
    struct rule_scene *scene = *state;
    json_t *event = json_pack("{s:b}", "keep", 1);
    struct error err = {0};

    assert_ok(rule_scene_load(scene, files, 2, &err), &err);
    for (unsigned i = 0; i < 80; i++)
        assert_ok(rule_scene_call(rule_set_rule(scene->set, 0), event, &err), &err);
    fail_until_off(scene, 0, "fail");
    for (unsigned i = 0; i < 60 && scene->off < 2; i++)
        assert_ok(rule_scene_call(rule_set_rule(scene->set, 1), event, &err), &err);
    assert_int_equal(scene->off, 2);
    assert_int_equal(scene->why.code, ERROR_RULE_MEMORY);
    ahead_s += 2 * LIMIT_LUA_PAUSE_MOST_S;
    assert_off(scene, 0);
    assert_serves(scene, 1);
    json_decref(event);
}

static int64_t total_us(const struct rule_scene *scene)
{
    json_t *report = rule_set_report(scene->set);
    int64_t us = json_integer_value(json_object_get(json_array_get(report, 0), "total_us"));

    json_decref(report);
    return us;
}

static void what_lies_between_the_calls_of_a_series_counts_as_the_laters(void **state)
{
    struct rule_scene *scene = *state;
    json_t *event = json_pack("{s:s}", "path", "/good");
    struct error err = {0};
    int64_t before, began;

    assert_ok(rule_scene_load_text(scene, GOOD, &err), &err);
    rule_series_begin(scene->engine);
    assert_ok(rule_scene_call(rule_set_rule(scene->set, 0), event, &err), &err);
    before = total_us(scene);
    began = rule_clock_ns();
    while (rule_clock_ns() - began < 2000000)
        ;
    assert_ok(rule_scene_call(rule_set_rule(scene->set, 0), event, &err), &err);
    rule_series_end(scene->engine);
    assert_true(total_us(scene) - before >= 2000);
    json_decref(event);
}

/* A condition in Lua that must hold. */
static void the_library_does_what_its_page_says(void **state)
{
    static const char *const rows[] = {
        "string.sub(\"hello\", 2, 3) == \"el\" and string.sub(\"hello\", -3) == \"llo\"",
        "string.sub(\"hello\", 4, 2) == \"\" and string.sub(\"hello\", -99, 99) == \"hello\"",
        "string.len(\"a\\0b\") == 3 and string.byte(\"abc\", -1) == 99 and string.byte(\"\") == "
        "nil",
        "select(\"#\", string.byte(\"abc\", 1, -1)) == 3 and string.char(104, 105) == \"hi\"",
        "string.lower(\"AbZ\\195\\132\") == \"abz\\195\\132\" and string.upper(\"az\") == \"AZ\"",
        "string.format(\"%5.1f|%-4d|%04x|%s|%c|%%|%.2s\", 2.25, 7, 255, true, 65, \"xyz\") == "
        "\"  2.2|7   |00ff|true|A|%|xy\"",
        "string.format(\"%-+ 14.10d|%-+ #014.3f|\", 7, 1.5) == \"+0000000007   |+1.500        |\"",
        "string.format(\"%g %d\", 1e300, 2^53) == \"1e+300 9007199254740992\"",
        "tonumber(\"0x10\") == 16 and tonumber(\"ff\", 16) == 255 and tonumber(\"z\", 10) == nil",
        "tonumber(nil) == nil and tonumber(\"\") == nil and tonumber(\" 12 \") == 12",
        "tostring(nil) == \"nil\" and tostring(1.5) == \"1.5\" and tostring({}) == \"table\"",
        "select(2, \"a\", \"b\") == \"b\" and select(-1, \"a\", \"b\") == \"b\" and select(3, 1, "
        "2) == nil",
        "math.floor(-1.5) == -2 and math.max(1, 3, 2) == 3 and math.min(2, 1) == 1",
        "next({}) == nil and next({7}) == 1 and type(next) == \"function\"",
        "table.concat({1, \"b\", 3}, \",\") == \"1,b,3\" and table.concat({1, 2, 3}, \"\", 2, 3) "
        "== \"23\"",
        "table.concat({}) == \"\" and table.remove({}) == nil",
        "(function() local t = {1, 3} table.insert(t, 2, 2) table.insert(t, 4) local r = "
        "table.remove(t, 1) return r == 1 and table.concat(t) == \"234\" and table.remove(t) == 4 "
        "end)()",
        "(function() local t = {5, 2, 9, 1, 1, 7} table.sort(t) return table.concat(t) == "
        "\"112579\" end)()",
        "(function() local t = {\"b\", \"a\", \"c\"} table.sort(t, function(x, y) return x > y "
        "end) "
        "return table.concat(t) == \"cba\" end)()",
        "(function() local n = 0 for i, v in ipairs{1, 2, nil, 4} do n = n + v end return n == 3 "
        "end)()",
        "(function() local n = 0 for k, v in pairs{a = 1, b = 2, 4} do n = n + v end return n == 7 "
        "end)()",
        "match.literal(\"a.b\", \".\") and not match.literal(\"ab\", \".\")",
        "match.glob(\"/tmp/a/b\", \"/tmp/*\") and not match.glob(\"/tmp\", \"/tmp/*\")",
        "match.re(\"/tmp/x\", \"^/tmp/.$\") and not match.re(\"/tmp/xy\", \"^/tmp/.$\")",
        "match.re(\"ABC\", \"(?i)b\") and not match.re(\"ABC\", \"b\")",
        "(function() local c = match.capture(\"k=v\", \"(?<key>\\\\w)=(\\\\w)(x)?\") return c[0] "
        "== \"k=v\" "
        "and c.key == \"k\" and c[1] == \"k\" and c[2] == \"v\" and c[3] == nil end)()",
        "match.capture(\"a\", \"b\") == nil",
        /* Longer than one slice: found in a later one, from its begin, and at the end. */
        "(function() local s = \"a\" for i = 1, 15 do s = s .. s end return match.re(s .. \"bc\", "
        "\"b[cd]\") "
        "and match.re(s .. \"b\", \"(?<=a)b$\") and not match.re(s .. \"b\", \"^b\") end)()",
        "flag(\"on\") and not flag(\"off\") and not flag(\"unknown\")",
        "host.json{a = {1, 2}, b = \"x\", c = {d = true}}.c.d == true",
        "log(\"x\") == nil",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rule_scene *scene = *state;
        json_t *flags = json_pack("{s:b, s:b}", "on", 1, "off", 0);
        struct error err = {0};
        char text[1024];

        rule_engine_set_flags(scene->engine, flags);
        json_decref(flags);
        snprintf(text, sizeof(text),
                 HEAD
                 "on(function(e) if e.path == \"/bad\" and (%s) then detect() end end)\n" TESTS,
                 rows[i]);
        if (rule_scene_load_text(scene, text, &err) < 0)
            fail_msg("%s\n%s", rows[i], err.words);
    }
}

static void what_a_selftest_says_of_flags_counts_until_it_ends(void **state)
{
    struct rule_scene *scene = *state;
    json_t *mocked = json_pack("{s:b}", "on", 1);
    json_t *event = json_pack("{s:s}", "path", "/bad");
    struct error err = {0};

    rule_engine_mock_flags(scene->engine, mocked);
    assert_ok(
        rule_scene_load_text(
            scene,
            HEAD
            "on(function(e) if e.path == \"/bad\" and flag(\"on\") then detect() end end)\n" TESTS,
            &err),
        &err);
    rule_engine_mock_flags(scene->engine, NULL);
    scene->detected = 0;
    assert_ok(rule_scene_call(rule_set_rule(scene->set, 0), event, &err), &err);
    assert_int_equal(scene->detected, 0);
    json_decref(event);
    json_decref(mocked);
}

/* What was loaded before stays in service beside what is loaded, and gives its memory back. */
static void content_is_replaced_without_growth(void **state)
{
    struct rule_scene *scene = *state;
    struct error err = {0};
    size_t first = 0, now, most;

    for (unsigned i = 0; i < 200; i++) {
        assert_ok(rule_scene_load_text(scene, GOOD, &err), &err);
        rule_engine_memory(scene->engine, &now, &most);
        if (i == 50)
            first = most;
    }
    assert_true(most < 2 * first);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, rule_scene_open, rule_scene_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_rule_is_loaded_tested_and_called),
        SCENE(a_file_that_is_wrong_is_refused_with_file_line_and_rule),
        SCENE(what_a_rule_cost_and_why_it_is_off_is_reported),
        SCENE(a_text_that_takes_too_many_steps_is_told_and_switches_nothing_off),
        SCENE(what_failed_or_took_long_serves_again_after_a_pause),
        SCENE(what_took_too_much_memory_stays_off),
        SCENE(what_holds_most_goes_also_in_its_pause),
        SCENE(what_lies_between_the_calls_of_a_series_counts_as_the_laters),
        SCENE(the_library_does_what_its_page_says),
        SCENE(what_a_selftest_says_of_flags_counts_until_it_ends),
        SCENE(content_is_replaced_without_growth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
