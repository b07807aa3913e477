/* SPDX-License-Identifier: ISC
 *
 * Sigma rules as ours: what each modifier and each form of condition means, judged by running what was
 * written; what can't be said, with its line; and that nothing in a rule gets out of its string.
 */
#include "tests/test.h"

#include "drivers/convert/sigma-lua.h"
#include "tests/drivers/convert/rule-host.h"

#define ID "id: 6F0D1c1e-6e0b-4d2c-9a57-0c1b8e2f7a01\n"
#define EXEC                                                                                       \
    "title: T\n" ID "logsource: {category: process_creation, product: linux}\n"                    \
    "detection:\n"
#define WRITE                                                                                      \
    "title: T\n" ID "logsource: {category: file_event, product: linux}\n"                          \
    "detection:\n"
#define ONE "  condition: s\n"

#define RUN(argv)      "{type='exec', path='/bin/x', argv={" argv "}}"
#define IMAGE(path)    "{type='exec', path='" path "'}"
#define CHILD_OF(path) "{type='exec', path='/bin/x', parent={path='" path "'}}"

static void convert(const char *text, size_t size, struct bytes *out, struct sigma_findings *found)
{
    struct error err = {0};

    bytes_init(out, LIMIT_LUA_RULE_BYTES);
    assert_ok(sigma_lua_convert(bytes_view_of(text, size), out, found, &err), &err);
}

static lua_State *load(const char *text)
{
    struct sigma_findings found;
    struct bytes out;
    char words[512];
    lua_State *lua;

    convert(text, strlen(text), &out, &found);
    if (found.count > 0)
        fail_msg("%s\n%u: %s", text, found.rows[0].line, found.rows[0].what);
    lua = rule_host_load((const char *)out.data, out.size, words, sizeof(words));
    if (lua == NULL)
        fail_msg("%s\n%s\n%.*s", words, text, (int)out.size, out.data);
    assert_true(rule_host_positives(lua) > 0 && rule_host_negatives(lua) > 0);
    bytes_clear(&out);
    return lua;
}

/* What the rule detects, and what it does not. */
static const struct {
    const char *rule;
    const char *yes[4], *no[4];
} meanings[] = {
    {EXEC "  s:\n    Image: /bin/Sh\n" ONE,
     {IMAGE("/bin/sh"), IMAGE("/BIN/SH")},
     {IMAGE("/bin/sh2"), IMAGE("/usr/bin/sh"), "{type='write', path='/bin/sh'}"}},
    {EXEC "  s:\n    Image|endswith: [/curl, /wget]\n" ONE,
     {IMAGE("/usr/bin/curl"), IMAGE("/x/WGET")},
     {IMAGE("/usr/bin/curlx"), IMAGE("curl")}},
    {EXEC "  s:\n    Image|startswith: /tmp/\n" ONE, {IMAGE("/tmp/a")}, {IMAGE("/var/tmp/a")}},
    {EXEC "  s:\n    CommandLine|contains: 'A b'\n" ONE,
     {RUN("'xa','by'"), RUN("'a b'")},
     {RUN("'a','','b'"), IMAGE("/a b")}},
    {EXEC "  s:\n    CommandLine|contains|all: [one, two]\n" ONE,
     {RUN("'two','one'")},
     {RUN("'one'"), RUN("'two'")}},
    {EXEC "  s:\n    CommandLine|contains: [one, two]\n" ONE,
     {RUN("'two'"), RUN("'one'")},
     {RUN("'three'")}},
    {EXEC "  s:\n    CommandLine|re: '^nc -l?p [0-9]{2,5}$'\n" ONE,
     {RUN("'nc','-lp','4444'")},
     {RUN("'NC','-lp','4444'"), RUN("'nc','-lp','x'")}},
    {EXEC "  s:\n    CommandLine|re|i: '(bash|zsh)\\s+-i'\n" ONE,
     {RUN("'BASH','-I'"), RUN("'zsh','-i'")},
     {RUN("'ksh','-i'")}},
    {EXEC "  s:\n    CommandLine|contains|cased: Ab\n" ONE, {RUN("'xAb'")}, {RUN("'ab'")}},
    {EXEC "  s:\n    Image: '*/pyth?n*'\n" ONE,
     {IMAGE("/usr/bin/Python3")},
     {IMAGE("/usr/bin/pythn")}},
    {EXEC "  s:\n    CommandLine|contains: 'a\\*b'\n" ONE, {RUN("'a*b'")}, {RUN("'axb'")}},
    {EXEC "  s:\n    CommandLine|contains: '[!a-z]?'\n" ONE,
     {RUN("'[!a-z]x'")},
     {RUN("'bx'"), RUN("'[!a-z]'")}},
    {EXEC "  s:\n    CommandLine|contains: 'c:\\dir\\\\x'\n" ONE,
     {RUN("'c:\\\\dir\\\\x'")},
     {RUN("'c:dirx'")}},
    {EXEC "  s:\n    Image: /bin/x\n    ParentImage: null\n" ONE,
     {IMAGE("/bin/x")},
     {CHILD_OF("/bin/sh")}},
    {EXEC "  s:\n    CurrentDirectory|exists: true\n" ONE,
     {"{type='exec', path='/x', cwd='/'}"},
     {IMAGE("/x")}},
    {EXEC "  s:\n    CurrentDirectory|startswith: /tmp\n    User: root\n" ONE,
     {"{type='exec', path='/x', cwd='/tmp', uid=0}"},
     {"{type='exec', path='/x', cwd='/tmp', uid=1000}", "{type='exec', path='/x', cwd='/tmp'}"}},
    {EXEC "  s:\n    - Image: /a\n    - Image: /b\n      CommandLine: b\n" ONE,
     {IMAGE("/a"), "{type='exec', path='/b', argv={'b'}}"},
     {IMAGE("/b")}},
    {EXEC "  s:\n    CommandLine: 7\n" ONE, {RUN("'7'")}, {RUN("'70'")}},
    {WRITE "  s:\n    TargetFilename|startswith: /etc/cron.\n" ONE,
     {"{type='write', path='/etc/cron.d/x'}"},
     {"{type='exec', path='/etc/cron.d/x'}", "{type='write', path='/etc/cron'}"}},
    /* conditions */
    {EXEC "  a:\n    Image: /a\n  b:\n    Image: /b\n  c:\n    User: root\n"
          "  condition: a or b and not c\n",
     {IMAGE("/a"), "{type='exec', path='/a', uid=0}", IMAGE("/b")},
     {"{type='exec', path='/b', uid=0}", IMAGE("/c")}},
    {EXEC "  a:\n    Image: /a\n  b:\n    Image: /b\n  c:\n    User: root\n"
          "  condition: (a or b) and not c\n",
     {IMAGE("/a"), IMAGE("/b")},
     {"{type='exec', path='/a', uid=0}"}},
    {EXEC "  sel_a:\n    Image: /a\n  sel_b:\n    Image: /b\n  x:\n    Image: /x\n"
          "  condition: 1 of sel_*\n",
     {IMAGE("/a"), IMAGE("/b")},
     {IMAGE("/x")}},
    {EXEC "  sel_a:\n    Image: /a\n  sel_b:\n    CommandLine: b\n  x:\n    Image: /x\n"
          "  condition: all of sel*\n",
     {"{type='exec', path='/a', argv={'b'}}"},
     {IMAGE("/a")}},
    {EXEC "  a:\n    Image: /a\n  b:\n    CommandLine: b\n  _c:\n    Image: /c\n"
          "  condition: all of them\n",
     {"{type='exec', path='/a', argv={'b'}}"},
     {IMAGE("/a")}},
    {EXEC "  a:\n    Image: /a\n  b:\n    Image: /b\n  condition: any of them\n",
     {IMAGE("/a"), IMAGE("/b")},
     {IMAGE("/c")}},
    {EXEC "  a-.1:\n    Image: /a\n  a_1:\n    Image: /b\n  end:\n    User: root\n"
          "  condition: NOT (a-.1 OR a_1) AND end\n",
     {"{type='exec', path='/c', uid=0}"},
     {"{type='exec', path='/a', uid=0}", IMAGE("/c")}},
    {EXEC "  a:\n    Image: /a\n  unused:\n    ParentImage|endswith: /b\n  condition: a\n",
     {IMAGE("/a")},
     {IMAGE("/b")}},
    {EXEC "  a:\n    Image: /a\n  condition: not a\n", {IMAGE("/b")}, {IMAGE("/a")}},
};

/* What is told to the sensor: all of it, so that what the rule would not detect does not reach it. */
static const struct {
    const char *rule, *ons;
} wheres[] = {
    {EXEC "  s:\n    Image: /bin/a\n" ONE,
     "on(\"exec\", {where={path=\"/[bB][iI][nN]/[aA]\"}}, react)\n"},
    {EXEC "  s:\n    Image|endswith: [/a, /b, /A]\n" ONE,
     "on(\"exec\", {where={path=\"*/[aA]\"}}, react)\n"
     "on(\"exec\", {where={path=\"*/[bB]\"}}, react)\n"},
    /* one event would be told twice */
    {EXEC "  s:\n    Image|endswith: [/a, a]\n" ONE, "on(\"exec\", {}, react)\n"},
    {EXEC "  s:\n    CommandLine|contains: [a, b]\n" ONE, "on(\"exec\", {}, react)\n"},
    {EXEC "  s:\n    Image|startswith: /1\n    CommandLine|contains|all: ['2*', '[3]?', '4']\n" ONE,
     "on(\"exec\", {where={path=\"/1*\", argv=\"*\\\\[3]?*\"}}, react)\n"},
    {EXEC
     "  s:\n    ParentImage: /1\n    CurrentDirectory|startswith|cased: /a\n    User: root\n" ONE,
     "on(\"exec\", {where={[\"parent.path\"]=\"/1\", cwd=\"/a*\", uid=\"0\"}}, react)\n"},
    {WRITE "  s:\n    TargetFilename|contains: /1/\n" ONE,
     "on(\"write\", {where={path=\"*/1/*\"}}, react)\n"},
    /* conditions: what both sides need, what either has, never what is not */
    {EXEC "  a:\n    Image: /1\n  b:\n    CommandLine|contains: '2'\n  condition: a and b\n",
     "on(\"exec\", {where={path=\"/1\", argv=\"*2*\"}}, react)\n"},
    {EXEC "  a:\n    Image: /1\n  b:\n    Image: /2\n    User: root\n  condition: 1 of them\n",
     "on(\"exec\", {where={path=\"/1\"}}, react)\non(\"exec\", {where={path=\"/2\"}}, react)\n"},
    {EXEC "  a:\n    Image: /1\n  b:\n    CommandLine: 2\n  condition: a or b\n",
     "on(\"exec\", {}, react)\n"},
    {EXEC "  a:\n    Image: /1\n  b:\n    CommandLine: 2\n  condition: a and not b\n",
     "on(\"exec\", {where={path=\"/1\"}}, react)\n"},
    {EXEC "  s:\n    Image: /1\n    ParentImage: null\n    CommandLine|re: x\n" ONE,
     "on(\"exec\", {where={path=\"/1\"}}, react)\n"},
    /* a long text is cut to where a glob of it fits */
    {EXEC "  s:\n    Image: /1234567890123456789012345678901234567890\n" ONE,
     "on(\"exec\", {where={path=\"/1234567890123456789012345678901*\"}}, react)\n"},
    {EXEC "  s:\n    Image|endswith: /1234567890123456789012345678901234567890\n" ONE,
     "on(\"exec\", {where={path=\"*90123456789012345678901234567890\"}}, react)\n"},
    {EXEC "  s:\n    Image|endswith: [/1, /1234567890123456789012345678901234567890]\n" ONE,
     "on(\"exec\", {}, react)\n"},
    {EXEC "  s:\n    Image: [/1, /2, /3, /4, /5, /6, /7, /8, /9]\n" ONE,
     "on(\"exec\", {}, react)\n"},
};

static void test_the_sensor_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wheres) / sizeof(wheres[0]); i++) {
        struct sigma_findings found;
        struct bytes out;
        const char *ons, *end;

        rule_host_free(load(wheres[i].rule));
        convert(wheres[i].rule, strlen(wheres[i].rule), &out, &found);
        assert_ok(bytes_put_u8(&out, '\0', &(struct error){0}), &(struct error){0});
        ons = strstr((const char *)out.data, "\non(") + 1;
        end = strstr(ons, "selftest{");
        if ((size_t)(end - ons) != strlen(wheres[i].ons) ||
            memcmp(ons, wheres[i].ons, strlen(wheres[i].ons)) != 0)
            fail_msg("%s\ngot %.*s\nexpected %s", wheres[i].rule, (int)(end - ons), ons,
                     wheres[i].ons);
        bytes_clear(&out);
    }
}

static void test_meanings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        lua_State *lua = load(meanings[i].rule);

        for (size_t j = 0; j < 4 && meanings[i].yes[j] != NULL; j++)
            if (rule_host_detects(lua, meanings[i].yes[j]) != 1)
                fail_msg("%s\ndoes not detect %s", meanings[i].rule, meanings[i].yes[j]);
        for (size_t j = 0; j < 4 && meanings[i].no[j] != NULL; j++)
            if (rule_host_detects(lua, meanings[i].no[j]) != 0)
                fail_msg("%s\ndetects %s", meanings[i].rule, meanings[i].no[j]);
        rule_host_free(lua);
    }
}

/* Rules that ours can't say, or that are none; the line and words of the first finding. */
static const struct {
    const char *rule;
    bool broken;
    unsigned line;
    const char *what;
} refusals[] = {
    {"title: T\n" ID "logsource: {category: process_creation, product: windows}\n"
     "detection: {s: {Image: x}, condition: s}\n",
     false, 3, "product windows"},
    {"title: T\n" ID "logsource: {category: dns_query, product: linux}\n", false, 3,
     "category dns_query"},
    {"title: T\n" ID "logsource: {service: auditd, product: linux}\n", false, 3, "service"},
    {EXEC "  s:\n    - word\n" ONE, false, 6, "keywords"},
    {EXEC "  s: word\n" ONE, false, 5, "keywords"},
    {EXEC "  s:\n    '|all': [a, b]\n" ONE, false, 6, "keywords"},
    {EXEC "  s:\n    ParentCommandLine: x\n" ONE, false, 6, "ParentCommandLine: no exec event"},
    {WRITE "  s:\n    Image: x\n" ONE, false, 6, "Image: no write event"},
    {EXEC "  s:\n    CommandLine|base64offset|contains: x\n" ONE, false, 6, "base64offset"},
    {EXEC "  s:\n    CommandLine|i: x\n" ONE, false, 6, "the modifier i"},
    {EXEC "  s:\n    User: www-data\n" ONE, false, 6, "expected root"},
    {EXEC "  s:\n    CommandLine: \"a\\0b\"\n" ONE, false, 6, "NUL"},
    {EXEC "  s:\n    Image: x\n  timeframe: 5m\n" ONE, false, 7, "timeframe"},
    {EXEC "  s:\n    Image: x\n  condition: s | count() > 5\n", false, 7, "aggregation"},
    {EXEC "  s:\n    Image: x\n  condition: s and not s\n", false, 4, "no event was found"},
    {EXEC "  s:\n    Image: x\n  condition: s or not s\n", false, 4, "does not detect"},
    {"title: T\ncorrelation:\n  type: event_count\n", false, 2, "correlation"},
    {EXEC "  s:\n    Image: x\n  condition: t\n", true, 7, "condition: t: expected"},
    {EXEC "  s:\n    Image: x\n  condition: s and\n", true, 7, "the end"},
    {EXEC "  s:\n    Image: x\n  condition: (s\n", true, 7, "expected )"},
    {EXEC "  s:\n    Image: x\n  condition: 2 of s*\n", true, 7, "1 of"},
    {EXEC "  s:\n    Image: x\n  condition: 1 of x*\n", true, 7, "pattern"},
    {EXEC "  s:\n    Image: x\n  condition: s s\n", true, 7, "expected and, or"},
    {EXEC "  s:\n    Image|re: '('\n" ONE, true, 6, "re: byte 2"},
    {EXEC "  s:\n    Image|contains: ''\n" ONE, true, 6, "empty"},
    {EXEC "  s:\n    Image|contains|re: 'a'\n" ONE, true, 6, "exclude"},
    {EXEC "  s:\n    Image: {a: b}\n" ONE, true, 6, "expected a text"},
    {EXEC "  s: {}\n" ONE, true, 5, "empty map"},
    {EXEC "  s:\n    Image: []\n" ONE, true, 6, "empty list"},
    {EXEC "  s:\n    Image: x\n", true, 4, "condition: is not there"},
    {"title: T\n" ID "logsource: {category: process_creation, product: linux}\n", true, 1,
     "detection"},
    {"title: T\nid: 7\n", true, 2, "UUID"},
    {ID, true, 1, "title"},
    {"title: T\n" ID "level: bad\n", true, 3, "level"},
    {"title: \"a\\x1bb\"\n" ID, true, 1, "title"},
    {"- a\n", true, 1, "expected a map"},
    {"a: *b\n", true, 1, "aliases"},
};

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct sigma_findings found;
        struct bytes out;

        convert(refusals[i].rule, strlen(refusals[i].rule), &out, &found);
        if (found.count == 0)
            fail_msg("%s\nis taken", refusals[i].rule);
        if (found.broken != refusals[i].broken || found.rows[0].line != refusals[i].line ||
            strstr(found.rows[0].what, refusals[i].what) == NULL)
            fail_msg("%s\n%u: %s", refusals[i].rule, found.rows[0].line, found.rows[0].what);
        bytes_clear(&out);
    }
}

static void test_all_at_once(void **state)
{
    static const char rule[] =
        EXEC "  s:\n    Hashes: x\n    Image|wide: x\n    User: [a, b]\n" ONE;
    static const unsigned lines[] = {6, 7, 8, 8};
    struct sigma_findings found;
    struct bytes out;

    (void)state;
    convert(rule, sizeof(rule) - 1, &out, &found);
    assert_int_equal(found.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(found.rows[i].line, lines[i]);
    bytes_clear(&out);
}

/* Everything that a rule says goes through as bytes: into the title, and into what is compared. */
static void test_escapes(void **state)
{
    static const char *const texts[] = {
        "\\\"",
        "\\\\",
        "\\n",
        "]]",
        "]=]",
        "\\\" .. os.exit() .. \\\"",
        "\\e]0;x",
        "--[[",
        "%s%n",
        "\\xe9",
        "end) error() --",
    };
    char rule[1024];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        snprintf(rule, sizeof(rule), EXEC "  s:\n    CommandLine: \"a%sb\"\n" ONE, texts[i]);
        rule_host_free(load(rule));
        snprintf(rule, sizeof(rule),
                 "author: \"%s\"\nlicense: \"x%s\"\n" EXEC "  s:\n    Image: /a\n" ONE, texts[i],
                 texts[i]);
        rule_host_free(load(rule));
    }
    snprintf(rule, sizeof(rule),
             "title: \"q\\\" ]] \\\\ \xc3\xa4\"\nlevel: informational\ntags: [attack.execution, "
             "attack.t1059, "
             "attack.t1059.004x]\n" ID "logsource: {category: process_creation, product: linux}\n"
             "detection: {s: {Image: /a}, condition: s}\n");
    {
        lua_State *lua = load(rule);

        assert_string_equal(rule_host_says(lua, "title"), "q\" ]] \\ \xc3\xa4");
        assert_string_equal(rule_host_says(lua, "severity"), "info");
        assert_string_equal(rule_host_says(lua, "id"),
                            "sigma-6f0d1c1e-6e0b-4d2c-9a57-0c1b8e2f7a01");
        rule_host_free(lua);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meanings), cmocka_unit_test(test_the_sensor_is_told),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_escapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
