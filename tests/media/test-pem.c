/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/pem.h"

#define TEXT                                                                                       \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MAMCAQA=\n"                                                                                   \
    "-----END CERTIFICATE-----\n"

static enum error_code read_text(const char *text, size_t ceiling)
{
    struct error err = {0};
    struct bytes der;

    if (pem_read(text, "CERTIFICATE", ceiling, &der, &err) == 0)
        assert_memory_equal(der.data, "\x30\x03\x02\x01\x00", 5);
    bytes_clear(&der);
    return err.code;
}

static void one_writing_comes_back(void **state)
{
    struct error err = {0};
    char *text = NULL;

    assert_int_equal(read_text(TEXT, 5), ERROR_OK);
    assert_ok(pem_write(bytes_view_of("\x30\x03\x02\x01\x00", 5), "CERTIFICATE", &text, &err),
              &err);
    assert_string_equal(text, TEXT);
    free(text);
}

static void other_writings_are_refused(void **state)
{
    static const char *const others[] = {
        "",
        "x",
        "x\n" TEXT,
        TEXT "\n",
        TEXT TEXT,
        "-----BEGIN CERTIFICATE-----\r\nMAMCAQA=\r\n-----END CERTIFICATE-----\r\n",
        "-----BEGIN CERTIFICATE-----\nMAMC\nAQA=\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nMAMCAQA\n-----END CERTIFICATE-----\n",
        "-----BEGIN PUBLIC KEY-----\nMAMCAQA=\n-----END PUBLIC KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----",
    };

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (read_text(others[i], 100) != ERROR_BAD_DOCUMENT)
            fail_msg("read: %s", others[i]);
    }
}

static void more_than_the_ceiling_is_refused(void **state)
{
    assert_int_equal(read_text(TEXT, 4), ERROR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_writing_comes_back),
        cmocka_unit_test(other_writings_are_refused),
        cmocka_unit_test(more_than_the_ceiling_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
