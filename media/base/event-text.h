/* SPDX-License-Identifier: ISC
 *
 * An event's values as the filter's globs see them: text as it is, numbers in decimal, digests in
 * hex, lists joined by one space. Each is made when it is first asked for, and once an event.
 */
#ifndef MEDIA_BASE_EVENT_TEXT_H
#define MEDIA_BASE_EVENT_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/event.h"
#include "media/base/siphash.h"

/* Bytes that may be read before and behind a text, so that words are compared without asking how
 * long it is. They are of no meaning. */
#define EVENT_TEXT_MARGIN 8

/* A set of pairs of bytes that follow each other, by event_text_gram(): a text does not hold what has
 * a pair that is not there. Two pairs may be one. */
#define EVENT_TEXT_GRAMS 1024
struct event_text_grams {
    uint64_t words[EVENT_TEXT_GRAMS / 64];
};

static inline uint16_t event_text_gram(uint8_t first, uint8_t second)
{
    return (uint16_t)((first & 31) << 5 | (second & 31));
}

struct event_text {
    bool present;
    uint32_t size;
    const uint8_t *data;
    const struct event_text_grams *grams; /* all of them, where they were not asked for */
};

/* The texts of one event at a time. */
struct event_texts;

struct event_texts *event_texts_new(void);
void event_texts_free(struct event_texts *texts);

/* The event must stay until the next begin. */
void event_texts_begin(struct event_texts *texts, const struct event *event);

/* By field, those of `fields` (bit 1 << field) made, and the pairs of those of `grams` collected.
 * Field 0 has a text always, the empty one. What is longer than LIMIT_EVENT_TEXT is cut there. */
const struct event_text *event_texts_make(struct event_texts *texts, uint32_t fields,
                                          uint32_t grams);

/* The value's hash; of a field that is absent it is zero. */
struct siphash event_texts_hash(struct event_texts *texts, unsigned field,
                                const struct siphash_key *key);

#endif
