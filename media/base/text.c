/* SPDX-License-Identifier: ISC */
#include "media/base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unictype.h>
#include <unistr.h>

#define ESCAPE_BYTES 12 /* "\u{10FFFF}" and the end of the string */

#define DISTANCE_BYTES 64 /* longest name that text_distance looks at */

int text_is_utf8(const void *data, size_t size)
{
    return size == 0 || u8_check(data, size) == NULL;
}

/* Whether a character may act on a terminal, hide, or stand for different things on different
 * systems. Categories instead of ranges: controls (Cc), formats such as bidi and zero-width (Cf),
 * private use (Co), unassigned and noncharacters (Cn), line and paragraph separators (Zl, Zp); and
 * what has no category of its own but is drawn as nothing (fillers, joiners, selectors). */
static bool needs_escape(ucs4_t character)
{
    static const uint32_t categories =
        UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf | UC_CATEGORY_MASK_Cs | UC_CATEGORY_MASK_Co |
        UC_CATEGORY_MASK_Cn | UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp;

    return uc_is_general_category_withtable(character, categories) ||
           uc_is_property_default_ignorable_code_point(character);
}

/* Writes the escaped form of the first character of data into piece and gives its length; *used is
 * how many bytes of data it stands for. */
static size_t escape_one(const uint8_t *data, size_t size, char piece[ESCAPE_BYTES], size_t *used)
{
    ucs4_t character;
    int length = u8_mbtoucr(&character, data, size);

    if (length <= 0) {
        *used = 1;
        return (size_t)snprintf(piece, ESCAPE_BYTES, "\\x%02X", data[0]);
    }
    *used = (size_t)length;
    if (character == '\\')
        return (size_t)snprintf(piece, ESCAPE_BYTES, "\\\\");
    if (needs_escape(character))
        return (size_t)snprintf(piece, ESCAPE_BYTES, "\\u{%X}", (unsigned)character);
    memcpy(piece, data, *used);
    return *used;
}

const char *text_escape(const void *data, size_t size, char *out, size_t out_size)
{
    const uint8_t *next = data;
    char piece[ESCAPE_BYTES];
    size_t filled = 0, used = 0;

    while (size > 0) {
        size_t length = escape_one(next, size, piece, &used);

        if (length >= out_size - filled)
            break;
        memcpy(out + filled, piece, length);
        filled += length;
        next += used;
        size -= used;
    }
    out[filled] = '\0';
    return out;
}

const char *text_escape_string(const char *string, char *out, size_t out_size)
{
    return text_escape(string, strlen(string), out, out_size);
}

void text_hex(const uint8_t *data, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[data[i] >> 4];
        out[2 * i + 1] = digits[data[i] & 15];
    }
    out[2 * size] = '\0';
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return -1;
}

int text_unhex(const char *hex, uint8_t *out, size_t size)
{
    if (strnlen(hex, 2 * size + 1) != 2 * size)
        return -1;
    for (size_t i = 0; i < size; i++) {
        int high = hex_value(hex[2 * i]), low = hex_value(hex[2 * i + 1]);

        if (high < 0 || low < 0)
            return -1;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned least_of_two = a < b ? a : b;

    return least_of_two < c ? least_of_two : c;
}

unsigned text_distance(const char *a, const char *b)
{
    size_t a_size = strnlen(a, DISTANCE_BYTES + 1), b_size = strnlen(b, DISTANCE_BYTES + 1);
    unsigned row[DISTANCE_BYTES + 1];

    if (a_size > DISTANCE_BYTES || b_size > DISTANCE_BYTES)
        return UINT32_MAX;
    for (unsigned i = 0; i <= b_size; i++)
        row[i] = i;
    for (unsigned i = 1; i <= a_size; i++) {
        unsigned diagonal = row[0];

        row[0] = i;
        for (unsigned j = 1; j <= b_size; j++) {
            unsigned above = row[j];

            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_size];
}
