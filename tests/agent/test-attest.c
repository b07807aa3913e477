/* SPDX-License-Identifier: ISC
 *
 * The endpoint's own key: what it signs is good by its certificate, and what is no key is said so.
 * And what a front may forward as a file.
 */
#include "tests/test.h"

#include <gnutls/pkcs7.h>

#include "agent/attest-key.h"
#include "agent/attest.h"

static void take_signed(const struct bytes *answer, gnutls_x509_crt_t certificate,
                        gnutls_pkcs7_t cms)
{
    struct bytes_view view = bytes_view(answer), pem;
    gnutls_datum_t text, der;
    uint32_t size;

    assert_int_equal(bytes_get_u32(&view, &size), 0);
    assert_int_equal(bytes_get_view(&view, size, &pem), 0);
    text = (gnutls_datum_t){(unsigned char *)(uintptr_t)pem.data, (unsigned)pem.size};
    der = (gnutls_datum_t){(unsigned char *)(uintptr_t)view.data, (unsigned)view.size};
    assert_int_equal(gnutls_x509_crt_import(certificate, &text, GNUTLS_X509_FMT_PEM), 0);
    assert_int_equal(gnutls_pkcs7_import(cms, &der, GNUTLS_X509_FMT_DER), 0);
}

static void what_is_signed_is_good_by_its_certificate(void **state)
{
    const char statement[] = "{\"size\":1}";
    gnutls_x509_crt_t certificate;
    struct bytes file, answer;
    gnutls_datum_t content = {NULL, 0};
    struct error err = {0};
    gnutls_pkcs7_t cms;

    (void)state;
    bytes_init(&file, LIMIT_KEY_FILE_BYTES);
    bytes_init(&answer, LIMIT_MESSAGE_BYTES);
    assert_ok(attest_key_create("ws-07", &file, &err), &err);
    assert_ok(attest_key_sign(bytes_view(&file), bytes_view_of(statement, sizeof(statement) - 1),
                              &answer, &err),
              &err);
    assert_int_equal(gnutls_x509_crt_init(&certificate), 0);
    assert_int_equal(gnutls_pkcs7_init(&cms), 0);
    take_signed(&answer, certificate, cms);
    assert_int_equal(gnutls_pkcs7_verify_direct(cms, certificate, 0, NULL, 0), 0);
    assert_int_equal(gnutls_pkcs7_get_embedded_data(cms, 0, &content), 0);
    assert_int_equal(content.size, sizeof(statement) - 1);
    assert_memory_equal(content.data, statement, content.size);
    gnutls_free(content.data);
    gnutls_pkcs7_deinit(cms);
    gnutls_x509_crt_deinit(certificate);
    bytes_clear(&answer);
    bytes_clear(&file);
}

static void a_file_that_is_no_key_is_said_so(void **state)
{
    struct error err = {0};
    struct bytes answer;

    (void)state;
    bytes_init(&answer, LIMIT_MESSAGE_BYTES);
    assert_int_equal(attest_key_sign(bytes_view_of("x", 1), bytes_view_of("y", 1), &answer, &err),
                     -ERROR_STATE_CORRUPT);
    bytes_clear(&answer);
}

#define HEX                                                                                        \
    "abababababababababababababababababababababababababababababababababababababababababababababab" \
    "abab"

static void an_order_is_a_digest_and_a_name(void **state)
{
    static const char *const wrong[] = {"",        "\n",           HEX,           HEX "\n",
                                        HEX "\nx", HEX "\nx\ny",   HEX "\nx\n\n", "AB" HEX "\nx\n",
                                        "\nx\n",   "z" HEX "\nx\n"};
    struct attest_order order;
    struct error err = {0};

    (void)state;
    assert_ok(attest_order_read(&order, HEX "\nmonth.html\n", 7, &err), &err);
    assert_string_equal(order.name, "month.html");
    assert_string_equal(order.sha384, HEX);
    assert_int_equal(order.size, 7);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(attest_order_read(&order, wrong[i], 0, &err), -ERROR_PROTOCOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_signed_is_good_by_its_certificate),
        cmocka_unit_test(a_file_that_is_no_key_is_said_so),
        cmocka_unit_test(an_order_is_a_digest_and_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
