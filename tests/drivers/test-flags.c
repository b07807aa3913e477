/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/drivers/driver-scene.h"
#include "tests/test.h"

#include <sys/stat.h>

#include "drivers/flags-supplement.h"
#include "media/base/limits.h"
#include "media/base/protected-flag.h"

#define HEAD "{\"schema\":\"sallyport.flags/1\",\"releases\":"

static struct flag_supplement *parsed(const char *text)
{
    struct flag_supplement *supplement = NULL;
    struct error err = {0};

    assert_ok(flag_supplement_parse(text, strlen(text), &supplement, &err), &err);
    return supplement;
}

static void refused(const char *text, const char *words)
{
    struct flag_supplement *supplement = NULL;
    struct error err = {0};

    assert_refused(flag_supplement_parse(text, strlen(text), &supplement, &err), &err,
                   ERROR_BAD_CONTENT);
    assert_null(supplement);
    if (strstr(err.words, words) == NULL)
        fail_msg("%s: expected '%s' in: %s", text, words, err.words);
}

static void the_most_exact_release_that_names_a_flag_wins(void **state)
{
    struct flag_supplement *supplement =
        parsed(HEAD "{\"*\":{\"ips\":\"available\",\"query\":\"available\"},"
                    "\"1\":{\"ips\":\"off\"},\"1.2\":{\"ips\":\"available\"},"
                    "\"1.2.0\":{\"ips\":\"off\"}}}");
    const char *release;

    assert_int_equal(flag_supplement_state(supplement, "ips", "1.2.0", &release), FLAG_OFF);
    assert_string_equal(release, "1.2.0");
    assert_int_equal(flag_supplement_state(supplement, "ips", "1.2.1", &release), FLAG_AVAILABLE);
    assert_string_equal(release, "1.2");
    assert_int_equal(flag_supplement_state(supplement, "ips", "1.20.0", NULL), FLAG_OFF);
    assert_int_equal(flag_supplement_state(supplement, "ips", "2.0.0", &release), FLAG_AVAILABLE);
    assert_string_equal(release, "*");
    assert_int_equal(flag_supplement_state(supplement, "query", "1.2.0", NULL), FLAG_AVAILABLE);
    assert_int_equal(flag_supplement_state(supplement, "absent", "1.2.0", &release), FLAG_MISSING);
    assert_null(release);
    flag_supplement_free(supplement);
}

static void only_available_with_on_is_on(void **state)
{
    static const enum flag_state states[] = {FLAG_MISSING, FLAG_OFF, FLAG_AVAILABLE};
    static const enum flag_service services[] = {FLAG_NONE, FLAG_SERVICE_OFF, FLAG_SERVICE_ON};

    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++)
            assert_int_equal(flag_combine(states[i], services[j]), i == 2 && j == 2);
}

static enum flag_service service(const char *rows, const char *site, uint64_t position)
{
    json_t *values = json_loads(rows, 0, NULL);
    enum flag_service value;
    struct error err = {0};

    assert_non_null(values);
    assert_ok(flag_service_value(values, site, position, &value, &err), &err);
    json_decref(values);
    return value;
}

static void the_first_service_value_that_fits_counts(void **state)
{
    static const char rows[] = "[{\"site\":\"delta\",\"percent\":25,\"value\":\"on\"},"
                               "{\"site\":\"delta\",\"percent\":100,\"value\":\"off\"},"
                               "{\"site\":null,\"percent\":50,\"value\":\"on\"}]";

    assert_int_equal(service(rows, "delta", 24), FLAG_SERVICE_ON);
    assert_int_equal(service(rows, "delta", 25), FLAG_SERVICE_OFF);
    assert_int_equal(service(rows, "echo", 49), FLAG_SERVICE_ON);
    assert_int_equal(service(rows, "echo", 50), FLAG_NONE);
    assert_int_equal(service(rows, NULL, 10), FLAG_SERVICE_ON);
    assert_int_equal(service("[{\"site\":null,\"percent\":0,\"value\":\"on\"}]", NULL, 0),
                     FLAG_NONE);
    assert_int_equal(service("[]", "delta", 0), FLAG_NONE);
}

#define GOOD_ROW "{\"site\":null,\"percent\":100,\"value\":\"on\"}"

static void service_values_are_strict(void **state)
{
    static const char *const rows[] = {
        "{}",
        "[1]",
        "[{}]",
        "[{\"site\":null,\"percent\":100,\"value\":\"maybe\"}]",
        "[{\"site\":null,\"percent\":101,\"value\":\"on\"}]",
        "[{\"site\":null,\"percent\":100,\"value\":\"on\",\"extra\":1}]",
        "[{\"percent\":100,\"value\":\"on\"}]",
        "[" GOOD_ROW ",{\"site\":null,\"percent\":1,\"value\":1}]", /* behind a row that fits */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *values = json_loads(rows[i], 0, NULL);
        enum flag_service value;
        struct error err = {0};

        assert_non_null(values);
        assert_refused(flag_service_value(values, NULL, 0, &value, &err), &err, ERROR_BAD_DOCUMENT);
        json_decref(values);
    }
}

static void what_breaks_the_schema_is_refused_with_its_place(void **state)
{
    refused("", "");
    refused("{}", "");
    refused("{\"schema\":\"sallyport.flags/2\",\"releases\":{}}", "schema");
    refused(HEAD "{}} trailing", "");
    refused(HEAD "{},\"more\":1}", "more");
    refused(HEAD "[]}", "releases");
    refused(HEAD "{\"*\":[]}}", "\"*\"");
    refused(HEAD "{\"*\":{\"ips\":\"on\"}}}", "expected \"off\" or \"available\"");
    refused(HEAD "{\"*\":{\"ips\":true}}}", "ips");
    refused(HEAD "{\"*\":{\"Ips\":\"off\"}}}", "[a-z0-9._-]");
    refused(HEAD "{\"*\":{\"\":\"off\"}}}", "[a-z0-9._-]");
    refused(HEAD "{\"*\":{\"ips\":\"off\",\"ips\":\"off\"}}}", "line 1");
    refused(HEAD "{\"\":{}}}", "release");
    refused(HEAD "{\"1.\":{}}}", "release");
    refused(HEAD "{\"01\":{}}}", "release");
    refused(HEAD "{\"1.2.3.4\":{}}}", "release");
    refused(HEAD "{\"1.2*\":{}}}", "release");
    refused(HEAD "{\"9999999999\":{}}}", "release");
    shows_case("G1");
}

static void what_protects_is_not_flaggable(void **state)
{
    static const char *const names[] = {"verification", "floors", "audit", "repair", "sandbox"};
    char text[200];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_non_null(protected_flag(names[i]));
        snprintf(text, sizeof(text), HEAD "{\"*\":{\"%s\":\"off\"}}}", names[i]);
        refused(text, "never switched off");
        /* Not even in a release that is not ours. */
        snprintf(text, sizeof(text), HEAD "{\"999.0.0\":{\"%s\":\"available\"}}}", names[i]);
        refused(text, "never switched off");
    }
    for (size_t i = 0; flag_feature(i) != NULL; i++)
        assert_null(protected_flag(flag_feature(i)->name));
}

static void too_much_is_refused_by_the_limits_name(void **state)
{
    char *text = bytes_allocate(1, LIMIT_FLAGS_BYTES + 64);
    struct flag_supplement *supplement;
    struct error err = {0};

    memset(text, ' ', LIMIT_FLAGS_BYTES + 1);
    assert_refused(flag_supplement_parse(text, LIMIT_FLAGS_BYTES + 1, &supplement, &err), &err,
                   ERROR_BAD_CONTENT);
    assert_non_null(strstr(err.words, "FLAGS_BYTES"));
    free(text);
}

static void every_feature_has_a_compiled_in_state(void **state)
{
    struct flag_supplement *supplement = parsed(flag_supplement_compiled());

    assert_non_null(flag_feature(0));
    for (size_t i = 0; flag_feature(i) != NULL; i++)
        assert_int_equal(
            flag_supplement_state(supplement, flag_feature(i)->name, PACKAGE_VERSION, NULL),
            FLAG_AVAILABLE);
    flag_supplement_free(supplement);
    shows_case("G1");
}

/* From here: the real program. */

static int setup(void **state)
{
    return scene_open(state, "flags");
}

/* Asks for source-schedule with a service value; the whole reply. */
static json_t *ask(struct scene *scene, const char *value)
{
    json_t *arguments =
        json_pack("{s:{s:s, s:s, s:i, s:[{s:n, s:i, s:s}]}}", "request", "flag", "source-schedule",
                  "site", "delta", "position", 3, "values", "site", "percent", 100, "value", value);
    json_t *reply = NULL;
    struct error err = {0};

    assert_ok(driver_run_request(scene->run, "serve", arguments, &reply, &err), &err);
    json_decref(arguments);
    return reply;
}

static void expect(struct scene *scene, const char *value, bool on, const char *origin)
{
    json_t *reply = ask(scene, value);
    const json_t *inner = json_object_get(reply, "reply");

    assert_int_equal(json_is_true(json_object_get(inner, "value")), on);
    assert_string_equal(json_string_value(json_object_get(inner, "origin")), origin);
    json_decref(reply);
}

static int load(struct scene *scene, const char *verb, const char *text, struct error *err)
{
    scratch_write(scene->scratch, "flags.json", text);
    return driver_run_content(scene->run, verb, "flags-supplement", scene->content, NULL, err);
}

static void before_the_first_import_the_compiled_in_supplement_applies(void **state)
{
    expect(*state, "on", true, "compiled-in");
    expect(*state, "off", false, "compiled-in");
}

static void content_replaces_the_compiled_in_supplement_at_swap(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};

    assert_ok(load(scene, "load", HEAD "{\"*\":{\"source-schedule\":\"off\"}}}", &err), &err);
    expect(scene, "on", true, "compiled-in");
    assert_ok(driver_run_request(scene->run, "swap", NULL, NULL, &err), &err);
    expect(scene, "on", false, "content");
    assert_ok(load(scene, "load", HEAD "{\"*\":{\"source-schedule\":\"available\"}}}", &err), &err);
    assert_ok(driver_run_request(scene->run, "swap", NULL, NULL, &err), &err);
    expect(scene, "on", true, "content");
}

static void bad_content_leaves_what_is_in_service(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};

    assert_ok(load(scene, "load", HEAD "{\"*\":{\"source-schedule\":\"off\"}}}", &err), &err);
    assert_ok(driver_run_request(scene->run, "swap", NULL, NULL, &err), &err);
    assert_refused(load(scene, "load", HEAD "{\"*\":{\"audit\":\"off\"}}}", &err), &err,
                   ERROR_DRIVER_REFUSED);
    assert_non_null(strstr(err.words, "flags-supplement: flags.json: releases: \"*\": \"audit\""));
    assert_refused(driver_run_request(scene->run, "swap", NULL, NULL, &err), &err, ERROR_NOT_FOUND);
    expect(scene, "on", false, "content");
}

static void hostile_keys_come_back_escaped(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};

    assert_refused(load(scene, "check", HEAD "{\"*\":{\"\\u001b[31mips\":\"off\"}}}", &err), &err,
                   ERROR_DRIVER_REFUSED);
    assert_null(strchr(err.words, '\x1b'));
    assert_non_null(strstr(err.words, "\\u{1B}[31mips"));
    expect(scene, "on", true, "compiled-in");
    shows_case("J6");
}

static void strange_files_are_refused_by_name(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};

    scratch_write(scene->scratch, "README.md", "x");
    scratch_write(scene->scratch, "LICENSE", "x");
    assert_ok(load(scene, "check", HEAD "{}}", &err), &err);
    scratch_write(scene->scratch, "extra.json", "{}");
    assert_refused(load(scene, "check", HEAD "{}}", &err), &err, ERROR_DRIVER_REFUSED);
    assert_non_null(strstr(err.words, "extra.json"));
    assert_int_equal(unlinkat(scene->content, "extra.json", 0), 0);
    assert_int_equal(unlinkat(scene->content, "flags.json", 0), 0);
    assert_refused(
        driver_run_content(scene->run, "check", "flags-supplement", scene->content, NULL, &err),
        &err, ERROR_DRIVER_REFUSED);
    assert_non_null(strstr(err.words, "no flags.json"));
}

/* Row i of the list that is served for these services. */
static json_t *list(struct scene *scene, const char *services)
{
    json_t *arguments = json_pack("{s:{s:b, s:s, s:o}}", "request", "list", 1, "site", "delta",
                                  "services", json_loads(services, 0, NULL));
    json_t *reply = NULL, *flags;
    struct error err = {0};

    assert_ok(driver_run_request(scene->run, "serve", arguments, &reply, &err), &err);
    flags = json_incref(json_object_get(json_object_get(reply, "reply"), "flags"));
    json_decref(arguments);
    json_decref(reply);
    return flags;
}

static void expect_row(const json_t *flags, size_t i, const char *name, const char *supplement,
                       const char *service, bool value)
{
    const json_t *row = json_array_get(flags, i);

    assert_string_equal(json_string_value(json_object_get(row, "flag")), name);
    assert_string_equal(json_string_value(json_object_get(row, "supplement")), supplement);
    assert_string_equal(json_string_value(json_object_get(row, "service")), service);
    assert_int_equal(json_is_true(json_object_get(row, "value")), value);
}

static void the_list_has_what_supplement_software_or_set_name(void **state)
{
    static const char services[] =
        "{\"source-schedule\":{\"position\":3,\"values\":[{\"site\":\"delta\",\"percent\":4,"
        "\"value\":\"on\"}]},\"zulu\":{\"position\":0,\"values\":[" GOOD_ROW "]}}";
    struct scene *scene = *state;
    struct error err = {0};
    json_t *flags;

    assert_ok(load(scene, "load",
                   HEAD "{\"*\":{\"ips\":\"off\",\"source-schedule\":\"available\"}}}", &err),
              &err);
    assert_ok(driver_run_request(scene->run, "swap", NULL, NULL, &err), &err);
    flags = list(scene, services);
    assert_int_equal(json_array_size(flags), 6);
    expect_row(flags, 0, "appfeed", "missing", "missing", false);
    expect_row(flags, 2, "ips", "off", "missing", false);
    expect_row(flags, 4, "source-schedule", "available", "on", true);
    expect_row(flags, 5, "zulu", "missing", "on", false);
    assert_non_null(json_string_value(json_object_get(json_array_get(flags, 4), "what")));
    json_decref(flags);
}

static void assert_served(struct scene *scene, const char *text, enum error_code code)
{
    json_t *arguments = json_loads(text, 0, NULL);
    struct error err = {0};

    assert_non_null(arguments);
    assert_refused(driver_run_request(scene->run, "serve", arguments, NULL, &err), &err, code);
    json_decref(arguments);
}

static void requests_are_strict(void **state)
{
    static const char *const requests[] = {
        "{\"request\":{}}",
        "{\"request\":{\"flag\":\"x\",\"more\":1}}",
        "{\"request\":{\"flag\":1}}",
        "{\"request\":{\"flag\":\"x\",\"position\":100}}",
        "{\"request\":{\"flag\":\"x\",\"values\":[{\"value\":\"perhaps\"}]}}",
        "{\"request\":{\"list\":true}}",
        "{\"request\":{\"list\":true,\"services\":{\"x\":{\"position\":1}}}}",
        "{\"request\":{\"list\":true,\"services\":{\"x\":{\"position\":100,\"values\":[]}}}}",
        "{\"request\":{\"list\":true,\"services\":{\"\\u001b\":{\"position\":1,\"values\":[]}}}}",
        "{\"request\":{\"list\":true,\"services\":{},\"flag\":\"x\"}}",
    };
    /* No request at all is the caller's breach, not a question. */
    static const char *const shapeless[] = {"{}", "{\"request\":[]}"};
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        assert_served(scene, requests[i], ERROR_DRIVER_REFUSED);
    for (size_t i = 0; i < sizeof(shapeless) / sizeof(shapeless[0]); i++)
        assert_served(scene, shapeless[i], ERROR_PROTOCOL);
    expect(scene, "on", true, "compiled-in");
}

static void stats_list_every_flag(void **state)
{
    struct scene *scene = *state;
    json_t *reply = NULL, *flags;
    struct error err = {0};

    assert_ok(
        load(scene, "load", HEAD "{\"*\":{\"zeta\":\"off\"},\"999\":{\"alpha\":\"off\"}}}", &err),
        &err);
    assert_ok(driver_run_request(scene->run, "swap", NULL, NULL, &err), &err);
    assert_ok(driver_run_request(scene->run, "stats", NULL, &reply, &err), &err);
    flags = json_object_get(
        json_object_get(json_array_get(json_object_get(reply, "types"), 0), "engine"), "flags");
    assert_int_equal(json_array_size(flags), 6);
    assert_string_equal(json_string_value(json_object_get(json_array_get(flags, 0), "flag")),
                        "alpha");
    assert_string_equal(json_string_value(json_object_get(json_array_get(flags, 0), "supplement")),
                        "missing");
    assert_string_equal(json_string_value(json_object_get(json_array_get(flags, 4), "flag")),
                        "source-schedule");
    assert_true(json_is_true(json_object_get(json_array_get(flags, 4), "known")));
    assert_true(json_is_false(json_object_get(json_array_get(flags, 5), "known")));
    json_decref(reply);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, setup, scene_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_exact_release_that_names_a_flag_wins),
        cmocka_unit_test(only_available_with_on_is_on),
        cmocka_unit_test(the_first_service_value_that_fits_counts),
        cmocka_unit_test(service_values_are_strict),
        cmocka_unit_test(what_breaks_the_schema_is_refused_with_its_place),
        cmocka_unit_test(what_protects_is_not_flaggable),
        cmocka_unit_test(too_much_is_refused_by_the_limits_name),
        cmocka_unit_test(every_feature_has_a_compiled_in_state),
        SCENE(before_the_first_import_the_compiled_in_supplement_applies),
        SCENE(content_replaces_the_compiled_in_supplement_at_swap),
        SCENE(bad_content_leaves_what_is_in_service),
        SCENE(hostile_keys_come_back_escaped),
        SCENE(strange_files_are_refused_by_name),
        SCENE(the_list_has_what_supplement_software_or_set_name),
        SCENE(requests_are_strict),
        SCENE(stats_list_every_flag),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
