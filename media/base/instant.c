/* SPDX-License-Identifier: ISC */
#include "media/base/instant.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#define DAYS_OF_400_YEARS 146097
#define DAYS_TO_1970      719468 /* from 1 March of year 0, where a year of this file begins */
#define FRACTION_DIGITS   6

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_date(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    return day <= lengths[month - 1] + (month == 2 && is_leap(year));
}

/* Days since 1970-01-01. Years are counted from 1 March, so that the leap day is the last one. */
static int64_t days_of(int year, int month, int day)
{
    int64_t shifted = month > 2 ? year : year - 1;
    int64_t era = shifted / 400;
    int64_t year_of_era = shifted - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * DAYS_OF_400_YEARS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
           day_of_year - DAYS_TO_1970;
}

static void date_of(int64_t days, int *year, int *month, int *day)
{
    int64_t shifted = days + DAYS_TO_1970;
    int64_t era = shifted / DAYS_OF_400_YEARS;
    int64_t day_of_era = shifted - era * DAYS_OF_400_YEARS;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;

    *day = (int)(day_of_year - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

int instant_from_calendar(int year, int month, int day, int hour, int minute, int second,
                          int64_t *instant_us)
{
    if (!is_date(year, month, day))
        return -1;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return -1;
    *instant_us = days_of(year, month, day) * INSTANT_DAY_US + hour * INSTANT_HOUR_US +
                  minute * INSTANT_MINUTE_US + second * INSTANT_SECOND_US;
    return 0;
}

/* Takes exactly `count` decimal digits. */
static int take_digits(const char **text, int count, int *value)
{
    *value = 0;
    for (int i = 0; i < count; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return -1;
        *value = *value * 10 + (**text - '0');
    }
    return 0;
}

/* ".", one to six digits: how many microseconds. */
static int take_fraction(const char *text, size_t size, int64_t *fraction_us)
{
    int value;
    int digits = (int)size - 1;

    *fraction_us = 0;
    if (size == 0)
        return 0;
    if (*text++ != '.' || digits < 1 || digits > FRACTION_DIGITS)
        return -1;
    if (take_digits(&text, digits, &value) < 0)
        return -1;
    for (; digits < FRACTION_DIGITS; digits++)
        value *= 10;
    *fraction_us = value;
    return 0;
}

int instant_parse(const char *text, size_t size, int64_t *instant_us)
{
    static const struct {
        int digits;
        char after; /* 0: a fraction or Z */
    } shape[] = {{4, '-'}, {2, '-'}, {2, 'T'}, {2, ':'}, {2, ':'}, {2, 0}};
    int field[6];
    int64_t fraction_us, whole_us;
    const char *next = text;

    if (size < 20 || size > 20 + 1 + FRACTION_DIGITS || text[size - 1] != 'Z')
        return -1;
    for (size_t i = 0; i < 6; i++) {
        if (take_digits(&next, shape[i].digits, &field[i]) < 0)
            return -1;
        if (shape[i].after != 0 && *next++ != shape[i].after)
            return -1;
    }
    if (take_fraction(next, size - 20, &fraction_us) < 0)
        return -1;
    if (instant_from_calendar(field[0], field[1], field[2], field[3], field[4], field[5],
                              &whole_us) < 0)
        return -1;
    *instant_us = whole_us + fraction_us;
    return 0;
}

/* Only years 1 to 9999 have a written form: what lies outside is shown as the nearest end. */
static int64_t within_calendar(int64_t instant_us)
{
    int64_t first = days_of(1, 1, 1) * INSTANT_DAY_US;
    int64_t last = (days_of(9999, 12, 31) + 1) * INSTANT_DAY_US - 1;

    if (instant_us < first)
        return first;
    return instant_us > last ? last : instant_us;
}

const char *instant_format(int64_t instant_us, char out[INSTANT_TEXT_BYTES])
{
    int64_t bounded = within_calendar(instant_us);
    int64_t in_day = bounded % INSTANT_DAY_US;
    int year, month, day, used;

    if (in_day < 0)
        in_day += INSTANT_DAY_US;
    date_of((bounded - in_day) / INSTANT_DAY_US, &year, &month, &day);
    used = snprintf(out, INSTANT_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d", year % 10000,
                    month % 100, day % 100, (int)(in_day / INSTANT_HOUR_US % 24),
                    (int)(in_day / INSTANT_MINUTE_US % 60), (int)(in_day / INSTANT_SECOND_US % 60));
    if (in_day % INSTANT_SECOND_US != 0)
        used += snprintf(out + used, INSTANT_TEXT_BYTES - (size_t)used, ".%06d",
                         (int)(in_day % INSTANT_SECOND_US));
    snprintf(out + used, INSTANT_TEXT_BYTES - (size_t)used, "Z");
    return out;
}

const char *instant_format_age(int64_t age_us, char out[INSTANT_TEXT_BYTES])
{
    static const struct {
        int64_t size_us;
        char letter;
    } units[] = {{INSTANT_DAY_US, 'd'},
                 {INSTANT_HOUR_US, 'h'},
                 {INSTANT_MINUTE_US, 'm'},
                 {INSTANT_SECOND_US, 's'}};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (age_us >= units[i].size_us) {
            snprintf(out, INSTANT_TEXT_BYTES, "%lld%c", (long long)(age_us / units[i].size_us),
                     units[i].letter);
            return out;
        }
    }
    snprintf(out, INSTANT_TEXT_BYTES, "now");
    return out;
}

int64_t instant_clock(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * INSTANT_SECOND_US + now.tv_nsec / 1000;
}
