/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include "media/base/instant.h"
#include "mirror/rotation.h"

static struct rotation *change(const struct rotation_ring *rings, size_t count)
{
    struct rotation *rotation = bytes_allocate(1, sizeof(*rotation));

    rotation->days = 10;
    rotation->ring_count = count;
    for (size_t i = 0; i < count; i++)
        rotation->rings[i] = rings[i];
    return rotation;
}

static int describe(struct fixture *fixture, struct rotation *rotation, struct root_document *next,
                    struct error *err)
{
    int result =
        rotation_describe(trust_root(fixture->trust), rotation, instant_clock(), next, err);

    free(rotation);
    return result;
}

static void without_changes_only_version_and_expiry_differ(void **state)
{
    struct fixture *fixture = *state;
    const struct root_document *before = trust_root(fixture->trust);
    struct root_document next;
    struct error err = {.code = ERROR_OK};

    assert_ok(describe(fixture, change(NULL, 0), &next, &err), &err);
    assert_int_equal(next.version, before->version + 1);
    assert_int_equal(next.root_count, before->root_count);
    assert_int_equal(next.ring_count, before->ring_count);
    assert_int_equal(next.reset_count, 0);
    assert_true(next.expires_us < before->expires_us);
    assert_true(next.expires_us > instant_clock() + 9 * INSTANT_DAY_US);
    root_clear(&next);
}

static void a_ring_is_added_where_it_is_wanted(void **state)
{
    static const struct rotation_ring rings[] = {
        {.name = "early", .added = true, .before = "site"},
        {.name = "late", .added = true},
        {.name = "early", .has_production = true, .production = true},
        {.name = "site", .threshold = 2},
    };
    struct fixture *fixture = *state;
    struct root_document next;
    struct error err = {.code = ERROR_OK};

    assert_ok(describe(fixture, change(rings, 4), &next, &err), &err);
    assert_int_equal(next.ring_count, 4);
    assert_string_equal(next.rings[0].name, "test");
    assert_string_equal(next.rings[1].name, "early");
    assert_string_equal(next.rings[2].name, "site");
    assert_string_equal(next.rings[3].name, "late");
    assert_true(next.rings[1].production);
    assert_true(next.rings[3].production);
    assert_int_equal(next.rings[2].threshold, 2);
    root_clear(&next);
}

static void what_makes_no_sense_is_refused(void **state)
{
    static const struct {
        struct rotation_ring ring;
        enum error_code code;
    } rows[] = {
        {{.name = "site", .added = true}, ERROR_USAGE},
        {{.name = "new", .added = true, .before = "nowhere"}, ERROR_NOT_FOUND},
        {{.name = "nowhere", .threshold = 2}, ERROR_NOT_FOUND},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct root_document next;
        struct error err = {.code = ERROR_OK};

        assert_refused(describe(fixture, change(&rows[i].ring, 1), &next, &err), &err,
                       rows[i].code);
        root_clear(&next);
    }
}

static void the_only_root_stays(void **state)
{
    struct fixture *fixture = *state;
    const struct root_document *before = trust_root(fixture->trust);
    struct rotation *rotation = change(NULL, 0);
    struct certificate certificate;
    uint8_t key[DIGEST_BYTES] = {0};
    struct root_document next;
    struct error err = {.code = ERROR_OK};

    rotation->drop_root = key;
    assert_refused(describe(fixture, rotation, &next, &err), &err, ERROR_NOT_FOUND);
    root_clear(&next);
    assert_ok(certificate_parse(bytes_view(&before->roots[0]), &certificate, &err), &err);
    certificate_key_id(&certificate, key);
    rotation = change(NULL, 0);
    rotation->drop_root = key;
    assert_refused(describe(fixture, rotation, &next, &err), &err, ERROR_USAGE);
    root_clear(&next);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(without_changes_only_version_and_expiry_differ),
        ROW(a_ring_is_added_where_it_is_wanted),
        ROW(what_makes_no_sense_is_refused),
        ROW(the_only_root_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
