/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "media/base/limits.h"
#include "tests/drivers/feed-scene.h"
#include "tests/test.h"

#define FEED  "appfeed"
#define USERS "userappfeed"

#define HEAD(id, path)                                                                             \
    "app{id='" id "', title='T',\n"                                                                \
    " installed=function() local p = host.package('acme') return p and p.version end,\n"           \
    " exclude=function(v) return {{path='" path "', reason='files of ' .. v}} end}\n"
#define CASES(path)                                                                                \
    "selftest{packages={acme='1'}, excludes={'" path "'}}\nselftest{packages={}, excludes={}}\n"
#define ACME HEAD("acme", "/opt/acme/")

static int set_up(void **state)
{
    return feed_scene_open(state, "exclusions");
}

static void assert_answer(struct feed_scene *scene, const char *type, const char *expected)
{
    json_t *reply = feed_scene_ask(scene, type, json_pack("{s:s}", "ask", "exclusions"));
    char *got = json_dumps(reply, JSON_COMPACT | JSON_SORT_KEYS);

    assert_non_null(got);
    assert_string_equal(got, expected);
    free(got);
    json_decref(reply);
}

#define PACKAGE_OF(name, version)                                                                  \
    "{\"name\":\"" name "\",\"version\":\"" version "\",\"manager\":\"dpkg\"}"

static void rules_of_the_fixture_tell_what_is_here(void **state)
{
    static const struct feed_answer answers[] = {
        {"package docker.io", "null", "package-list-not-readable"},
        {"package docker-ce", "null", NULL},
        {"unit libvirtd.service", "null", NULL},
        {"package postgresql", PACKAGE_OF("postgresql", "15+248"), NULL},
    };
    static const struct feed_answer user[] = {
        {"package gnome-boxes", "null", NULL},
        {"os_release ID", "\"debian\"", NULL},
        {"package steam-installer", "null", NULL},
        {"package thunderbird", PACKAGE_OF("thunderbird", "1:115"), NULL},
        {"desktop thunderbird", "{\"id\":\"thunderbird\",\"name\":\"T\",\"exec\":\"t\"}", NULL},
        {"exists ~/.thunderbird", "\"dir\"", NULL},
    };
    struct feed_scene *scene = *state;

    feed_scene_serve_fixture(scene, FEED);
    feed_scene_serve_fixture(scene, USERS);
    assert_string_equal(scene->asked, "");
    feed_scene_set(scene, answers, sizeof(answers) / sizeof(answers[0]));
    assert_answer(scene, FEED,
                  "{\"apps\":[{\"exclusions\":[{\"path\":\"/var/lib/postgresql/\",\"reason\":"
                  "\"database files\"}],\"id\":\"postgresql\",\"version\":\"15+248\"}]}");
    assert_string_equal(scene->asked, "package docker.io;package docker-ce;unit libvirtd.service;"
                                      "package postgresql;");
    feed_scene_set(scene, user, sizeof(user) / sizeof(user[0]));
    assert_answer(scene, USERS,
                  "{\"apps\":[{\"exclusions\":[{\"path\":\"~/.thunderbird/\",\"reason\":\"mail "
                  "folders: one message would take all others along\"}],\"id\":\"thunderbird\","
                  "\"version\":\"1:115\"}]}");
}

static void a_rule_that_fails_is_left_out_and_the_next_runs(void **state)
{
    static const struct feed_answer answers[] = {
        {"package acme", PACKAGE_OF("acme", "2"), NULL},
    };
    static const char fails[] =
        "app{id='fails', title='T',\n"
        " installed=function() local p = host.package('acme') return p and p.version end,\n"
        " exclude=function(v) if v == '2' then host.read('/etc/shadow') end\n"
        " return {{path='/opt/fails', reason='r'}} end}\n" CASES("/opt/fails");
    struct feed_scene *scene = *state;
    struct scene *place = scene->place;
    struct error err = {0};

    scratch_write(place->scratch, "b.lua", ACME CASES("/opt/acme/"));
    assert_ok(feed_scene_give(scene, "load", FEED, fails, &err), &err);
    feed_scene_swap(scene, FEED);
    feed_scene_set(scene, answers, 1);
    assert_answer(scene, FEED,
                  "{\"apps\":[{\"exclusions\":[{\"path\":\"/opt/acme/\",\"reason\":\"files of "
                  "2\"}],\"id\":\"acme\",\"version\":\"2\"}]}");
    assert_string_equal(scene->asked, "package acme;read /etc/shadow;package acme;");
}

/* Nothing is loaded of a type yet: it answers with nothing, whatever the other has. */
static void an_answer_is_of_the_type_that_is_asked(void **state)
{
    struct feed_scene *scene = *state;

    feed_scene_serve_fixture(scene, FEED);
    assert_answer(scene, USERS, "{\"apps\":[]}");
    assert_string_equal(scene->asked, "");
}

/* Type | text of a.lua | what the refusal says. */
static void what_a_feed_can_t_be_is_refused(void **state)
{
    static const char *const rows[][3] = {
        {FEED, "app{id='a', title='T', installed=function() end}\n" CASES("/a"),
         "exclude: missing"},
        {FEED, "host.package('acme')\n" ACME CASES("/opt/acme/"), "a.lua:1: host.package"},
        {FEED, ACME CASES("/opt/other/"), "exclusion 1: expected /opt/other/, got /opt/acme/"},
        {FEED, ACME "selftest{packages={acme='1'}, excludes={}}\n" CASES("/opt/acme/"),
         "expected 0 exclusions, got 1"},
        {FEED, ACME "selftest{package={}, excludes={}}\n", "package: unknown key"},
        {FEED, HEAD("a", "~/acme") CASES("~/acme"), "path: expected one that begins with /"},
        {USERS, HEAD("a", "/opt/acme") CASES("/opt/acme"),
         "path: expected one that begins with ~/"},
        {FEED,
         "app{id='a', title='T', installed=function() return true end, exclude=function() end}\n"
         "selftest{excludes={'/a'}}\n",
         "installed: expected a version of at most 64 bytes or nil"},
        {FEED,
         "app{id='a', title='T', installed=function() return '1' end, exclude=function() end}\n"
         "selftest{excludes={'/a'}}\n",
         "exclude: expected a list"},
        {FEED,
         "app{id='a', title='T', installed=function() return '1' end,\n"
         " exclude=function() return {{path='/a'}} end}\nselftest{excludes={'/a'}}\n",
         "exclude: [1]"},
        {FEED,
         "app{id='a', title='T', installed=function() return '1' end,\n"
         " exclude=function() local l = {} for i = 1, 65 do l[i] = {path='/a', reason='r'} end\n"
         " return l end}\nselftest{excludes={'/a'}}\n",
         "exclude: expected a list of at most 64"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct feed_scene *scene = *state;
        struct error err = {0};

        assert_refused(feed_scene_give(scene, "check", rows[i][0], rows[i][1], &err), &err,
                       ERROR_DRIVER_REFUSED);
        if (strstr(err.words, rows[i][2]) == NULL)
            fail_msg("%s\ngot %s\nexpected %s", rows[i][1], err.words, rows[i][2]);
        assert_string_equal(scene->asked, "");
    }
}

/* Each type is asked for its own rules; one that failed is off, and says why. */
static void rules_are_counted_and_told_flags(void **state)
{
    static const struct feed_answer answers[] = {{"package acme", "null", NULL}};
    static const char text[] =
        "app{id='a', title='T',\n"
        " installed=function() if flag('off') then error('broken') end return flag('here') and '1' "
        "or nil "
        "end,\n exclude=function() return {{path='/opt/a/', reason='r'}} end}\n"
        "selftest{flags={here=true}, excludes={'/opt/a/'}}\nselftest{excludes={}}\n";
    struct feed_scene *scene = *state;
    struct error err = {0};
    const json_t *row;
    json_t *reply;

    assert_ok(feed_scene_give(scene, "load", FEED, text, &err), &err);
    feed_scene_swap(scene, FEED);
    feed_scene_set(scene, answers, 1);
    assert_answer(scene, FEED, "{\"apps\":[]}");
    feed_scene_flag(scene, FEED, "here", true);
    assert_answer(scene, FEED,
                  "{\"apps\":[{\"exclusions\":[{\"path\":\"/opt/a/\",\"reason\":\"r\"}],\"id\":"
                  "\"a\",\"version\":\"1\"}]}");
    assert_null(feed_scene_rule(scene, USERS, 0, &reply));
    json_decref(reply);
    row = feed_scene_rule(scene, FEED, 0, &reply);
    assert_true(json_integer_value(json_object_get(row, "calls")) >= 3);
    assert_true(json_is_null(json_object_get(row, "off")));
    json_decref(reply);
    feed_scene_flag(scene, FEED, "off", true);
    for (int i = 0; i < LIMIT_LUA_ERRORS; i++)
        assert_answer(scene, FEED, "{\"apps\":[]}");
    row = feed_scene_rule(scene, FEED, 0, &reply);
    assert_non_null(
        strstr(json_string_value(json_object_get(json_object_get(row, "off"), "words")), "broken"));
    json_decref(reply);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, feed_scene_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(rules_of_the_fixture_tell_what_is_here),
        SCENE(a_rule_that_fails_is_left_out_and_the_next_runs),
        SCENE(an_answer_is_of_the_type_that_is_asked),
        SCENE(rules_are_counted_and_told_flags),
        SCENE(what_a_feed_can_t_be_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
