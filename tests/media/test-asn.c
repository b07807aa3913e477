/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/asn.h"
#include "media/base/instant.h"

static void assert_encodes(struct asn *asn, const char *expected, size_t size)
{
    struct error err = {0};
    struct bytes out;

    bytes_init(&out, 1000);
    assert_ok(asn_encode(asn, &out, &err), &err);
    assert_int_equal(out.size, size);
    assert_memory_equal(out.data, expected, size);
    bytes_clear(&out);
}

static void an_absent_field_leaves_no_byte(void **state)
{
    struct asn asn;

    asn_begin(&asn, "AlgorithmIdentifier");
    asn_put_text(&asn, "algorithm", "2.16.840.1.101.3.4.2.2");
    asn_absent(&asn, "parameters");
    assert_encodes(&asn, "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02", 13);
}

static void a_set_comes_out_sorted(void **state)
{
    struct asn asn;

    asn_begin(&asn, "Attribute");
    asn_put_text(&asn, "type", "2.5.4.3");
    asn_append(&asn, "values");
    asn_put(&asn, "values.?LAST", "\x04\x01\x09", 3);
    asn_append(&asn, "values");
    asn_put(&asn, "values.?LAST", "\x02\x01\x07", 3);
    assert_encodes(&asn, "\x30\x0d\x06\x03\x55\x04\x03\x31\x06\x02\x01\x07\x04\x01\x09", 15);
}

static void counts_are_minimal_and_positive(void **state)
{
    struct asn asn;

    asn_begin(&asn, "CRLNumber");
    asn_put_count(&asn, "", 0);
    assert_encodes(&asn, "\x02\x01\x00", 3);
    asn_begin(&asn, "CRLNumber");
    asn_put_count(&asn, "", 128);
    assert_encodes(&asn, "\x02\x02\x00\x80", 4);
    asn_begin(&asn, "CRLNumber");
    asn_put_count(&asn, "", UINT64_MAX);
    assert_encodes(&asn, "\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff", 11);
}

static int64_t instant(const char *text)
{
    int64_t instant_us = 0;

    assert_int_equal(instant_parse(text, strlen(text), &instant_us), 0);
    return instant_us;
}

static void times_change_form_in_2050(void **state)
{
    struct asn asn;

    asn_begin(&asn, "Time");
    asn_put_time(&asn, "", instant("2049-12-31T23:59:59.9Z"));
    assert_encodes(&asn,
                   "\x17\x0d"
                   "491231235959Z",
                   15);
    asn_begin(&asn, "Time");
    asn_put_time(&asn, "", instant("2050-01-01T00:00:00Z"));
    assert_encodes(&asn,
                   "\x18\x0f"
                   "20500101000000Z",
                   17);
}

static void fractions_have_no_trailing_zeros(void **state)
{
    char text[ASN_TIME_BYTES];

    assert_string_equal(asn_general_time(instant("2026-11-23T08:15:00Z"), text), "20261123081500Z");
    assert_string_equal(asn_general_time(instant("2026-11-23T08:15:10.25Z"), text),
                        "20261123081510.25Z");
    assert_string_equal(asn_general_time(instant("2026-11-23T08:15:00.000001Z"), text),
                        "20261123081500.000001Z");
}

static void a_mistake_is_reported_with_type_and_field(void **state)
{
    struct error err = {0};
    struct bytes out;
    struct asn asn;

    bytes_init(&out, 1000);
    asn_begin(&asn, "Attribute");
    asn_put_text(&asn, "kind", "2.5.4.3");
    assert_refused(asn_encode(&asn, &out, &err), &err, ERROR_INTERNAL);
    assert_non_null(strstr(err.words, "Attribute kind"));
    asn_begin(&asn, "Attribute");
    assert_refused(asn_encode(&asn, &out, &err), &err, ERROR_INTERNAL);
    asn_begin(&asn, "Nothing");
    assert_refused(asn_encode(&asn, &out, &err), &err, ERROR_INTERNAL);
    asn_begin(&asn, "MessageDigest");
    asn_put(&asn, "", "", 0);
    assert_refused(asn_encode(&asn, &out, &err), &err, ERROR_INTERNAL);
    assert_int_equal(out.size, 0);
    bytes_clear(&out);
}

static void the_ceiling_of_the_result_holds(void **state)
{
    struct error err = {0};
    struct bytes out;
    struct asn asn;

    bytes_init(&out, 4);
    asn_begin(&asn, "MessageDigest");
    asn_put(&asn, "", "abc", 3);
    assert_refused(asn_encode(&asn, &out, &err), &err, ERROR_LIMIT);
    assert_int_equal(out.size, 0);
    bytes_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_absent_field_leaves_no_byte),
        cmocka_unit_test(a_set_comes_out_sorted),
        cmocka_unit_test(counts_are_minimal_and_positive),
        cmocka_unit_test(times_change_form_in_2050),
        cmocka_unit_test(fractions_have_no_trailing_zeros),
        cmocka_unit_test(a_mistake_is_reported_with_type_and_field),
        cmocka_unit_test(the_ceiling_of_the_result_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
