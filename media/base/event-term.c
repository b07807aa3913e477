/* SPDX-License-Identifier: ISC */
#include "media/base/event-term.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/event-filter.h"
#include "media/base/event-glob.h"
#include "media/base/limits.h"

#define WORD_BYTES sizeof(uint64_t)

_Static_assert(LIMIT_LUA_PATTERN <= UINT16_MAX, "a gate's places");
_Static_assert(EVENT_TEXT_MARGIN >= sizeof(uint64_t), "words at a text's ends");

/* The literal bytes of a glob, one run after the other. */
struct runs {
    uint8_t *bytes;
    size_t size, first_end, last_begin;
    unsigned stars, others; /* what lies between the runs */
    size_t width;           /* bytes of text that all but stars take */
    size_t gram_count;
    uint16_t grams[LIMIT_LUA_PATTERN]; /* pairs of the runs, in their order */
};

static void end_run(struct runs *runs)
{
    if (runs->stars + runs->others == 0)
        runs->first_end = runs->size;
    runs->last_begin = runs->size;
}

static void take_literal(struct runs *runs, uint8_t byte)
{
    if (runs->size > runs->last_begin)
        runs->grams[runs->gram_count++] = event_text_gram(runs->bytes[runs->size - 1], byte);
    runs->bytes[runs->size++] = byte;
}

static void take_element(struct runs *runs, struct bytes_view element)
{
    uint8_t first = element.data[0];
    bool star = first == '*', other = first == '?' || first == '[';

    runs->width += !star;
    if (star || other)
        end_run(runs);
    else
        take_literal(runs, element.data[element.size - 1]);
    runs->stars += star;
    runs->others += other;
}

static void read_runs(struct runs *runs, struct bytes_view pattern)
{
    struct bytes_view element;

    while (pattern.size > 0 &&
           bytes_get_view(&pattern, event_glob_element(pattern), &element) == 0 && element.size > 0)
        take_element(runs, element);
    if (runs->stars + runs->others == 0)
        runs->first_end = runs->last_begin = runs->size;
}

static enum event_term_form form_of(const struct runs *runs)
{
    if (runs->others > 0 || runs->stars > 2)
        return EVENT_TERM_GLOB;
    return (enum event_term_form)runs->stars;
}

/* The last bytes of a literal, as they lie in a word that ends with it, or begins with it where it is
 * the text's begin and shorter than a word. */
static uint64_t word_of(struct bytes_view literal, bool at_begin, uint64_t *mask)
{
    size_t size = literal.size < WORD_BYTES ? literal.size : WORD_BYTES;
    size_t at = at_begin ? 0 : WORD_BYTES - size;
    uint8_t word[WORD_BYTES] = {0}, ones[WORD_BYTES] = {0};
    uint64_t value;

    if (size > 0)
        memcpy(word + at, literal.data + literal.size - size, size);
    memset(ones + at, 0xff, size);
    memcpy(mask, ones, sizeof(*mask));
    memcpy(&value, word, sizeof(value));
    return value;
}

/* The first pair, the last, and what lies evenly between. */
static void pick_grams(struct event_gate *gate, const struct runs *runs)
{
    for (size_t i = 0; i < EVENT_GATE_GRAMS; i++)
        gate->grams[i] = runs->grams[i * (runs->gram_count - 1) / (EVENT_GATE_GRAMS - 1)];
}

static struct event_gate gate_of(const struct event_term *term, unsigned field,
                                 const struct runs *runs)
{
    size_t prefix = term->prefix.size;
    struct event_gate gate = {
        .head_at = (uint16_t)(prefix > WORD_BYTES ? prefix - WORD_BYTES : 0),
        .least = (uint16_t)runs->width,
        .field = (uint8_t)field,
        .has_grams = term->form >= EVENT_TERM_HOLDS && runs->gram_count > 0,
    };

    gate.head = word_of(term->prefix, true, &gate.head_mask);
    gate.tail = word_of(term->form == EVENT_TERM_EXACT ? term->prefix : term->suffix, false,
                        &gate.tail_mask);
    if (gate.has_grams)
        pick_grams(&gate, runs);
    return gate;
}

void event_term_make(struct event_term *term, unsigned field, const char *pattern, size_t size)
{
    struct runs runs = {0};

    *term = (struct event_term){.memory = bytes_allocate(2, size)};
    if (size > 0)
        memcpy(term->memory, pattern, size);
    term->pattern = bytes_view_of(term->memory, size);
    runs.bytes = term->memory + size;
    read_runs(&runs, term->pattern);
    term->form = form_of(&runs);
    term->prefix = bytes_view_of(runs.bytes, runs.first_end);
    term->inner = bytes_view_of(runs.bytes + runs.first_end, runs.last_begin - runs.first_end);
    term->suffix = bytes_view_of(runs.bytes + runs.last_begin, runs.size - runs.last_begin);
    term->gate = gate_of(term, field, &runs);
}

void event_term_clear(struct event_term *term)
{
    free(term->memory);
    *term = (struct event_term){.memory = NULL};
}

unsigned event_term_weight(const struct event_term *term)
{
    return (unsigned)(__builtin_popcountll(term->gate.head_mask) +
                      __builtin_popcountll(term->gate.tail_mask)) /
           8;
}

static bool equal(const uint8_t *data, struct bytes_view literal)
{
    return memcmp(data, literal.data, literal.size) == 0;
}

static bool holds(const struct event_term *term, const struct event_text *text)
{
    size_t ends = term->prefix.size + term->suffix.size;

    return memmem(text->data + term->prefix.size, text->size - ends, term->inner.data,
                  term->inner.size) != NULL;
}

bool event_term_matches(const struct event_term *term, const struct event_text *text)
{
    if (!event_gate_passes(&term->gate, text) || !equal(text->data, term->prefix) ||
        !equal(text->data + text->size - term->suffix.size, term->suffix))
        return false;
    switch (term->form) {
    case EVENT_TERM_EXACT:
        return text->size == term->prefix.size;
    case EVENT_TERM_ENDS:
        return true;
    case EVENT_TERM_HOLDS:
        return holds(term, text);
    default:
        return event_glob((const char *)term->pattern.data, term->pattern.size,
                          (const char *)text->data, text->size);
    }
}
