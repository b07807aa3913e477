/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/instant.h"
#include "media/base/limits.h"
#include "media/der.h"

static struct bytes_view view_of(const char *bytes, size_t size)
{
    return bytes_view_of(bytes, size);
}

#define DER(text) text, sizeof(text) - 1

static const struct {
    const char *name;
    const char *bytes;
    size_t size;
    const char *rule; /* NULL: strict DER; else a part of the words */
} rows[] = {
    {"empty input", DER(""), "inside a header"},
    {"tag without length", DER("\x30"), "inside a header"},
    {"sequence", DER("\x30\x00"), NULL},
    {"trailing byte", DER("\x30\x00\x00"), "1 bytes after"},
    {"length past the end", DER("\x04\x02\x00"), "past the end"},
    {"indefinite length", DER("\x30\x80\x00\x00"), "indefinite"},
    {"long length for a short value", DER("\x04\x81\x01\x00"), "not minimal"},
    {"leading zero in a length", DER("\x04\x82\x00\x80"), "not minimal"},
    {"length of five bytes", DER("\x04\x85\x01\x00\x00\x00\x00"), "length of 5 bytes"},
    {"length cut", DER("\x04\x82\x01"), "inside a length"},
    {"high tag", DER("\x1f\x22\x00"), "high tag"},
    {"application class", DER("\x41\x00"), "tag class"},
    {"private class", DER("\xe1\x00"), "tag class"},
    {"end of contents", DER("\x00\x00"), "type 0x00"},
    {"REAL", DER("\x09\x00"), "type 0x09"},
    {"T61String", DER("\x14\x01\x41"), "type 0x14"},
    {"constructed OCTET STRING", DER("\x24\x03\x04\x01\x41"), "constructed value of type 0x24"},
    {"primitive SEQUENCE", DER("\x10\x00"), "type 0x10"},
    {"context primitive", DER("\x80\x01\xff"), NULL},
    {"context constructed", DER("\xa0\x02\x05\x00"), NULL},
    {"bad value inside context", DER("\xa0\x03\x05\x01\x00"), "byte 2: NULL"},
    {"TRUE", DER("\x01\x01\xff"), NULL},
    {"FALSE", DER("\x01\x01\x00"), NULL},
    {"BOOLEAN 01", DER("\x01\x01\x01"), "BOOLEAN"},
    {"BOOLEAN of two bytes", DER("\x01\x02\xff\xff"), "BOOLEAN"},
    {"INTEGER 0", DER("\x02\x01\x00"), NULL},
    {"INTEGER empty", DER("\x02\x00"), "INTEGER"},
    {"INTEGER 128", DER("\x02\x02\x00\x80"), NULL},
    {"INTEGER padded", DER("\x02\x02\x00\x7f"), "INTEGER"},
    {"INTEGER -129", DER("\x02\x02\xff\x7f"), NULL},
    {"INTEGER negative padded", DER("\x02\x02\xff\x80"), "INTEGER"},
    {"ENUMERATED", DER("\x0a\x01\x05"), NULL},
    {"ENUMERATED padded", DER("\x0a\x02\x00\x05"), "ENUMERATED"},
    {"BIT STRING", DER("\x03\x02\x07\x80"), NULL},
    {"BIT STRING without bits", DER("\x03\x01\x00"), NULL},
    {"BIT STRING empty", DER("\x03\x00"), "BIT STRING"},
    {"BIT STRING dirty", DER("\x03\x02\x07\xc0"), "BIT STRING"},
    {"BIT STRING unused of nothing", DER("\x03\x01\x03"), "BIT STRING"},
    {"BIT STRING 8 unused", DER("\x03\x02\x08\x00"), "BIT STRING"},
    {"NULL", DER("\x05\x00"), NULL},
    {"NULL with content", DER("\x05\x01\x00"), "NULL"},
    {"OID", DER("\x06\x03\x2a\x86\x48"), NULL},
    {"OID empty", DER("\x06\x00"), "OBJECT IDENTIFIER"},
    {"OID padded", DER("\x06\x03\x2a\x80\x01"), "OBJECT IDENTIFIER"},
    {"OID cut", DER("\x06\x02\x2a\x86"), "OBJECT IDENTIFIER"},
    {"UTF8String", DER("\x0c\x02\xc3\xa9"), NULL},
    {"UTF8String overlong", DER("\x0c\x02\xc0\x80"), "UTF8String"},
    {"PrintableString", DER("\x13\x02\x41:"), NULL},
    {"PrintableString with @", DER("\x13\x01@"), "PrintableString"},
    {"IA5String", DER("\x16\x01@"), NULL},
    {"IA5String with 80", DER("\x16\x01\x80"), "IA5String"},
    {"UTCTime",
     DER("\x17\x0d"
         "260601120000Z"),
     NULL},
    {"UTCTime without seconds",
     DER("\x17\x0b"
         "2606011200Z"),
     "UTCTime"},
    {"UTCTime with an offset",
     DER("\x17\x11"
         "260601120000+0200"),
     "UTCTime"},
    {"UTCTime month 13",
     DER("\x17\x0d"
         "261301120000Z"),
     "UTCTime"},
    {"UTCTime letters",
     DER("\x17\x0d"
         "2x0601120000Z"),
     "UTCTime"},
    {"UTCTime with a fraction",
     DER("\x17\x0f"
         "260601120000.5Z"),
     "UTCTime"},
    {"GeneralizedTime",
     DER("\x18\x0f"
         "20260601120000Z"),
     NULL},
    {"GeneralizedTime with a fraction",
     DER("\x18\x11"
         "20260601120000.5Z"),
     NULL},
    {"GeneralizedTime 30 February",
     DER("\x18\x0f"
         "20260230120000Z"),
     "GeneralizedTime"},
    {"GeneralizedTime leap second",
     DER("\x18\x0f"
         "20261231235960Z"),
     "GeneralizedTime"},
    {"GeneralizedTime hour 24",
     DER("\x18\x0f"
         "20261231240000Z"),
     "GeneralizedTime"},
    {"GeneralizedTime fraction ends in 0",
     DER("\x18\x12"
         "20260601120000.50Z"),
     "GeneralizedTime"},
    {"GeneralizedTime fraction empty",
     DER("\x18\x10"
         "20260601120000.Z"),
     "GeneralizedTime"},
    {"GeneralizedTime with a comma",
     DER("\x18\x11"
         "20260601120000,5Z"),
     "GeneralizedTime"},
    {"GeneralizedTime local",
     DER("\x18\x0e"
         "20260601120000"),
     "GeneralizedTime"},
    {"GeneralizedTime year only",
     DER("\x18\x03"
         "202"),
     "GeneralizedTime"},
    {"GeneralizedTime ends in a dot",
     DER("\x18\x0f"
         "20260601120000."),
     "GeneralizedTime"},
    {"GeneralizedTime lower-case z",
     DER("\x18\x0f"
         "20260601120000z"),
     "GeneralizedTime"},
    {"SET sorted", DER("\x31\x06\x02\x01\x01\x02\x01\x02"), NULL},
    {"SET unsorted", DER("\x31\x06\x02\x01\x02\x02\x01\x01"), "byte 5: SET is not sorted"},
    {"SET with a double", DER("\x31\x06\x02\x01\x01\x02\x01\x01"), "byte 5: SET holds"},
    {"SET of an empty value after another", DER("\x31\x05\x04\x01\x00\x05\x00"), NULL},
    {"SEQUENCE unsorted", DER("\x30\x06\x02\x01\x02\x02\x01\x01"), NULL},
    {"SEQUENCE cut inside", DER("\x30\x03\x02\x02\x01"), "byte 2: length 2 goes past"},
};

static void each_encoding_is_judged(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {0};
        int result = der_walk(view_of(rows[i].bytes, rows[i].size), 4, &err);

        if (rows[i].rule == NULL && result != 0)
            fail_msg("%s: refused: %s", rows[i].name, err.words);
        if (rows[i].rule != NULL &&
            (result != -ERROR_NOT_DER || strstr(err.words, rows[i].rule) == NULL))
            fail_msg("%s: %d %s; expected %s", rows[i].name, result, err.words, rows[i].rule);
    }
    shows_case("A14");
}

static void depth_is_bounded(void **state)
{
    uint8_t nested[2 * (LIMIT_DER_DEPTH_DOCUMENT + 2)];
    struct error err = {0};

    for (size_t i = 0; i < sizeof(nested); i += 2) {
        nested[i] = DER_SEQUENCE;
        nested[i + 1] = (uint8_t)(sizeof(nested) - i - 2);
    }
    /* LIMIT + 2 values: the outermost and LIMIT + 1 below it, one too many. */
    assert_refused(der_walk(bytes_view_of(nested, sizeof(nested)), LIMIT_DER_DEPTH_DOCUMENT, &err),
                   &err, ERROR_NOT_DER);
    assert_non_null(strstr(err.words, "DER_DEPTH"));
    assert_ok(
        der_walk(bytes_view_of(nested + 2, sizeof(nested) - 2), LIMIT_DER_DEPTH_DOCUMENT, &err),
        &err);
}

static void values_are_taken_in_turn(void **state)
{
    struct bytes_view view = view_of("\x02\x01\x05\x04\x81\x80", 6);
    struct der_value value;
    struct error err = {0};

    assert_true(der_next_is(view, DER_INTEGER));
    assert_false(der_next_is(view, DER_NULL));
    assert_ok(der_get_tag(&view, DER_INTEGER, ERROR_BAD_CMS, "number", &value, &err), &err);
    assert_int_equal(value.content.size, 1);
    assert_int_equal(value.whole.size, 3);
    assert_refused(der_get_tag(&view, DER_OCTET_STRING, ERROR_BAD_CMS, "cut", &value, &err), &err,
                   ERROR_NOT_DER);
    assert_int_equal(view.size, 3);
    view = view_of("\x05\x00", 2);
    assert_refused(der_get_tag(&view, DER_INTEGER, ERROR_BAD_CMS, "number", &value, &err), &err,
                   ERROR_BAD_CMS);
    assert_int_equal(view.size, 2);
    assert_refused(der_end(view, ERROR_BAD_CMS, "number", &err), &err, ERROR_BAD_CMS);
    view.size = 0;
    assert_false(der_next_is(view, DER_NULL));
    assert_ok(der_end(view, ERROR_BAD_CMS, "number", &err), &err);
    assert_refused(der_get_tag(&view, DER_NULL, ERROR_BAD_CMS, "more", &value, &err), &err,
                   ERROR_BAD_CMS);
}

static void sets_behind_implicit_tags_are_checked(void **state)
{
    struct error err = {0};

    assert_ok(der_check_set(view_of("", 0), "set", &err), &err);
    assert_ok(der_check_set(view_of("\x02\x01\x01\x02\x01\x02", 6), "set", &err), &err);
    assert_refused(der_check_set(view_of("\x02\x01\x02\x02\x01\x01", 6), "set", &err), &err,
                   ERROR_NOT_DER);
    assert_refused(der_check_set(view_of("\x02\x01\x02\x02\x01\x02", 6), "set", &err), &err,
                   ERROR_NOT_DER);
    assert_refused(der_check_set(view_of("\x02\x01", 2), "set", &err), &err, ERROR_NOT_DER);
}

static void oids_compare_with_their_dotted_form(void **state)
{
    struct bytes_view sha384 = view_of("\x60\x86\x48\x01\x65\x03\x04\x02\x02", 9);

    assert_true(der_oid_is(sha384, "2.16.840.1.101.3.4.2.2"));
    assert_false(der_oid_is(sha384, "2.16.840.1.101.3.4.2.3"));
    assert_false(der_oid_is(sha384, "2.16.840.1.101.3.4.2"));
    assert_true(der_oid_is(view_of("\x2b\x06\x01\x04\x01\x81\xfd\x59", 8), "1.3.6.1.4.1.32473"));
    assert_false(der_oid_is(view_of("", 0), "1"));
    assert_false(der_oid_is(
        sha384,
        "1.3.4294967295.4294967295.4294967295.4294967295.4294967295.4294967295.4294967295"));
}

static void integers_come_out_of_their_content(void **state)
{
    int64_t value = 7;

    assert_int_equal(der_integer(view_of("\x00\x80", 2), &value), 0);
    assert_true(value == 128);
    assert_int_equal(der_integer(view_of("\x7f\xff\xff\xff\xff\xff\xff\xff", 8), &value), 0);
    assert_true(value == INT64_MAX);
    assert_int_equal(der_integer(view_of("\x00\x80\x00\x00\x00\x00\x00\x00\x00", 9), &value), -1);
    assert_int_equal(der_integer(view_of("\x80", 1), &value), -1);
    assert_int_equal(der_integer(view_of("\x00\x01", 2), &value), -1);
    assert_int_equal(der_integer(view_of("", 0), &value), -1);
}

static struct der_value time_value(uint8_t tag, const char *text)
{
    return (struct der_value){.tag = tag, .content = bytes_view_of(text, strlen(text))};
}

static void times_become_instants(void **state)
{
    const int64_t noon_us = INT64_C(1780315200) * INSTANT_SECOND_US; /* 2026-06-01T12:00:00Z */
    struct der_value value = time_value(DER_UTC_TIME, "260601120000Z");
    int64_t instant_us;

    assert_int_equal(der_time(&value, &instant_us), 0);
    assert_true(instant_us == noon_us);
    value = time_value(DER_UTC_TIME, "700101000000Z");
    assert_int_equal(der_time(&value, &instant_us), 0);
    assert_true(instant_us == 0);
    value = time_value(DER_GENERALIZED_TIME, "20260601120000.000001Z");
    assert_int_equal(der_time(&value, &instant_us), 0);
    assert_true(instant_us == noon_us + 1);
    value = time_value(DER_GENERALIZED_TIME, "20260601120000.25Z");
    assert_int_equal(der_time(&value, &instant_us), 0);
    assert_true(instant_us == noon_us + 250000);
    value = time_value(DER_GENERALIZED_TIME, "20260601120000.0000001Z");
    assert_int_equal(der_time(&value, &instant_us), -1);
    value = time_value(DER_GENERALIZED_TIME, "20260601120000");
    assert_int_equal(der_time(&value, &instant_us), -1);
    value = time_value(DER_UTF8_STRING, "20260601120000Z");
    assert_int_equal(der_time(&value, &instant_us), -1);
}

static void the_second_opinion_knows_the_types(void **state)
{
    struct error err = {0};
    struct bytes_view good = view_of("\x30\x06\x02\x01\x05\x80\x01\x07", 8);
    struct bytes_view bad = view_of("\x30\x03\x04\x01\x05", 5);

    assert_ok(der_check_twice("SALLYPORT.Accuracy", good, &err), &err);
    assert_refused(der_check_twice("SALLYPORT.Accuracy", bad, &err), &err, ERROR_NOT_DER);
    assert_refused(der_check_twice("SALLYPORT.Nonsense", good, &err), &err, ERROR_NOT_DER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_encoding_is_judged),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(values_are_taken_in_turn),
        cmocka_unit_test(sets_behind_implicit_tags_are_checked),
        cmocka_unit_test(oids_compare_with_their_dotted_form),
        cmocka_unit_test(integers_come_out_of_their_content),
        cmocka_unit_test(times_become_instants),
        cmocka_unit_test(the_second_opinion_knows_the_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
