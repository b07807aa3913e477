/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "media/base/event.h"
#include "media/base/limits.h"

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

/* That events of the kind have such a field, and the value's bounds. */
static int check_value(const struct event_field_row *row, enum event_kind kind,
                       struct bytes_view value, struct error *err)
{
    if ((row->kinds & 1U << kind) == 0)
        return error_set(err, ERROR_PROTOCOL, "%s: not of %s events", row->name,
                         event_kind_name(kind));
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

static size_t value_size(const struct event_value *value, enum event_type type)
{
    return type == EVENT_NUMBER ? NUMBER_BYTES : value->text.size;
}

/* Checks the event, and counts what it takes. */
static int measure(const struct event *event, size_t *size, uint16_t *fields, struct error *err)
{
    int result = 0;

    if (event_kind_name(event->kind) == NULL || event->hit_count > EVENT_HITS)
        return error_set(err, ERROR_PROTOCOL, "kind %d with %zu hits", (int)event->kind,
                         event->hit_count);
    *size = RECORD_BYTES + HIT_BYTES * event->hit_count;
    *fields = 0;
    for (unsigned i = 1; i < EVENT_FIELDS && result == 0; i++) {
        const struct event_value *value = &event->values[i];
        const struct event_field_row *row;
        struct bytes_view bytes;

        if (!value->present)
            continue;
        row = event_field_row(i);
        bytes = bytes_view_of(value->text.data, value_size(value, row->type));
        result = check_value(row, event->kind, bytes, err);
        *size += FIELD_BYTES + bytes.size;
        (*fields)++;
    }
    return result;
}

/* Little-endian, at a place that has room. Returns the place behind. */
static uint8_t *write_integer(uint8_t *place, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        place[i] = (uint8_t)(value >> (8 * i));
    return place + size;
}

static uint8_t *write_head(uint8_t *place, const struct event *event, size_t size, uint16_t fields)
{
    place = write_integer(place, size, 4);
    place = write_integer(place, event->kind, 1);
    place = write_integer(place, event->hit_count, 1);
    return write_integer(place, fields, 2);
}

static uint8_t *write_hit(uint8_t *place, const struct event_hit *hit)
{
    place = write_integer(place, hit->subscription, 2);
    place = write_integer(place, 0, 2);
    return write_integer(place, hit->count, 4);
}

static uint8_t *write_field(uint8_t *place, const struct event_value *value, unsigned field)
{
    enum event_type type = event_field_row(field)->type;
    size_t size = value_size(value, type);

    place = write_integer(place, field, 1);
    place = write_integer(place, type, 1);
    place = write_integer(place, size, 2);
    if (type == EVENT_NUMBER)
        return write_integer(place, (uint64_t)value->number, size);
    if (size > 0)
        memcpy(place, value->text.data, size);
    return place + size;
}

int event_put(const struct event *event, struct bytes *batch, struct error *err)
{
    size_t size = 0;
    uint16_t fields = 0;
    uint8_t *place;
    int result = measure(event, &size, &fields, err);

    if (result == 0)
        result = bytes_reserve(batch, size, &place, err);
    if (result < 0)
        return result;
    place = write_head(place, event, size, fields);
    for (size_t i = 0; i < event->hit_count; i++)
        place = write_hit(place, &event->hits[i]);
    for (unsigned i = 1; i < EVENT_FIELDS; i++) {
        if (event->values[i].present)
            place = write_field(place, &event->values[i], i);
    }
    return 0;
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

/* bytes_get_view(), here so that it is compiled into its callers: it is called for ten million fields
 * a second. */
static int take(struct bytes_view *view, size_t size, struct bytes_view *out)
{
    if (size > view->size)
        return -1;
    *out = (struct bytes_view){view->data, size};
    view->data += size;
    view->size -= size;
    return 0;
}

static uint16_t u16_at(const uint8_t *place)
{
    return (uint16_t)(place[0] | place[1] << 8);
}

static uint32_t u32_at(const uint8_t *place)
{
    return u16_at(place) | (uint32_t)u16_at(place + 2) << 16;
}

static int get_hit(struct bytes_view *record, struct event_hit *hit, struct error *err)
{
    struct bytes_view bytes;

    if (take(record, HIT_BYTES, &bytes) < 0)
        return error_set(err, ERROR_PROTOCOL, "an event ends within its hits");
    hit->subscription = u16_at(bytes.data);
    hit->count = u32_at(bytes.data + 4);
    if (hit->subscription >= LIMIT_FILTER_SUBSCRIPTIONS || u16_at(bytes.data + 2) != 0 ||
        hit->count == 0)
        return error_set(err, ERROR_PROTOCOL, "hit of subscription %u, %u times", hit->subscription,
                         (unsigned)hit->count);
    return 0;
}

static uint64_t u64_at(const uint8_t *place)
{
    return u32_at(place) | (uint64_t)u32_at(place + 4) << 32;
}

/* Member by member: a copy of a value just made waits until all parts of it have been stored. */
static void set_value(struct event_value *value, struct bytes_view bytes, enum event_type type)
{
    value->present = true;
    value->number = type == EVENT_NUMBER ? (int64_t)u64_at(bytes.data) : 0;
    value->text.data = type == EVENT_NUMBER ? NULL : bytes.data;
    value->text.size = type == EVENT_NUMBER ? 0 : bytes.size;
}

static int get_field(struct bytes_view *record, struct event *event, unsigned *last,
                     struct error *err)
{
    const struct event_field_row *row;
    struct bytes_view head, value;
    unsigned field;
    int result;

    if (take(record, FIELD_BYTES, &head) < 0 || take(record, u16_at(head.data + 2), &value) < 0)
        return error_set(err, ERROR_PROTOCOL, "an event ends within its fields");
    field = head.data[0];
    row = event_field_row(field);
    if (row == NULL || field <= *last || head.data[1] != row->type)
        return error_set(err, ERROR_PROTOCOL, "field %u of type %u after field %u", field,
                         head.data[1], *last);
    *last = field;
    result = check_value(row, event->kind, value, err);
    if (result == 0)
        set_value(&event->values[field], value, row->type);
    return result;
}

static int get_head(struct bytes_view *batch, struct bytes_view *record, struct event *event,
                    uint16_t *fields, struct error *err)
{
    struct bytes_view head = {NULL, 0};
    uint32_t size;

    if (take(batch, RECORD_BYTES, &head) < 0)
        return error_set(err, ERROR_PROTOCOL, "a batch ends within the head of an event");
    size = u32_at(head.data);
    if (size < RECORD_BYTES || take(batch, size - RECORD_BYTES, record) < 0)
        return error_set(err, ERROR_PROTOCOL, "an event of %u bytes", (unsigned)size);
    event->kind = head.data[4];
    event->hit_count = head.data[5];
    *fields = u16_at(head.data + 6);
    if (event_kind_name(event->kind) == NULL || event->hit_count > EVENT_HITS)
        return error_set(err, ERROR_PROTOCOL, "kind %u with %zu hits", event->kind,
                         event->hit_count);
    return 0;
}

/* Not all of it: there are a million events a second, and few have half the fields. */
static void forget_values(struct event *event)
{
    for (unsigned i = 0; i < EVENT_FIELDS; i++)
        event->values[i].present = false;
}

int event_get(struct bytes_view *batch, struct event *event, struct error *err)
{
    struct bytes_view record = {NULL, 0};
    uint16_t fields = 0;
    unsigned last = 0;
    int result = get_head(batch, &record, event, &fields, err);

    forget_values(event);
    for (size_t i = 0; result == 0 && i < event->hit_count; i++)
        result = get_hit(&record, &event->hits[i], err);
    for (uint16_t i = 0; result == 0 && i < fields; i++)
        result = get_field(&record, event, &last, err);
    if (result == 0 && record.size != 0)
        result = error_set(err, ERROR_PROTOCOL, "%zu bytes behind an event", record.size);
    return result;
}
