/* SPDX-License-Identifier: ISC */
#include "drivers/remap-convert.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WHITE " \t\r\n"

static int refuse(struct error *err, const char *value, const char *expected)
{
    return error_set(err, ERROR_BAD_CONTENT, "\"%.64s\": expected %s", value, expected);
}

static int yes_no(const struct remap_key *key, char *value, struct error *err)
{
    static const struct {
        const char *text, *means;
    } words[] = {{"yes", "true"}, {"on", "true"},   {"true", "true"},   {"1", "true"},
                 {"no", "false"}, {"off", "false"}, {"false", "false"}, {"0", "false"}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(words[i].text, value) != 0)
            continue;
        snprintf(value, LIMIT_SETTING_BYTES + 1, "%s", words[i].means);
        return 0;
    }
    return refuse(err, value, "yes, on, true, 1, no, off, false or 0");
}

static int invert(const struct remap_key *key, char *value, struct error *err)
{
    bool is_true = strcmp(value, "true") == 0;

    if (!is_true && strcmp(value, "false") != 0)
        return refuse(err, value, "true or false");
    snprintf(value, LIMIT_SETTING_BYTES + 1, "%s", is_true ? "false" : "true");
    return 0;
}

static int trim(const struct remap_key *key, char *value, struct error *err)
{
    size_t before = strspn(value, WHITE), size = strlen(value);

    while (size > before && strchr(WHITE, value[size - 1]) != NULL)
        size--;
    memmove(value, value + before, size - before);
    value[size - before] = '\0';
    return 0;
}

static int lower(const struct remap_key *key, char *value, struct error *err)
{
    for (char *c = value; *c != '\0'; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    return 0;
}

/* A number with a unit behind it, as many of the smallest unit. */
static int scale(char *value, const char *units, const int64_t *factors, const char *expected,
                 struct error *err)
{
    const char *unit;
    char *end;
    long long number;

    errno = 0;
    number = strtoll(value, &end, 10);
    unit = *end != '\0' ? strchr(units, *end) : units;
    if (errno != 0 || end == value || value[0] < '0' || value[0] > '9' || unit == NULL ||
        (*end != '\0' && end[1] != '\0'))
        return refuse(err, value, expected);
    if (__builtin_mul_overflow(number, factors[unit - units], &number))
        return refuse(err, value, "a number of 64 bits");
    snprintf(value, LIMIT_SETTING_BYTES + 1, "%lld", number);
    return 0;
}

static int seconds(const struct remap_key *key, char *value, struct error *err)
{
    static const int64_t factors[] = {1, 60, 3600, 86400};

    return scale(value, "smhd", factors, "a number, with s, m, h or d behind it", err);
}

static int mib(const struct remap_key *key, char *value, struct error *err)
{
    static const int64_t factors[] = {INT64_C(1) << 20, INT64_C(1) << 30};

    return scale(value, "MG", factors, "a number of MiB, with M or G behind it", err);
}

static int map(const struct remap_key *key, char *value, struct error *err)
{
    for (size_t i = 0; i < key->map_count; i++) {
        if (strcmp(key->maps[i].from, value) != 0)
            continue;
        snprintf(value, LIMIT_SETTING_BYTES + 1, "%s", key->maps[i].to);
        return 0;
    }
    (void)refuse(err, value, "one of the key's <map from=\"...\"/>");
    err->code = ERROR_NOT_FOUND;
    return -(int)err->code;
}

static const struct remap_convert rows[] = {
    {"yes-no", yes_no, "yes, on, true, 1 and their opposites to true and false"},
    {"invert", invert, "true to false, false to true"},
    {"trim", trim, "without white space at both ends"},
    {"lower", lower, "A to Z as a to z"},
    {"seconds", seconds, "a number with s, m, h or d behind it to seconds"},
    {"mib", mib, "a number of MiB, or with G behind it of GiB, to bytes"},
    {"map", map, "by the key's map elements"},
};

const struct remap_convert *remap_convert_find(const char *name)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    }
    return NULL;
}

const struct remap_convert *remap_convert_row(size_t i)
{
    return i < sizeof(rows) / sizeof(rows[0]) ? &rows[i] : NULL;
}

static int check_integer(const char *value, struct error *err)
{
    char again[32], *end;
    long long number;

    errno = 0;
    number = strtoll(value, &end, 10);
    snprintf(again, sizeof(again), "%lld", number);
    if (errno != 0 || *end != '\0' || strcmp(again, value) != 0)
        return refuse(err, value, "a whole number");
    return 0;
}

int remap_convert_check(enum remap_type type, const char *value, struct error *err)
{
    if (type == REMAP_BOOL && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
        return refuse(err, value, "true or false; a convert makes them of other words");
    if (type == REMAP_INT)
        return check_integer(value, err);
    for (const char *c = value; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return error_set(err, ERROR_BAD_CONTENT, "a value with control characters");
    }
    return 0;
}
