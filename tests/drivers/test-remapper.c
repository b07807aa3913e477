/* SPDX-License-Identifier: ISC
 *
 * Rules over policy in the real driver: each rule of the format, values and where they come from, one
 * bad file beside good ones, and XML that means harm.
 */
#include <config.h>

#include "tests/drivers/driver-scene.h"

#define RULES  "remapper-rules"
#define POLICY "policy"
#define HEAD   "<remap xmlns=\"urn:sallyport:remapper:1\" policy=\"site\">\n"
#define TAIL   "</remap>"

static int setup(void **state)
{
    return scene_open(state, "remapper");
}

/* name: beneath "rules" or "policy". */
static void put(struct scene *scene, const char *name, const char *text)
{
    scratch_put(scene->content, name, text, strlen(text));
}

static int load(struct scene *scene, const char *verb, const char *type, struct error *err)
{
    json_t *arguments;
    int result, folder;

    assert_ok(path_open_folder(scene->content, type[0] == 'p' ? "policy" : "rules", &folder, err),
              err);
    result = driver_run_content(scene->run, verb, type, folder, NULL, err);
    close(folder);
    if (result < 0 || strcmp(verb, "check") == 0)
        return result;
    arguments = json_pack("{s:s}", "type", type);
    result = driver_run_request(scene->run, "swap", arguments, NULL, err);
    json_decref(arguments);
    return result;
}

/* The files of the answer; a new reference. */
static json_t *evaluate(struct scene *scene)
{
    json_t *arguments = json_pack("{s:s, s:{s:b}}", "type", RULES, "request", "evaluate", 1);
    json_t *reply = NULL, *files;
    struct error err = {0};

    assert_ok(driver_run_request(scene->run, "serve", arguments, &reply, &err), &err);
    files = json_incref(json_object_get(json_object_get(reply, "reply"), "files"));
    json_decref(arguments);
    json_decref(reply);
    return files;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value != NULL ? value : "-";
}

/* One key over one document: its row, borrowed from *files. NULL: the file was left out. */
static const json_t *one_key(struct scene *scene, const char *key, const char *document,
                             json_t **files)
{
    char rules[8192];
    struct error err = {0};
    const json_t *file;

    snprintf(rules, sizeof(rules), HEAD "%s\n" TAIL, key);
    put(scene, "rules/a.xml", rules);
    put(scene, "policy/site.xml", document);
    assert_ok(load(scene, "load", RULES, &err), &err);
    assert_ok(load(scene, "load", POLICY, &err), &err);
    *files = evaluate(scene);
    file = json_array_get(*files, 0);
    if (!json_is_true(json_object_get(file, "ok")))
        return NULL;
    return json_array_get(json_object_get(file, "keys"), 0);
}

static const struct {
    const char *key, *document;
    const char *value; /* NULL: left out, with these words */
    const char *words;
    int line;
} values[] = {
    {"<key name='ips/enabled' type='bool' select='//ips/@mode' convert='map' default='false'>"
     "<map from='on' to='true'/></key>",
     "<p>\n<ips mode='on'/></p>", "true", NULL, 2},
    {"<key name='a/b' type='bool' select='//ips/@mode' convert='map' default='false'>"
     "<map from='on' to='true'/></key>",
     "<p/>", "false", NULL, 0},
    {"<key name='a/b' type='bool' select='//ips/@mode' convert='map' default='false'>"
     "<map from='on' to='true'/></key>",
     "<p><ips mode='half'/></p>", "false", NULL, 0},
    {"<key name='a/b' type='bool' select='//ips/@mode' convert='map'>"
     "<map from='on' to='true'/></key>",
     "<p><ips mode='half'/></p>", NULL, "map from", 0},
    {"<key name='a/b' type='list' select='//x' convert='map' default=''>"
     "<map from='1' to='one'/></key>",
     "<p><x>1</x><x>2</x></p>", "[]", NULL, 0},
    {"<key name='a/b' type='bool' select='//x' convert='trim yes-no invert'/>",
     "<p><x> Yes\n</x></p>", "false", NULL, 1},
    {"<key name='a/b' type='int' select='//x' convert='seconds'/>", "<p><x>5m</x></p>", "300", NULL,
     1},
    {"<key name='a/b' type='int' select='//x' convert='mib'/>", "<p><x>2G</x></p>", "2147483648",
     NULL, 1},
    {"<key name='a/b' type='int' select='//x'/>", "<p><x>007</x></p>", NULL, "whole number", 0},
    {"<key name='a/b' type='int' select='//x' convert='seconds'/>",
     "<p><x>9223372036854775807d</x></p>", NULL, "64 bits", 0},
    {"<key name='a/b' type='string' select='//x' convert='lower'/>", "<p><x>ABC</x></p>", "abc",
     NULL, 1},
    {"<key name='a/b' type='string' select='//x'/>", "<p><x/><x/></p>", NULL, "2 nodes", 0},
    {"<key name='a/b' type='list' select='//x'/>", "<p><x>1</x><x>2</x></p>", "[\"1\",\"2\"]", NULL,
     1},
    {"<key name='a/b' type='list' select='//x' default=''/>", "<p/>", "[]", NULL, 0},
    {"<key name='a/b' type='int' select='count(//x)'/>", "<p><x/><x/></p>", "2", NULL, 1},
    {"<key name='a/b' type='bool' select='//x/@on = 1'/>", "<p><x on='1'/></p>", "true", NULL, 1},
    {"<key name='a/b' type='string' select='string(//x)'/>", "<p/>", NULL,
     "no match and no default", 0},
    {"<key name='a/b' type='bool' select='//x'/>", "<p><x>perhaps</x></p>", NULL, "true or false",
     0},
};

static void values_come_as_the_rules_say(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        json_t *files;
        const json_t *row = one_key(scene, values[i].key, values[i].document, &files);

        if (values[i].value == NULL) {
            const char *words = text(json_array_get(files, 0), "words");

            if (row != NULL || strstr(words, values[i].words) == NULL ||
                strncmp(words, "a.xml:2: ", 9) != 0)
                fail_msg("case %zu: expected '%s' in: %s", i, values[i].words, words);
        } else {
            if (row == NULL)
                fail_msg("case %zu: %s", i, text(json_array_get(files, 0), "words"));
            assert_string_equal(text(row, "value"), values[i].value);
            assert_string_equal(text(row, "from"), values[i].line > 0 ? "policy" : "default");
            assert_int_equal(json_integer_value(json_object_get(row, "line")), values[i].line);
            assert_int_equal(json_integer_value(json_object_get(row, "rule_line")), 2);
        }
        json_decref(files);
    }
}

/* What no rule file may hold: line 2, and these words. */
static const struct {
    const char *body, *words;
} refusals[] = {
    {"<other/>", "unknown element other"},
    {"text", "text between"},
    {"", "no key"},
    {"<key/>", "no attribute name"},
    {"<key name='ips' type='bool' select='/'/>", "expected parts"},
    {"<key name='Ips/x' type='bool' select='/'/>", "expected parts"},
    {"<key name='a//b' type='bool' select='/'/>", "expected parts"},
    {"<key name='audit/enabled' type='bool' select='/'/>", "never switched off"},
    {"<key name='a/b' type='float' select='/'/>", "expected bool, int"},
    {"<key name='a/b' type='bool' select='//['/>", "select: "},
    {"<key name='a/b' type='bool'/>", "no attribute select"},
    {"<key name='a/b' type='bool' select='/' other='1'/>", "unknown attribute other"},
    {"<key name='a/b' type='bool' select='/' convert='upper'/>", "convert upper"},
    {"<key name='a/b' type='bool' select='/' convert='map'/>", "go together"},
    {"<key name='a/b' type='bool' select='/'><map from='1' to='true'/></key>", "go together"},
    {"<key name='a/b' type='bool' select='/' default='yes'/>", "default: "},
    {"<key name='a/b' type='int' select='/' default='1.5'/>", "default: "},
    {"<key name='a/b' type='bool' select='/' convert='map'><map from='1' to='true'/>"
     "<map from='1' to='false'/></key>",
     "there twice"},
    {"<key name='a/b' type='bool' select='/' default='true'/>"
     "<key name='a/b' type='bool' select='/' default='true'/>",
     "is there twice"},
    {"<key xmlns='urn:other' name='a/b' type='bool' select='/'/>", "unknown element key"},
};

static void a_bad_rule_is_refused_with_its_line(void **state)
{
    struct scene *scene = *state;
    char rules[4096];
    struct error err = {0};

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        snprintf(rules, sizeof(rules), HEAD "%s" TAIL, refusals[i].body);
        put(scene, "rules/a.xml", rules);
        assert_refused(load(scene, "check", RULES, &err), &err, ERROR_DRIVER_REFUSED);
        if (strstr(err.words, refusals[i].words) == NULL || strstr(err.words, "a.xml:") == NULL)
            fail_msg("case %zu: expected '%s' in: %s", i, refusals[i].words, err.words);
    }
}

static void one_bad_file_leaves_the_others(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};
    json_t *files;

    put(scene, "rules/a.xml", HEAD "<key name='a/b' type='bool' select='/' default='true'/>" TAIL);
    put(scene, "rules/b.xml", HEAD "<key name='a/c' type='");
    put(scene, "rules/c.xml",
        HEAD "<key name='a/b' type='bool' select='//none' default='true'/>" TAIL);
    put(scene, "rules/d.xml",
        HEAD "<key name='a/d' type='bool' select='//none' default='true'/>" TAIL);
    put(scene, "policy/site.xml", "<p>true</p>");
    assert_ok(load(scene, "load", RULES, &err), &err);
    assert_non_null(strstr(driver_run_finding(scene->run, 0), "b.xml:2: "));
    assert_non_null(strstr(driver_run_finding(scene->run, 1), "c.xml:2: a/b: a.xml makes"));
    assert_null(driver_run_finding(scene->run, 2));
    assert_ok(load(scene, "load", POLICY, &err), &err);
    assert_null(driver_run_finding(scene->run, 0));
    files = evaluate(scene);
    assert_int_equal(json_array_size(files), 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(json_is_true(json_object_get(json_array_get(files, i), "ok")),
                         i == 0 || i == 3);
    json_decref(files);
}

/* ---- XML that means harm ---- */

static void refused_document(struct scene *scene, const char *document, const char *words)
{
    struct error err = {0};

    put(scene, "policy/site.xml", document);
    assert_refused(load(scene, "check", POLICY, &err), &err, ERROR_DRIVER_REFUSED);
    if (strstr(err.words, words) == NULL)
        fail_msg("expected '%s' in: %s", words, err.words);
}

static void documents_reach_nothing_but_themselves(void **state)
{
    struct scene *scene = *state;
    char *deep = bytes_allocate(1, 200000);

    refused_document(scene, "<!DOCTYPE p [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><p>&a;</p>",
                     "DOCTYPE");
    refused_document(scene,
                     "<!DOCTYPE p [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><p>&b;</p>",
                     "DOCTYPE");
    refused_document(scene, "<!DOCTYPE p SYSTEM 'http://192.0.2.1/x.dtd'><p/>", "DOCTYPE");
    refused_document(scene, "<p>&undefined;</p>", "site.xml:1: ");
    refused_document(scene, "<?xml version='1.0' encoding='UTF-16'?><p/>", "encoding UTF-8");
    refused_document(scene, "<?xml version='1.0' encoding=\"ISO-8859-1\"?><p/>", "encoding UTF-8");
    refused_document(scene, "<p>\xff</p>", "expected UTF-8");
    refused_document(scene, "<p><a></p>", "site.xml:1: ");
    refused_document(scene, "<p/><p/>", "site.xml:1: ");
    refused_document(scene, "", "site.xml:1: ");
    for (size_t i = 0; i < 20000; i++)
        memcpy(deep + 3 * i, "<a>", 4);
    refused_document(scene, deep, "site.xml:1: ");
    free(deep);
}

static void xpath_has_a_bound(void **state)
{
    struct scene *scene = *state;
    char *document = bytes_allocate(1, 200000);
    size_t used = 3;
    json_t *files;

    memcpy(document, "<p>", 3);
    for (size_t i = 0; i < 20000; i++, used += 4)
        memcpy(document + used, "<a/>", 4);
    memcpy(document + used, "</p>", 5);
    assert_null(one_key(scene, "<key name='a/b' type='int' select='count(//a[count(//a)&gt;0])'/>",
                        document, &files));
    assert_non_null(strstr(text(json_array_get(files, 0), "words"), "select: "));
    json_decref(files);
    free(document);
}

#define IN_DRIVER(test) cmocka_unit_test_setup_teardown(test, setup, scene_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DRIVER(values_come_as_the_rules_say),
        IN_DRIVER(a_bad_rule_is_refused_with_its_line),
        IN_DRIVER(one_bad_file_leaves_the_others),
        IN_DRIVER(documents_reach_nothing_but_themselves),
        IN_DRIVER(xpath_has_a_bound),
    };

    return cmocka_run_group_tests_name("remapper", tests, NULL, NULL);
}
