/* SPDX-License-Identifier: ISC */
#include "media/base/ini.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/json.h"
#include "media/base/text.h"

#define NEAR          3  /* edits up to which a name is suggested */
#define SECTION_BYTES 49 /* inih's section buffer, as Debian builds it */

struct reading {
    const struct ini_row *rows;
    size_t count;
    ini_note note; /* NULL: nobody wants to know */
    void *context;
    struct bytes_view rest; /* lines that inih has not yet called for */
    unsigned line;          /* the one that it calls for */
    json_t *given;          /* "[section] key" of each line so far */
    struct error *err;      /* of the first thing that was wrong */
};

static int refuse_unknown(struct reading *reading, const char *what, const char *name,
                          const char *section)
{
    const char *nearest = NULL;
    unsigned best = NEAR + 1;

    for (size_t i = 0; i < reading->count; i++) {
        const char *known = section == NULL ? reading->rows[i].section : reading->rows[i].key;
        unsigned distance = text_distance(name, known);

        if (section != NULL && strcmp(reading->rows[i].section, section) != 0)
            continue;
        if (distance < best && distance < strlen(name)) {
            best = distance;
            nearest = known;
        }
    }
    if (nearest == NULL)
        return error_set(reading->err, ERROR_CONFIG, "unknown %s %s", what, name);
    return error_set(reading->err, ERROR_CONFIG, "unknown %s %s; nearest: %s", what, name, nearest);
}

/* "source local" -> "source" and "local"; "agent" -> "agent" and "". */
static void split_section(char *section, const char **name)
{
    char *space = strchr(section, ' ');

    *name = "";
    if (space != NULL) {
        *space = '\0';
        *name = space + 1;
    }
}

static int check_name(struct reading *reading, const struct ini_row *row, const char *name)
{
    if (row->named && !json_name_valid(name))
        return error_set(reading->err, ERROR_CONFIG,
                         "section [%s %s]: expected a name of a-z 0-9 . _ - behind the word",
                         row->section, name);
    if (!row->named && name[0] != '\0')
        return error_set(reading->err, ERROR_CONFIG, "section [%s %s]: expected [%s]", row->section,
                         name, row->section);
    return 0;
}

static int take_row(struct reading *reading, const struct ini_row *row, const char *section,
                    const char *name, const char *value)
{
    char place[SECTION_BYTES + INI_LINE_BYTES + 4];
    int result;

    snprintf(place, sizeof(place), "[%s] %s", section, row->key);
    if (json_object_get(reading->given, place) != NULL)
        result = error_set(reading->err, ERROR_CONFIG, "given twice");
    else if (value[0] == '\0' || !text_is_utf8(value, strlen(value)))
        result = error_set(reading->err, ERROR_CONFIG, "expected a value in UTF-8");
    else
        result = row->take(reading->context, name, value, reading->err);
    json_object_set_new(reading->given, place, json_true());
    return result < 0 ? error_context(reading->err, "%s", place) : 0;
}

static int take_line(struct reading *reading, const char *section, const char *key,
                     const char *value)
{
    char word[SECTION_BYTES + 1];
    const char *name;
    bool known = false;

    snprintf(word, sizeof(word), "%s", section);
    split_section(word, &name);
    for (size_t i = 0; i < reading->count; i++) {
        if (strcmp(reading->rows[i].section, word) != 0)
            continue;
        if (!known && check_name(reading, &reading->rows[i], name) < 0)
            return -1;
        known = true;
        if (strcmp(reading->rows[i].key, key) == 0)
            return take_row(reading, &reading->rows[i], section, name, value);
    }
    return known ? refuse_unknown(reading, "key", key, word)
                 : refuse_unknown(reading, "section", word, NULL);
}

/* inih, as Debian builds it, does not tell the line: it calls once for each that is neither empty,
 * a comment nor a section, in their order. */
static void count_line(struct reading *reading)
{
    for (;;) {
        const uint8_t *end = memchr(reading->rest.data, '\n', reading->rest.size);
        size_t size = end != NULL ? (size_t)(end - reading->rest.data) : reading->rest.size;
        size_t blank = 0;
        uint8_t first;

        while (blank < size && strchr(" \t\r\v\f", reading->rest.data[blank]) != NULL)
            blank++;
        first = blank < size ? reading->rest.data[blank] : '\0';
        reading->line++;
        reading->rest.data += size + (end != NULL);
        reading->rest.size -= size + (end != NULL);
        if (end == NULL || (first != '\0' && strchr(";#[", first) == NULL))
            return;
    }
}

/* inih goes on after an error: only the first one counts. 1: good, 0: this line is wrong. */
static int on_line(void *context, const char *section, const char *key, const char *value)
{
    struct reading *reading = context;

    if (reading->err->code != ERROR_OK)
        return 0;
    count_line(reading);
    if (take_line(reading, section, key, value) < 0)
        return 0;
    if (reading->note != NULL)
        reading->note(reading->context, section, key, value, reading->line);
    return 1;
}

/* What inih would let pass: lines and sections that it cuts, and bytes that end a C string. */
static int check_lines(const char *file, struct bytes_view text, struct error *err)
{
    size_t line = 1, start = 0;

    for (size_t i = 0; i < text.size; i++) {
        size_t length = i - start + 1;

        if (text.data[i] == '\0')
            return error_set(err, ERROR_CONFIG, "%s:%zu: a zero byte", file, line);
        if (text.data[i] != '\n') {
            if (length > INI_LINE_BYTES)
                return error_set(err, ERROR_CONFIG, "%s:%zu: a line longer than %d bytes", file,
                                 line, INI_LINE_BYTES);
            if (text.data[start] == '[' && length > SECTION_BYTES)
                return error_set(err, ERROR_CONFIG, "%s:%zu: a section longer than %d bytes", file,
                                 line, SECTION_BYTES);
            continue;
        }
        line++;
        start = i + 1;
    }
    return 0;
}

int ini_read(const char *file, struct bytes_view text, const struct ini_row *rows, size_t count,
             void *context, struct error *err)
{
    return ini_read_noting(file, text, rows, count, NULL, context, err);
}

int ini_read_noting(const char *file, struct bytes_view text, const struct ini_row *rows,
                    size_t count, ini_note note, void *context, struct error *err)
{
    struct error first = {.code = ERROR_OK};
    struct reading reading = {.rows = rows,
                              .count = count,
                              .note = note,
                              .context = context,
                              .rest = text,
                              .err = &first};
    char *string;
    int line, result;

    if (text.size > INI_FILE_BYTES)
        return error_set(err, ERROR_CONFIG, "%s: larger than %lu bytes", file, INI_FILE_BYTES);
    result = check_lines(file, text, err);
    if (result < 0)
        return result;
    string = bytes_allocate(1, text.size + 1);
    if (text.size > 0)
        memcpy(string, text.data, text.size);
    reading.given = json_object();
    line = ini_parse_string(string, on_line, &reading);
    json_decref(reading.given);
    free(string);
    if (line == 0)
        return 0;
    return error_set(err, ERROR_CONFIG, "%s:%d: %.*s", file, line, ERROR_WORDS_BYTES / 2,
                     first.code == ERROR_OK ? "neither [section] nor key = value" : first.words);
}

int ini_number(const char *value, uint64_t min, uint64_t max, uint64_t *number, struct error *err)
{
    uint64_t sum = 0;
    bool good = value[0] != '\0';

    for (size_t i = 0; value[i] != '\0' && good; i++) {
        uint64_t digit = (uint64_t)(value[i] - '0');

        good = value[i] >= '0' && value[i] <= '9' && sum <= (UINT64_MAX - digit) / 10;
        if (good)
            sum = sum * 10 + digit;
    }
    if (!good || sum < min || sum > max)
        return error_set(err, ERROR_CONFIG, "expected a number from %llu to %llu",
                         (unsigned long long)min, (unsigned long long)max);
    *number = sum;
    return 0;
}

int ini_size(const char *value, uint64_t min, uint64_t max, uint64_t *size, struct error *err)
{
    static const char letters[] = "KMG";
    char digits[32];
    size_t length = strlen(value);
    const char *letter = length > 0 ? strchr(letters, value[length - 1]) : NULL;
    unsigned shift = letter != NULL ? 10 * (unsigned)(letter - letters + 1) : 0;

    if (length >= sizeof(digits))
        return error_set(err, ERROR_CONFIG, "expected a size such as 512M");
    memcpy(digits, value, length + 1);
    if (letter != NULL)
        digits[length - 1] = '\0';
    if (ini_number(digits, min >> shift, max >> shift, size, err) < 0)
        return error_set(err, ERROR_CONFIG, "expected a size from %lluK to %lluK, such as 512M",
                         (unsigned long long)min >> 10, (unsigned long long)max >> 10);
    *size <<= shift;
    return 0;
}
