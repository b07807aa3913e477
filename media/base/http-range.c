/* SPDX-License-Identifier: ISC */
#include "media/base/http-range.h"

#include <string.h>

#define ASKED     "bytes="
#define DELIVERED "bytes "

int http_range_number(const char **text, uint64_t *number)
{
    const char *next = *text;

    *number = 0;
    for (; *next >= '0' && *next <= '9'; next++) {
        unsigned digit = (unsigned)(*next - '0');

        if (*number > (UINT64_MAX - digit) / 10)
            return -1;
        *number = *number * 10 + digit;
    }
    if (next == *text)
        return -1;
    *text = next;
    return 0;
}

/* "-N": the last N bytes. */
static enum http_range read_suffix(const char *text, uint64_t size, uint64_t *first, uint64_t *last)
{
    uint64_t count;

    text++;
    if (http_range_number(&text, &count) < 0 || *text != '\0')
        return HTTP_RANGE_NONE;
    if (count == 0 || size == 0)
        return HTTP_RANGE_UNSATISFIABLE;
    *first = count < size ? size - count : 0;
    *last = size - 1;
    return HTTP_RANGE_PART;
}

enum http_range http_range_read(const char *text, uint64_t size, uint64_t *first, uint64_t *last)
{
    *first = *last = 0;
    if (strncmp(text, ASKED, strlen(ASKED)) != 0)
        return HTTP_RANGE_NONE;
    text += strlen(ASKED);
    if (*text == '-')
        return read_suffix(text, size, first, last);
    if (http_range_number(&text, first) < 0 || *text++ != '-')
        return HTTP_RANGE_NONE;
    *last = UINT64_MAX;
    if (*text != '\0' && (http_range_number(&text, last) < 0 || *text != '\0' || *last < *first))
        return HTTP_RANGE_NONE;
    if (*first >= size)
        return HTTP_RANGE_UNSATISFIABLE;
    if (*last >= size)
        *last = size - 1;
    return HTTP_RANGE_PART;
}

int http_range_content(const char *text, uint64_t *first, uint64_t *last, uint64_t *size)
{
    if (strncmp(text, DELIVERED, strlen(DELIVERED)) != 0)
        return -1;
    text += strlen(DELIVERED);
    if (http_range_number(&text, first) < 0 || *text++ != '-' ||
        http_range_number(&text, last) < 0 || *text++ != '/' ||
        http_range_number(&text, size) < 0 || *text != '\0')
        return -1;
    return *first <= *last && *last < *size ? 0 : -1;
}
