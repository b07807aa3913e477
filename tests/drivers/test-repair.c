/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/drivers/feed-scene.h"
#include "tests/test.h"

#define KIT "repair-kit"
#define CASES                                                                                      \
    "selftest{files={['state:outbox']={kind='dir', mode='0755'}}, calls={'set_mode'}}\n"           \
    "selftest{files={['state:outbox']={kind='dir', mode='0700'}}, calls={}}\n"
#define MENDS                                                                                      \
    "repair{id='mends', title='T',\n"                                                              \
    " check=function() local s = host.stat('state:outbox') return s ~= nil and s.mode == '0700' "  \
    "end,\n"                                                                                       \
    " fix=function() return host.set_mode('state:outbox', '0700') end}\n"

static int set_up(void **state)
{
    return feed_scene_open(state, "repair");
}

static json_t *run(struct feed_scene *scene)
{
    return feed_scene_ask(scene, KIT, json_pack("{s:s, s:b}", "ask", "run", "dry_run", 0));
}

static void assert_row(const json_t *reply, size_t i, const char *expected)
{
    const json_t *row = json_array_get(json_object_get(reply, "repairs"), i);
    char *got = json_dumps(row, JSON_COMPACT | JSON_SORT_KEYS);

    assert_non_null(got);
    assert_string_equal(got, expected);
    free(got);
}

#define DIR_OF(mode) "{\"kind\":\"dir\",\"size\":0,\"mode\":\"" mode "\",\"owner\":\"root\"}"

static void rules_of_the_fixture_mend_what_is_not_healthy(void **state)
{
    static const struct feed_answer answers[] = {
        {"content_ok behavior", "true", NULL},
        {"content_ok flags-supplement", "true", NULL},
        {"content_ok local-rep-data", "false", "a file is changed"},
        {"content_ok telemsup", "true", NULL},
        {"restore_content local-rep-data", "false", "its files are damaged"},
        {"stat state:content", DIR_OF("0700"), NULL},
        {"stat state:outbox", DIR_OF("0755"), NULL},
        {"set_mode state:outbox 0700", "true", NULL},
        {"stat state:staging", "null", NULL},
        {"make_dir state:staging 0700", "true", NULL},
    };
    struct feed_scene *scene = *state;
    json_t *reply;

    feed_scene_serve_fixture(scene, KIT);
    assert_string_equal(scene->asked, "");
    feed_scene_set(scene, answers, sizeof(answers) / sizeof(answers[0]));
    reply = run(scene);
    assert_int_equal(json_array_size(json_object_get(reply, "repairs")), 4);
    assert_int_equal(json_integer_value(json_object_get(reply, "total")), 4);
    assert_row(reply, 0,
               "{\"done\":false,\"healthy\":false,\"reason\":\"local-rep-data: its files are "
               "damaged\",\"rule\":\"content-restore\",\"title\":\"Content in service is not as it "
               "was imported\"}");
    assert_row(reply, 1,
               "{\"done\":false,\"healthy\":true,\"reason\":\"\",\"rule\":\"links-anew\",\"title\":"
               "\"Folder of content readable by others\"}");
    assert_row(
        reply, 2,
        "{\"done\":true,\"healthy\":false,\"reason\":\"\",\"rule\":\"outbox-mode\",\"title\":"
        "\"Outbox readable by others\"}");
    assert_non_null(strstr(scene->asked, "make_dir state:staging 0700;"));
    assert_null(strstr(scene->asked, "rebuild_index"));
    json_decref(reply);
}

static void a_rule_that_fails_says_why_and_the_next_runs(void **state)
{
    static const struct feed_answer answers[] = {
        {"stat state:outbox", DIR_OF("0755"), NULL},
        {"set_mode state:outbox 0700", "true", NULL},
    };
    static const char fails[] =
        "repair{id='fails', title='T', check=function()\n"
        " local s = host.stat('state:outbox') if s.owner then host.stat('/etc/passwd') end\n"
        " return s.mode == '0700' end,\n"
        " fix=function() return host.set_mode('state:outbox', '0700') end}\n" CASES;
    struct feed_scene *scene = *state;
    struct scene *place = scene->place;
    struct error err = {0};
    json_t *reply;

    scratch_write(place->scratch, "b.lua", MENDS CASES);
    assert_ok(feed_scene_give(scene, "load", KIT, fails, &err), &err);
    feed_scene_swap(scene, KIT);
    feed_scene_set(scene, answers, 2);
    reply = run(scene);
    assert_row(
        reply, 0,
        "{\"done\":false,\"healthy\":null,\"reason\":\"a.lua:2: repair fails: host.stat: stat "
        "/etc/passwd: no such call\",\"rule\":\"fails\",\"title\":\"T\"}");
    assert_row(reply, 1,
               "{\"done\":true,\"healthy\":false,\"reason\":\"\",\"rule\":\"mends\",\"title\":"
               "\"T\"}");
    json_decref(reply);
}

static void no_kit_is_not_a_sound_one(void **state)
{
    struct feed_scene *scene = *state;
    json_t *arguments =
        json_pack("{s:s, s:{s:s, s:b}}", "type", KIT, "request", "ask", "run", "dry_run", 0);
    struct error err = {0};

    assert_refused(
        driver_run_request(((struct scene *)scene->place)->run, "serve", arguments, NULL, &err),
        &err, ERROR_NOT_FOUND);
    json_decref(arguments);
}

/* A flag here is off in a selftest, unless its case says otherwise. */
static void rules_are_counted_and_told_flags(void **state)
{
    static const struct feed_answer answers[] = {{"set_mode state:outbox 0700", "true", NULL}};
    static const char text[] =
        "repair{id='a', title='T', check=function() return not flag('mend') end,\n"
        " fix=function() return host.set_mode('state:outbox', '0700') end}\n"
        "selftest{flags={mend=true}, calls={'set_mode'}}\nselftest{calls={}}\n";
    struct feed_scene *scene = *state;
    struct error err = {0};
    json_t *reply;

    assert_ok(feed_scene_give(scene, "load", KIT, text, &err), &err);
    feed_scene_swap(scene, KIT);
    feed_scene_set(scene, answers, 1);
    json_decref(run(scene));
    assert_string_equal(scene->asked, "");
    feed_scene_flag(scene, KIT, "mend", true);
    json_decref(run(scene));
    assert_string_equal(scene->asked, "set_mode state:outbox 0700;");
    assert_string_equal(
        json_string_value(json_object_get(feed_scene_rule(scene, KIT, 0, &reply), "rule")), "a");
    json_decref(reply);
}

/* Text of a.lua | what the refusal says. */
static void what_a_kit_can_t_be_is_refused(void **state)
{
    static const char *const rows[][2] = {
        {"repair{id='a', title='T', check=function() end}\n" CASES, "fix: missing"},
        {"repair{id='a', title='T', check=function() end, fix=function() end}\n" CASES,
         "check: expected true or false, got nil"},
        {"host.stat('state:outbox')\n" MENDS CASES, "a.lua:1: host.stat"},
        {MENDS "host.stat('state:outbox')\n" CASES, "not while the rule is loaded"},
        {MENDS "selftest{files={}, calls={}}\n" CASES, "expected 0 calls, got 1"},
        {MENDS "selftest{files={}, calls={'set_owner'}}\n" CASES,
         "call 1: expected set_owner, got set_mode state:outbox 0700"},
        {MENDS "selftest{files={}, calls={'set_mode state:outbox 0750'}}\n" CASES,
         "call 1: expected set_mode state:outbox 0750"},
        {MENDS "selftest{files={}, nope=1, calls={}}\n" CASES, "nope: unknown key"},
        {MENDS, "expected a positive and a negative selftest"},
        {"repair{id='a', title='T', check=function() return false end,\n"
         " fix=function() return host.set_mode('state:outbox') end}\n" CASES,
         "expected 2 arguments at least, got 1"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct feed_scene *scene = *state;
        struct error err = {0};

        assert_refused(feed_scene_give(scene, "check", KIT, rows[i][0], &err), &err,
                       ERROR_DRIVER_REFUSED);
        if (strstr(err.words, rows[i][1]) == NULL)
            fail_msg("%s\ngot %s\nexpected %s", rows[i][0], err.words, rows[i][1]);
        assert_string_equal(scene->asked, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rules_of_the_fixture_mend_what_is_not_healthy, set_up,
                                        feed_scene_close),
        cmocka_unit_test_setup_teardown(a_rule_that_fails_says_why_and_the_next_runs, set_up,
                                        feed_scene_close),
        cmocka_unit_test_setup_teardown(no_kit_is_not_a_sound_one, set_up, feed_scene_close),
        cmocka_unit_test_setup_teardown(rules_are_counted_and_told_flags, set_up, feed_scene_close),
        cmocka_unit_test_setup_teardown(what_a_kit_can_t_be_is_refused, set_up, feed_scene_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
