/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include "media/base/path.h"
#include "media/base/publish.h"
#include "mirror/settings-edit.h"

static void write_conf(const struct fixture *fixture, const char *text)
{
    struct error err = {.code = ERROR_OK};

    assert_ok(publish_file(fixture->repository->fd, SETTINGS_FILE, text, strlen(text), 0644, &err),
              &err);
}

static void assert_conf(const struct fixture *fixture, const char *expected)
{
    struct error err = {.code = ERROR_OK};
    struct bytes text;

    assert_ok(path_read(fixture->repository->fd, SETTINGS_FILE, SETTINGS_BYTES, &text, &err), &err);
    text.ceiling++;
    assert_ok(bytes_put_u8(&text, 0, &err), &err);
    assert_string_equal((const char *)text.data, expected);
    bytes_clear(&text);
}

#define HEAD "# ours\n[mirror]\norganisation = O\n"
#define OLD  "role = release\nlocator = a.key\ncertificates = a.pem\n"
#define NEW  "role = release\nlocator = b.key\ncertificates = b.pem\n"

static struct settings_key new_key(void)
{
    static char name[] = "release", locator[] = "b.key", certificates[] = "b.pem";

    return (struct settings_key){.name = name,
                                 .has_role = true,
                                 .role = ROLE_RELEASE,
                                 .locator = locator,
                                 .certificates = certificates};
}

static void a_successor_stands_before_the_key_that_it_renames(void **state)
{
    struct fixture *fixture = *state;
    struct settings_key key = new_key();
    struct error err = {.code = ERROR_OK};

    write_conf(fixture, HEAD "\n  [key release] # mine\n" OLD "# end\n");
    assert_ok(settings_edit_add(fixture->repository, &key, "release.1", &err), &err);
    assert_conf(fixture, HEAD "\n[key release]\n" NEW "\n[key release.1]\n" OLD "# end\n");
    assert_int_equal(fixture->repository->settings.key_count, 2);
    assert_string_equal(settings_find_key(&fixture->repository->settings, "release")->locator,
                        "b.key");
    assert_ok(settings_edit_remove(fixture->repository, "release.1", &err), &err);
    assert_conf(fixture, HEAD "\n[key release]\n" NEW "\n");
    assert_null(settings_find_key(&fixture->repository->settings, "release.1"));
}

static void one_more_comes_last(void **state)
{
    struct fixture *fixture = *state;
    struct settings_key key = new_key();
    struct error err = {.code = ERROR_OK};

    write_conf(fixture, HEAD);
    assert_ok(settings_edit_add(fixture->repository, &key, NULL, &err), &err);
    assert_conf(fixture, HEAD "\n[key release]\n" NEW);
}

static void what_would_not_be_read_back_is_not_written(void **state)
{
    static char bad[] = "a ; b";
    struct fixture *fixture = *state;
    struct settings_key key = new_key();
    struct error err = {.code = ERROR_OK};

    key.locator = bad;
    write_conf(fixture, HEAD);
    assert_refused(settings_edit_add(fixture->repository, &key, NULL, &err), &err, ERROR_CONFIG);
    assert_conf(fixture, HEAD);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_successor_stands_before_the_key_that_it_renames),
        ROW(one_more_comes_last),
        ROW(what_would_not_be_read_back_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
