/* SPDX-License-Identifier: ISC */
#include "tui/period.h"

#include <stdio.h>
#include <string.h>

#include "media/base/instant.h"

#define DAY_BYTES   10 /* of "2026-11-23" */
#define AGO_NUMBERS 999999

static const struct {
    char letter;
    int64_t unit_us;
} units[] = {{'d', INSTANT_DAY_US}, {'h', INSTANT_HOUR_US}, {'m', INSTANT_MINUTE_US}};

static int parse_day(const char *text, int64_t *instant_us)
{
    char whole[INSTANT_TEXT_BYTES];

    if (strlen(text) != DAY_BYTES)
        return -1;
    snprintf(whole, sizeof(whole), "%sT00:00:00Z", text);
    return instant_parse(whole, strlen(whole), instant_us);
}

static int parse_ago(const char *text, int64_t now_us, int64_t *instant_us)
{
    int64_t number = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9' && number <= AGO_NUMBERS; at++)
        number = number * 10 + (*at - '0');
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (at == text || number > AGO_NUMBERS || at[0] != units[i].letter || at[1] != '\0')
            continue;
        /* What lies before all time is the beginning of it. */
        *instant_us = number <= now_us / units[i].unit_us ? now_us - number * units[i].unit_us : 0;
        return 0;
    }
    return -1;
}

int period_parse(const char *option, const char *text, int64_t now_us, int64_t *instant_us,
                 struct error *err)
{
    if (instant_parse(text, strlen(text), instant_us) == 0 || parse_day(text, instant_us) == 0 ||
        parse_ago(text, now_us, instant_us) == 0)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "--%s %s: expected a time such as 2026-11-23T08:15:00Z, a day such as "
                     "2026-11-23, or how long ago: 30d, 12h, 45m",
                     option, text);
}
