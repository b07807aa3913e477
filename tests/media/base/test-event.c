/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/event.h"

static void kinds_and_fields_are_found_by_name(void **state)
{
    enum event_kind kind;

    for (unsigned i = 1; i < EVENT_KINDS; i++) {
        assert_non_null(event_kind_name(i));
        assert_true(event_kind_find(event_kind_name(i), &kind));
        assert_int_equal(kind, i);
    }
    assert_null(event_kind_name(0));
    assert_null(event_kind_name(EVENT_KINDS));
    assert_false(event_kind_find("execs", &kind));
    assert_false(event_kind_find("", &kind));
    for (unsigned i = 1; i < EVENT_FIELDS; i++)
        assert_int_equal(event_field_find(event_field_row(i)->name), i);
    assert_null(event_field_row(0));
    assert_null(event_field_row(EVENT_FIELDS));
    assert_int_equal(event_field_find("parent"), 0);
}

static void every_field_has_a_kind_and_words(void **state)
{
    for (unsigned i = 1; i < EVENT_FIELDS; i++) {
        const struct event_field_row *row = event_field_row(i);

        assert_true(row->kinds != 0 && (row->kinds & ~((1U << EVENT_KINDS) - 2)) == 0);
        assert_true(row->what[0] != '\0');
        assert_int_equal(row->filterable, i != EVENT_TIME);
    }
}

static void tags_travel(void **state)
{
    struct event_tag tag = {.pid = 0x01020304, .key = "stage", .value = "shell from mail"}, read;
    uint8_t packet[EVENT_TAG_BYTES];
    struct error err = {0};

    event_tag_put(&tag, packet);
    assert_ok(event_tag_get(bytes_view_of(packet, sizeof(packet)), &read, &err), &err);
    assert_memory_equal(&read, &tag, sizeof(tag));
    tag.value[0] = '\0';
    event_tag_put(&tag, packet);
    assert_ok(event_tag_get(bytes_view_of(packet, sizeof(packet)), &read, &err), &err);
    assert_string_equal(read.value, "");
}

static void tags_out_of_shape_are_refused(void **state)
{
    static const struct event_tag good = {.pid = 7, .key = "k", .value = "v"};
    static const struct {
        size_t at;
        uint8_t byte;
    } cases[] = {{4, 0},    {4, 'K'},   {4, ' '},   {4, '='},  {4, 0x80},
                 {35, 'x'}, {36, '\n'}, {36, 0x7f}, {99, 'x'}, {98, 'x'}};
    uint8_t packet[EVENT_TAG_BYTES];
    struct event_tag read;
    struct error err;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        event_tag_put(&good, packet);
        packet[cases[i].at] = cases[i].byte;
        assert_refused(event_tag_get(bytes_view_of(packet, sizeof(packet)), &read, &err), &err,
                       ERROR_PROTOCOL);
    }
    event_tag_put(&good, packet);
    memset(packet + 4, 'x', EVENT_TAG_KEY);
    assert_refused(event_tag_get(bytes_view_of(packet, sizeof(packet)), &read, &err), &err,
                   ERROR_PROTOCOL);
    event_tag_put(&good, packet);
    assert_refused(event_tag_get(bytes_view_of(packet, sizeof(packet) - 1), &read, &err), &err,
                   ERROR_PROTOCOL);
    assert_refused(event_tag_get(bytes_view_of(packet, 0), &read, &err), &err, ERROR_PROTOCOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_and_fields_are_found_by_name),
        cmocka_unit_test(every_field_has_a_kind_and_words),
        cmocka_unit_test(tags_travel),
        cmocka_unit_test(tags_out_of_shape_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
