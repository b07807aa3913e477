/* SPDX-License-Identifier: ISC */
#include "drivers/compile/source-csv.h"

#include <stdbool.h>
#include <string.h>

#include "drivers/compile/source-lines.h"
#include "drivers/hash-names.h"
#include "media/base/limits.h"

#define FIELDS 3

enum { FIELD_KEY, FIELD_VERDICT, FIELD_NAME };

struct row {
    struct bytes_view fields[FIELDS];
    uint8_t plain[LIMIT_SOURCE_LINE]; /* what stood in quotes, without them */
    size_t used;
};

static const char *const headings[SOURCE_LISTS] = {
    [SOURCE_FILES] = "sha256,verdict,name",
    [SOURCE_SIGNERS] = "signer,verdict,name",
};

/* Takes a field in quotes off the front: `rest` begins after the first quote. */
static int quoted_field(struct row *row, struct bytes_view *rest, struct bytes_view *field,
                        struct error *err)
{
    uint8_t *start = row->plain + row->used;

    for (size_t i = 0; i < rest->size; i++) {
        if (rest->data[i] == '"') {
            bool doubled = i + 1 < rest->size && rest->data[i + 1] == '"';

            if (!doubled) {
                *field = bytes_view_of(start, (size_t)(row->plain + row->used - start));
                *rest = bytes_view_of(rest->data + i + 1, rest->size - i - 1);
                return 0;
            }
            i++;
        }
        row->plain[row->used++] = rest->data[i];
    }
    return error_set(err, ERROR_BAD_CONTENT,
                     "quotes: no closing quote: fields hold no line ends, quotes in them are "
                     "doubled");
}

static int plain_field(struct bytes_view *rest, struct bytes_view *field, struct error *err)
{
    const uint8_t *comma = memchr(rest->data, ',', rest->size);
    size_t size = comma == NULL ? rest->size : (size_t)(comma - rest->data);

    *field = bytes_view_of(rest->data, size);
    *rest = bytes_view_of(rest->data + size, rest->size - size);
    if (memchr(field->data, '"', size) != NULL)
        return error_set(err, ERROR_BAD_CONTENT,
                         "quotes: a quote inside a field: put the field in quotes, double those in "
                         "it");
    return 0;
}

static int take_field(struct row *row, struct bytes_view *rest, struct bytes_view *field,
                      struct error *err)
{
    if (rest->size == 0 || rest->data[0] != '"')
        return plain_field(rest, field, err);
    *rest = bytes_view_of(rest->data + 1, rest->size - 1);
    return quoted_field(row, rest, field, err);
}

/* After a comma a field follows, even if it is an empty one. */
static int take_comma(struct bytes_view *rest, bool *more, struct error *err)
{
    *more = rest->size > 0;
    if (!*more)
        return 0;
    if (rest->data[0] != ',')
        return error_set(err, ERROR_BAD_CONTENT, "quotes: expected a comma after the quote");
    *rest = bytes_view_of(rest->data + 1, rest->size - 1);
    return 0;
}

static int refuse_count(struct error *err)
{
    return error_set(err, ERROR_BAD_CONTENT,
                     "fields: expected three, key,verdict,name; the name may be empty");
}

static int split(struct row *row, struct bytes_view line, struct error *err)
{
    struct bytes_view rest = line;
    size_t count = 0;
    bool more = true;
    int result = 0;

    row->used = 0;
    while (more && result == 0) {
        if (count == FIELDS)
            return refuse_count(err);
        result = take_field(row, &rest, &row->fields[count++], err);
        if (result == 0)
            result = take_comma(&rest, &more, err);
    }
    return result == 0 && count != FIELDS ? refuse_count(err) : result;
}

static int read_key(const struct row *row, struct source_key *key, struct error *err)
{
    if (key->list == SOURCE_SIGNERS)
        return reputation_signer_key(row->fields[FIELD_KEY], key->key, err);
    if (reputation_file_key(row->fields[FIELD_KEY], key->key) < 0)
        return error_set(err, ERROR_BAD_CONTENT, "sha256: expected 64 hex digits");
    return 0;
}

static int read_row(const struct row *row, struct source_key *key, struct error *err)
{
    int result = read_key(row, key, err);

    if (result < 0)
        return result;
    if (reputation_verdict_from_name(row->fields[FIELD_VERDICT], &key->verdict) < 0)
        return error_set(err, ERROR_BAD_CONTENT, "verdict: expected good, neutral or bad");
    key->name = row->fields[FIELD_NAME];
    if (key->name.size > 0 && !hash_name_valid(key->name))
        return error_set(err, ERROR_BAD_CONTENT,
                         "name: expected at most %d bytes of UTF-8 without control characters",
                         HASH_NAME_BYTES);
    return 0;
}

struct csv {
    enum source_list list;
    struct row row;
};

static int read_line(void *context, struct source_reading *reading, struct bytes_view line,
                     struct error *err)
{
    struct csv *csv = context;
    struct source_key key = {.list = csv->list};
    const char *heading = headings[csv->list];
    int result;

    if (reading->line == 1 && bytes_equal(line, bytes_view_of(heading, strlen(heading))))
        return 0;
    result = split(&csv->row, line, err);
    if (result == 0)
        result = read_row(&csv->row, &key, err);
    return result == 0 ? reading->take(reading->context, &key, reading->line, err) : result;
}

int source_csv(struct bytes_view text, enum source_list list, struct source_reading *reading,
               struct error *err)
{
    struct csv csv = {.list = list};

    return source_lines(text, reading, read_line, &csv, err);
}
