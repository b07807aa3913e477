/* SPDX-License-Identifier: ISC
 *
 * Exports on several media: what is whole goes in at once, the rest waits for the volumes that are
 * named, in any order; and what an interrupted import leaves.
 */
#include "tests/agent/endpoint.h"

#include <unistd.h>

#include "agent/partial.h"
#include "agent/status.h"
#include "media/base/log.h"
#include "media/base/path.h"

#define VOLUMES 3

/* A null package of many frames in a new set, on three volumes. */
static void three_volumes(void)
{
    uint8_t *noise = bytes_allocate(1, 3 * MIB);
    const struct medium_file files[] = {{"noise", noise, 3 * MIB}};

    scratch_noise(noise, 3 * MIB, 7 + (uint32_t)null_issue()); /* nothing of it is here yet */
    medium_add_package(end.medium, "null", "2", null_issue() + 1, files, 1, NULL);
    medium_write_set(end.medium);
    free(noise);
    assert_true(end.medium->frame_count >= 3 * VOLUMES);
    end.medium->volumes = VOLUMES;
}

static void put_in(uint32_t volume)
{
    struct error err = {0};

    end.medium->volume = volume;
    medium_write_export(end.medium);
    assert_ok(run_import(false, &err), &err);
}

static uint64_t number(const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(end.reply, key));
}

static uint64_t waiting(void)
{
    struct error err = {0};
    uint64_t count;
    json_t *list;

    assert_ok(partial_list(end.state, &list, &err), &err);
    count = json_array_size(list);
    json_decref(list);
    return count;
}

static void volumes_come_in_any_order(void **state)
{
    static const struct {
        uint32_t order[VOLUMES];
        const char *first, *second;
    } rows[] = {
        {{1, 2, 3}, "volumes 2-3 of 3", "volume 3 of 3"},
        {{1, 3, 2}, "volumes 2-3 of 3", "volume 2 of 3"},
        {{2, 1, 3}, "volumes 1, 3 of 3", "volume 3 of 3"},
        {{2, 3, 1}, "volumes 1, 3 of 3", "volume 1 of 3"},
        {{3, 1, 2}, "volumes 1-2 of 3", "volume 2 of 3"},
        {{3, 2, 1}, "volumes 1-2 of 3", "volume 1 of 3"},
    };

    struct error err = {0};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        end.medium->volumes = 0;
        medium_write_export(end.medium);
        assert_ok(run_import(false, &err), &err);
        three_volumes();
        put_in(rows[i].order[0]);
        assert_string_equal(text("result"), "partial");
        assert_string_equal(package_text("null", "code"), "volume-missing");
        assert_non_null(strstr(package_text("null", "words"), rows[i].first));
        assert_int_equal(waiting(), 1);
        close_endpoint();
        open_endpoint();
        put_in(rows[i].order[1]);
        assert_string_equal(text("code"), "volume-missing");
        assert_non_null(strstr(text("words"), rows[i].second));
        assert_true(number("resumed_bytes") > 0);
        put_in(rows[i].order[2]);
        assert_string_equal(text("result"), "active");
        assert_true(number("resumed_bytes") > 0 && number("read_bytes") < 2 * MIB);
        assert_int_equal(active_issue("null"), null_issue());
        assert_int_equal(waiting(), 0);
        assert_int_equal(active_issue("flags-supplement"), 1);
    }
}

/* Another package of the set is whole on the first volume. */
static void what_is_whole_is_installed_at_once(void **state)
{
    three_volumes();
    put_in(3); /* the only frame of flags-supplement is on this one */
    assert_string_equal(package_text("flags-supplement", "result"), "active");
    put_in(1);
    assert_string_equal(package_text("null", "result"), "partial");
    assert_int_equal(active_issue("flags-supplement"), 1);
    assert_int_equal(active_issue("null"), 0);
    assert_int_equal(floor_number("type:null"), 0);
    assert_true(floor_number("ring:" MEDIUM_RING) > 0);
    /* Waiting is no refusal. */
    assert_last_record("import", "volume-missing");
    /* The same one again brings nothing and says the same. */
    put_in(1);
    assert_non_null(strstr(text("words"), "volume 2 of 3"));
    assert_int_equal(number("read_bytes"), 0);
    put_in(2);
    assert_string_equal(text("result"), "active");
}

static void a_dry_run_names_the_volumes_that_will_be_needed(void **state)
{
    struct error err = {0};

    three_volumes();
    end.medium->volume = 2;
    medium_write_export(end.medium);
    assert_ok(run_import(true, &err), &err);
    assert_string_equal(text("result"), "planned");
    assert_non_null(strstr(text("words"), "volumes 1, 3 of 3 of this export are needed"));
    assert_int_equal(waiting(), 0);
}

/* Somebody has emptied staging: what was counted as taken is needed again. */
static void what_was_lost_is_asked_for_again(void **state)
{
    struct error err = {0};

    three_volumes();
    put_in(1);
    put_in(2);
    assert_ok(path_remove(state_folder(end.state), "staging", &err), &err);
    put_in(3);
    assert_non_null(strstr(text("words"), "volumes 1-2 of 3"));
    put_in(1);
    put_in(2);
    assert_string_equal(text("result"), "active");
}

/* A newer set makes what waits worth nothing. */
static void a_superseded_package_waits_no_more(void **state)
{
    assert_import("active", true);
    three_volumes();
    put_in(1);
    assert_int_equal(waiting(), 1);
    end.medium->volumes = 0;
    next_medium("3", null_issue() + 1, "file", "third");
    assert_import("active", true);
    assert_int_equal(waiting(), 0);
}

static void status_names_what_waits(void **state)
{
    struct error err = {0};
    struct status_source source = {.state = end.state, .config = &end.config};
    json_t *status;

    assert_import("active", true);
    three_volumes();
    put_in(1);
    assert_int_equal(waiting(), 1);
    assert_ok(status_make(&source, &status, &err), &err);
    assert_int_equal(json_array_size(json_object_get(status, "partials")), 1);
    json_decref(status);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(volumes_come_in_any_order),
        ROW(what_is_whole_is_installed_at_once),
        ROW(a_dry_run_names_the_volumes_that_will_be_needed),
        ROW(what_was_lost_is_asked_for_again),
        ROW(a_superseded_package_waits_no_more),
        ROW(status_names_what_waits),
    };

    log_open("test-import-volumes", STDERR_FILENO, LOG_LEVEL_ERROR);
    return cmocka_run_group_tests_name("import-volumes", tests, NULL, NULL);
}
