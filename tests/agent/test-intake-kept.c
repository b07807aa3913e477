/* SPDX-License-Identifier: ISC
 *
 * sallyport-intake going on with what an earlier import has left in staging.
 */
#include "config.h"

#include "tests/agent/intake-fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "agent/intake-protocol.h"
#include "media/base/path.h"

/* A file of a finished package in staging, with a byte changed or cut short. */
static void damage_staged(struct intake_fixture *fixture, const char *name, bool cut)
{
    struct error err = {0};
    uint8_t byte;
    int fd;

    assert_ok(path_open(fixture->staging, name, O_RDWR, 0, &fd, &err), &err);
    assert_ok(path_pread(fd, &byte, 1, 0, &err), &err);
    byte ^= 1;
    if (cut)
        assert_int_equal(ftruncate(fd, 1), 0);
    else
        assert_ok(path_pwrite(fd, &byte, 1, 0, &err), &err);
    close(fd);
}

static void what_is_kept_is_not_read_again(void **state)
{
    struct intake_fixture *fixture = *state;
    struct intake_outcome outcome;
    struct error err = {0};
    uint64_t whole;

    intake_fixture_run(fixture, fixture->recipe, &outcome);
    assert_string_equal(outcome.code, "ok");
    assert_true(outcome.kept == 0 && outcome.read > 0);
    whole = outcome.read;
    fixture->kept = true;
    damage_staged(fixture, "job/data/noise", false);
    intake_fixture_run(fixture, fixture->recipe, &outcome);
    assert_string_equal(outcome.code, "ok");
    assert_true(outcome.read > 0 && outcome.read < whole);
    assert_true(outcome.kept > 0 && outcome.kept < fixture->built.bytes);
    intake_fixture_check(fixture, "job");
    damage_staged(fixture, "job/data/noise", true);
    assert_ok(path_remove(fixture->staging, "job/data/zeros", &err), &err);
    intake_fixture_expect(fixture, "ok");
    intake_fixture_check(fixture, "job");
    /* With all in place the medium is not looked at. */
    assert_ok(path_remove(fixture->medium, "sallyport", &err), &err);
    intake_fixture_run(fixture, fixture->recipe, &outcome);
    assert_string_equal(outcome.code, "ok");
    assert_true(outcome.kept == fixture->built.bytes && outcome.read == 0);
    intake_fixture_check(fixture, "job");
}

/* One pack at a time, each from a medium that has only that one. */
static void packs_come_one_by_one_in_any_order(void **state)
{
    struct intake_fixture *fixture = *state;
    struct intake_outcome outcome;
    uint64_t read = 0;

    fixture->kept = true;
    for (size_t i = 0; i < fixture->pack_count; i++)
        assert_int_equal(renameat(fixture->medium, fixture->packs[i], fixture->source,
                                  strrchr(fixture->packs[i], '/') + 1),
                         0);
    for (size_t i = fixture->pack_count; i-- > 0;) {
        const char *aside = strrchr(fixture->packs[i], '/') + 1;

        assert_int_equal(renameat(fixture->source, aside, fixture->medium, fixture->packs[i]), 0);
        intake_fixture_run(fixture, fixture->recipe, &outcome);
        assert_string_equal(outcome.code, i > 0 ? "volume-missing" : "ok");
        assert_true(i == 0 || outcome.missing > 0);
        assert_true(outcome.read > 0);
        read += outcome.read;
        assert_int_equal(renameat(fixture->medium, fixture->packs[i], fixture->source, aside), 0);
    }
    assert_true(read >= fixture->built.packed);
    intake_fixture_check(fixture, "job");
}

static void a_link_among_what_was_kept_is_not_followed(void **state)
{
    struct intake_fixture *fixture = *state;
    struct error err = {0};
    struct stat status;

    fixture->kept = true;
    intake_fixture_expect(fixture, "ok");
    assert_ok(path_remove(fixture->staging, "job/data/noise", &err), &err);
    assert_int_equal(symlinkat("../../../source/outside", fixture->staging, "job/data/noise"), 0);
    intake_fixture_expect(fixture, "io");
    assert_int_equal(fstatat(fixture->source, "outside", &status, 0), -1);
    shows_case("D2");
}

#define WITH_INTAKE(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, intake_fixture_open, intake_fixture_close)

int main(void)
{
    const struct CMUnitTest rows[] = {
        WITH_INTAKE(what_is_kept_is_not_read_again),
        WITH_INTAKE(packs_come_one_by_one_in_any_order),
        WITH_INTAKE(a_link_among_what_was_kept_is_not_followed),
    };

    return cmocka_run_group_tests_name("intake-kept", rows, NULL, NULL);
}
