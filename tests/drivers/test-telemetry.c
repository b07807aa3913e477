/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/drivers/driver-scene.h"
#include "tests/test.h"

#include "media/base/destination.h"
#include "media/base/json.h"

/* telemetry.json with these values, each as it stands in JSON. */
struct given {
    const char *headers, *port, *root, *server, *verb, *interval;
};

#define GOOD                                                                                       \
    .headers = "\"x-site:delta\"", .port = "0", .root = "\"prod\"",                                \
    .server = "\"mirror.site.example\"", .verb = "\"PUT\"", .interval = "86400"

static const struct given good = {GOOD};

static void write_text(const struct given *given, char *text, size_t size)
{
    int written = snprintf(text, size,
                           "{\"additionalHeaders\":%s,\"port\":%s,\"resourceRoot\":%s,"
                           "\"server\":%s,\"verb\":%s,\"interval\":%s}",
                           given->headers, given->port, given->root, given->server, given->verb,
                           given->interval);

    assert_true(written > 0 && (size_t)written < size);
}

static int read_given(const struct given *given, struct destination *destination, struct error *err)
{
    char text[16384];
    json_t *root = NULL;
    int result;

    write_text(given, text, sizeof(text));
    assert_ok(json_read(text, strlen(text), &root, err), err);
    result = destination_read(root, destination, err);
    json_decref(root);
    return result;
}

static void refused(const struct given *given, const char *words)
{
    struct destination destination;
    struct error err = {0};

    assert_refused(read_given(given, &destination, &err), &err, ERROR_BAD_CONTENT);
    if (strstr(err.words, words) == NULL)
        fail_msg("expected '%s' in: %s", words, err.words);
}

/* A good file but for one value: refused, the words begin with its key. */
#define refuses(member, key, ...)                                                                  \
    do {                                                                                           \
        static const char *const values[] = {__VA_ARGS__};                                         \
        for (size_t value = 0; value < sizeof(values) / sizeof(values[0]); value++) {              \
            struct given given = good;                                                             \
            given.member = values[value];                                                          \
            refused(&given, key ": ");                                                             \
        }                                                                                          \
    } while (0)

static void a_good_file_is_read_whole(void **state)
{
    struct given given = good;
    struct destination destination;
    struct error err = {0};

    assert_ok(read_given(&given, &destination, &err), &err);
    assert_string_equal(destination.server, "mirror.site.example");
    assert_int_equal(destination.port, 443);
    assert_string_equal(destination.root, "prod");
    assert_string_equal(destination.verb, "PUT");
    assert_int_equal(destination.interval_s, 86400);
    assert_int_equal(destination.header_count, 1);
    assert_string_equal(destination.headers[0].name, "x-site");
    assert_string_equal(destination.headers[0].value, "delta");
    given.port = "8443";
    given.headers = "\"\"";
    given.interval = "3600";
    assert_ok(read_given(&given, &destination, &err), &err);
    assert_int_equal(destination.port, 8443);
    assert_int_equal(destination.header_count, 0);
}

static void what_is_written_again_is_the_same(void **state)
{
    struct given given = good;
    struct destination destination, again;
    struct error err = {0};
    json_t *first, *second;

    given.headers = "\"x-site:delta\\nX-Two:a:b c\\nx3:~\"";
    assert_ok(read_given(&given, &destination, &err), &err);
    assert_int_equal(destination.header_count, 3);
    assert_string_equal(destination.headers[1].value, "a:b c");
    first = destination_value(&destination);
    assert_ok(destination_read(first, &again, &err), &err);
    second = destination_value(&again);
    assert_true(json_equal(first, second));
    json_decref(first);
    json_decref(second);
}

static void exactly_these_keys(void **state)
{
    static const char *const keys[] = {
        "additionalHeaders", "port", "resourceRoot", "server", "verb", "interval"};
    struct destination destination;
    struct error err = {0};
    char text[1024];
    json_t *root;

    write_text(&good, text, sizeof(text));
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        root = json_loads(text, 0, NULL);
        json_object_del(root, keys[i]);
        assert_refused(destination_read(root, &destination, &err), &err, ERROR_BAD_CONTENT);
        assert_non_null(strstr(err.words, keys[i]));
        json_decref(root);
    }
    root = json_loads(text, 0, NULL);
    json_object_set_new(root, "password", json_string("x"));
    assert_refused(destination_read(root, &destination, &err), &err, ERROR_BAD_CONTENT);
    assert_non_null(strstr(err.words, "password: unknown key"));
    json_decref(root);
}

static void the_server_is_a_name_of_the_site(void **state)
{
    refuses(server, "server", "\"\"", "1", "null", "\"mirror\"", "\"Mirror.site.example\"",
            "\"mirror.site.example.\"", "\".site.example\"", "\"a..example\"", "\"-a.example\"",
            "\"a-.example\"", "\"a_b.example\"", "\"user@site.example\"", "\"site.example:443\"",
            "\"site.example/x\"", "\"site.example\\n.other\"", "\"si te.example\"",
            "\"https://site.example\"", "\"s\\u00eete.example\"");
    /* Addresses in any form that a resolver may take. */
    refuses(server, "server", "\"10.0.0.1\"", "\"169.254.169.254\"", "\"127.1\"", "\"2130706433\"",
            "\"0x7f.1\"", "\"0x7f000001\"", "\"a.0x7f\"", "\"::1\"", "\"[fd00::1]\"",
            "\"fe80::1%eth0\"");
    refuses(server, "server", "\"localhost.localdomain\"", "\"a.localhost\"",
            "\"metadata.google.internal\"", "\"x.instance-data.ec2.internal\"");
    /* 64 bytes of one label. */
    refuses(server, "server",
            "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example\"");
}

static void numbers_are_within_their_bounds(void **state)
{
    refuses(port, "port", "-1", "65536", "\"443\"", "null", "true");
    refuses(interval, "interval", "0", "3599", "2592001", "-86400", "\"86400\"",
            "9223372036854775807");
}

static void the_path_climbs_nowhere(void **state)
{
    refuses(root, "resourceRoot", "\"\"", "\"/prod\"", "\"prod/\"", "\"a//b\"", "\"..\"",
            "\"a/../b\"", "\"./a\"", "\"a?b\"", "\"a#b\"", "\"a%2e\"", "\"a b\"", "\"a\\nb\"",
            "\"-a\"", "\"a\\\\b\"", "7");
}

static void one_verb_is_known(void **state)
{
    refuses(verb, "verb", "\"POST\"", "\"put\"", "\"GET\"", "\"\"", "\"PUT \"", "\"PUT\\nX:y\"");
}

/* What would end the line, and with it begin another header or the body. */
static void headers_can_be_injected_by_no_byte(void **state)
{
    refuses(headers, "additionalHeaders", "\"x:a\\r\"", "\"x:a\\r\\nHost:b\"", "\"x:\\u0001\"",
            "\"x:\\u007f\"", "\"x:\\t\"", "\"x:\\u00e9\"", "\"x:a\\n\"", "\"\\nx:a\"",
            "\"x:a\\n\\ny:b\"", "\"x : a\"", "\"x: a\"", "\"x:a \"", "\"x:\"", "\":a\"", "\"x\"",
            "\" x:a\"", "\"x(y):a\"", "\"\\u00e9:a\"", "[]");
}

static void headers_of_the_sender_are_not_for_content(void **state)
{
    refuses(headers, "additionalHeaders", "\"Host:a\"", "\"hOsT:a\"", "\"Content-Length:1\"",
            "\"content-type:a\"", "\"Transfer-Encoding:chunked\"", "\"Connection:close\"",
            "\"TE:a\"", "\"Trailer:a\"", "\"Upgrade:a\"", "\"Expect:100-continue\"",
            "\"Proxy-Connection:a\"", "\"Proxy-Authorization:a\"", "\"If-Match:a\"",
            "\"Range:bytes=0-\"", "\"X-Forwarded-For:a\"", "\"Authorization:a\"", "\"Cookie:a\"",
            "\"X-HTTP-Method-Override:DELETE\"", "\"ok:a\\nHost:b\"");
    refuses(headers, "additionalHeaders: line 2", "\"x-site:a\\nX-Site:b\"");
}

static void names_that_only_begin_like_those_are_free(void **state)
{
    struct given given = good;
    struct destination destination;
    struct error err = {0};

    given.headers = "\"Hostname:a\\nTE-x:a\\nDated:a\\nContents:a\"";
    assert_ok(read_given(&given, &destination, &err), &err);
    assert_int_equal(destination.header_count, 4);
}

static void too_many_headers_are_refused_by_the_limits_name(void **state)
{
    char headers[2048] = "\"";
    struct given given = good;
    struct destination destination;
    struct error err = {0};
    size_t used = 1;

    for (int i = 0; i < LIMIT_DESTINATION_HEADERS; i++)
        used += (size_t)snprintf(headers + used, sizeof(headers) - used, "%sx%d:a",
                                 i > 0 ? "\\n" : "", i);
    snprintf(headers + used, sizeof(headers) - used, "\"");
    given.headers = headers;
    assert_ok(read_given(&given, &destination, &err), &err);
    snprintf(headers + used, sizeof(headers) - used, "\\ny:a\"");
    refused(&given, "DESTINATION_HEADERS");
}

static void a_suffix_counts_by_labels(void **state)
{
    assert_true(destination_is_beneath("mirror.site.example", "site.example"));
    assert_true(destination_is_beneath("site.example", "site.example"));
    assert_true(destination_is_beneath("a.lan", "lan"));
    assert_false(destination_is_beneath("offsite.example", "site.example"));
    assert_false(destination_is_beneath("example", "site.example"));
    assert_false(destination_is_beneath("site.example.other", "site.example"));
    assert_false(destination_is_beneath("site.example", ""));
    assert_true(destination_suffix_valid("lan"));
    assert_false(destination_suffix_valid(""));
    assert_false(destination_suffix_valid(".site.example"));
    assert_false(destination_suffix_valid("254"));
}

/* From here: the real program. */

static int setup(void **state)
{
    return scene_open(state, "telemetry");
}

static int load(struct scene *scene, const char *verb, const char *text, struct error *err)
{
    scratch_write(scene->scratch, "telemetry.json", text);
    return driver_run_content(scene->run, verb, "telemsup", scene->content, NULL, err);
}

/* What {"get":true} says: a new reference. */
static json_t *get(struct scene *scene)
{
    json_t *arguments = json_pack("{s:{s:b}}", "request", "get", 1);
    json_t *reply = NULL, *destination;
    struct error err = {0};

    assert_ok(driver_run_request(scene->run, "serve", arguments, &reply, &err), &err);
    destination = json_incref(json_object_get(json_object_get(reply, "reply"), "destination"));
    json_decref(arguments);
    json_decref(reply);
    assert_non_null(destination);
    return destination;
}

static void the_driver_says_what_is_in_service(void **state)
{
    struct scene *scene = *state;
    struct destination destination;
    struct error err = {0};
    char text[1024];
    json_t *value = get(scene);

    assert_true(json_is_null(value));
    write_text(&good, text, sizeof(text));
    assert_ok(load(scene, "load", text, &err), &err);
    assert_ok(driver_run_request(scene->run, "swap", NULL, NULL, &err), &err);
    value = get(scene);
    assert_ok(destination_read(value, &destination, &err), &err);
    assert_string_equal(destination.server, "mirror.site.example");
    assert_int_equal(destination.port, 443);
    json_decref(value);
}

static void bad_content_is_refused_with_its_key_and_changes_nothing(void **state)
{
    struct scene *scene = *state;
    struct given bad = good;
    struct error err = {0};
    char text[1024];
    json_t *value;

    write_text(&good, text, sizeof(text));
    assert_ok(load(scene, "load", text, &err), &err);
    assert_ok(driver_run_request(scene->run, "swap", NULL, NULL, &err), &err);
    bad.interval = "60";
    write_text(&bad, text, sizeof(text));
    assert_refused(load(scene, "check", text, &err), &err, ERROR_DRIVER_REFUSED);
    assert_non_null(strstr(err.words, "telemsup: telemetry.json: interval: expected"));
    assert_refused(load(scene, "load", "{\"port\":1,\"port\":2}", &err), &err,
                   ERROR_DRIVER_REFUSED);
    assert_non_null(strstr(err.words, "telemsup: telemetry.json: line 1"));
    value = get(scene);
    assert_int_equal(json_integer_value(json_object_get(value, "interval")), 86400);
    json_decref(value);
}

static void files_are_taken_by_name_and_size(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};
    char *large = bytes_allocate(1, LIMIT_TELEMETRY_BYTES + 2);
    char text[1024];

    memset(large, ' ', LIMIT_TELEMETRY_BYTES + 1);
    assert_refused(load(scene, "check", large, &err), &err, ERROR_DRIVER_REFUSED);
    assert_non_null(strstr(err.words, "TELEMETRY_BYTES"));
    free(large);
    write_text(&good, text, sizeof(text));
    scratch_write(scene->scratch, "README", "x");
    assert_ok(load(scene, "check", text, &err), &err);
    scratch_write(scene->scratch, "flags.json", "{}");
    assert_refused(load(scene, "check", text, &err), &err, ERROR_DRIVER_REFUSED);
    assert_non_null(strstr(err.words, "flags.json: expected only telemetry.json"));
}

static void requests_are_strict(void **state)
{
    static const char *const requests[] = {
        "{\"request\":{}}",
        "{\"request\":{\"get\":false}}",
        "{\"request\":{\"get\":1}}",
        "{\"request\":{\"get\":true,\"more\":1}}",
    };
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        json_t *arguments = json_loads(requests[i], 0, NULL);
        struct error err = {0};

        assert_refused(driver_run_request(scene->run, "serve", arguments, NULL, &err), &err,
                       ERROR_DRIVER_REFUSED);
        json_decref(arguments);
    }
}

static void stats_name_the_server(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};
    json_t *reply = NULL, *engine;
    char text[1024];

    write_text(&good, text, sizeof(text));
    assert_ok(load(scene, "load", text, &err), &err);
    assert_ok(driver_run_request(scene->run, "swap", NULL, NULL, &err), &err);
    assert_ok(driver_run_request(scene->run, "stats", NULL, &reply, &err), &err);
    engine = json_object_get(json_array_get(json_object_get(reply, "types"), 0), "engine");
    assert_string_equal(json_string_value(json_object_get(engine, "server")),
                        "mirror.site.example");
    assert_int_equal(json_integer_value(json_object_get(engine, "interval")), 86400);
    json_decref(reply);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, setup, scene_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_file_is_read_whole),
        cmocka_unit_test(what_is_written_again_is_the_same),
        cmocka_unit_test(exactly_these_keys),
        cmocka_unit_test(the_server_is_a_name_of_the_site),
        cmocka_unit_test(numbers_are_within_their_bounds),
        cmocka_unit_test(the_path_climbs_nowhere),
        cmocka_unit_test(one_verb_is_known),
        cmocka_unit_test(headers_can_be_injected_by_no_byte),
        cmocka_unit_test(headers_of_the_sender_are_not_for_content),
        cmocka_unit_test(names_that_only_begin_like_those_are_free),
        cmocka_unit_test(too_many_headers_are_refused_by_the_limits_name),
        cmocka_unit_test(a_suffix_counts_by_labels),
        SCENE(the_driver_says_what_is_in_service),
        SCENE(bad_content_is_refused_with_its_key_and_changes_nothing),
        SCENE(files_are_taken_by_name_and_size),
        SCENE(requests_are_strict),
        SCENE(stats_name_the_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
