/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/instant.h"
#include "media/enrolment-file.h"
#include "media/enrolment.h"

static const char passphrase[] = "correct horse";

static struct enrolment sample(struct bytes *roots)
{
    struct error err = {0};
    struct enrolment enrolment = {.endpoint = "gate-7",
                                  .ring = "public",
                                  .test_endpoint = true,
                                  .made_us = INT64_C(1795420800) * INSTANT_SECOND_US,
                                  .serial = {1, 2, 3},
                                  .token = {4, 5, 6},
                                  .root_count = 2,
                                  .roots = roots,
                                  .key_count = 1,
                                  .keys = {{"2026-1", {7, 8, 9}}}};

    bytes_init(&roots[0], LIMIT_ROOT_BYTES);
    bytes_init(&roots[1], LIMIT_ROOT_BYTES);
    assert_ok(bytes_put(&roots[0], "root one", 8, &err), &err);
    assert_ok(bytes_put(&roots[1], "root document two", 17, &err), &err);
    return enrolment;
}

static void write_sample(struct bytes *file)
{
    struct bytes roots[2];
    struct enrolment enrolment = sample(roots);
    struct error err = {0};

    bytes_init(file, LIMIT_ENROLMENT_BYTES + 1);
    assert_ok(enrolment_write(&enrolment, passphrase, file, &err), &err);
    bytes_clear(&roots[0]);
    bytes_clear(&roots[1]);
}

static void what_was_written_comes_back(void **state)
{
    struct bytes file, roots[2];
    struct enrolment wrote = sample(roots), read;
    struct error err = {0};

    write_sample(&file);
    assert_ok(enrolment_open(bytes_view(&file), passphrase, &read, &err), &err);
    assert_string_equal(read.endpoint, wrote.endpoint);
    assert_string_equal(read.ring, wrote.ring);
    assert_int_equal(read.test_endpoint, wrote.test_endpoint);
    assert_true(read.made_us == wrote.made_us);
    assert_memory_equal(read.serial, wrote.serial, sizeof(read.serial));
    assert_memory_equal(read.token, wrote.token, sizeof(read.token));
    assert_int_equal(read.root_count, 2);
    assert_true(bytes_equal(bytes_view(&read.roots[0]), bytes_view(&roots[0])));
    assert_true(bytes_equal(bytes_view(&read.roots[1]), bytes_view(&roots[1])));
    assert_int_equal(read.key_count, 1);
    assert_string_equal(read.keys[0].id, "2026-1");
    assert_memory_equal(read.keys[0].key, wrote.keys[0].key, ENROLMENT_KEY_BYTES);
    enrolment_clear(&read);
    bytes_clear(&roots[0]);
    bytes_clear(&roots[1]);
    bytes_clear(&file);
}

static void no_secret_and_no_name_stands_in_the_file(void **state)
{
    static const uint8_t key[] = {7, 8, 9, 0, 0, 0};
    struct bytes file;

    write_sample(&file);
    assert_null(memmem(file.data, file.size, "gate-7", 6));
    assert_null(memmem(file.data, file.size, key, sizeof(key)));
    bytes_clear(&file);
}

static void two_files_never_share_salt_or_nonce(void **state)
{
    struct bytes one, two;

    write_sample(&one);
    write_sample(&two);
    assert_memory_not_equal(one.data + 9, two.data + 9, ENROLMENT_FILE_SALT_BYTES);
    assert_memory_not_equal(one.data + 41, two.data + 41, ENROLMENT_FILE_NONCE_BYTES);
    bytes_clear(&one);
    bytes_clear(&two);
}

static void another_passphrase_does_not_open_it(void **state)
{
    static const char *const wrong[] = {"", "correct hors", "correct horse ", "Correct horse"};
    struct enrolment read;
    struct error err = {0};
    struct bytes file;

    write_sample(&file);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_refused(enrolment_open(bytes_view(&file), wrong[i], &read, &err), &err,
                       ERROR_WRONG_SECRET);
        assert_int_equal(read.key_count, 0);
        assert_null(read.roots);
    }
    bytes_clear(&file);
}

/* One byte of each field, and where the field's own check stands before the seal, its code. */
static void a_changed_byte_anywhere_is_refused(void **state)
{
    static const struct {
        size_t offset;
        enum error_code code;
    } rows[] = {
        {0, ERROR_BAD_DOCUMENT},        /* magic */
        {4, ERROR_BAD_DOCUMENT},        /* version */
        {5, ERROR_WRONG_SECRET},        /* iterations, still within bounds */
        {8, ERROR_LIMIT},               /* iterations, above */
        {9, ERROR_WRONG_SECRET},        /* salt */
        {41, ERROR_WRONG_SECRET},       /* nonce */
        {53, ERROR_BAD_DOCUMENT},       /* size */
        {57, ERROR_WRONG_SECRET},       /* payload */
        {SIZE_MAX, ERROR_WRONG_SECRET}, /* tag */
    };
    struct enrolment read;
    struct error err = {0};
    struct bytes file;

    write_sample(&file);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t at = rows[i].offset == SIZE_MAX ? file.size - 1 : rows[i].offset;

        file.data[at] ^= 0x80;
        if (rows[i].offset == 5)
            file.data[at] ^= 0x81;
        assert_refused(enrolment_open(bytes_view(&file), passphrase, &read, &err), &err,
                       rows[i].code);
        file.data[at] ^= rows[i].offset == 5 ? 0x01 : 0x80;
    }
    assert_ok(enrolment_open(bytes_view(&file), passphrase, &read, &err), &err);
    enrolment_clear(&read);
    bytes_clear(&file);
}

static void too_few_iterations_are_refused_before_they_are_run(void **state)
{
    struct enrolment read;
    struct error err = {0};
    struct bytes file;

    write_sample(&file);
    memset(file.data + 5, 0, 4);
    assert_refused(enrolment_open(bytes_view(&file), passphrase, &read, &err), &err, ERROR_LIMIT);
    assert_non_null(strstr(err.words, "KDF_ITERATIONS"));
    memset(file.data + 5, 0xff, 4);
    assert_refused(enrolment_open(bytes_view(&file), passphrase, &read, &err), &err, ERROR_LIMIT);
    bytes_clear(&file);
}

static void every_shorter_file_and_a_longer_one_are_refused(void **state)
{
    struct enrolment read;
    struct error err = {0};
    struct bytes file;

    write_sample(&file);
    for (size_t size = 0; size < file.size; size++)
        assert_refused(enrolment_open(bytes_view_of(file.data, size), passphrase, &read, &err),
                       &err, ERROR_BAD_DOCUMENT);
    assert_ok(bytes_put_u8(&file, 0, &err), &err);
    assert_refused(enrolment_open(bytes_view(&file), passphrase, &read, &err), &err,
                   ERROR_BAD_DOCUMENT);
    assert_refused(enrolment_open(bytes_view_of(file.data, LIMIT_ENROLMENT_BYTES + 1), passphrase,
                                  &read, &err),
                   &err, ERROR_LIMIT);
    bytes_clear(&file);
}

static int parse(const char *json, size_t behind, struct error *err)
{
    struct enrolment read;
    struct bytes payload;
    uint8_t *place;
    int result;

    bytes_init(&payload, 4096);
    assert_ok(bytes_put_u32(&payload, (uint32_t)strlen(json), err), err);
    assert_ok(bytes_put(&payload, json, strlen(json), err), err);
    assert_ok(bytes_reserve(&payload, behind, &place, err), err);
    result = enrolment_file_parse(bytes_view(&payload), &read, err);
    enrolment_clear(&read);
    bytes_clear(&payload);
    return result;
}

#define JSON(keys, roots, serial)                                                                  \
    "{\"content_keys\":" keys ",\"endpoint\":\"gate-7\",\"made\":\"2026-11-23T08:00:00Z\","        \
    "\"ring\":\"public\",\"root_documents\":" roots ",\"schema\":\"sallyport.enrolment/1\","       \
    "\"serial\":\"" serial "\",\"test_endpoint\":false}"
#define SERIAL "000102030405060708090a0b0c0d0e0f"

static void a_sealed_payload_is_still_parsed_strictly(void **state)
{
    struct error err = {0};

    assert_ok(parse(JSON("[]", "[3]", SERIAL), 32 + 3, &err), &err);
    assert_ok(parse(JSON("[\"a\",\"b\"]", "[3]", SERIAL), 32 + 64 + 3, &err), &err);
    assert_refused(parse(JSON("[]", "[3]", SERIAL), 31, &err), &err, ERROR_BAD_DOCUMENT);
    assert_refused(parse(JSON("[]", "[3]", SERIAL), 32 + 2, &err), &err, ERROR_BAD_DOCUMENT);
    assert_refused(parse(JSON("[]", "[3]", SERIAL), 32 + 4, &err), &err, ERROR_BAD_DOCUMENT);
    assert_refused(parse(JSON("[]", "[]", SERIAL), 32, &err), &err, ERROR_BAD_DOCUMENT);
    assert_refused(parse(JSON("[]", "[0]", SERIAL), 32, &err), &err, ERROR_BAD_DOCUMENT);
    assert_refused(parse(JSON("[]", "[-1]", SERIAL), 32, &err), &err, ERROR_BAD_DOCUMENT);
    assert_refused(parse(JSON("[]", "[262145]", SERIAL), 32, &err), &err, ERROR_BAD_DOCUMENT);
    assert_refused(parse(JSON("[]", "[\"3\"]", SERIAL), 35, &err), &err, ERROR_BAD_DOCUMENT);
    assert_refused(parse(JSON("[\"a\",\"a\"]", "[3]", SERIAL), 99, &err), &err, ERROR_BAD_DOCUMENT);
    assert_refused(parse(JSON("[\"\"]", "[3]", SERIAL), 67, &err), &err, ERROR_BAD_DOCUMENT);
    assert_refused(parse(JSON("[7]", "[3]", SERIAL), 67, &err), &err, ERROR_BAD_DOCUMENT);
    assert_refused(parse(JSON("[\"a\"]", "[3]", SERIAL), 32 + 31, &err), &err, ERROR_BAD_DOCUMENT);
    assert_refused(parse(JSON("[]", "[3]", "00"), 35, &err), &err, ERROR_BAD_DOCUMENT);
    assert_refused(parse("{}", 35, &err), &err, ERROR_BAD_DOCUMENT);
    assert_refused(parse("", 0, &err), &err, ERROR_BAD_DOCUMENT);
}

static void what_would_be_refused_is_not_written(void **state)
{
    struct bytes file, roots[2];
    struct enrolment enrolment = sample(roots);
    struct error err = {0};

    bytes_init(&file, LIMIT_ENROLMENT_BYTES);
    memcpy(enrolment.ring, "no ring", sizeof("no ring"));
    assert_refused(enrolment_write(&enrolment, passphrase, &file, &err), &err, ERROR_BAD_DOCUMENT);
    memcpy(enrolment.ring, "public", sizeof("public"));
    enrolment.root_count = 0;
    assert_refused(enrolment_write(&enrolment, passphrase, &file, &err), &err, ERROR_BAD_DOCUMENT);
    assert_int_equal(file.size, 0);
    bytes_clear(&roots[0]);
    bytes_clear(&roots[1]);
}

static void passphrases_are_128_bits_in_eight_groups(void **state)
{
    struct error err = {0};
    char one[64], two[64];

    assert_ok(enrolment_passphrase(one, &err), &err);
    assert_ok(enrolment_passphrase(two, &err), &err);
    assert_string_not_equal(one, two);
    assert_int_equal(strlen(one), 8 * 4 + 7);
    for (size_t i = 0; i < strlen(one); i++) {
        if (i % 5 == 4)
            assert_int_equal(one[i], '-');
        else
            assert_non_null(strchr("0123456789abcdef", one[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_comes_back),
        cmocka_unit_test(no_secret_and_no_name_stands_in_the_file),
        cmocka_unit_test(two_files_never_share_salt_or_nonce),
        cmocka_unit_test(another_passphrase_does_not_open_it),
        cmocka_unit_test(a_changed_byte_anywhere_is_refused),
        cmocka_unit_test(too_few_iterations_are_refused_before_they_are_run),
        cmocka_unit_test(every_shorter_file_and_a_longer_one_are_refused),
        cmocka_unit_test(a_sealed_payload_is_still_parsed_strictly),
        cmocka_unit_test(what_would_be_refused_is_not_written),
        cmocka_unit_test(passphrases_are_128_bits_in_eight_groups),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
