/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "mirror/settings.h"

static int parse(const char *text, struct settings *settings, struct error *err)
{
    return settings_parse("mirror.conf", bytes_view_of(text, strlen(text)), settings, err);
}

static void what_is_written_is_read_back(void **state)
{
    struct settings settings = {.organisation = bytes_copy_string("Example = \xc3\xbc & Co."),
                                .set_days = 7,
                                .deltas = 5,
                                .unprotected = true,
                                .tsa_url = bytes_copy_string("https://tsa.example/x?y=1#z")};
    struct settings back;
    struct error err = {0};
    struct bytes text;

    bytes_init(&text, SETTINGS_BYTES);
    assert_ok(settings_add_key(&settings, "release-2", ROLE_RELEASE,
                               "pkcs11:token=mirror;object=release;type=private", "keys/r.pem",
                               &err),
              &err);
    assert_ok(
        settings_add_key(&settings, "content", ROLE_CONTENT, "keys/c.key", "keys/c.pem", &err),
        &err);
    assert_ok(settings_write(&settings, &text, &err), &err);
    assert_ok(settings_parse("mirror.conf", bytes_view(&text), &back, &err), &err);
    assert_string_equal(back.organisation, settings.organisation);
    assert_string_equal(back.tsa_url, settings.tsa_url);
    assert_null(back.tsa_ca);
    assert_int_equal(back.set_days, 7);
    assert_int_equal(back.deltas, 5);
    assert_true(back.unprotected);
    assert_int_equal(back.key_count, 2);
    assert_int_equal(back.keys[0].role, ROLE_RELEASE);
    assert_string_equal(back.keys[0].locator, "pkcs11:token=mirror;object=release;type=private");
    assert_ptr_equal(settings_find_key(&back, "content"), &back.keys[1]);
    assert_ptr_equal(settings_find_key(&back, "keys/c.key"), &back.keys[1]);
    assert_null(settings_find_key(&back, "export"));
    settings_clear(&settings);
    settings_clear(&back);
    bytes_clear(&text);
}

static void each_mistake_is_named_with_file_and_line(void **state)
{
    static const char key[] = "[key a]\nrole=content\nlocator=a\ncertificates=b\n";
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "mirror.conf: [mirror] organisation is missing"},
        {"[mirror]\norgnisation = X\n",
         "mirror.conf:2: unknown key orgnisation; nearest: organisation"},
        {"[mirror]\nzzzzzzzzzz = X\n", "mirror.conf:2: unknown key zzzzzzzzzz"},
        {"[miror]\norganisation = X\n", "mirror.conf:2: unknown section miror; nearest: mirror"},
        {"[key]\nrole = content\n",
         "mirror.conf:2: section [key ]: expected a name of a-z 0-9 . _ - behind the word"},
        {"organisation = X\n", "mirror.conf:1: unknown section "},
        {"[mirror]\norganisation = X\norganisation = Y\n",
         "mirror.conf:3: [mirror] organisation: given twice"},
        {"[mirror]\norganisation =\n",
         "mirror.conf:2: [mirror] organisation: expected a value in UTF-8"},
        {"[mirror]\norganisation = X\n\nset-days = 0\n",
         "mirror.conf:4: [mirror] set-days: expected a number from 1 to 3650"},
        {"[mirror]\norganisation = X\ndeltas = 16\n",
         "mirror.conf:3: [mirror] deltas: expected a number from 0 to 15"},
        {"[mirror]\norganisation = X\nset-days = 1x\n",
         "mirror.conf:3: [mirror] set-days: expected a number from 1 to 3650"},
        {"[mirror]\norganisation = X\nset-days = 99999999999999999999\n",
         "mirror.conf:3: [mirror] set-days: expected a number from 1 to 3650"},
        {"[mirror]\norganisation = X\nkeys = maybe\n",
         "mirror.conf:3: [mirror] keys: expected protected or unprotected"},
        {"[mirror]\norganisation = X\nnonsense\n",
         "mirror.conf:3: neither [section] nor key = value"},
        {"[mirror]\norganisation = X\n[key a]\nrole = emperor\n",
         "mirror.conf:4: [key a] role: expected a role: root, content, release, timestamp or "
         "export"},
        {"[mirror]\norganisation = X\n[key a]\nrole = endpoint\n",
         "mirror.conf:4: [key a] role: expected a role: root, content, release, timestamp or "
         "export"},
        {"[mirror]\norganisation = X\n[key A b]\nrole = content\n",
         "mirror.conf:4: section [key A b]: expected a name of a-z 0-9 . _ - behind the word"},
        {"[mirror]\norganisation = X\n[key a]\nrole = content\n",
         "mirror.conf: [key a] needs role, locator and certificates"},
    };
    struct settings settings;
    struct error err = {0};
    char text[1024];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_refused(parse(cases[i].text, &settings, &err), &err, ERROR_CONFIG);
        assert_string_equal(err.words, cases[i].words);
        settings_clear(&settings);
    }
    snprintf(text, sizeof(text), "[mirror]\norganisation=X\n%s", key);
    assert_ok(parse(text, &settings, &err), &err);
    settings_clear(&settings);
}

static void a_line_that_would_be_cut_is_refused(void **state)
{
    struct settings settings;
    struct error err = {0};
    char text[512] = "[mirror]\norganisation = ";
    size_t used = strlen(text);

    memset(text + used, 'x', 300);
    assert_refused(parse(text, &settings, &err), &err, ERROR_CONFIG);
    assert_string_equal(err.words, "mirror.conf:2: a line longer than 198 bytes");
    settings_clear(&settings);
    assert_refused(
        settings_parse("mirror.conf", bytes_view_of("[mirror]\n\0", 10), &settings, &err), &err,
        ERROR_CONFIG);
    settings_clear(&settings);
}

static void a_value_that_would_not_come_back_is_not_written(void **state)
{
    static const char *const values[] = {"a\nkeys = unprotected", "a ; b", "", " a"};
    struct error err = {0};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct settings settings = {.organisation = bytes_copy_string(values[i]), .set_days = 1};
        struct bytes text;

        bytes_init(&text, SETTINGS_BYTES);
        assert_refused(settings_write(&settings, &text, &err), &err, ERROR_CONFIG);
        bytes_clear(&text);
        settings_clear(&settings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(each_mistake_is_named_with_file_and_line),
        cmocka_unit_test(a_line_that_would_be_cut_is_refused),
        cmocka_unit_test(a_value_that_would_not_come_back_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
