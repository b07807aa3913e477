/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include "media/base/publish.h"
#include "mirror/release.h"

static int parse(struct fixture *fixture, const char *text, struct release *release,
                 struct error *err)
{
    return release_parse("release.conf", bytes_view_of(text, strlen(text)),
                         trust_root(fixture->trust), release, err);
}

static void a_plan_is_shares_and_delays(void **state)
{
    struct wave_plan plan;
    struct error err = {.code = ERROR_OK};

    assert_ok(release_parse_plan("1%, 10% 90s,50%  2h , 100% 3d", &plan, &err), &err);
    assert_int_equal(plan.count, 4);
    assert_int_equal(plan.waves[0].percent, 1);
    assert_int_equal(plan.waves[0].delay_s, 0);
    assert_int_equal(plan.waves[1].delay_s, 90);
    assert_int_equal(plan.waves[2].percent, 50);
    assert_int_equal(plan.waves[2].delay_s, 7200);
    assert_int_equal(plan.waves[3].delay_s, 3 * 86400);
    assert_ok(release_parse_plan("100% 5m", &plan, &err), &err);
    assert_int_equal(plan.waves[0].delay_s, 300);
}

static void what_is_no_plan_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "100",
        "%",
        "100%,",
        "100% 3",
        "100% 3w",
        "100% d",
        "50%, 100%",
        "50% 1h",
        "0%, 100% 1h",
        "101%",
        "100% 1h 2h",
        "50%;100%",
        "99999999999%",
        "100% 9999d",
        "50% 1h, 50% 2h, 100% 3h",
        "1%,2% 1s,3% 2s,4% 3s,5% 4s,6% 5s,7% 6s,8% 7s,"
        "9% 8s,10% 9s,11% 10s,12% 11s,13% 12s,"
        "14% 13s,15% 14s,16% 15s,100% 16s",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct wave_plan plan;
        struct error err = {.code = ERROR_OK};

        assert_refused(release_parse_plan(texts[i], &plan, &err), &err, ERROR_CONFIG);
    }
}

static void rings_and_types_must_be_there(void **state)
{
    struct release *release = bytes_allocate(1, sizeof(*release));
    struct error err = {.code = ERROR_OK};

    assert_refused(parse(*state, "[waves nowhere]\nplan = 100%\n", release, &err), &err,
                   ERROR_CONFIG);
    assert_non_null(strstr(err.words, "release.conf:2: "));
    assert_non_null(strstr(err.words, "test, site"));
    assert_refused(parse(*state, "[waves nowhere.null]\nplan = 100%\n", release, &err), &err,
                   ERROR_CONFIG);
    assert_refused(parse(*state, "[waves site.nul]\nplan = 100%\n", release, &err), &err,
                   ERROR_CONFIG);
    assert_non_null(strstr(err.words, "nearest: null"));
    assert_refused(parse(*state, "[gates site]\nplan = 100%\n", release, &err), &err, ERROR_CONFIG);
    assert_non_null(strstr(err.words, "waves"));
    assert_refused(parse(*state, "[waves site]\nplan = 100%\nplan = 100%\n", release, &err), &err,
                   ERROR_CONFIG);
    free(release);
}

static void a_set_has_the_plans_of_its_types(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "[waves site]\nplan = 10%, 100% 1h\n[waves site.null]\nplan = 100% 2h\n"
        "[waves site.esh]\nplan = 100% 3h\n";
    struct catalog_package package = fixture_publish(fixture, "null", "one", 3);
    struct set_package row = fixture_row(&package);
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct catalog_set known;
    struct error err = {.code = ERROR_OK};
    bool found;

    assert_ok(
        publish_file(fixture->repository->fd, RELEASE_FILE, text, sizeof(text) - 1, 0644, &err),
        &err);
    fixture_release(fixture, "site", &row, 1);
    fixture_release(fixture, "test", &row, 1);
    assert_ok(ring_newest(fixture->repository, fixture->trust, "site", set, &known, &found, &err),
              &err);
    assert_int_equal(set->wave_count, 2);
    assert_string_equal(set->waves[0].type, "default");
    assert_int_equal(set->waves[0].plan.count, 2);
    assert_string_equal(set->waves[1].type, "null");
    assert_int_equal(set->waves[1].plan.waves[0].delay_s, 7200);
    set_clear(set);
    assert_ok(ring_newest(fixture->repository, fixture->trust, "test", set, &known, &found, &err),
              &err);
    assert_int_equal(set->wave_count, 1);
    assert_int_equal(set->waves[0].plan.waves[0].percent, 100);
    set_clear(set);
    free(set);
}

/* A mistake in the file is found before a number is taken. */
static void a_mistake_signs_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package package = fixture_publish(fixture, "null", "one", 3);
    struct set_package row = fixture_row(&package);
    struct ring_result result;
    struct error err = {.code = ERROR_OK};
    uint64_t number;
    int64_t last_us;

    assert_ok(publish_file(fixture->repository->fd, RELEASE_FILE, "[waves x]\nplan = 1\n", 19, 0644,
                           &err),
              &err);
    assert_refused(ring_sign(&fixture->signer, "site", &row, 1, json_object(), &result, &err), &err,
                   ERROR_CONFIG);
    assert_ok(
        catalog_progress(fixture->repository->catalog, "ring", "site", &number, &last_us, &err),
        &err);
    assert_int_equal(number, 0);
}

#define plain_test(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_is_shares_and_delays), cmocka_unit_test(what_is_no_plan_is_refused),
        plain_test(rings_and_types_must_be_there),     plain_test(a_set_has_the_plans_of_its_types),
        plain_test(a_mistake_signs_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
