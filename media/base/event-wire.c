/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "media/base/event.h"
#include "media/base/limits.h"
#include "media/base/text.h"

#define HEAD_BYTES   16
#define RECORDS_AT   6
#define DROPPED_AT   8
#define RECORD_BYTES 8
#define HIT_BYTES    8
#define FIELD_BYTES  4
#define NUMBER_BYTES 8
#define DIGEST_BYTES 32

static int check_text(struct bytes_view text, const char *name, struct error *err)
{
    if (text.size > LIMIT_EVENT_TEXT)
        return error_set(err, ERROR_PROTOCOL, "%s: %zu bytes (EVENT_TEXT)", name, text.size);
    if (text.size > 0 && memchr(text.data, 0, text.size) != NULL)
        return error_set(err, ERROR_PROTOCOL, "%s: a NUL in a text", name);
    return 0;
}

static int check_list(struct bytes_view list, const char *name, struct error *err)
{
    size_t elements = 0;

    if (list.size > LIMIT_EVENT_ARGV_BYTES)
        return error_set(err, ERROR_PROTOCOL, "%s: %zu bytes (EVENT_ARGV_BYTES)", name, list.size);
    if (list.size > 0 && list.data[list.size - 1] != 0)
        return error_set(err, ERROR_PROTOCOL, "%s: the last element has no NUL", name);
    for (size_t i = 0; i < list.size; i++)
        elements += list.data[i] == 0;
    if (elements > LIMIT_EVENT_ARGUMENTS)
        return error_set(err, ERROR_PROTOCOL, "%s: %zu elements (EVENT_ARGUMENTS)", name, elements);
    return 0;
}

static int check_value(enum event_field field, struct bytes_view value, struct error *err)
{
    const struct event_field_row *row = event_field_row(field);

    switch (row->type) {
    case EVENT_TEXT:
        return check_text(value, row->name, err);
    case EVENT_LIST:
        return check_list(value, row->name, err);
    default:
        if (value.size != (row->type == EVENT_NUMBER ? NUMBER_BYTES : DIGEST_BYTES))
            return error_set(err, ERROR_PROTOCOL, "%s: %zu bytes", row->name, value.size);
        return 0;
    }
}

static int check_kind(const struct event *event, enum event_field field, struct error *err)
{
    const struct event_field_row *row = event_field_row(field);

    if ((row->kinds & 1U << event->kind) == 0)
        return error_set(err, ERROR_PROTOCOL, "%s: not of %s events", row->name,
                         event_kind_name(event->kind));
    return 0;
}

/* The value as it travels. A number's bytes are put into `number`. */
static struct bytes_view value_bytes(const struct event *event, unsigned field,
                                     uint8_t number[static NUMBER_BYTES])
{
    const struct event_value *value = &event->values[field];

    if (event_field_row((enum event_field)field)->type != EVENT_NUMBER)
        return value->text;
    for (unsigned i = 0; i < NUMBER_BYTES; i++)
        number[i] = (uint8_t)((uint64_t)value->number >> (8 * i));
    return bytes_view_of(number, NUMBER_BYTES);
}

/* Checks the event, and counts what it takes. */
static int measure(const struct event *event, size_t *size, uint16_t *fields, struct error *err)
{
    uint8_t number[NUMBER_BYTES];
    int result = 0;

    if (event_kind_name(event->kind) == NULL || event->hit_count > EVENT_HITS)
        return error_set(err, ERROR_PROTOCOL, "kind %d with %zu hits", (int)event->kind,
                         event->hit_count);
    *size = RECORD_BYTES + HIT_BYTES * event->hit_count;
    *fields = 0;
    for (unsigned i = 1; i < EVENT_FIELDS && result == 0; i++) {
        struct bytes_view value = value_bytes(event, i, number);

        if (!event->values[i].present)
            continue;
        result = check_kind(event, (enum event_field)i, err);
        if (result == 0)
            result = check_value((enum event_field)i, value, err);
        *size += FIELD_BYTES + value.size;
        (*fields)++;
    }
    return result;
}

static int put_hits(const struct event *event, struct bytes *batch, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < event->hit_count && result == 0; i++) {
        result = bytes_put_u16(batch, event->hits[i].subscription, err);
        if (result == 0)
            result = bytes_put_u16(batch, 0, err);
        if (result == 0)
            result = bytes_put_u32(batch, event->hits[i].count, err);
    }
    return result;
}

static int put_field(const struct event *event, unsigned field, struct bytes *batch,
                     struct error *err)
{
    uint8_t number[NUMBER_BYTES];
    struct bytes_view value = value_bytes(event, field, number);
    uint8_t head[FIELD_BYTES] = {(uint8_t)field,
                                 (uint8_t)event_field_row((enum event_field)field)->type,
                                 (uint8_t)value.size, (uint8_t)(value.size >> 8)};
    int result = bytes_put(batch, head, sizeof(head), err);

    return result < 0 ? result : bytes_put(batch, value.data, value.size, err);
}

int event_put(const struct event *event, struct bytes *batch, struct error *err)
{
    size_t size = 0;
    uint16_t fields = 0;
    int result = measure(event, &size, &fields, err);

    if (result < 0)
        return result;
    if (size > batch->ceiling - batch->size)
        return error_set(err, ERROR_LIMIT, "an event of %zu bytes where %zu are left", size,
                         batch->ceiling - batch->size);
    result = bytes_put_u32(batch, (uint32_t)size, err);
    if (result == 0)
        result = bytes_put_u8(batch, (uint8_t)event->kind, err);
    if (result == 0)
        result = bytes_put_u8(batch, (uint8_t)event->hit_count, err);
    if (result == 0)
        result = bytes_put_u16(batch, fields, err);
    if (result == 0)
        result = put_hits(event, batch, err);
    for (unsigned i = 1; i < EVENT_FIELDS && result == 0; i++) {
        if (event->values[i].present)
            result = put_field(event, i, batch, err);
    }
    return result;
}

int event_batch_begin(struct bytes *batch, struct error *err)
{
    int result = bytes_put_u32(batch, EVENT_MAGIC, err);

    if (result == 0)
        result = bytes_put_u16(batch, EVENT_VERSION, err);
    if (result == 0)
        result = bytes_put_u16(batch, 0, err);
    if (result == 0)
        result = bytes_put_u64(batch, 0, err);
    return result;
}

void event_batch_end(struct bytes *batch, uint16_t records, uint64_t dropped)
{
    for (unsigned i = 0; i < sizeof(records); i++)
        batch->data[RECORDS_AT + i] = (uint8_t)(records >> (8 * i));
    for (unsigned i = 0; i < sizeof(dropped); i++)
        batch->data[DROPPED_AT + i] = (uint8_t)(dropped >> (8 * i));
}

int event_batch_open(struct bytes_view *batch, uint16_t *records, uint64_t *dropped,
                     struct error *err)
{
    uint32_t magic = 0;
    uint16_t version = 0;

    if (batch->size > EVENT_BATCH_BYTES)
        return error_set(err, ERROR_PROTOCOL, "a batch of %zu bytes", batch->size);
    if (bytes_get_u32(batch, &magic) < 0 || bytes_get_u16(batch, &version) < 0 ||
        bytes_get_u16(batch, records) < 0 || bytes_get_u64(batch, dropped) < 0)
        return error_set(err, ERROR_PROTOCOL, "a batch ends within its head");
    if (magic != EVENT_MAGIC || version != EVENT_VERSION)
        return error_set(err, ERROR_PROTOCOL, "no batch of version %d", EVENT_VERSION);
    return 0;
}

static int get_hit(struct bytes_view *record, struct event_hit *hit, struct error *err)
{
    uint16_t reserved = 0;

    if (bytes_get_u16(record, &hit->subscription) < 0 || bytes_get_u16(record, &reserved) < 0 ||
        bytes_get_u32(record, &hit->count) < 0)
        return error_set(err, ERROR_PROTOCOL, "an event ends within its hits");
    if (hit->subscription >= LIMIT_FILTER_SUBSCRIPTIONS || reserved != 0 || hit->count == 0)
        return error_set(err, ERROR_PROTOCOL, "hit of subscription %u, %u times", hit->subscription,
                         (unsigned)hit->count);
    return 0;
}

static void keep_value(struct event *event, enum event_field field, struct bytes_view bytes)
{
    struct event_value *value = &event->values[field];
    uint64_t number = 0;

    *value = (struct event_value){.present = true, .text = bytes};
    if (event_field_row(field)->type != EVENT_NUMBER)
        return;
    for (size_t i = NUMBER_BYTES; i > 0; i--)
        number = number << 8 | bytes.data[i - 1];
    *value = (struct event_value){.present = true, .number = (int64_t)number};
}

static int get_field(struct bytes_view *record, struct event *event, uint8_t *last,
                     struct error *err)
{
    uint8_t field = 0, type = 0;
    uint16_t size = 0;
    const struct event_field_row *row;
    struct bytes_view value;
    int result;

    if (bytes_get_u8(record, &field) < 0 || bytes_get_u8(record, &type) < 0 ||
        bytes_get_u16(record, &size) < 0 || bytes_get_view(record, size, &value) < 0)
        return error_set(err, ERROR_PROTOCOL, "an event ends within its fields");
    row = event_field_row(field);
    if (row == NULL || field <= *last || type != (uint8_t)row->type)
        return error_set(err, ERROR_PROTOCOL, "field %u of type %u after field %u", field, type,
                         *last);
    *last = field;
    result = check_kind(event, field, err);
    if (result == 0)
        result = check_value(field, value, err);
    if (result == 0)
        keep_value(event, field, value);
    return result;
}

static int get_head(struct bytes_view *batch, struct bytes_view *record, struct event *event,
                    uint16_t *fields, struct error *err)
{
    uint32_t size = 0;
    uint8_t kind = 0, hits = 0;

    if (bytes_get_u32(batch, &size) < 0 || size < RECORD_BYTES ||
        bytes_get_view(batch, size - sizeof(size), record) < 0 || bytes_get_u8(record, &kind) < 0 ||
        bytes_get_u8(record, &hits) < 0 || bytes_get_u16(record, fields) < 0)
        return error_set(err, ERROR_PROTOCOL, "an event of %u bytes", (unsigned)size);
    if (event_kind_name(kind) == NULL || hits > EVENT_HITS)
        return error_set(err, ERROR_PROTOCOL, "kind %u with %u hits", kind, hits);
    event->kind = kind;
    event->hit_count = hits;
    return 0;
}

int event_get(struct bytes_view *batch, struct event *event, struct error *err)
{
    struct bytes_view record;
    uint16_t fields = 0;
    uint8_t last = 0;
    int result = get_head(batch, &record, event, &fields, err);

    memset(event->values, 0, sizeof(event->values));
    for (size_t i = 0; result == 0 && i < event->hit_count; i++)
        result = get_hit(&record, &event->hits[i], err);
    for (uint16_t i = 0; result == 0 && i < fields; i++)
        result = get_field(&record, event, &last, err);
    if (result == 0 && record.size != 0)
        result = error_set(err, ERROR_PROTOCOL, "%zu bytes behind an event", record.size);
    return result;
}
