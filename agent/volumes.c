/* SPDX-License-Identifier: ISC */
#include "agent/volumes.h"

#include <stdio.h>
#include <string.h>

#define NUMBERS_BYTES 100

static bool is_number(uint64_t number)
{
    return number >= 1 && number <= LIMIT_VOLUMES;
}

void volumes_add(struct volumes *volumes, uint64_t number)
{
    if (is_number(number))
        volumes->bits[number / 8] |= (uint8_t)(1u << (number % 8));
}

bool volumes_has(const struct volumes *volumes, uint64_t number)
{
    return is_number(number) && (volumes->bits[number / 8] >> (number % 8) & 1) != 0;
}

size_t volumes_count(const struct volumes *volumes)
{
    size_t count = 0;

    for (uint64_t i = 1; i <= LIMIT_VOLUMES; i++)
        count += volumes_has(volumes, i);
    return count;
}

void volumes_join(struct volumes *volumes, const struct volumes *more)
{
    for (size_t i = 0; i < sizeof(volumes->bits); i++)
        volumes->bits[i] |= more->bits[i];
}

void volumes_remove(struct volumes *volumes, const struct volumes *less)
{
    for (size_t i = 0; i < sizeof(volumes->bits); i++)
        volumes->bits[i] &= (uint8_t)~less->bits[i];
}

int volumes_read(const json_t *list, uint64_t of, struct volumes *volumes, struct error *err)
{
    json_int_t before = 0;
    size_t i;
    json_t *row;

    *volumes = (struct volumes){{0}};
    if (!json_is_array(list))
        return error_set(err, ERROR_PROTOCOL, "volumes: expected a list");
    json_array_foreach(list, i, row)
    {
        json_int_t number = json_integer_value(row); /* 0 for what is no number */

        if (number <= before || (uint64_t)number > of || number > LIMIT_VOLUMES)
            return error_set(err, ERROR_PROTOCOL, "volumes: expected rising numbers from 1 to %lu",
                             (unsigned long)of);
        volumes_add(volumes, (uint64_t)number);
        before = number;
    }
    return 0;
}

/* One number, or a range of them, after what is there. False: it does not fit. */
static bool put_range(char out[static NUMBERS_BYTES], uint64_t first, uint64_t last)
{
    size_t length = strlen(out);
    const char *comma = length > 0 ? ", " : "";
    int size;

    if (first == last)
        size = snprintf(out + length, NUMBERS_BYTES - length, "%s%lu", comma, (unsigned long)first);
    else
        size = snprintf(out + length, NUMBERS_BYTES - length, "%s%lu-%lu", comma,
                        (unsigned long)first, (unsigned long)last);
    if (size > 0 && (size_t)size < NUMBERS_BYTES - length)
        return true;
    out[length] = '\0';
    return false;
}

const char *volumes_words(const struct volumes *volumes, uint64_t of,
                          char out[static VOLUMES_WORDS_BYTES])
{
    char numbers[NUMBERS_BYTES] = "";
    bool one = volumes_count(volumes) == 1, fits = true;

    for (uint64_t i = 1; i <= LIMIT_VOLUMES && fits; i++) {
        uint64_t first = i;

        if (!volumes_has(volumes, i))
            continue;
        while (volumes_has(volumes, i + 1))
            i++;
        fits = put_range(numbers, first, i);
    }
    snprintf(out, VOLUMES_WORDS_BYTES, "%s %s%s of %lu of this export %s needed",
             one ? "volume" : "volumes", numbers, fits ? "" : " and more", (unsigned long)of,
             one ? "is" : "are");
    return out;
}
