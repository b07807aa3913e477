/* SPDX-License-Identifier: ISC
 *
 * Behaviour rules in service, in the real driver: what they use of product rules, remember, tag and
 * look up; how many detections come out; and that a rule that fails, or a channel that brings
 * nonsense, takes nothing else with it.
 */
#include <config.h>

#include "tests/drivers/behavior-scene.h"

#include "media/base/limits.h"
#include "tests/agent/tiny-index.h"

#define RULES   "behavior"
#define PRODUCT "product-rules-feed"
#define LISTS   "local-rep-data"

/* A positive and a negative case for a rule that detects where /tmp/a is run. */
#define CASES                                                                                      \
    "selftest{events={{type='exec', path='/tmp/a', pid=7}}, detects=1,\n"                          \
    " uses={dangerous={'/tmp/a'}, is_dangerous=function() return false end}}\n"                    \
    "selftest{events={{type='exec', path='/bin/ls'}}, detects=0}\n"

#define REACTS(id, words)                                                                          \
    "rule{id='" id "', title='T'}\n"                                                               \
    "on('exec', {where={path='/tmp/*'}}, function(e)\n" words "\nend)\n" CASES

static const char detects_all[] = REACTS("all", "detect{path=e.path}");

static void test_product_rules_are_built_upon(void **state)
{
    static const char provides[] =
        "rule{id='lists', title='L'}\n"
        "provide('dangerous', {'/tmp/x', '/tmp/y'})\n"
        "local calls = 0\n"
        "provide('is_dangerous', function(path) calls = calls + 1 return path == '/tmp/z' end)\n"
        "selftest{provides='dangerous', with='/tmp/x', gives=true}\n"
        "selftest{provides='dangerous', with='/tmp/q', gives=false}\n"
        "selftest{provides='is_dangerous', with='/tmp/z', gives=true}\n";
    static const char uses[] = REACTS("uses", "local list = use('dangerous')\n"
                                              "for _, path in ipairs(list) do\n"
                                              " if path == e.path then detect{by='list'} end\n"
                                              "end\n"
                                              "if use('is_dangerous')(e.path) and #list < 2 then\n"
                                              " detect{by='function'} end\n"
                                              "list[1] = '/tmp/z' list[2] = nil");
    static const char beside[] =
        REACTS("beside", "if use('dangerous')[1] == e.path then detect{by='beside'} end");
    struct behavior_scene *scene = *state;
    const char *const product[] = {"lists.lua", provides, NULL};
    const char *const rules[] = {"beside.lua", beside, "uses.lua", uses, NULL};

    serve_rules(scene, PRODUCT, product);
    serve_rules(scene, RULES, rules);
    open_channel(scene);
    send_event(scene, "{\"type\":\"exec\",\"path\":\"/tmp/x\"}");
    hear_news(scene, 2);
    /* what one rule did to its copy is its own; the function sees what it was made with */
    send_event(scene, "{\"type\":\"exec\",\"path\":\"/tmp/x\"}");
    assert_string_equal(text_in(hear_news(scene, 3), "rule"), "beside");
    send_event(scene, "{\"type\":\"exec\",\"path\":\"/tmp/z\"}");
    hear_news(scene, 5);
    assert_string_equal(text_in(json_object_get(json_array_get(scene->news, 3), "facts"), "by"),
                        "list");
    assert_string_equal(text_in(json_object_get(json_array_get(scene->news, 4), "facts"), "by"),
                        "function");
}

static void test_nothing_is_provided(void **state)
{
    static const char uses[] = REACTS("uses", "if use('dangerous') then detect{} end");
    struct behavior_scene *scene = *state;
    const char *const rules[] = {"uses.lua", uses, NULL};
    const json_t *news;

    serve_rules(scene, RULES, rules);
    open_channel(scene);
    for (unsigned i = 0; i < LIMIT_LUA_ERRORS; i++)
        send_event(scene, "{\"type\":\"exec\",\"path\":\"/tmp/x\"}");
    news = hear_news(scene, 1);
    assert_string_equal(text_in(news, "news"), "rule-off");
    assert_non_null(strstr(text_in(news, "words"), "no product rule provides dangerous"));
}

static void test_a_rule_remembers_and_tags(void **state)
{
    static const char remembers[] =
        REACTS("remembers", "local n = (state.get(e.path) or 0) + 1\n"
                            "state.set(e.path, n, 60)\n"
                            "tag(e, 'seen', tostring(n))\n"
                            "if n == 1 and e.path == '/tmp/a' then detect{} end\n"
                            "if n == 2 then detect{n=n, tags=e.tags} end");
    struct behavior_scene *scene = *state;
    const char *const rules[] = {"remembers.lua", remembers, NULL};
    uint8_t packet[EVENT_TAG_BYTES + 1];
    struct event_tag tag;
    struct error err = {0};

    serve_rules(scene, RULES, rules);
    open_channel(scene);
    send_event(scene, "{\"type\":\"exec\",\"time\":100,\"pid\":77,\"path\":\"/tmp/b\"}");
    send_event(scene, "{\"type\":\"exec\",\"time\":161,\"pid\":78,\"path\":\"/tmp/b\"}");
    send_event(scene, "{\"type\":\"exec\",\"time\":162,\"pid\":79,\"path\":\"/tmp/b\","
                      "\"tags\":[\"seen=1\"]}");
    assert_string_equal(
        json_string_value(json_array_get(
            json_object_get(json_object_get(hear_news(scene, 1), "facts"), "tags"), 0)),
        "seen=1");
    for (unsigned pid = 77; pid < 80; pid++) {
        assert_int_equal(recv(scene->sensor, packet, sizeof(packet), 0), EVENT_TAG_BYTES);
        assert_ok(event_tag_get(bytes_view_of(packet, EVENT_TAG_BYTES), &tag, &err), &err);
        assert_int_equal(tag.pid, pid);
        assert_string_equal(tag.key, "seen");
        assert_string_equal(tag.value, pid == 79 ? "2" : "1");
    }
}

static void test_reputation_is_that_of_the_lists(void **state)
{
    static const char judges[] =
        REACTS("judges", "if e.rep == 'bad' or e.path == '/tmp/a' then detect{rep=rep.sha256("
                         "e.sha256) or 'none'} end");
    struct behavior_scene *scene = *state;
    struct scene *place = scene->place;
    const uint8_t keys[] = {0x41, 0x42};
    const char *const rules[] = {"judges.lua", judges, NULL}, *const nothing[] = {NULL};
    uint8_t index[TINY_INDEX_BYTES];
    size_t size = tiny_index_make(index, keys, 2);
    struct error err = {0};

    put_rules(scene, nothing);
    scratch_put(place->content, "sha256.idx", index, size);
    assert_ok(driver_run_content(place->run, "load", LISTS, place->content, NULL, &err), &err);
    swap_in(scene, LISTS);
    serve_rules(scene, RULES, rules);
    open_channel(scene);
    send_event(scene, "{\"type\":\"exec\",\"path\":\"/tmp/b\",\"sha256\":"
                      "\"4343434343434343434343434343434343434343434343434343434343434343\"}");
    send_event(scene, "{\"type\":\"exec\",\"path\":\"/tmp/b\",\"sha256\":"
                      "\"4242424242424242424242424242424242424242424242424242424242424242\"}");
    assert_string_equal(text_in(json_object_get(hear_news(scene, 1), "facts"), "rep"), "bad");
}

static void test_a_rule_that_fails_goes_alone(void **state)
{
    static const char hangs[] = REACTS("hangs", "if e.pid == 7 then detect{} else\n"
                                                " while true do end end");
    static const char keeps[] = "rule{id='keeps', title='T'}\n"
                                "local last\n"
                                "on('exec', {where={path='/tmp/*'}}, function(e)\n"
                                " if e.pid == 7 then detect{} end\n"
                                " if last then detect{path=last.path} end\n"
                                " last = e\n"
                                "end)\n" CASES;
    struct behavior_scene *scene = *state;
    const char *const rules[] = {"all.lua",   detects_all, "hangs.lua", hangs,
                                 "keeps.lua", keeps,       NULL};
    const json_t *report;
    json_t *reply;

    serve_rules(scene, RULES, rules);
    open_channel(scene);
    send_event(scene, "{\"type\":\"exec\",\"path\":\"/tmp/x\"}");
    assert_string_equal(text_in(hear_news(scene, 2), "news"), "rule-off");
    assert_string_equal(text_in(json_array_get(scene->news, 1), "rule"), "hangs");
    assert_string_equal(text_in(json_array_get(scene->news, 1), "file"), "hangs.lua");
    assert_string_equal(text_in(json_array_get(scene->news, 1), "type"), RULES);
    assert_string_equal(text_in(json_array_get(scene->news, 1), "code"), "rule-time");
    /* an event that was kept, from the selftest on, is an error, not the one that is there now */
    for (unsigned i = 0; i < LIMIT_LUA_ERRORS; i++)
        send_event(scene, "{\"type\":\"exec\",\"path\":\"/tmp/y\"}");
    hear_news(scene, 3 + LIMIT_LUA_ERRORS);
    assert_non_null(strstr(text_in(json_array_get(scene->news, 1 + LIMIT_LUA_ERRORS), "words"),
                           "keeps.lua:5: rule keeps: event: expected the event of this reaction"));
    wait_for_events(scene, 1 + LIMIT_LUA_ERRORS);
    reply = ask(scene, RULES, json_pack("{s:s}", "ask", "rules"));
    assert_int_equal(json_integer_value(json_object_get(reply, "total")), 3);
    report = json_array_get(json_object_get(reply, "rules"), 2);
    assert_string_equal(text_in(report, "rule"), "keeps");
    assert_int_equal(json_integer_value(json_object_get(report, "errors")), LIMIT_LUA_ERRORS);
    json_decref(reply);
    reply = ask(scene, RULES, json_pack("{s:s, s:i}", "ask", "rules", "from", 2));
    assert_int_equal(json_array_size(json_object_get(reply, "rules")), 1);
    assert_true(json_integer_value(json_object_get(reply, "memory_bytes")) > 0);
    json_decref(reply);
}

/* What somebody made long, so that no expression comes to its end in it, is told for just that. */
static void test_an_event_that_cannot_be_decided_is_told(void **state)
{
    static const char shell[] =
        REACTS("shell", "if e.path == '/tmp/a' or match.re(e.argv[2], 'curl.*http.*sh -c') then\n"
                        " detect{path=e.path} end");
    struct behavior_scene *scene = *state;
    const char *const rules[] = {"shell.lua", shell, NULL};
    char http[900 * 4 + 1], event[4096];
    const json_t *news;

    for (size_t i = 0; i + 4 < sizeof(http); i += 4)
        snprintf(http + i, sizeof(http) - i, "http");
    snprintf(
        event, sizeof(event),
        "{\"type\":\"exec\",\"path\":\"/tmp/x\",\"argv\":[\"sh\",\"curl http://x; sh -c y %s\"]}",
        http);
    serve_rules(scene, RULES, rules);
    open_channel(scene);
    for (unsigned i = 0; i < 2 * LIMIT_LUA_ERRORS; i++)
        send_event(scene, event);
    news = hear_news(scene, 2 * LIMIT_LUA_ERRORS);
    assert_string_equal(text_in(news, "news"), "detection");
    assert_string_equal(text_in(news, "rule"), "shell");
    assert_string_equal(text_in(json_object_get(news, "facts"), "undecided"),
                        "shell.lua:3: rule shell: match.re: the expression takes more than "
                        "LUA_MATCH_STEPS on this text");
    assert_string_equal(text_in(json_object_get(news, "event"), "path"), "/tmp/x");
    /* and the rule is there */
    send_event(scene, "{\"type\":\"exec\",\"path\":\"/tmp/a\"}");
    news = hear_news(scene, 2 * LIMIT_LUA_ERRORS + 1);
    assert_string_equal(text_in(json_object_get(news, "facts"), "path"), "/tmp/a");
}

static void test_a_noisy_rule_is_counted(void **state)
{
    struct behavior_scene *scene = *state;
    const char *const rules[] = {"all.lua", detects_all, NULL};

    serve_rules(scene, RULES, rules);
    open_channel(scene);
    for (unsigned i = 0; i < LIMIT_LUA_DETECTIONS + 9; i++)
        send_event(scene, "{\"type\":\"exec\",\"time\":100,\"path\":\"/tmp/x\"}");
    wait_for_events(scene, LIMIT_LUA_DETECTIONS + 9);
    hear_news(scene, LIMIT_LUA_DETECTIONS);
    assert_int_equal(count_of(scene, "held"), 9);
    send_event(scene, "{\"type\":\"exec\",\"time\":160,\"path\":\"/tmp/x\"}");
    assert_int_equal(
        json_integer_value(json_object_get(hear_news(scene, LIMIT_LUA_DETECTIONS + 1), "count")),
        10);
}

/* Rules are replaced while the channel stays: numbers of before mean nothing, or what they meant. */
static void test_numbers_outlive_a_swap(void **state)
{
    static const char other[] = "rule{id='other', title='T'}\n"
                                "on('exit', {}, function(e) detect{} end)\n"
                                "selftest{events={{type='exit'}}, detects=1}\n"
                                "selftest{events={{type='exec'}}, detects=0}\n";
    struct behavior_scene *scene = *state;
    const char *const first[] = {"all.lua", detects_all, NULL};
    const char *const second[] = {"other.lua", other, NULL};
    json_t *reply, *list;

    serve_rules(scene, RULES, first);
    open_channel(scene);
    serve_rules(scene, RULES, second);
    send_event(scene, "{\"type\":\"exec\",\"path\":\"/tmp/x\"}");
    wait_for_events(scene, 1);
    reply = ask(scene, PRODUCT, json_pack("{s:s}", "ask", "subscriptions"));
    list = json_object_get(reply, "subscriptions");
    assert_int_equal(json_array_size(list), 2);
    assert_true(json_is_null(json_array_get(list, 0)));
    assert_string_equal(text_in(json_array_get(list, 1), "event"), "exit");
    json_decref(reply);
    send_event(scene, "{\"type\":\"exec\",\"path\":\"/tmp/x\"}");
    wait_for_events(scene, 2);
    assert_int_equal(count_of(scene, "reactions"), 0);
    open_channel(scene);
    send_event(scene, "{\"type\":\"exit\",\"pid\":1}");
    assert_string_equal(text_in(hear_news(scene, 1), "rule"), "other");
}

static void test_flags_are_what_was_told(void **state)
{
    static const char flagged[] =
        "rule{id='flagged', title='T'}\n"
        "on('exec', {}, function(e) if flag('strict') then detect{} end end)\n"
        "selftest{events={{type='exec'}}, flags={strict=true}, detects=1}\n"
        "selftest{events={{type='exec'}}, detects=0}\n";
    struct behavior_scene *scene = *state;
    const char *const rules[] = {"flagged.lua", flagged, NULL};

    json_decref(
        ask(scene, RULES, json_pack("{s:s, s:{s:b}}", "ask", "flags", "flags", "strict", 1)));
    serve_rules(scene, RULES, rules);
    open_channel(scene);
    send_event(scene, "{\"type\":\"exec\"}");
    hear_news(scene, 1);
    json_decref(ask(scene, RULES, json_pack("{s:s, s:{}}", "ask", "flags", "flags")));
    send_event(scene, "{\"type\":\"exec\"}");
    wait_for_events(scene, 2);
    assert_int_equal(count_of(scene, "detections"), 1);
}

/* The sensor's end brings what is no batch: the channel is closed, and the rest goes on. */
static void test_nonsense_ends_the_channel_alone(void **state)
{
    static const char *const packets[] = {"x", "SPEV", "VEPS\1\0\377\377\0\0\0\0\0\0\0\0"};
    struct behavior_scene *scene = *state;
    const char *const rules[] = {"all.lua", detects_all, NULL};

    serve_rules(scene, RULES, rules);
    for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
        char rest[8];

        open_channel(scene);
        assert_true(send(scene->sensor, packets[i], i == 2 ? 16 : strlen(packets[i]), 0) > 0);
        assert_int_equal(recv(scene->sensor, rest, sizeof(rest), 0), 0);
    }
    open_channel(scene);
    send_event(scene, "{\"type\":\"exec\",\"path\":\"/tmp/x\"}");
    hear_news(scene, 1);
}

int main(void)
{
#define SERVE_TEST(name)                                                                           \
    cmocka_unit_test_setup_teardown(name, behavior_scene_open, behavior_scene_close)
    const struct CMUnitTest tests[] = {
        SERVE_TEST(test_product_rules_are_built_upon),
        SERVE_TEST(test_nothing_is_provided),
        SERVE_TEST(test_a_rule_remembers_and_tags),
        SERVE_TEST(test_reputation_is_that_of_the_lists),
        SERVE_TEST(test_a_rule_that_fails_goes_alone),
        SERVE_TEST(test_an_event_that_cannot_be_decided_is_told),
        SERVE_TEST(test_a_noisy_rule_is_counted),
        SERVE_TEST(test_numbers_outlive_a_swap),
        SERVE_TEST(test_flags_are_what_was_told),
        SERVE_TEST(test_nonsense_ends_the_channel_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
