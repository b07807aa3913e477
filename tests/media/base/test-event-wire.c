/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/event.h"
#include "media/base/limits.h"
#include "tests/media/base/event-scene.h"

static struct bytes batch_of(const struct event *events, uint16_t count)
{
    struct error err = {0};
    struct bytes batch;

    bytes_init(&batch, EVENT_BATCH_BYTES);
    assert_ok(event_batch_begin(&batch, &err), &err);
    for (size_t i = 0; i < count; i++)
        assert_ok(event_put(&events[i], &batch, &err), &err);
    event_batch_end(&batch, count, 9);
    return batch;
}

static void events_travel(void **state)
{
    static struct event events[3], read;
    struct error err = {0};
    struct bytes_view view;
    struct bytes batch;
    uint16_t records = 0;
    uint64_t dropped = 0;

    events[0] = scene_exec();
    events[0].hit_count = 2;
    events[0].hits[0] = (struct event_hit){0, 1};
    events[0].hits[1] = (struct event_hit){LIMIT_FILTER_SUBSCRIPTIONS - 1, UINT32_MAX};
    events[1].kind = EVENT_LISTEN;
    scene_number(&events[1], EVENT_PORT, INT64_MIN);
    scene_bytes(&events[1], EVENT_ARGV, "", 0);
    scene_text(&events[1], EVENT_PATH, "");
    events[2].kind = EVENT_HEALTH;
    batch = batch_of(events, 3);
    view = bytes_view(&batch);
    assert_ok(event_batch_open(&view, &records, &dropped, &err), &err);
    assert_int_equal(records, 3);
    assert_int_equal(dropped, 9);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(event_get(&view, &read, &err), &err);
        scene_same(&read, &events[i]);
    }
    assert_int_equal(view.size, 0);
    assert_refused(event_get(&view, &read, &err), &err, ERROR_PROTOCOL);
    bytes_clear(&batch);
}

/* The layout that event.h describes, byte for byte. */
static void layout_is_the_headers(void **state)
{
    static const uint8_t expected[] = {
        'S', 'P', 'E', 'V', 1,   0,   1,   0,   9,   0,   0,   0,   0, 0, 0, 0, /* head */
        37,  0,   0,   0,   2,   1,   2,   0,                       /* exit, 1 hit, 2 fields */
        5,   0,   0,   0,   3,   0,   0,   0,                       /* subscription 5 */
        2,   1,   8,   0,   254, 255, 255, 255, 255, 255, 255, 255, /* pid -2 */
        7,   2,   5,   0,   '/', 't', 'm', 'p', '/',                /* cwd */
    };
    struct event event = {.kind = EVENT_EXIT, .hit_count = 1, .hits = {{5, 3}}};
    struct bytes batch;

    scene_number(&event, EVENT_PID, -2);
    scene_text(&event, EVENT_CWD, "/tmp/");
    batch = batch_of(&event, 1);
    assert_int_equal(batch.size, sizeof(expected));
    assert_memory_equal(batch.data, expected, sizeof(expected));
    bytes_clear(&batch);
}

/* Each byte of a batch set to each value: read or refused, and never more than was given. */
static void changed_bytes_break_nothing(void **state)
{
    static struct event event, read;
    struct error err;
    struct bytes batch;
    uint16_t records;
    uint64_t dropped;

    event = scene_exec();
    event.hit_count = 1;
    event.hits[0].count = 1;
    batch = batch_of(&event, 1);
    for (size_t i = 0; i < batch.size * 256; i++) {
        uint8_t kept = batch.data[i / 256];
        struct bytes_view view = bytes_view(&batch);

        batch.data[i / 256] = (uint8_t)i;
        if (event_batch_open(&view, &records, &dropped, &err) == 0 &&
            event_get(&view, &read, &err) == 0)
            assert_true(read.kind > 0 && read.kind < EVENT_KINDS);
        batch.data[i / 256] = kept;
    }
    for (size_t i = 0; i < batch.size; i++) {
        struct bytes_view view = bytes_view_of(batch.data, i);

        assert_true(event_batch_open(&view, &records, &dropped, &err) < 0 ||
                    event_get(&view, &read, &err) < 0);
    }
    bytes_clear(&batch);
}

/* At an offset of a batch with layout_is_the_headers' event, what is no longer sound. */
static void records_out_of_shape_are_refused(void **state)
{
    static const struct {
        const char *name;
        size_t at;
        uint8_t byte;
    } cases[] = {
        {"magic", 0, 'X'},
        {"version", 4, 2},
        {"shorter than its head", 16, 7},
        {"longer", 16, 38},
        {"shorter", 16, 36},
        {"kind 0", 20, 0},
        {"kind unknown", 20, 12},
        {"kind without cwd", 20, EVENT_USB},
        {"hits", 21, 65},
        {"one hit less", 21, 0},
        {"a field more", 22, 3},
        {"a field less", 22, 1},
        {"subscription", 25, 16},
        {"reserved", 26, 1},
        {"count 0", 28, 0},
        {"field 0", 32, 0},
        {"field unknown", 44, EVENT_FIELDS},
        {"falling", 32, EVENT_UID + 4},
        {"twice", 44, EVENT_PID},
        {"type", 33, 2},
        {"type of text", 45, 3},
        {"number's size", 34, 7},
        {"past the end", 46, 6},
        {"NUL", 48, 0},
    };
    struct event event = {.kind = EVENT_EXIT, .hit_count = 1, .hits = {{5, 3}}}, read;
    uint16_t records;
    uint64_t dropped;

    scene_number(&event, EVENT_PID, -2);
    scene_text(&event, EVENT_CWD, "/tmp/");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bytes batch = batch_of(&event, 1);
        struct bytes_view view = bytes_view(&batch);
        struct error err = {0};

        batch.data[cases[i].at] = cases[i].byte;
        if ((event_batch_open(&view, &records, &dropped, &err) == 0 &&
             event_get(&view, &read, &err) == 0 && view.size == 0) ||
            err.code != ERROR_PROTOCOL)
            fail_msg("%s: %s", cases[i].name, err.words);
        bytes_clear(&batch);
    }
}

/* Of one type, so that nothing else is wrong with it. */
static void a_field_that_comes_twice_is_refused(void **state)
{
    enum { SECOND_FIELD = 16 + 8 + 12 };
    struct event event = {.kind = EVENT_EXIT}, read;
    struct error err = {0};
    struct bytes_view view;
    struct bytes batch;
    uint16_t records;
    uint64_t dropped;

    scene_number(&event, EVENT_PID, 1);
    scene_number(&event, EVENT_UID, 1);
    batch = batch_of(&event, 1);
    assert_int_equal(batch.data[SECOND_FIELD], EVENT_UID);
    batch.data[SECOND_FIELD] = EVENT_PID;
    view = bytes_view(&batch);
    assert_ok(event_batch_open(&view, &records, &dropped, &err), &err);
    assert_refused(event_get(&view, &read, &err), &err, ERROR_PROTOCOL);
    bytes_clear(&batch);
}

static void refuse_value(struct event event, enum event_field field, const void *data, size_t size)
{
    struct error err = {0};
    struct bytes batch;

    bytes_init(&batch, EVENT_BATCH_BYTES);
    scene_bytes(&event, field, data, size);
    assert_refused(event_put(&event, &batch, &err), &err, ERROR_PROTOCOL);
    assert_int_equal(batch.size, 0);
    bytes_clear(&batch);
}

static void values_beyond_their_bounds_are_not_put(void **state)
{
    static char large[LIMIT_EVENT_TEXT + 2], many[LIMIT_EVENT_ARGUMENTS + 1];
    struct event event = scene_exec();

    memset(large, 'a', sizeof(large) - 1);
    refuse_value(event, EVENT_PATH, large, LIMIT_EVENT_TEXT + 1);
    refuse_value(event, EVENT_PATH, "a\0b", 3);
    refuse_value(event, EVENT_ARGV, large + 1, LIMIT_EVENT_ARGV_BYTES + 1);
    refuse_value(event, EVENT_ARGV, "a", 1);
    refuse_value(event, EVENT_ARGV, many, sizeof(many));
    refuse_value(event, EVENT_SHA256, "abc", 3);
    refuse_value(event, EVENT_TO, "/tmp/b", 6);
    event.kind = 0;
    refuse_value(event, EVENT_PATH, "a", 1);
    event.kind = EVENT_EXEC;
    event.hit_count = EVENT_HITS + 1;
    refuse_value(event, EVENT_PATH, "a", 1);
}

static void a_full_batch_is_unchanged(void **state)
{
    static struct event event, read;
    struct error err = {0};
    struct bytes batch;
    struct bytes_view view;
    uint16_t records = 0, count = 0;
    uint64_t dropped;
    size_t before;

    event = scene_exec();
    bytes_init(&batch, EVENT_BATCH_BYTES);
    assert_ok(event_batch_begin(&batch, &err), &err);
    do {
        before = batch.size;
        count++;
    } while (event_put(&event, &batch, &err) == 0);
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_int_equal(batch.size, before);
    event_batch_end(&batch, --count, 0);
    view = bytes_view(&batch);
    assert_ok(event_batch_open(&view, &records, &dropped, &err), &err);
    for (; records > 0; records--)
        assert_ok(event_get(&view, &read, &err), &err);
    assert_int_equal(view.size, 0);
    bytes_clear(&batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_travel),
        cmocka_unit_test(layout_is_the_headers),
        cmocka_unit_test(changed_bytes_break_nothing),
        cmocka_unit_test(records_out_of_shape_are_refused),
        cmocka_unit_test(a_field_that_comes_twice_is_refused),
        cmocka_unit_test(values_beyond_their_bounds_are_not_put),
        cmocka_unit_test(a_full_batch_is_unchanged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
