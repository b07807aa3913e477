/* SPDX-License-Identifier: ISC */
#include "agent/control/varlink.h"

#include <string.h>

#include "media/base/json.h"

#define METHOD_BYTES 128 /* our longest is 30 */

void varlink_reader_init(struct varlink_reader *reader, size_t max_size)
{
    *reader = (struct varlink_reader){.scanned = 0};
    bytes_init(&reader->partial, max_size);
}

void varlink_reader_clear(struct varlink_reader *reader)
{
    bytes_clear(&reader->partial);
    reader->scanned = 0;
}

int varlink_reader_feed(struct varlink_reader *reader, const void *data, size_t size,
                        struct error *err)
{
    if (bytes_put(&reader->partial, data, size, err) < 0)
        return error_set(err, ERROR_LIMIT, "a message of more than %zu bytes",
                         reader->partial.ceiling);
    return 0;
}

/* Drops the first message and its NUL. */
static void drop(struct varlink_reader *reader, size_t size)
{
    struct bytes *partial = &reader->partial;

    memmove(partial->data, partial->data + size, partial->size - size);
    partial->size -= size;
    reader->scanned = 0;
}

int varlink_reader_next(struct varlink_reader *reader, json_t **message, struct error *err)
{
    const uint8_t *data = reader->partial.data, *end = NULL;
    size_t size = reader->partial.size;
    int result;

    *message = NULL;
    if (size > reader->scanned)
        end = memchr(data + reader->scanned, '\0', size - reader->scanned);
    if (end == NULL) {
        reader->scanned = size;
        return 0;
    }
    size = (size_t)(end - data);
    result = json_read(data, size, message, err);
    drop(reader, size + 1);
    if (result == 0 && json_is_object(*message))
        return 1;
    if (result == 0)
        error_set(err, ERROR_PROTOCOL, "a message that is no object");
    json_decref(*message);
    *message = NULL;
    err->code = ERROR_PROTOCOL;
    return -(int)err->code;
}

/* Names as Varlink has them: letters, digits and dashes in parts joined by dots. */
static bool name_valid(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.";
    size_t size = strlen(name);

    return size > 0 && size <= METHOD_BYTES && strspn(name, allowed) == size && name[0] != '.' &&
           name[size - 1] != '.' && strchr(name, '.') != NULL && strstr(name, "..") == NULL;
}

/* Fields by table; what does not fit breaks the protocol, whatever json_fields calls it. */
static int read_fields(const json_t *message, const struct json_field *fields, size_t count,
                       const char *const *name, struct error *err)
{
    if (json_fields(message, fields, count, err) < 0)
        err->code = ERROR_PROTOCOL;
    else if (*name != NULL && !name_valid(*name))
        error_set(err, ERROR_PROTOCOL, "not a name of dotted parts");
    else
        return 0;
    return -(int)err->code;
}

int varlink_call_read(const json_t *message, struct varlink_call *call, struct error *err)
{
    const struct json_field fields[] = {
        {"method", JSON_TEXT, JSON_REQUIRED, &call->method, 1, METHOD_BYTES, NULL},
        {"parameters", JSON_TABLE, JSON_OPTIONAL, &call->parameters, 0, 64, NULL},
        {"more", JSON_FLAG, JSON_OPTIONAL, &call->more, 0, 0, NULL},
        {"oneway", JSON_FLAG, JSON_OPTIONAL, &call->oneway, 0, 0, NULL},
    };

    *call = (struct varlink_call){.method = NULL};
    return read_fields(message, fields, sizeof(fields) / sizeof(fields[0]), &call->method, err);
}

int varlink_reply_read(const json_t *message, struct varlink_reply *reply, struct error *err)
{
    const struct json_field fields[] = {
        {"error", JSON_TEXT, JSON_OPTIONAL, &reply->error, 1, METHOD_BYTES, NULL},
        {"parameters", JSON_TABLE, JSON_OPTIONAL, &reply->parameters, 0, 64, NULL},
        {"continues", JSON_FLAG, JSON_OPTIONAL, &reply->continues, 0, 0, NULL},
    };

    *reply = (struct varlink_reply){.error = NULL};
    return read_fields(message, fields, sizeof(fields) / sizeof(fields[0]), &reply->error, err);
}

/* Appends object and NUL, or nothing. Takes the reference. */
static int write_message(json_t *object, struct bytes *out, struct error *err)
{
    const size_t before = out->size;
    int result = json_write(object, out, err);

    if (result == 0)
        result = bytes_put_u8(out, 0, err);
    if (result < 0)
        out->size = before;
    json_decref(object);
    return result;
}

int varlink_call_write(const struct varlink_call *call, struct bytes *out, struct error *err)
{
    json_t *object =
        json_pack("{s:s, s:O*}", "method", call->method, "parameters", call->parameters);

    if (call->more)
        json_object_set_new(object, "more", json_true());
    if (call->oneway)
        json_object_set_new(object, "oneway", json_true());
    return write_message(object, out, err);
}

int varlink_reply_write(const struct varlink_reply *reply, struct bytes *out, struct error *err)
{
    json_t *object =
        json_pack("{s:s*, s:O*}", "error", reply->error, "parameters", reply->parameters);

    if (reply->continues)
        json_object_set_new(object, "continues", json_true());
    return write_message(object, out, err);
}
