/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include "mirror/content-keys.h"

static void a_new_key_stands_in_front_and_the_old_ones_stay(void **state)
{
    struct fixture *fixture = *state;
    struct enrolment keys, again;
    char id[LIMIT_NAME_BYTES + 1];
    struct error err = {.code = ERROR_OK};

    assert_ok(keyring_content_keys(fixture->keyring, &keys, &err), &err);
    assert_int_equal(keys.key_count, 1);
    assert_ok(content_keys_add(&keys, id, &err), &err);
    assert_string_equal(id, "content-2");
    assert_ok(content_keys_write(fixture->repository, fixture->keyring, &keys, &err), &err);
    assert_ok(keyring_content_keys(fixture->keyring, &again, &err), &err);
    assert_int_equal(again.key_count, 2);
    assert_string_equal(again.keys[0].id, "content-2");
    assert_string_equal(again.keys[1].id, "content-1");
    assert_memory_equal(again.keys, keys.keys, sizeof(keys.keys));
    assert_memory_not_equal(again.keys[0].key, again.keys[1].key, ENROLMENT_KEY_BYTES);
    enrolment_clear(&keys);
    enrolment_clear(&again);
}

static void an_old_key_retires_and_its_name_is_not_used_again(void **state)
{
    struct enrolment keys = {.key_count = 0};
    char id[LIMIT_NAME_BYTES + 1];
    struct error err = {.code = ERROR_OK};

    for (int i = 0; i < 3; i++)
        assert_ok(content_keys_add(&keys, id, &err), &err);
    assert_refused(content_keys_retire(&keys, "content-3", &err), &err, ERROR_USAGE);
    assert_refused(content_keys_retire(&keys, "content-9", &err), &err, ERROR_NOT_FOUND);
    assert_ok(content_keys_retire(&keys, "content-2", &err), &err);
    assert_int_equal(keys.key_count, 2);
    assert_string_equal(keys.keys[1].id, "content-1");
    assert_ok(content_keys_add(&keys, id, &err), &err);
    assert_string_equal(id, "content-4");
    enrolment_clear(&keys);
}

static void an_enrolment_holds_so_many(void **state)
{
    struct enrolment keys = {.key_count = 0};
    char id[LIMIT_NAME_BYTES + 1];
    struct error err = {.code = ERROR_OK};

    for (int i = 0; i < ENROLMENT_KEYS; i++)
        assert_ok(content_keys_add(&keys, id, &err), &err);
    assert_refused(content_keys_add(&keys, id, &err), &err, ERROR_LIMIT);
    enrolment_clear(&keys);
}

static void a_key_is_in_use_from_the_first_signature_on(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package package = fixture_publish(fixture, "null-sealed", "one", 3);
    struct set_package row = fixture_row(&package);
    struct error err = {.code = ERROR_OK};
    bool in_use;

    assert_ok(content_keys_in_use(fixture->repository, fixture->trust, "content-1", &in_use, &err),
              &err);
    assert_false(in_use);
    assert_true(fixture_release(fixture, "site", &row, 1).pending);
    assert_ok(content_keys_in_use(fixture->repository, fixture->trust, "content-1", &in_use, &err),
              &err);
    assert_true(in_use);
    assert_ok(content_keys_in_use(fixture->repository, fixture->trust, "content-2", &in_use, &err),
              &err);
    assert_false(in_use);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_key_stands_in_front_and_the_old_ones_stay,
                                        fixture_open, fixture_close),
        cmocka_unit_test(an_old_key_retires_and_its_name_is_not_used_again),
        cmocka_unit_test(an_enrolment_holds_so_many),
        cmocka_unit_test_setup_teardown(a_key_is_in_use_from_the_first_signature_on,
                                        fixture_open_two_person, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
