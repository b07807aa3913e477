/* SPDX-License-Identifier: ISC */
#include "drivers/convert/sigma-sample.h"

#include <string.h>

#define REPEAT_MOST 64

struct sample {
    struct bytes_view rest;
    struct sigma_choice *choice;
    struct sigma_text *out;
    unsigned depth;
    bool full;
};

static bool next_is(const struct sample *sample, char byte)
{
    return sample->rest.size > 0 && sample->rest.data[0] == (uint8_t)byte;
}

static char take(struct sample *sample)
{
    char byte = (char)sample->rest.data[0];

    sample->rest = bytes_view_of(sample->rest.data + 1, sample->rest.size - 1);
    return byte;
}

static void put(struct sample *sample, char byte)
{
    struct sigma_text *out = sample->out;

    sample->full |= out->size + 1 >= sizeof(out->data);
    if (!sample->full)
        out->data[out->size++] = byte;
}

/* What a backslash and this byte stand for; NUL: nothing that takes room. */
static char escaped(char byte)
{
    static const struct {
        char byte, sample;
    } rows[] = {
        {'d', '7'},  {'D', 'x'},  {'w', 'a'},  {'W', '-'},  {'s', ' '},
        {'S', 'x'},  {'n', '\n'}, {'t', '\t'}, {'r', '\r'}, {'h', ' '},
        {'b', '\0'}, {'B', '\0'}, {'A', '\0'}, {'Z', '\0'}, {'z', '\0'},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].byte == byte)
            return rows[i].sample;
    return byte;
}

/* Of a class the first member; of one that excludes, a byte that rules seldom exclude. */
static void sample_class(struct sample *sample)
{
    bool excludes = next_is(sample, '^');
    char first = '\0';

    if (excludes)
        (void)take(sample);
    for (bool start = true; sample->rest.size > 0 && (start || !next_is(sample, ']'));
         start = false) {
        char byte = take(sample);

        if (byte == '\\' && sample->rest.size > 0)
            byte = escaped(take(sample));
        else if (byte == '[' && next_is(sample, ':'))
            byte = 'a'; /* [:alpha:] and its like, whose other letters are members too */
        if (first == '\0')
            first = byte;
    }
    if (next_is(sample, ']'))
        (void)take(sample);
    if (excludes)
        put(sample, "aZ7 "[sigma_choose(sample->choice, 4)]);
    else if (first != '\0')
        put(sample, first);
}

static void sample_alternatives(struct sample *sample);

/* Passes over (?:, (?i:, (?<name>; a look-around gives no text of its own. */
static bool skip_group_head(struct sample *sample)
{
    bool ahead = false;

    if (!next_is(sample, '?'))
        return true;
    (void)take(sample);
    ahead = next_is(sample, '=') || next_is(sample, '!');
    while (sample->rest.size > 0 && !next_is(sample, ':') && !next_is(sample, '>') &&
           !next_is(sample, ')') && !next_is(sample, '='))
        (void)take(sample);
    if (next_is(sample, ':') || next_is(sample, '>') || next_is(sample, '='))
        (void)take(sample);
    return !ahead;
}

static void sample_group(struct sample *sample)
{
    size_t before = sample->out->size;

    if (++sample->depth > LIMIT_SIGMA_DEPTH) {
        sample->full = true;
        return;
    }
    if (skip_group_head(sample)) {
        sample_alternatives(sample);
    } else {
        sample_alternatives(sample);
        sample->out->size = before;
    }
    sample->depth--;
    if (next_is(sample, ')'))
        (void)take(sample);
}

static void sample_atom(struct sample *sample)
{
    char byte = take(sample);

    if (byte == '[')
        sample_class(sample);
    else if (byte == '(')
        sample_group(sample);
    else if (byte == '.')
        put(sample, 'x');
    else if (byte == '\\' && sample->rest.size > 0) {
        byte = escaped(take(sample));
        if (byte != '\0')
            put(sample, byte);
    } else if (byte != '^' && byte != '$')
        put(sample, byte);
}

static unsigned take_number(struct sample *sample)
{
    unsigned number = 0;

    while (sample->rest.size > 0 && sample->rest.data[0] >= '0' && sample->rest.data[0] <= '9') {
        number = number * 10 + (unsigned)(take(sample) - '0');
        number = number < REPEAT_MOST ? number : REPEAT_MOST;
    }
    return number;
}

/* How often the atom before stands: as seldom as may be, or once. */
static unsigned take_repeat(struct sample *sample)
{
    unsigned times = 1;

    if (next_is(sample, '*') || next_is(sample, '?')) {
        (void)take(sample);
        times = sigma_choose(sample->choice, 2);
    } else if (next_is(sample, '+')) {
        (void)take(sample);
    } else if (next_is(sample, '{')) {
        (void)take(sample);
        times = take_number(sample);
        while (sample->rest.size > 0 && take(sample) != '}')
            ;
    } else {
        return 1;
    }
    if (next_is(sample, '?') || next_is(sample, '+'))
        (void)take(sample);
    return times;
}

static void sample_sequence(struct sample *sample)
{
    while (sample->rest.size > 0 && !next_is(sample, '|') && !next_is(sample, ')') &&
           !sample->full) {
        size_t from = sample->out->size, size;
        unsigned times;

        sample_atom(sample);
        size = sample->out->size - from;
        times = take_repeat(sample);
        if (times == 0)
            sample->out->size = from;
        for (unsigned i = 1; i < times; i++)
            for (size_t j = 0; j < size; j++)
                put(sample, sample->out->data[from + j]);
    }
}

static void sample_alternatives(struct sample *sample)
{
    bool wanted = sigma_choose(sample->choice, 2) == 0, have = false;
    size_t before = sample->out->size;

    for (;;) {
        size_t at = sample->out->size;

        sample_sequence(sample);
        if (have && wanted)
            sample->out->size = at;
        have = true;
        if (!next_is(sample, '|') || sample->full)
            return;
        (void)take(sample);
        if (!wanted)
            sample->out->size = before;
    }
}

bool sigma_sample(struct bytes_view expression, struct sigma_choice *choice, struct sigma_text *out)
{
    struct sample sample = {.rest = expression, .choice = choice, .out = out};

    while (sample.rest.size > 0 && !sample.full) {
        sample_alternatives(&sample);
        if (next_is(&sample, ')'))
            (void)take(&sample);
    }
    out->data[out->size] = '\0';
    return !sample.full;
}
