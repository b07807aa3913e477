/* SPDX-License-Identifier: ISC */
#include "agent/exclusion-answer.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/json.h"
#include "media/base/limits.h"

#define GROWTH 64

static void free_row(const struct exclusion_row *row)
{
    const char *const texts[] = {row->user, row->app, row->version, row->path, row->reason};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        free((char *)(uintptr_t)texts[i]);
}

int exclusion_rows_add(struct exclusion_rows *rows, const struct exclusion_row *row,
                       struct error *err)
{
    if (rows->count == LIMIT_EXCLUSION_ROWS)
        return error_set(err, ERROR_LIMIT, "more than EXCLUSION_ROWS exclusions");
    if (rows->count == rows->room) {
        size_t room = rows->room + GROWTH;
        struct exclusion_row *grown = bytes_allocate(room, sizeof(*grown));

        if (rows->count > 0)
            memcpy(grown, rows->rows, rows->count * sizeof(*grown));
        free(rows->rows);
        rows->rows = grown;
        rows->room = room;
    }
    rows->rows[rows->count++] = (struct exclusion_row){
        bytes_copy_string(row->user),    bytes_copy_string(row->app),
        bytes_copy_string(row->version), bytes_copy_string(row->path),
        bytes_copy_string(row->reason),  row->verdict,
    };
    return 0;
}

void exclusion_rows_cut(struct exclusion_rows *rows, size_t count)
{
    while (rows->count > count)
        free_row(&rows->rows[--rows->count]);
}

void exclusion_rows_clear(struct exclusion_rows *rows)
{
    exclusion_rows_cut(rows, 0);
    free(rows->rows);
    *rows = (struct exclusion_rows){NULL, 0, 0};
}

static int read_exclusion(const json_t *object, struct exclusion_row *asked, struct error *err)
{
    const struct json_field fields[] = {
        {"path", JSON_TEXT, JSON_REQUIRED, &asked->path, 0, LIMIT_EXCLUSION_PATH, NULL},
        {"reason", JSON_TEXT, JSON_REQUIRED, &asked->reason, 1, LIMIT_EXCLUSION_REASON, NULL},
    };

    return json_fields(object, fields, sizeof(fields) / sizeof(fields[0]), err);
}

static int read_app(const json_t *object, exclusion_answer_take take, void *context,
                    struct error *err)
{
    struct exclusion_row asked = {.user = "", .version = ""};
    json_t *list = NULL, *one;
    const struct json_field fields[] = {
        {"id", JSON_NAME, JSON_REQUIRED, &asked.app, 1, LIMIT_NAME_BYTES, NULL},
        {"version", JSON_TEXT, JSON_NULLABLE, &asked.version, 0, LIMIT_VERSION_BYTES, NULL},
        {"exclusions", JSON_LIST, JSON_REQUIRED, &list, 0, LIMIT_EXCLUSIONS, NULL},
    };
    int result = json_fields(object, fields, sizeof(fields) / sizeof(fields[0]), err);
    size_t i;

    if (result < 0)
        return result;
    json_array_foreach(list, i, one)
    {
        result = read_exclusion(one, &asked, err);
        if (result < 0)
            return error_context(err, "exclusion %zu", i + 1);
        result = take(context, &asked, err);
        if (result < 0)
            return result;
    }
    return 0;
}

int exclusion_answer_read(const json_t *reply, exclusion_answer_take take, void *context,
                          struct error *err)
{
    json_t *apps = NULL, *app;
    const struct json_field fields[] = {
        {"apps", JSON_LIST, JSON_REQUIRED, &apps, 0, LIMIT_EXCLUSION_APPS, NULL}};
    int result = json_fields(reply, fields, 1, err);
    size_t i;

    json_array_foreach(apps, i, app)
    {
        if (result < 0)
            break;
        result = read_app(app, take, context, err);
        if (result < 0)
            error_context(err, "app %zu", i + 1);
    }
    if (result == 0)
        return 0;
    if (err->code == ERROR_BAD_DOCUMENT)
        err->code = ERROR_PROTOCOL;
    return error_context(err, "the answer of the driver exclusions");
}
