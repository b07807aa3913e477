/* SPDX-License-Identifier: ISC
 *
 * Who repairs: the kit in service, by a driver that asks for each verb; where there is none, or it
 * fails, what is built in.
 */
#include "tests/agent/host-place.h"

#include <sys/stat.h>

#include "agent/activate.h"
#include "agent/flag-gate.h"
#include "agent/repair-note.h"
#include "agent/repair-round.h"

static struct host_place place;
static struct import import;
static char etc[300];

static int set_up(void **state)
{
    (void)state;
    if (host_place_make(&place) < 0)
        return -1;
    snprintf(etc, sizeof(etc), "%s/etc", ((struct scratch *)place.scratch)->path);
    place.config.folder = etc;
    host_place_link(&place, "agent/sallyport-repaird", "sallyport-repaird");
    host_place_link(&place, "tests/agent/fake-repair", "sallyport-driver-repair");
    host_place_start(&place);
    import =
        (struct import){.state = place.state, .config = &place.config, .drivers = place.drivers};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    host_place_stop(&place);
    host_place_remove(&place);
    return 0;
}

static void switch_kit(bool on)
{
    struct error err = {0};

    assert_ok(state_set_number(place.state, FLAG_GATE_ON "repair-kit", on, &err), &err);
}

static void put_kit(const char *calls)
{
    const struct host_file file = {"kit.lua", calls, strlen(calls)};
    struct error err = {0};

    switch_kit(true);
    assert_ok(host_place_put(&place, "repair-kit", &file, 1, &err), &err);
}

/* Two things are wrong: a kit knows of one, what is built in of the other. */
static void damage(void)
{
    const int state = state_folder(place.state);

    assert_true(mkdirat(state, "kits", 0755) == 0 || fchmodat(state, "kits", 0755, 0) == 0);
    assert_int_equal(fchmodat(state, "staging", 0755, 0), 0);
}

static mode_t mode_of(const char *name)
{
    struct stat status;

    assert_int_equal(fstatat(state_folder(place.state), name, &status, 0), 0);
    return status.st_mode & 07777;
}

static size_t run_round(enum repair_round_when when, bool dry_run)
{
    struct error err = {0};
    struct repair_kit kit;
    size_t done;

    repair_kit_begin(&kit, &import, "uid 0", true, dry_run);
    assert_ok(repair_round_run(&kit, when, &err), &err);
    done = json_array_size(kit.done);
    repair_kit_end(&kit);
    return done;
}

static bool has_failed(void)
{
    struct error err = {0};
    bool failed;
    json_t *list;

    assert_ok(repair_note_list(place.state, &list, &failed, &err), &err);
    json_decref(list);
    return failed;
}

static void without_a_kit_it_is_the_last_resort(void **state)
{
    (void)state;
    damage();
    assert_int_equal(run_round(REPAIR_ROUND_LATE, false), 0);
    assert_int_equal(run_round(REPAIR_ROUND_EARLY, false), 1);
    assert_int_equal(mode_of("staging"), 0700);
    assert_int_equal(mode_of("kits"), 0755);
    assert_int_equal(run_round(REPAIR_ROUND_BLIND, false), 0);
}

static void a_kit_is_asked(void **state)
{
    (void)state;
    put_kit("[[\"stat\", [\"state:kits\"]], [\"set_mode\", [\"state:kits\", \"0700\"]]]");
    damage();
    assert_int_equal(run_round(REPAIR_ROUND_EARLY, false), 0);
    assert_int_equal(run_round(REPAIR_ROUND_LATE, true), 1);
    assert_int_equal(mode_of("kits"), 0755);
    assert_int_equal(run_round(REPAIR_ROUND_LATE, false), 1);
    assert_int_equal(mode_of("kits"), 0700);
    assert_int_equal(mode_of("staging"), 0755);
    damage();
    assert_int_equal(run_round(REPAIR_ROUND_BLIND, false), 1);
    assert_int_equal(mode_of("staging"), 0700);
    assert_int_equal(mode_of("kits"), 0755);
    assert_false(has_failed());
}

/* Which is how it comes: no failure, and what is built in goes on. */
static void one_that_is_switched_off_is_none(void **state)
{
    (void)state;
    put_kit("[[\"set_mode\", [\"state:kits\", \"0700\"]]]");
    switch_kit(false);
    damage();
    assert_int_equal(run_round(REPAIR_ROUND_LATE, false), 0);
    assert_int_equal(run_round(REPAIR_ROUND_EARLY, false), 1);
    assert_int_equal(mode_of("staging"), 0700);
    assert_int_equal(mode_of("kits"), 0755);
    assert_false(has_failed());
}

/* What it did before it failed stays; the rest is what is built in. */
static void a_kit_that_fails_is_replaced(const char *calls)
{
    put_kit(calls);
    damage();
    run_round(REPAIR_ROUND_LATE, false);
    assert_int_equal(mode_of("staging"), 0700);
    assert_true(has_failed());
}

static void a_call_of_a_wrong_form_fails_it(void **state)
{
    (void)state;
    a_kit_that_fails_is_replaced("[[\"set_mode\", [\"/etc/passwd\", \"0700\"]]]");
}

static void so_does_a_crash(void **state)
{
    (void)state;
    a_kit_that_fails_is_replaced("[[\"stat\", [\"state:\"]], [\"end\"]]");
}

/* Which would end the process that asks. */
static void its_own_driver_is_not_restarted(void **state)
{
    (void)state;
    put_kit("[[\"restart_driver\", [\"repair\"]], [\"restart_driver\", [\"none\"]],"
            " [\"set_mode\", [\"state:kits\", \"0700\"]]]");
    damage();
    assert_int_equal(run_round(REPAIR_ROUND_LATE, false), 3);
    assert_int_equal(mode_of("kits"), 0700);
}

static pid_t pid_of(const char *family)
{
    struct driver_host_view view;

    driver_host_look(place.drivers, &place.config, family, &view);
    return view.pid;
}

static void another_driver_is(void **state)
{
    const struct host_file file = {"file", "x", 1};
    struct error err = {0};
    pid_t before;

    (void)state;
    host_place_link(&place, "drivers/sallyport-driver-null", "sallyport-driver-null");
    assert_ok(host_place_put(&place, "null", &file, 1, &err), &err);
    put_kit("[[\"restart_driver\", [\"null\"]]]");
    before = pid_of("null");
    assert_int_equal(run_round(REPAIR_ROUND_LATE, false), 1);
    assert_false(has_failed());
    assert_true(pid_of("null") > 0 && pid_of("null") != before);
}

/* Gone, or something else in its place: the rows say what serves. */
static void links_are_made_anew(void **state)
{
    const struct host_file file = {"file", "x", 1};
    const int folder = state_folder(place.state);
    struct error err = {0};
    bool sound;

    (void)state;
    host_place_link(&place, "drivers/sallyport-driver-null", "sallyport-driver-null");
    assert_ok(host_place_put(&place, "null", &file, 1, &err), &err);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(unlinkat(folder, "content/null/current", 0), 0);
        assert_true(i == 0 || mkdirat(folder, "content/null/current", 0700) == 0);
        assert_ok(activate_link_sound(place.state, "null", &sound, &err), &err);
        assert_false(sound);
        assert_int_equal(run_round(REPAIR_ROUND_EARLY, false), 1);
        assert_ok(activate_link_sound(place.state, "null", &sound, &err), &err);
        assert_true(sound);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_kit_it_is_the_last_resort, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_kit_is_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_is_switched_off_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_call_of_a_wrong_form_fails_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(so_does_a_crash, set_up, tear_down),
        cmocka_unit_test_setup_teardown(its_own_driver_is_not_restarted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_driver_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(links_are_made_anew, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
