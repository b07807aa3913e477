/* SPDX-License-Identifier: ISC
 *
 * One field = glob of a where=, compiled: what the glob says of a text's ends is looked at in a
 * nanosecond (the gate), and few patterns need more than comparisons.
 */
#ifndef MEDIA_BASE_EVENT_TERM_H
#define MEDIA_BASE_EVENT_TERM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "media/base/bytes.h"
#include "media/base/event-text.h"

#define EVENT_GATE_GRAMS 4

/* What a text must have before anything else is looked at: the last eight bytes of the glob's literal
 * begin, at their place, and the last eight of its literal end; fewer where there are fewer. And
 * where there is more to a glob than its ends, pairs of bytes of its literals. */
struct event_gate {
    uint64_t head, head_mask, tail, tail_mask;
    uint16_t head_at;
    uint16_t least; /* bytes of the text */
    uint16_t grams[EVENT_GATE_GRAMS];
    uint8_t field; /* 0: all zero, and every text passes */
    bool has_grams;
};

enum event_term_form {
    EVENT_TERM_EXACT, /* prefix is the whole text */
    EVENT_TERM_ENDS,  /* prefix*suffix */
    EVENT_TERM_HOLDS, /* prefix*inner*suffix */
    EVENT_TERM_GLOB,
};

struct event_term {
    struct event_gate gate;
    enum event_term_form form;
    struct bytes_view pattern, prefix, inner, suffix; /* in `memory` */
    uint8_t *memory;
};

/* Compiles a glob that is valid and at most LIMIT_LUA_PATTERN bytes. */
void event_term_make(struct event_term *term, unsigned field, const char *pattern, size_t size);
void event_term_clear(struct event_term *term);

/* How many bytes the gate looks at: of several terms, the one with most is asked first. */
unsigned event_term_weight(const struct event_term *term);

bool event_term_matches(const struct event_term *term, const struct event_text *text);

/* Inline, as events pass by thousands of gates. */
static inline uint64_t event_gate_word(const uint8_t *data)
{
    uint64_t word;

    memcpy(&word, data, sizeof(word));
    return word;
}

static inline bool event_gate_holds(const struct event_gate *gate, const struct event_text *text)
{
    for (size_t i = 0; i < EVENT_GATE_GRAMS; i++) {
        if ((text->grams->words[gate->grams[i] / 64] >> (gate->grams[i] % 64) & 1) == 0)
            return false;
    }
    return true;
}

static inline bool event_gate_passes(const struct event_gate *gate, const struct event_text *text)
{
    uint64_t head, tail;

    if (!text->present || text->size < gate->least)
        return false;
    head = event_gate_word(text->data + gate->head_at) ^ gate->head;
    tail = event_gate_word(text->data + text->size - sizeof(tail)) ^ gate->tail;
    return ((head & gate->head_mask) | (tail & gate->tail_mask)) == 0 &&
           (!gate->has_grams || event_gate_holds(gate, text));
}

#endif
