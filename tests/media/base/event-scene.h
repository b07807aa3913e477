/* SPDX-License-Identifier: ISC
 *
 * Events that tests of the codec, the JSON form and the filter share.
 */
#ifndef TESTS_MEDIA_BASE_EVENT_SCENE_H
#define TESTS_MEDIA_BASE_EVENT_SCENE_H

#include <stdint.h>
#include <string.h>

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

#endif
