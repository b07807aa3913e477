/* SPDX-License-Identifier: ISC
 *
 * Rules and policy that cost time, or that say what JSON can't hold, in the real driver: each ends
 * in words, and what lies beside it counts.
 */
#include <config.h>

#include "tests/drivers/driver-scene.h"
#include "tests/test.h"

#include "media/base/limits.h"

#define RULES  "remapper-rules"
#define POLICY "policy"
#define HEAD   "<remap xmlns=\"urn:sallyport:remapper:1\" policy=\"site\">\n"
#define TAIL   "\n</remap>"
#define GOOD   HEAD "<key name=\"good/key\" type=\"int\" select=\"count(//a)\" default=\"0\"/>" TAIL

static int setup(void **state)
{
    return scene_open(state, "remapper");
}

/* Files as name, text, name, text..., in a folder of their own. */
static int give(struct scene *scene, const char *verb, const char *type, struct error *err, ...)
{
    void *scratch = NULL;
    const char *name;
    va_list files;
    int result;

    assert_int_equal(scratch_open(&scratch), 0);
    va_start(files, err);
    while ((name = va_arg(files, const char *)) != NULL)
        scratch_write(scratch, name, va_arg(files, const char *));
    va_end(files);
    result = driver_run_content(scene->run, verb, type, ((struct scratch *)scratch)->fd, NULL, err);
    scratch_close(&scratch);
    if (result == 0 && strcmp(verb, "load") == 0) {
        json_t *arguments = json_pack("{s:s}", "type", type);

        result = driver_run_request(scene->run, "swap", arguments, NULL, err);
        json_decref(arguments);
    }
    return result;
}

#define GIVE(scene, verb, type, err, ...) give(scene, verb, type, err, __VA_ARGS__, NULL)

/* The rows of an answer: a new reference. */
static json_t *evaluate(struct scene *scene)
{
    json_t *arguments = json_pack("{s:s, s:{s:b}}", "type", RULES, "request", "evaluate", 1);
    json_t *reply = NULL, *files;
    struct error err = {0};

    assert_ok(driver_run_request(scene->run, "serve", arguments, &reply, &err), &err);
    files = json_incref(json_object_get(json_object_get(reply, "reply"), "files"));
    json_decref(arguments);
    json_decref(reply);
    assert_non_null(files);
    return files;
}

static const char *words_of(const json_t *files, size_t i)
{
    const char *words = json_string_value(json_object_get(json_array_get(files, i), "words"));

    return words != NULL ? words : "";
}

static const char *value_of(const json_t *files, size_t i)
{
    const json_t *keys = json_object_get(json_array_get(files, i), "keys");
    const char *value = json_string_value(json_object_get(json_array_get(keys, 0), "value"));

    return value != NULL ? value : "";
}

/* before, count times each with its number in the place of #, after: a string. */
static void many(struct bytes *text, const char *before, const char *each, size_t count,
                 const char *after)
{
    const char *place = strchr(each, '#');
    struct error err = {0};

    bytes_init(text, 16 * MIB);
    assert_ok(bytes_put(text, before, strlen(before), &err), &err);
    for (size_t i = 0; i < count; i++) {
        char piece[4200];
        int size =
            snprintf(piece, sizeof(piece), "%.*s%zu%s", (int)(place - each), each, i, place + 1);

        assert_true(size > 0 && (size_t)size < sizeof(piece));
        assert_ok(bytes_put(text, piece, (size_t)size, &err), &err);
    }
    assert_ok(bytes_put(text, after, strlen(after) + 1, &err), &err);
}

static void an_expression_that_takes_time_but_no_steps_comes_to_an_end(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};
    struct bytes text;
    json_t *files;

#ifdef WITH_SANITIZERS
    skip(); /* several times as slow: the bound of silence comes first */
#endif

    many(&text, "<s>", "<a>0123456789abcdef0123456789abcdef#</a>", 20000, "</s>");
    assert_ok(GIVE(scene, "load", POLICY, &err, "site.xml", (const char *)text.data), &err);
    bytes_clear(&text);
    /* The whole text of the document, for each of its nodes. */
    assert_ok(GIVE(scene, "load", RULES, &err, "a.xml",
                   HEAD "<key name=\"a/b\" type=\"int\" "
                        "select=\"count(//a[contains(string(/), 'x')])\"/>" TAIL,
                   "b.xml", GOOD),
              &err);
    files = evaluate(scene);
    assert_int_equal(json_array_size(files), 2);
    assert_non_null(strstr(words_of(files, 0), "XPATH_CPU_MS"));
    assert_string_equal(value_of(files, 1), "20000");
    json_decref(files);
}

/* The parser compares each attribute with all before it. */
static void an_element_has_so_many_attributes(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};
    struct bytes text;

    many(&text, "<s\n", " a#=''", 100000, "/>");
    assert_refused(GIVE(scene, "check", POLICY, &err, "site.xml", (const char *)text.data), &err,
                   ERROR_DRIVER_REFUSED);
    assert_non_null(strstr(err.words, "policy: site.xml:1: "));
    assert_non_null(strstr(err.words, "XML_ATTRIBUTES"));
    bytes_clear(&text);
    many(&text, "<?xml version='1.0'?>\n<!-- <x> --><?y > ?>", "<a b='>' c=\">\"><![CDATA[<q]]>#",
         10000, "");
    assert_refused(GIVE(scene, "check", POLICY, &err, "site.xml", (const char *)text.data), &err,
                   ERROR_DRIVER_REFUSED);
    assert_non_null(strstr(err.words, "policy: site.xml:2: "));
    assert_non_null(strstr(err.words, "XML_DEPTH"));
    bytes_clear(&text);
    many(&text, "<s", " a#='>'", LIMIT_XML_ATTRIBUTES, "><a/><a b='/'></a></s>");
    assert_ok(GIVE(scene, "check", POLICY, &err, "site.xml", (const char *)text.data), &err);
    bytes_clear(&text);
}

/* A name of two bytes a letter, cut within one: JSON holds no half letter. */
static void what_is_wrong_is_said_whatever_it_is_called(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};
    struct bytes text;
    json_t *files;

    many(&text, "<remap xmlns=\"urn:sallyport:remapper:1\" policy=\"site\" ",
         "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc#", 20, "=\"\"/>");
    assert_ok(GIVE(scene, "check", RULES, &err, "a.xml", (const char *)text.data, "b.xml", GOOD),
              &err);
    assert_non_null(driver_run_finding(scene->run, 0));
    assert_null(driver_run_finding(scene->run, 1));
    assert_ok(GIVE(scene, "load", RULES, &err, "a.xml", (const char *)text.data, "b.xml", GOOD),
              &err);
    files = evaluate(scene);
    assert_int_equal(json_array_size(files), 2);
    assert_true(words_of(files, 0)[0] != '\0');
    assert_string_equal(value_of(files, 1), "0");
    json_decref(files);
    bytes_clear(&text);
}

static void what_accompanies_rules_is_none(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};
    json_t *files;

    assert_ok(GIVE(scene, "check", RULES, &err, "LICENSE", "x", "README.md", "y", "b.xml", GOOD),
              &err);
    assert_null(driver_run_finding(scene->run, 0));
    assert_ok(GIVE(scene, "load", RULES, &err, "README", "y", "b.xml", GOOD), &err);
    assert_ok(GIVE(scene, "load", POLICY, &err, "README", "y", "site.xml", "<a/>"), &err);
    files = evaluate(scene);
    assert_int_equal(json_array_size(files), 1);
    assert_string_equal(value_of(files, 0), "1");
    json_decref(files);
    assert_refused(GIVE(scene, "check", POLICY, &err, "README", "y"), &err, ERROR_DRIVER_REFUSED);
    assert_refused(GIVE(scene, "check", RULES, &err, "README", "y"), &err, ERROR_DRIVER_REFUSED);
}

static void an_answer_fits_a_message(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};
    struct bytes text;
    json_t *files;

    many(&text, HEAD, "<key name='a/k#' type='string' select='string(/s)' default='x'/>",
         LIMIT_RULE_KEYS, TAIL);
    {
        char document[4100];

        memset(document, 'v', sizeof(document));
        memcpy(document, "<s>", 3);
        memcpy(document + sizeof(document) - 5, "</s>", 5);
        assert_ok(GIVE(scene, "load", POLICY, &err, "site.xml", document), &err);
    }
    assert_ok(GIVE(scene, "load", RULES, &err, "a.xml", (const char *)text.data, "b.xml", GOOD),
              &err);
    files = evaluate(scene);
    assert_int_equal(json_array_size(files), 2);
    assert_non_null(strstr(words_of(files, 0), "DRIVER_MESSAGE"));
    assert_string_equal(value_of(files, 1), "0");
    json_decref(files);
    bytes_clear(&text);
}

static void prefixes_are_those_of_the_rule_file(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};
    json_t *files;

    assert_ok(GIVE(scene, "load", POLICY, &err, "site.xml", "<s xmlns='urn:acme' a='here'/>"),
              &err);
    assert_ok(GIVE(scene, "load", RULES, &err, "a.xml",
                   "<remap xmlns=\"urn:sallyport:remapper:1\" xmlns:p=\"urn:acme\" policy=\"site\">"
                   "<key name=\"a/b\" type=\"string\" select=\"//p:s/@a\"/></remap>"),
              &err);
    files = evaluate(scene);
    assert_string_equal(value_of(files, 0), "here");
    json_decref(files);
}

/* On the mirror already, where nothing is evaluated. */
static void expressions_are_of_the_core_only(void **state)
{
    static const char *const rows[][2] = {
        {"document('/etc/passwd')", "function document: expected one of XPath 1.0"},
        {"//a[foo (1)]", "function foo: expected"},
        {"p:evil(1)", "function evil: expected"},
        {"//y:a", "prefix y: expected one that xmlns: declares"},
        {"$v", "a variable: expected none"},
        {"count(//p:a) and (1 = 1) and not(//text()/ancestor-or-self::node()[2])", NULL},
        {"concat('$v document(', 10.5 div 2)", NULL},
    };
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {0};
        char rule[1024];
        int result;

        snprintf(rule, sizeof(rule),
                 HEAD "<key xmlns:p=\"urn:p\" name=\"a/b\" type=\"string\" select=\"%s\"/>" TAIL,
                 rows[i][0]);
        result = GIVE(scene, "check", RULES, &err, "a.xml", rule);
        if (rows[i][1] == NULL) {
            assert_ok(result, &err);
            continue;
        }
        assert_refused(result, &err, ERROR_DRIVER_REFUSED);
        if (strstr(err.words, rows[i][1]) == NULL || strstr(err.words, "a.xml:2: a/b: ") == NULL)
            fail_msg("%s: %s", rows[i][0], err.words);
    }
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, setup, scene_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(an_expression_that_takes_time_but_no_steps_comes_to_an_end),
        SCENE(an_element_has_so_many_attributes),
        SCENE(what_is_wrong_is_said_whatever_it_is_called),
        SCENE(what_accompanies_rules_is_none),
        SCENE(an_answer_fits_a_message),
        SCENE(prefixes_are_those_of_the_rule_file),
        SCENE(expressions_are_of_the_core_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
