/* SPDX-License-Identifier: ISC */
#include "media/base/event-text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/limits.h"
#include "media/base/text.h"

#define DIGEST_BYTES 32

_Static_assert(LIMIT_EVENT_ARGV_BYTES <= LIMIT_EVENT_TEXT, "a list is kept in a text's room");

struct event_texts {
    const struct event *event;
    uint32_t made, collected, hashed; /* a bit a field */
    struct event_text texts[EVENT_FIELDS];
    struct siphash hashes[EVENT_FIELDS];
    struct event_text_grams grams[EVENT_FIELDS];
    uint8_t rooms[EVENT_FIELDS][EVENT_TEXT_MARGIN + LIMIT_EVENT_TEXT + EVENT_TEXT_MARGIN];
};

_Static_assert(EVENT_FIELDS <= 32, "a bit a field");

struct event_texts *event_texts_new(void)
{
    return bytes_allocate(1, sizeof(struct event_texts));
}

void event_texts_free(struct event_texts *texts)
{
    free(texts);
}

void event_texts_begin(struct event_texts *texts, const struct event *event)
{
    texts->event = event;
    texts->made = 0;
    texts->collected = 0;
    texts->hashed = 0;
}

static size_t copy(uint8_t *out, struct bytes_view text)
{
    size_t size = text.size < LIMIT_EVENT_TEXT ? text.size : LIMIT_EVENT_TEXT;

    if (size > 0)
        memcpy(out, text.data, size);
    return size;
}

/* The last element's NUL goes. */
static size_t join(uint8_t *out, struct bytes_view list)
{
    size_t size = copy(out, list);

    for (size_t i = 0; i < size; i++)
        out[i] = out[i] == 0 ? ' ' : out[i];
    return size > 0 && list.data[size - 1] == 0 ? size - 1 : size;
}

static size_t write_hex(uint8_t *out, struct bytes_view digest)
{
    char hex[2 * DIGEST_BYTES + 1];

    if (digest.size != DIGEST_BYTES)
        return 0;
    text_hex(digest.data, digest.size, hex);
    return copy(out, bytes_view_of(hex, 2 * DIGEST_BYTES));
}

static size_t write_number(uint8_t *out, int64_t number)
{
    char decimal[24];
    int size = snprintf(decimal, sizeof(decimal), "%" PRId64, number);

    return copy(out, bytes_view_of(decimal, (size_t)size));
}

static size_t write_value(uint8_t *out, const struct event_value *value, enum event_type type)
{
    switch (type) {
    case EVENT_NUMBER:
        return write_number(out, value->number);
    case EVENT_LIST:
        return join(out, value->text);
    case EVENT_DIGEST:
        return write_hex(out, value->text);
    default:
        return copy(out, value->text);
    }
}

static void make(struct event_texts *texts, unsigned field)
{
    static const struct event_text_grams all = {{[0 ... EVENT_TEXT_GRAMS / 64 - 1] = UINT64_MAX}};
    const struct event_value *value = &texts->event->values[field];
    uint8_t *room = texts->rooms[field] + EVENT_TEXT_MARGIN;
    struct event_text *text = &texts->texts[field];

    *text = (struct event_text){.data = room, .grams = &all};
    text->present = field == 0 || value->present;
    if (field > 0 && value->present)
        text->size = (uint32_t)write_value(room, value, event_field_row(field)->type);
}

static void collect(struct event_texts *texts, unsigned field)
{
    struct event_text *text = &texts->texts[field];
    struct event_text_grams *grams = &texts->grams[field];

    memset(grams, 0, sizeof(*grams));
    for (size_t i = 1; i < text->size; i++) {
        unsigned gram = event_text_gram(text->data[i - 1], text->data[i]);

        grams->words[gram / 64] |= UINT64_C(1) << (gram % 64);
    }
    text->grams = grams;
}

const struct event_text *event_texts_make(struct event_texts *texts, uint32_t fields,
                                          uint32_t grams)
{
    for (uint32_t left = fields & ~texts->made; left != 0; left &= left - 1)
        make(texts, (unsigned)__builtin_ctz(left));
    texts->made |= fields;
    for (uint32_t left = grams & ~texts->collected; left != 0; left &= left - 1)
        collect(texts, (unsigned)__builtin_ctz(left));
    texts->collected |= grams;
    return texts->texts;
}

struct siphash event_texts_hash(struct event_texts *texts, unsigned field,
                                const struct siphash_key *key)
{
    const struct event_text *text = &event_texts_make(texts, 1U << field, 0)[field];

    if (!text->present)
        return (struct siphash){{0, 0}};
    if ((texts->hashed & 1U << field) == 0)
        texts->hashes[field] = siphash(key, bytes_view_of(text->data, text->size));
    texts->hashed |= 1U << field;
    return texts->hashes[field];
}
