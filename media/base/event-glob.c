/* SPDX-License-Identifier: ISC
 *
 * A pattern is segments between stars. Each element of a segment takes one byte, so a segment has a
 * width: the first belongs to the text's begin, the last to its end, and each one between to its
 * leftmost place behind the one before, since a star takes whatever was left out.
 */
#include "media/base/event-glob.h"

#include <string.h>

#include "media/base/event-filter.h"

/* Bytes of the class that begins at the pattern's front, with both brackets. 0: it is not closed. */
static size_t class_size(struct bytes_view pattern)
{
    size_t at = 1;

    if (at < pattern.size && pattern.data[at] == '!')
        at++;
    for (size_t first = at; at < pattern.size; at++) {
        if (pattern.data[at] == ']' && at > first)
            return at + 1;
        if (pattern.data[at] == '\\')
            at++;
    }
    return 0;
}

size_t event_glob_element(struct bytes_view pattern)
{
    if (pattern.data[0] == '[')
        return class_size(pattern);
    if (pattern.data[0] == '\\')
        return pattern.size > 1 ? 2 : 0;
    return 1;
}

static uint8_t class_byte(struct bytes_view class, size_t *at)
{
    if (class.data[*at] == '\\')
        (*at)++;
    return class.data[(*at)++];
}

/* Of a class without its brackets. */
static bool class_takes(struct bytes_view class, uint8_t byte)
{
    bool negated = class.data[0] == '!', found = false;
    size_t at = negated;

    while (at < class.size) {
        uint8_t low = class_byte(class, &at), high = low;

        if (at + 1 < class.size && class.data[at] == '-') {
            at++;
            high = class_byte(class, &at);
        }
        found |= low <= byte && byte <= high;
    }
    return found != negated;
}

static bool element_takes(struct bytes_view element, uint8_t byte)
{
    switch (element.data[0]) {
    case '?':
        return true;
    case '[':
        return class_takes(bytes_view_of(element.data + 1, element.size - 2), byte);
    case '\\':
        return element.data[1] == byte;
    default:
        return element.data[0] == byte;
    }
}

struct segment {
    struct bytes_view pattern;
    size_t width; /* bytes of text */
    bool plain;   /* nothing in it but bytes that stand for themselves */
};

/* Takes what lies before the next star, and the star. False: no star was left. */
static bool take_segment(struct bytes_view *pattern, struct segment *segment)
{
    const uint8_t *begin = pattern->data;
    struct bytes_view element;
    bool star = false;

    *segment = (struct segment){.plain = true};
    while (pattern->size > 0 && !star) {
        if (bytes_get_view(pattern, event_glob_element(*pattern), &element) < 0)
            break;
        star = element.data[0] == '*';
        segment->width += !star;
        segment->pattern.size += star ? 0 : element.size;
        segment->plain = segment->plain && strchr("?[\\", element.data[0]) == NULL;
    }
    segment->pattern.data = begin;
    return star;
}

/* The text has the segment's width at least. */
static bool segment_matches(const struct segment *segment, const uint8_t *text)
{
    struct bytes_view rest = segment->pattern, element;

    if (segment->plain)
        return segment->width == 0 || memcmp(rest.data, text, segment->width) == 0;
    for (size_t i = 0; i < segment->width; i++) {
        if (bytes_get_view(&rest, event_glob_element(rest), &element) < 0 ||
            !element_takes(element, text[i]))
            return false;
    }
    return true;
}

/* Takes the text up to the end of the segment's leftmost place. */
static bool find_segment(const struct segment *segment, struct bytes_view *text)
{
    struct bytes_view skipped;
    size_t at = 0;

    if (segment->width > text->size)
        return false;
    if (segment->plain && segment->width > 0) {
        const uint8_t *found =
            memmem(text->data, text->size, segment->pattern.data, segment->width);

        if (found == NULL)
            return false;
        at = (size_t)(found - text->data);
    } else {
        while (!segment_matches(segment, text->data + at)) {
            if (++at > text->size - segment->width)
                return false;
        }
    }
    return bytes_get_view(text, at + segment->width, &skipped) == 0;
}

bool event_glob_valid(const char *pattern, size_t pattern_size)
{
    struct bytes_view rest = bytes_view_of(pattern, pattern_size), element;

    while (rest.size > 0) {
        size_t size = event_glob_element(rest);

        if (size == 0 || bytes_get_view(&rest, size, &element) < 0)
            return false;
    }
    return true;
}

bool event_glob(const char *pattern, size_t pattern_size, const char *text, size_t text_size)
{
    struct bytes_view left = bytes_view_of(pattern, pattern_size), skipped;
    struct bytes_view rest = bytes_view_of(text_size > 0 ? text : "", text_size);
    struct segment segment;
    bool star;

    if (!event_glob_valid(pattern, pattern_size))
        return false;
    star = take_segment(&left, &segment);
    if (segment.width > rest.size || !segment_matches(&segment, rest.data))
        return false;
    if (!star)
        return segment.width == rest.size;
    if (bytes_get_view(&rest, segment.width, &skipped) < 0)
        return false;
    while (take_segment(&left, &segment)) {
        if (!find_segment(&segment, &rest))
            return false;
    }
    return segment.width <= rest.size &&
           segment_matches(&segment, rest.data + (rest.size - segment.width));
}
