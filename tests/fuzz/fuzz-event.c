/* SPDX-License-Identifier: ISC
 *
 * A batch of events, or a tag: read or refused. What was read is put as it was, and comes back from
 * its JSON form.
 */
#include <string.h>

#include "media/base/event.h"
#include "tests/fuzz/fuzz.h"

#define SECOND_US 1000000

/* JSON has whole seconds, since 1970 and to the year 9999. */
static void through_json(struct event *event)
{
    static struct event read;
    struct error err = {0};
    struct event_value *time = &event->values[EVENT_TIME];
    struct bytes memory;
    json_t *json;

    time->number = (int64_t)((uint64_t)time->number % 250000000000) * SECOND_US;
    json = event_to_json(event);
    FUZZ_MUST(json != NULL);
    FUZZ_MUST(event_from_json(json, &read, &memory, &err) == 0);
    for (size_t i = 1; i < EVENT_FIELDS; i++) {
        const struct event_value *a = &event->values[i], *b = &read.values[i];

        FUZZ_MUST(a->present == b->present);
        FUZZ_MUST(!a->present || (a->number == b->number && bytes_equal(a->text, b->text)));
    }
    bytes_clear(&memory);
    json_decref(json);
}

static void read_batch(struct bytes_view batch)
{
    static struct event event;
    struct error err = {0};
    struct bytes again;
    uint16_t records = 0;
    uint64_t dropped = 0;

    if (event_batch_open(&batch, &records, &dropped, &err) < 0)
        FUZZ_MUST(err.code == ERROR_PROTOCOL && err.words[0] != '\0');
    for (; err.code == ERROR_OK && records > 0; records--) {
        const uint8_t *record = batch.data;

        bytes_init(&again, EVENT_BATCH_BYTES);
        if (event_get(&batch, &event, &err) < 0) {
            FUZZ_MUST(err.code == ERROR_PROTOCOL && err.words[0] != '\0');
        } else {
            FUZZ_MUST(event_put(&event, &again, &err) == 0);
            FUZZ_MUST(again.size == (size_t)(batch.data - record) &&
                      memcmp(again.data, record, again.size) == 0);
            through_json(&event);
        }
        bytes_clear(&again);
    }
}

static void read_tag(struct bytes_view packet)
{
    uint8_t again[EVENT_TAG_BYTES];
    struct event_tag tag;
    struct error err = {0};

    if (event_tag_get(packet, &tag, &err) < 0) {
        FUZZ_MUST(err.code == ERROR_PROTOCOL && err.words[0] != '\0');
        return;
    }
    event_tag_put(&tag, again);
    FUZZ_MUST(bytes_equal(bytes_view_of(again, sizeof(again)), packet));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_batch(bytes_view_of(data, size));
    read_tag(bytes_view_of(data, size));
    return 0;
}
