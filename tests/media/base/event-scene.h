/* SPDX-License-Identifier: ISC
 *
 * Events that tests of the codec, the JSON form and the filter share.
 */
#ifndef TESTS_MEDIA_BASE_EVENT_SCENE_H
#define TESTS_MEDIA_BASE_EVENT_SCENE_H

#include "tests/test.h"

#include "media/base/event.h"

#define SCENE_NOON_US INT64_C(1795780800000000)

static inline void scene_number(struct event *event, enum event_field field, int64_t number)
{
    event->values[field] = (struct event_value){.present = true, .number = number};
}

/* Text, list or digest; borrowed. */
static inline void scene_bytes(struct event *event, enum event_field field, const void *data,
                               size_t size)
{
    event->values[field] = (struct event_value){.present = true, .text = bytes_view_of(data, size)};
}

static inline void scene_text(struct event *event, enum event_field field, const char *text)
{
    scene_bytes(event, field, text, strlen(text));
}

/* A shell that ran a script. */
static inline struct event scene_exec(void)
{
    static const char argv[] = "/bin/sh\0/tmp/a.sh\0-x";
    static const uint8_t digest[32] = {0xab, 1, 2, 3};
    struct event event = {.kind = EVENT_EXEC};

    scene_number(&event, EVENT_TIME, SCENE_NOON_US);
    scene_number(&event, EVENT_PID, 4711);
    scene_number(&event, EVENT_UID, 0);
    scene_text(&event, EVENT_PATH, "/tmp/a.sh");
    scene_bytes(&event, EVENT_ARGV, argv, sizeof(argv));
    scene_text(&event, EVENT_CWD, "/root");
    scene_bytes(&event, EVENT_SHA256, digest, sizeof(digest));
    scene_number(&event, EVENT_PARENT_PID, 4700);
    scene_text(&event, EVENT_PARENT_PATH, "/usr/bin/bash");
    return event;
}

static inline void scene_same(const struct event *a, const struct event *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->hit_count, b->hit_count);
    for (size_t i = 0; i < a->hit_count; i++) {
        assert_int_equal(a->hits[i].subscription, b->hits[i].subscription);
        assert_int_equal(a->hits[i].count, b->hits[i].count);
    }
    for (size_t i = 1; i < EVENT_FIELDS; i++) {
        assert_int_equal(a->values[i].present, b->values[i].present);
        if (!a->values[i].present)
            continue;
        assert_int_equal(a->values[i].number, b->values[i].number);
        assert_true(bytes_equal(a->values[i].text, b->values[i].text));
    }
}

#endif
