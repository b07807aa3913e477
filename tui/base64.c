/* SPDX-License-Identifier: ISC */
#include "tui/base64.h"

#include <string.h>

#define ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

/* 0..63, or -1. */
static int value_of(char c)
{
    const char *found = c != '\0' ? strchr(ALPHABET, c) : NULL;

    return found != NULL ? (int)(found - ALPHABET) : -1;
}

/* Four characters to 1..3 bytes; how many, or -1. `last`: padding may stand here. */
static int decode_group(const char *text, bool last, uint8_t out[static 3])
{
    uint32_t bits = 0;
    int padding = 0;

    if (last && text[3] == '=')
        padding = text[2] == '=' ? 2 : 1;
    for (int i = 0; i < 4; i++) {
        int value = i < 4 - padding ? value_of(text[i]) : 0;

        if (value < 0)
            return -1;
        bits = bits << 6 | (uint32_t)value;
    }
    out[0] = (uint8_t)(bits >> 16);
    out[1] = (uint8_t)(bits >> 8);
    out[2] = (uint8_t)bits;
    if ((padding == 1 && out[2] != 0) || (padding == 2 && (out[1] != 0 || out[2] != 0)))
        return -1;
    return 3 - padding;
}

int base64_decode(const char *text, size_t size, uint8_t *out, size_t *out_size)
{
    uint8_t group[3];

    *out_size = 0;
    if (size % 4 != 0)
        return -1;
    for (size_t i = 0; i < size; i += 4) {
        int count = decode_group(text + i, i + 4 == size, group);

        if (count < 0)
            return -1;
        memcpy(out + *out_size, group, (size_t)count);
        *out_size += (size_t)count;
    }
    return 0;
}
