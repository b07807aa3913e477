/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include "media/base/instant.h"
#include "mirror/authority.h"
#include "mirror/revocation-list.h"

static const uint8_t serial[] = {0x41, 0x02};

static struct certify_revocation entry(int64_t revoked_us, int64_t since_us, bool compromised)
{
    return (struct certify_revocation){.serial = bytes_view_of(serial, sizeof(serial)),
                                       .revoked_us = revoked_us,
                                       .invalid_since_us = since_us,
                                       .key_compromise = compromised};
}

/* An entry only ever gets worse: a second revocation takes nothing back. */
static void an_entry_only_gets_worse(void **state)
{
    const int64_t second = INSTANT_SECOND_US;
    const struct {
        struct certify_revocation known, more;
        bool changes;
    } rows[] = {
        {entry(9 * second, 0, false), entry(9 * second, 0, false), false},
        {entry(9 * second, 0, false), entry(10 * second, 0, false), false},
        {entry(9 * second, 0, false), entry(10 * second, 5 * second, false), true},
        {entry(9 * second, 5 * second, false), entry(10 * second, 0, false), false},
        {entry(9 * second, 0, false), entry(10 * second, 0, true), true},
        {entry(9 * second, 0, false), entry(10 * second, 5 * second, true), true},
        {entry(9 * second, 5 * second, true), entry(10 * second, 0, true), true},
        {entry(9 * second, 5 * second, true), entry(10 * second, 6 * second, true), false},
        {entry(9 * second, 5 * second, true), entry(10 * second, 4 * second, true), true},
        {entry(9 * second, 5 * second, true), entry(1 * second, 1 * second, false), false},
        {entry(9 * second, 0, true), entry(1 * second, 1 * second, true), false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct revocation_list list = {.count = 0};
        bool changed;

        revocation_list_add(&list, &rows[i].known, &changed);
        assert_true(changed);
        revocation_list_add(&list, &rows[i].more, &changed);
        if (changed != rows[i].changes)
            fail_msg("row %zu", i);
        assert_int_equal(list.count, 1);
        revocation_list_clear(&list);
    }
}

static void the_next_list_has_the_next_number_and_every_entry(void **state)
{
    struct fixture *fixture = *state;
    struct authority_folder folder;
    const struct authority *issuing;
    struct error err = {.code = ERROR_OK};
    struct key *key;

    assert_ok(authority_open(fixture->repository, NULL, &folder, &err), &err);
    issuing = authority_newest(&folder, fixture->repository, trust_root(fixture->trust),
                               AUTHORITY_ANY_ROOT, AUTHORITY_ISSUING, instant_clock());
    assert_non_null(issuing);
    assert_ok(authority_key(&folder, issuing, fixture->keyring, &key, &err), &err);
    for (uint8_t i = 1; i <= 3; i++) {
        const uint8_t own[] = {0x40, i};
        struct certify_revocation row = entry(instant_clock(), 0, false);
        struct revocation_list list;
        uint64_t number;
        bool changed;

        row.serial = bytes_view_of(own, sizeof(own));
        assert_ok(revocation_list_read(fixture->repository, issuing->key_id, &list, &err), &err);
        assert_int_equal(list.crl.number, i);
        assert_int_equal(list.count, i - 1);
        revocation_list_add(&list, &row, &changed);
        assert_ok(revocation_list_publish(&list, key, fixture->repository->tree_fd, instant_clock(),
                                          &number, &err),
                  &err);
        assert_int_equal(number, i + 1);
        revocation_list_clear(&list);
    }
    key_free(key);
    authority_close(&folder);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_only_gets_worse),
        ROW(the_next_list_has_the_next_number_and_every_entry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
