/* SPDX-License-Identifier: ISC
 *
 * The real driver of behaviour rules, in its sandbox: rules are loaded, what they want is told, events
 * come over the channel as the sensor sends them, and what they detect comes out as news.
 */
#include <config.h>

#include "tests/drivers/behavior-scene.h"

#define RULES   "behavior"
#define PRODUCT "product-rules-feed"

/* What a rule needs beside what it is about. */
#define NEVER_AND_ONCE                                                                             \
    "selftest{events={{type='exec', path='/bin/ls'}}, detects=0}\n"                                \
    "selftest{events={{type='exec', path='/tmp/a', pid=7, uid=0, time=5}}, detects=1}\n"

static const char tmp_script[] =
    "rule{id='tmp-script', title='Shell runs a dropped script', severity='high',\n"
    "  attack={'T1059.004'}, thumbprint={'path'}}\n"
    "on('exec', {where={path='/tmp/*'}}, function(e)\n"
    "  if e.rep ~= 'good' then detect{path=e.path, parent=e.parent.path, argv=e.argv} end\n"
    "end)\n"
    "selftest{events={{type='exec', path='/tmp/a', argv={'a', 'b'}, parent={path='/bin/sh'}}},\n"
    "  detects=1}\n"
    "selftest{events={{type='exec', path='/bin/ls', parent={path='/bin/sh'}}}, detects=0}\n"
    "selftest{events={{type='exec', path='/tmp/a', sha256='"
    "0101010101010101010101010101010101010101010101010101010101010101'}},\n"
    "  rep={['0101010101010101010101010101010101010101010101010101010101010101']='good'}, "
    "detects=0}\n";

static void test_an_event_becomes_a_detection(void **state)
{
    struct behavior_scene *scene = *state;
    const char *const files[] = {"tmp.lua", tmp_script, NULL};
    const json_t *news;
    json_t *expected;

    serve_rules(scene, RULES, files);
    open_channel(scene);
    assert_int_equal(json_array_size(scene->subscriptions), 1);
    assert_false(send_event(scene, "{\"type\":\"exec\",\"path\":\"/bin/ls\"}"));
    assert_true(send_event(scene, "{\"type\":\"exec\",\"time\":1764144000,\"path\":\"/tmp/a\","
                                  "\"argv\":[\"a\",\"-x\"],\"parent\":{\"path\":\"/bin/sh\"}}"));
    news = hear_news(scene, 1);
    expected = json_pack(
        "{s:s, s:s, s:s, s:s, s:[s], s:{s:s, s:s, s:[s, s]}, s:s, s:o, s:i, s:s}", "news",
        "detection", "rule", "tmp-script", "title", "Shell runs a dropped script", "severity",
        "high", "attack", "T1059.004", "facts", "path", "/tmp/a", "parent", "/bin/sh", "argv", "a",
        "-x", "thumbprint", "v1:ab945471803d395db01817f47f41f588a885ec83a30e9607138c8c6022795381",
        "event", json_incref(json_object_get(news, "event")), "count", 1, "time",
        "2025-11-26T08:00:00Z");
    assert_true(json_equal(news, expected));
    assert_string_equal(text_in(json_object_get(news, "event"), "path"), "/tmp/a");
    json_decref(expected);
    assert_int_equal(count_of(scene, "detections"), 1);
    assert_int_equal(count_of(scene, "reactions"), 1);
}

#define REACTION(words)                                                                            \
    "rule{id='a', title='A'}\non('exec', {}, function(e) " words " end)\n"                         \
    "selftest{events={{type='exec', path='/tmp/a'}}, detects=1}\n"

/* Each is refused for the words that name its fault. */
static const struct fault {
    const char *type, *text, *words;
} faults[] = {
    {RULES, "rule{id='a', title='A'}\non('exec', {}, function(e) end)\n", "selftest"},
    {RULES,
     "rule{id='a', title='A'}\n"
     "selftest{events={{type='exec'}}, detects=0}\n",
     "positive"},
    {RULES, "rule{id='a', title='A'}\nselftest{events={{type='exec'}}, detects=1}\n",
     "expected 1 detections, got 0"},
    {RULES, "rule{id='a', title='A'}\nselftest{events={{type='exec', no=1}}, detects=0}\n",
     "no field"},
    {RULES, "rule{id='a', title='A'}\nselftest{events={}, detects=0, wrong=1}\n", "wrong"},
    {RULES, "rule{id='a', title='A'}\nselftest{detects=0}\n", "events: missing"},
    {RULES, "rule{id='a', title='A', severity='bad'}\n", "severity: expected info"},
    {RULES, "rule{id='a', title='A', attack={''}}\n", "attack[1]"},
    {RULES, "rule{id='a', title='A', colour='red'}\n", "colour: unknown key"},
    {RULES, "rule{id='a', title='A'}\non('walk', {}, function() end)\n", "on: "},
    {RULES, "rule{id='a', title='A'}\non('exec', {where={rep='good'}}, function() end)\n",
     "known in the function only"},
    {RULES, "rule{id='a', title='A'}\non('exec', {by={'rep'}}, function() end)\n",
     "known in the function only"},
    {RULES, "rule{id='a', title='A'}\non('exec', {'x'}, function() end)\n", "options"},
    {RULES, "rule{id='a', title='A'}\non('exec', {})\n", "on: expected 3 arguments"},
    {RULES, "rule{id='a', title='A'}\non('exec', {}, 'f')\n", "expected a function"},
    {RULES, "rule{id='a', title='A'}\nfor i = 1, 17 do on('exec', {}, function() end) end\n",
     "LUA_HANDLERS"},
    {RULES, "rule{id='a', title='A'}\ndetect{}\n", "detect: expected in a reaction"},
    {RULES, "rule{id='a', title='A'}\nstate.set('a', 1, 1)\n", "state.set: expected in a reaction"},
    {RULES, "rule{id='a', title='A'}\nuse('a')\n", "use: expected in a reaction"},
    {RULES, REACTION("e.path = '/tmp/b'"), "event: can't be changed"},
    {RULES, REACTION("for key in pairs(e) do detect{} end"), "pairs: argument 1: expected a table"},
    {RULES, REACTION("tag({}, 'a', 'b')"), "tag: expected the event of this reaction"},
    {RULES, "rule{id='a', title='A'}\nprovide('a', 1)\n", "only product rules"},
    {PRODUCT, "rule{id='a', title='A'}\nprovide('A b', 1)\n", "expected a name"},
    {PRODUCT, "rule{id='a', title='A'}\nprovide('a', 1)\nprovide('a', 2)\n", "a is provided by a"},
    {PRODUCT, "rule{id='a', title='A'}\nprovide('a', {f=function() end})\n", "no plain value"},
    {PRODUCT, "rule{id='a', title='A'}\nselftest{provides='b', with='x', gives=true}\n",
     "provides no b"},
    {PRODUCT,
     "rule{id='a', title='A'}\nprovide('b', {'x'})\n"
     "selftest{provides='b', with='y', gives=true}\n",
     "b with \"y\": expected true"},
};

static void test_what_is_wrong_is_named(void **state)
{
    struct behavior_scene *scene = *state;

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        const char *const files[] = {"faulty.lua", faults[i].text, NULL};
        struct error err = {0};

        assert_refused(give(scene, "check", faults[i].type, files, &err), &err,
                       ERROR_DRIVER_REFUSED);
        if (strstr(err.words, faults[i].words) == NULL || strstr(err.words, "faulty.lua") == NULL)
            fail_msg("case %zu: \"%s\" does not say \"%s\"", i, err.words, faults[i].words);
    }
}

/* Detects when the reaction's words come true; what is wrong is an error, which fails the case. */
#define EXPECT(case, words)                                                                        \
    "rule{id='" case "', title='T'}\n"                                                             \
                     "on('exec', {where={path='/tmp/*'}}, function(e)\n" words                     \
                     "\nend)\n" NEVER_AND_ONCE

/* Of the rule tmp-script with the fact path=/tmp/a: test-behavior-detect.c has the form. */
#define TMP_SCRIPT_A "v1:ab945471803d395db01817f47f41f588a885ec83a30e9607138c8c6022795381"

static const struct piece {
    const char *name, *text;
} pieces[] = {
    {"fields.lua",
     EXPECT("fields", "if e.type == 'exec' and e.path == '/tmp/a' and e.pid == 7 and e.uid == 0\n"
                      " and e.time == 5 and e.count == 1 and e.cwd == nil and e.argv == nil\n"
                      " and e.rep == nil and e.nothing == nil and e.parent.path == nil\n"
                      " and e.parent == e.parent then detect{} end")},
    {"lists.lua",
     "rule{id='lists', title='T'}\n"
     "on('exec', {}, function(e)\n"
     " if #e.argv == 3 and e.argv[1] == 'a' and e.argv[2] == '' and e.argv[3] == 'c'\n"
     "  and e.argv == e.argv and e.sha256 == string.sub(e.sha256, 1, 64)\n"
     "  and e.parent.pid == 1 then detect{argv=e.argv, n=1, yes=true} end\n"
     "end)\n"
     "selftest{events={{type='exec', argv={'a', '', 'c'}, parent={pid=1}, sha256='"
     "0101010101010101010101010101010101010101010101010101010101010101'}}, detects=1}\n"
     "selftest{events={{type='exec', argv={}}}, detects=0}\n"},
    {"answers.lua", "rule{id='answers', title='T'}\n"
                    "on('exec', {}, function(e)\n"
                    " if detect{path=e.path} == 'suppressed' then detect{again=true} end\n"
                    "end)\n"
                    "selftest{events={{type='exec'}}, suppressed=true, detects=2}\n"
                    "selftest{events={{type='exec'}}, detects=1}\n"
                    "selftest{events={{type='exit'}}, detects=0}\n"},
    {"tmp-script.lua",
     "rule{id='tmp-script', title='T'}\n"
     "on('exec', {}, function(e)\n"
     " if detect{path=e.path} == 'suppressed' then detect{again=true} end\n"
     "end)\n"
     "selftest{events={{type='exec', path='/tmp/a'}, {type='exec', path='/tmp/b'}}, detects=3,\n"
     " thumbprints={'v1:00', '" TMP_SCRIPT_A "'}}\n"
     "selftest{events={{type='exec', path='/tmp/a'}}, thumbprints={'v1:00'}, detects=1}\n"
     "selftest{events={{type='exit'}}, detects=0}\n"},
    {"tags.lua",
     "rule{id='tags', title='T'}\n"
     "on('exec', {where={path='/srv/*'}}, function(e) tag(e, 'from', 'web') end)\n"
     "on('exec', {where={path='/clean'}}, function(e) tag(e, 'from', '') end)\n"
     "on('exec', {where={path='/bin/*', tags='*from=web*'}}, function(e)\n"
     " detect{tags=e.tags}\n"
     "end)\n"
     /* itself, its child, that one's child; a tag that an event came with stays beside it */
     "selftest{events={{type='exec', path='/srv/a', pid=10, parent={pid=1}},\n"
     " {type='exec', path='/bin/a', pid=10, parent={pid=1}},\n"
     " {type='fork', pid=11, parent={pid=10}},\n"
     " {type='exec', path='/bin/b', pid=11, parent={pid=10}, tags={'a=b', 'from=mail'}},\n"
     " {type='exec', path='/bin/c', pid=12, parent={pid=11}}}, detects=3}\n"
     /* who was there before is no child's child; a number that is given again is another process */
     "selftest{events={{type='exec', path='/bin/a', pid=11, parent={pid=10}},\n"
     " {type='exec', path='/srv/a', pid=10, parent={pid=1}},\n"
     " {type='exec', path='/bin/a', pid=11, parent={pid=10}},\n"
     " {type='exit', pid=10},\n"
     " {type='exec', path='/bin/a', pid=10, parent={pid=1}},\n"
     " {type='exec', path='/bin/a', pid=13, parent={pid=10}}}, detects=0}\n"
     /* taken away; nothing of the case before; no process, no tag */
     "selftest{events={{type='exec', path='/srv/a', pid=10}, {type='exec', path='/clean', "
     "pid=10},\n"
     " {type='exec', path='/bin/a', pid=10}}, detects=0}\n"
     "selftest{events={{type='exec', path='/srv/a'}, {type='exec', path='/bin/a'}}, detects=0}\n"},
    {"state.lua",
     "rule{id='state', title='T'}\n"
     "on('exec', {}, function(e)\n"
     " local n = (state.get('n') or 0) + 1\n"
     " if not state.set('n', n, 10) then error('no room') end\n"
     " state.set('text', 'x', 10) state.set('flag', false, 10) state.set('gone', 1, 10)\n"
     " state.set('gone', nil)\n"
     " if n == 3 and state.get('text') == 'x' and state.get('flag') == false\n"
     "  and state.get('gone') == nil then detect{n=n} end\n"
     "end)\n"
     "selftest{events={{type='exec', time=1}, {type='exec', time=2}, {type='exec', time=3}},\n"
     " detects=1}\n"
     "selftest{events={{type='exec', time=1}, {type='exec', time=2}, {type='exec', time=12}},\n"
     " detects=0}\n"},
    {"flags.lua", "rule{id='flags', title='T'}\n"
                  "on('exec', {}, function(e) if flag('strict') then detect{} end end)\n"
                  "selftest{events={{type='exec'}}, flags={strict=true}, detects=1}\n"
                  "selftest{events={{type='exec'}}, detects=0}\n"},
    {"uses.lua",
     "rule{id='uses', title='T'}\n"
     "on('exec', {}, function(e)\n"
     " for _, shell in ipairs(use('shells')) do\n"
     "  if use('same')(shell, e.path) then detect{} end\n"
     " end\n"
     "end)\n"
     "selftest{uses={shells={'/bin/sh'}, same=function(a, b) return a == b end},\n"
     " events={{type='exec', path='/bin/sh'}, {type='exec', path='/bin/ls'}}, detects=1}\n"
     "selftest{uses={shells={}}, events={{type='exec', path='/bin/sh'}}, detects=0}\n"},
    {"rep.lua",
     "rule{id='rep', title='T'}\n"
     "on('exec', {}, function(e)\n"
     " if rep.sha256(e.sha256) == 'bad' and e.rep == 'bad' and rep.signer(e.signer) == nil\n"
     "  and rep.signer('spki:"
     "0202020202020202020202020202020202020202020202020202020202020202') == 'good'\n"
     "  and rep.sha256(nil) == nil then detect{} end\n"
     "end)\n"
     "selftest{events={{type='exec', sha256='"
     "0101010101010101010101010101010101010101010101010101010101010101'}}, detects=1,\n"
     " rep={['0101010101010101010101010101010101010101010101010101010101010101']='bad',\n"
     "  ['spki:0202020202020202020202020202020202020202020202020202020202020202']='good'}}\n"
     "selftest{events={{type='exec'}}, detects=0}\n"},
};

/* Rules that judge their own world: their selftests run as they are checked. */
static void test_what_rules_see(void **state)
{
    struct behavior_scene *scene = *state;

    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        const char *const files[] = {pieces[i].name, pieces[i].text, NULL};
        struct error err = {0};

        assert_ok(give(scene, "check", RULES, files, &err), &err);
    }
}

/* What is in its where= was tried on nothing: neither that it lets something through, nor what comes
 * of it then. */
static void test_what_no_selftest_reaches_is_refused(void **state)
{
    static const char text[] =
        "rule{id='a', title='A'}\n"
        "on('exec', {where={path='/tmp/*'}}, function(e) detect{} end)\n"
        "on('write', {where={path='/etc/[ab]?'}}, function(e) detect{} end)\n"
        "selftest{events={{type='exec', path='/tmp/a'}}, detects=1}\n"
        "selftest{events={{type='write', path='/etc/c0'}}, detects=0}\n";
    static const char mended[] = "selftest{events={{type='write', path='/etc/b0'}}, detects=1}\n";
    char whole[sizeof(text) + sizeof(mended)];
    const char *const files[] = {"a.lua", text, NULL}, *const better[] = {"a.lua", whole, NULL};
    struct error err = {0};

    assert_refused(give(*state, "check", RULES, files, &err), &err, ERROR_DRIVER_REFUSED);
    assert_non_null(strstr(err.words, "a.lua: rule a: on() number 2, of write events"));
    snprintf(whole, sizeof(whole), "%s%s", text, mended);
    assert_ok(give(*state, "check", RULES, better, &err), &err);
    shows_case("G3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_event_becomes_a_detection, behavior_scene_open,
                                        behavior_scene_close),
        cmocka_unit_test_setup_teardown(test_what_is_wrong_is_named, behavior_scene_open,
                                        behavior_scene_close),
        cmocka_unit_test_setup_teardown(test_what_rules_see, behavior_scene_open,
                                        behavior_scene_close),
        cmocka_unit_test_setup_teardown(test_what_no_selftest_reaches_is_refused,
                                        behavior_scene_open, behavior_scene_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
