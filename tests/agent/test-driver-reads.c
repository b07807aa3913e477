/* SPDX-License-Identifier: ISC
 *
 * A family that looks up in another one's content gets it into its own process: from the start, when
 * it changes, when it goes. With the real scanner beside it, the real lists, and a reader
 * (fake-reader.c) that can be told to fail.
 */
#include "tests/agent/host-place.h"

#include <unistd.h>

#include "agent/activate.h"
#include "agent/driver-host.h"
#include "agent/setting.h"
#include "agent/status.h"
#include "media/base/instant.h"
#include "media/base/publish.h"
#include "media/base/text.h"
#include "tests/agent/tiny-index.h"

#define LISTS "local-rep-data"
#define RULES "behavior"

static int set_up(void **state)
{
    struct host_place *place = bytes_allocate(1, sizeof(*place));

    if (host_place_make(place) < 0)
        return -1;
    host_place_link(place, "drivers/sallyport-driver-scanner", "sallyport-driver-scanner");
    host_place_link(place, "tests/agent/fake-reader", "sallyport-driver-behavior");
    host_place_start(place);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct host_place *place = *state;

    host_place_stop(place);
    host_place_remove(place);
    free(place);
    return 0;
}

/* One verified file of a package, put into service as an import does. */
static int install(struct host_place *place, const char *type, const char *file, const void *data,
                   size_t size, struct error *err)
{
    const struct host_file files[] = {{file, data, size}};

    return host_place_put(place, type, files, 1, err);
}

static void install_list(struct host_place *place, uint8_t first, uint8_t second)
{
    const uint8_t keys[] = {first, second};
    struct error err = {0};
    uint8_t index[TINY_INDEX_BYTES];
    size_t size = tiny_index_make(index, keys, second != 0 ? 2 : 1);

    assert_ok(install(place, LISTS, "sha256.idx", index, size, &err), &err);
}

static void install_rules(struct host_place *place, const char *text)
{
    struct error err = {0};

    assert_ok(install(place, RULES, "rules.lua", text, strlen(text), &err), &err);
}

/* What a family answers of the file whose key is one byte 32 times: "bad", "unknown", "no list", or
 * the name of a reason code. */
static const char *ask(struct host_place *place, const char *type, uint8_t byte)
{
    char hex[2 * 32 + 1];
    const char *answer = "unknown";
    uint8_t key[32];
    json_t *request, *reply = NULL;
    const json_t *list, *row;
    struct error err = {0};

    memset(key, byte, sizeof(key));
    text_hex(key, sizeof(key), hex);
    request = json_pack("{s:[s]}", "sha256", hex);
    if (driver_host_serve(place->drivers, type, request, &reply, &err) < 0) {
        json_decref(request);
        return error_name(err.code);
    }
    list = json_object_get(reply, "sha256");
    row = json_array_get(list, 0);
    if (json_is_null(list))
        answer = "no list";
    else if (strcmp("bad", json_object_get(row, "verdict") != NULL
                               ? json_string_value(json_object_get(row, "verdict"))
                               : "") == 0)
        answer = "bad";
    json_decref(request);
    json_decref(reply);
    return answer;
}

static void assert_both(struct host_place *place, uint8_t byte, const char *expected)
{
    assert_string_equal(ask(place, LISTS, byte), expected);
    assert_string_equal(ask(place, RULES, byte), expected);
}

static void assert_unread(struct host_place *place, const char *expected)
{
    char words[ERROR_WORDS_BYTES] = "(nothing)";

    if (driver_host_unread(place->drivers, LISTS, words, sizeof(words)) != (expected != NULL))
        fail_msg("unread: %s", words);
    if (expected != NULL && strstr(words, expected) == NULL)
        fail_msg("unread: %s, expected %s", words, expected);
}

/* What contents says of the lists, as "word code". */
static void assert_health(struct host_place *place, const char *expected)
{
    const struct status_source source = {
        .state = place->state, .config = &place->config, .drivers = place->drivers};
    struct error err = {0};
    char found[100] = "";
    json_t *reply, *row;
    size_t i;

    assert_ok(status_make_contents(&source, &reply, &err), &err);
    json_array_foreach(json_object_get(reply, "contents"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "type")), LISTS) == 0)
            snprintf(found, sizeof(found), "%s %s",
                     json_string_value(json_object_get(row, "health")),
                     json_string_value(json_object_get(row, "reason")));
    }
    assert_string_equal(found, expected);
    json_decref(reply);
}

static size_t processes(struct host_place *place)
{
    struct pollfd fds[DRIVER_HOST_FDS];

    return driver_host_watch(place->drivers, fds) / 3;
}

static void a_reader_has_the_list_in_its_own_process(void **state)
{
    struct host_place *place = *state;

    install_rules(place, "1");
    assert_string_equal(ask(place, RULES, 1), "no list");
    assert_unread(place, NULL);
    install_list(place, 1, 0);
    assert_both(place, 1, "bad");
    assert_both(place, 2, "unknown");
    assert_int_equal(processes(place), 2);
}

static void a_new_list_reaches_a_reader_that_runs(void **state)
{
    struct host_place *place = *state;

    install_list(place, 1, 0);
    install_rules(place, "1");
    assert_both(place, 1, "bad");
    for (uint8_t i = 2; i < 6; i++) {
        install_list(place, i, 0);
        assert_both(place, i - 1, "unknown");
        assert_both(place, i, "bad");
    }
    assert_int_equal(processes(place), 2);
}

static void new_rules_have_the_list_that_is_there(void **state)
{
    struct host_place *place = *state;

    install_list(place, 1, 0);
    install_rules(place, "1");
    install_rules(place, "2");
    assert_string_equal(ask(place, RULES, 1), "bad");
}

static void a_restart_gives_it_again(void **state)
{
    struct host_place *place = *state;

    install_list(place, 1, 0);
    install_rules(place, "1");
    host_place_stop(place);
    host_place_start(place);
    assert_both(place, 1, "bad");
}

/* The scanner takes the list and the reader does not: each in its own right. */
static void a_reader_that_refuses_a_list_keeps_its_old_one(void **state)
{
    struct host_place *place = *state;

    install_list(place, 1, 0);
    install_rules(place, "1");
    install_list(place, 2, 0xee);
    assert_string_equal(ask(place, LISTS, 2), "bad");
    assert_string_equal(ask(place, RULES, 2), "unknown");
    assert_string_equal(ask(place, RULES, 1), "bad");
    assert_unread(place, "driver behavior can't look up in it: local-rep-data: not to this");
    assert_health(place, "warn partial");
    install_list(place, 3, 0);
    assert_both(place, 3, "bad");
    assert_unread(place, NULL);
    assert_health(place, "ok ok");
}

static void a_reader_that_ends_of_a_list_keeps_its_old_one(void **state)
{
    struct host_place *place = *state;

    install_list(place, 1, 0);
    install_rules(place, "1");
    install_list(place, 2, 0xff);
    assert_string_equal(ask(place, LISTS, 2), "bad");
    assert_string_equal(ask(place, RULES, 1), "bad");
    assert_unread(place, "sallyport-driver-behavior");
    assert_int_equal(processes(place), 2);
}

/* Its own content is not to blame, neither at the start nor when it is new. */
static void a_reader_without_an_old_one_does_without(void **state)
{
    static const uint8_t bytes[] = {0xee, 0xff};
    struct host_place *place = *state;

    for (size_t i = 0; i < sizeof(bytes); i++) {
        install_list(place, 1, bytes[i]);
        install_rules(place, "1");
        assert_string_equal(ask(place, LISTS, 1), "bad");
        assert_string_equal(ask(place, RULES, 1), "no list");
        assert_unread(place, "driver behavior can't look up in it: ");
        host_place_stop(place);
        host_place_start(place);
        assert_string_equal(ask(place, RULES, 1), "no list");
        assert_unread(place, "driver behavior can't look up in it: ");
        install_list(place, 2, 0);
        assert_both(place, 2, "bad");
    }
}

/* What the scanner refuses reaches nobody. */
static void a_damaged_list_changes_neither(void **state)
{
    static const uint8_t unsorted[] = {9, 2}, twice[] = {2, 2};
    const uint8_t *const keys[] = {unsorted, twice};
    struct host_place *place = *state;
    uint8_t index[TINY_INDEX_BYTES];

    install_list(place, 1, 0);
    install_rules(place, "1");
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct error err = {0};
        size_t size = tiny_index_make(index, keys[i], 2);

        assert_refused(install(place, LISTS, "sha256.idx", index, size, &err), &err,
                       ERROR_DRIVER_REFUSED);
        assert_non_null(strstr(err.words, "record 1"));
        assert_both(place, 1, "bad");
        assert_both(place, 2, "unknown");
        assert_unread(place, NULL);
    }
}

static void switch_lists(struct host_place *place, const char *value)
{
    struct error err = {0};

    assert_ok(db_change(state_db(place->state), &err,
                        "INSERT OR REPLACE INTO settings VALUES('reputation/enabled', 'bool', ?,"
                        " 'default', 'r.xml', 1, '1', x'00', 'p.xml', 1, '1', NULL, 1)",
                        "t", value),
              &err);
    assert_ok(driver_host_switch(place->drivers, LISTS, &err), &err);
}

static void what_is_switched_off_is_looked_up_by_nobody(void **state)
{
    struct host_place *place = *state;

    install_list(place, 1, 0);
    install_rules(place, "1");
    switch_lists(place, "false");
    assert_string_equal(ask(place, LISTS, 1), "switched-off");
    assert_string_equal(ask(place, RULES, 1), "no list");
    assert_int_equal(processes(place), 1);
    install_list(place, 2, 0);
    assert_string_equal(ask(place, RULES, 2), "no list");
    switch_lists(place, "true");
    assert_both(place, 2, "bad");
}

static void what_is_taken_out_of_service_goes_from_readers_too(void **state)
{
    struct host_place *place = *state;
    const struct activate activate = {place->state, place->drivers, "test"};
    const struct error why = {.code = ERROR_WITHDRAWN, .words = "known-bad"};
    struct error err = {0};

    install_list(place, 1, 0);
    install_rules(place, "1");
    install_list(place, 2, 0);
    assert_ok(activate_return(&activate, LISTS, &why, true, &err), &err);
    assert_both(place, 1, "bad");
    assert_both(place, 2, "unknown");
    assert_ok(activate_return(&activate, LISTS, &why, true, &err), &err);
    assert_string_equal(ask(place, RULES, 1), "no list");
}

/* Whoever starts it may be anything: what it only reads it neither checks nor answers for. */
static void a_reader_answers_for_its_own_types_only(void **state)
{
    static const char *const verbs[] = {"serve", "selftest"};
    struct host_place *place = *state;
    const struct driver_run_options options = {.libexec = place->libexec};
    json_t *arguments = json_pack("{s:s, s:{}}", "type", LISTS, "request");
    struct driver_run *run = NULL;
    const uint8_t key = 1;
    struct error err = {0};
    uint8_t index[TINY_INDEX_BYTES];
    int folder;

    folder = scratch_folder(((struct scratch *)place->scratch)->fd, "lists");
    scratch_put(folder, "sha256.idx", index, tiny_index_make(index, &key, 1));
    assert_ok(driver_run_start("behavior", &options, &run, &err), &err);
    assert_refused(driver_run_content(run, "check", LISTS, folder, NULL, &err), &err,
                   ERROR_PROTOCOL);
    assert_ok(driver_run_content(run, "load", LISTS, folder, NULL, &err), &err);
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        assert_refused(driver_run_request(run, verbs[i], arguments, NULL, &err), &err,
                       ERROR_PROTOCOL);
        assert_non_null(strstr(err.words, "family behavior only reads " LISTS));
    }
    assert_ok(driver_run_request(run, "swap", arguments, NULL, &err), &err);
    assert_ok(driver_run_request(run, "ping", NULL, NULL, &err), &err);
    json_decref(arguments);
    driver_run_stop(run);
    close(folder);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_reader_has_the_list_in_its_own_process),
        SCENE(a_new_list_reaches_a_reader_that_runs),
        SCENE(new_rules_have_the_list_that_is_there),
        SCENE(a_restart_gives_it_again),
        SCENE(a_reader_that_refuses_a_list_keeps_its_old_one),
        SCENE(a_reader_that_ends_of_a_list_keeps_its_old_one),
        SCENE(a_reader_without_an_old_one_does_without),
        SCENE(a_damaged_list_changes_neither),
        SCENE(what_is_switched_off_is_looked_up_by_nobody),
        SCENE(a_reader_answers_for_its_own_types_only),
        SCENE(what_is_taken_out_of_service_goes_from_readers_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
