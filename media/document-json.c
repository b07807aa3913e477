/* SPDX-License-Identifier: ISC */
#include "media/document-json.h"

#include <string.h>

#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/digest.h"

static int check_schema(const struct document_row *row, const json_t *object, struct error *err)
{
    const char *schema = json_string_value(json_object_get(object, "schema"));

    if (schema == NULL)
        return error_set(err, ERROR_BAD_DOCUMENT, "schema: missing, expected %s", row->schema);
    if (strcmp(schema, row->schema) != 0)
        return error_set(err, ERROR_BAD_DOCUMENT, "schema: expected %s", row->schema);
    return 0;
}

static int check_canonical(const json_t *object, struct bytes_view json, struct error *err)
{
    struct bytes again;
    int result;

    /* One byte more than was read is already another text. */
    bytes_init(&again, json.size + 1);
    result = json_write(object, &again, err);
    if (result == -(int)ERROR_LIMIT || (result == 0 && !bytes_equal(bytes_view(&again), json)))
        result = error_set(err, ERROR_BAD_DOCUMENT,
                           "not canonical: expected sorted keys, no white space, shortest escapes");
    bytes_clear(&again);
    return result;
}

int document_json_read(enum document_kind kind, struct bytes_view json, json_t **object,
                       struct error *err)
{
    const struct document_row *row = document_row(kind);
    json_t *read = NULL;
    int result;

    *object = NULL;
    if (json.size > row->limit)
        return error_set(err, ERROR_LIMIT, "%s document of %zu bytes, the limit is %zu", row->name,
                         json.size, row->limit);
    result = json_read(json.data, json.size, &read, err);
    if (result == 0)
        result = check_schema(row, read, err);
    if (result == 0)
        result = check_canonical(read, json, err);
    if (result == 0) {
        json_object_del(read, "schema");
        *object = read;
        read = NULL;
    }
    json_decref(read);
    return result;
}

int document_json_write(enum document_kind kind, json_t *object, struct bytes *json,
                        struct error *err)
{
    const struct document_row *row = document_row(kind);
    int result;

    bytes_init(json, row->limit);
    if (object == NULL || json_object_set_new(object, "schema", json_string(row->schema)) != 0)
        result =
            error_set(err, ERROR_BAD_DOCUMENT, "%s document: text that is not UTF-8", row->name);
    else
        result = json_write(object, json, err);
    json_decref(object);
    return result;
}

json_t *document_json_digest(const uint8_t *digest)
{
    char text[DIGEST_TEXT_BYTES];

    return json_string(digest_text(digest, text));
}

json_t *document_json_instant(int64_t instant_us)
{
    char text[INSTANT_TEXT_BYTES];

    return json_string(instant_format(instant_us, text));
}

json_t *document_json_count(uint64_t count)
{
    return json_integer((json_int_t)count);
}

json_t *document_json_rows(json_t *list, size_t count)
{
    if (json_array_size(list) == count)
        return list;
    json_decref(list);
    return NULL;
}
