/* SPDX-License-Identifier: ISC */
#include "drivers/compile/source-clamav.h"

#include <stdbool.h>
#include <string.h>

#include "drivers/compile/source-lines.h"
#include "drivers/hash-names.h"

#define FIELDS       5
#define FIELDS_LEAST 3
#define DIGITS       19 /* of a size: below 2^63 */
#define LEVEL_DIGITS 5
#define MD5_DIGITS   32
#define SHA1_DIGITS  40
#define HEX          "0123456789abcdefABCDEF"
#define DECIMAL      "0123456789"

enum { FIELD_HASH, FIELD_SIZE, FIELD_NAME, FIELD_LOWEST, FIELD_HIGHEST };

static bool consists_of(struct bytes_view text, const char *set)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '\0' || strchr(set, text.data[i]) == NULL)
            return false;
    }
    return text.size > 0;
}

/* Parts a line at its colons; more than there is room for is told by one more. */
static size_t split(struct bytes_view line, struct bytes_view fields[FIELDS])
{
    struct bytes_view rest = line;

    for (size_t count = 0; count < FIELDS; count++) {
        const uint8_t *colon = memchr(rest.data, ':', rest.size);

        if (colon == NULL) {
            fields[count] = rest;
            return count + 1;
        }
        fields[count] = bytes_view_of(rest.data, (size_t)(colon - rest.data));
        rest = bytes_view_of(colon + 1, rest.size - fields[count].size - 1);
    }
    return FIELDS + 1;
}

static bool is_any(struct bytes_view field)
{
    return field.size == 1 && field.data[0] == '*';
}

static int check_fields(const struct bytes_view fields[FIELDS], size_t count, struct error *err)
{
    if (count < FIELDS_LEAST || count > FIELDS)
        return error_set(err, ERROR_BAD_CONTENT,
                         "fields: expected HASH:SIZE:NAME and at most two levels after it");
    if (!is_any(fields[FIELD_SIZE]) &&
        (fields[FIELD_SIZE].size > DIGITS || !consists_of(fields[FIELD_SIZE], DECIMAL)))
        return error_set(err, ERROR_BAD_CONTENT, "size: expected a number of bytes or *");
    if (!hash_name_valid(fields[FIELD_NAME]))
        return error_set(err, ERROR_BAD_CONTENT,
                         "name: expected 1 to %d bytes of UTF-8 without control characters",
                         HASH_NAME_BYTES);
    for (size_t i = FIELD_LOWEST; i < count; i++) {
        if (fields[i].size > LEVEL_DIGITS || !consists_of(fields[i], DECIMAL))
            return error_set(err, ERROR_BAD_CONTENT, "level: expected a number");
    }
    return 0;
}

static int read_line(void *context, struct source_reading *reading, struct bytes_view line,
                     struct error *err)
{
    struct source_key key = {.list = SOURCE_FILES,
                             .verdict = *(const enum reputation_verdict *)context};
    struct bytes_view fields[FIELDS] = {{0}};
    const struct bytes_view *hash = &fields[FIELD_HASH];
    int result;

    if (line.data[0] == '#')
        return 0;
    result = check_fields(fields, split(line, fields), err);
    if (result < 0)
        return result;
    if ((hash->size == MD5_DIGITS || hash->size == SHA1_DIGITS) && consists_of(*hash, HEX)) {
        reading->left_out++;
        return 0;
    }
    if (reputation_file_key(*hash, key.key) < 0)
        return error_set(err, ERROR_BAD_CONTENT, "hash: expected the 64 hex digits of a SHA-256");
    key.name = fields[FIELD_NAME];
    return reading->take(reading->context, &key, reading->line, err);
}

int source_clamav(struct bytes_view text, enum reputation_verdict verdict,
                  struct source_reading *reading, struct error *err)
{
    return source_lines(text, reading, read_line, &verdict, err);
}
