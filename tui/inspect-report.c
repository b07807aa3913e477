/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tui/inspect-report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "tui/ask.h"
#include "tui/field.h"
#include "tui/floors-compare.h"
#include "tui/inspect-view.h"
#include "tui/output-file.h"

#define SCHEMA "sallyport.inspect-report/1"

static bool read_time(const json_t *object, const char *key, int64_t *time_us)
{
    const char *text = field_raw(object, key);

    return text != NULL && instant_parse(text, strlen(text), time_us) == 0;
}

/* Seconds since its time. A time ahead of our clock has no age. */
static void add_age(json_t *object, int64_t now_us)
{
    int64_t time_us;

    if (read_time(object, "time", &time_us) && time_us <= now_us)
        json_object_set_new(object, "age", json_integer((now_us - time_us) / INSTANT_SECOND_US));
}

static void add_ages(json_t *rows, int64_t now_us)
{
    for (size_t i = 0; i < json_array_size(rows); i++)
        add_age(json_array_get(rows, i), now_us);
}

static void add_set_times(json_t *set, int64_t now_us)
{
    int64_t expires_us;

    add_age(set, now_us);
    if (read_time(set, "expires", &expires_us))
        json_object_set_new(set, "expired", json_boolean(expires_us <= now_us));
}

/* Summary of the export document that was accepted: which volume of how many this is. */
static json_t *find_volume(const json_t *documents)
{
    for (size_t i = 0; i < json_array_size(documents); i++) {
        const json_t *document = json_array_get(documents, i);
        const char *kind = field_raw(document, "kind"), *code = field_raw(document, "code");

        if (kind != NULL && code != NULL && strcmp(kind, "export") == 0 && strcmp(code, "ok") == 0)
            return json_incref(json_object_get(document, "summary"));
    }
    return json_null();
}

static bool is(const json_t *object, const char *key, const char *value)
{
    const char *text = field_raw(object, key);

    return text != NULL && strcmp(text, value) == 0;
}

/* What an import of this medium would make of the floors here. */
static json_t *compare_floors(const json_t *result, const json_t *floors)
{
    const json_t *plan = field_object(result, "plan"), *set = field_object(plan, "set");
    const json_t *packages = json_object_get(plan, "packages");
    bool accepted = is(result, "code", "ok");
    const char *ring = field_raw(set, "ring");
    json_t *rows;

    if (floors == NULL)
        return json_null();
    rows = json_array();
    if (ring != NULL)
        floors_compare(rows, floors, "ring", ring, set, "sequence",
                       accepted && is(plan, "set_answer", "newer"));
    for (size_t i = 0; i < json_array_size(packages); i++) {
        const json_t *package = json_array_get(packages, i);
        const char *type = field_raw(package, "type");

        if (type != NULL)
            floors_compare(rows, floors, "type", type, package, "issue",
                           accepted && is(package, "answer", "fetch"));
    }
    return rows;
}

void inspect_report_complete(json_t *result, json_t *documents, const json_t *floors)
{
    json_t *plan = json_object_get(result, "plan");
    const char *name = field_raw(result, "code");
    int64_t now_us = instant_clock() / INSTANT_SECOND_US * INSTANT_SECOND_US;
    enum error_code code = ERROR_INTERNAL;
    char now[INSTANT_TEXT_BYTES];

    if (name == NULL || error_from_name(name, &code) < 0)
        code = ERROR_INTERNAL;
    add_ages(documents, now_us);
    add_ages(json_object_get(plan, "packages"), now_us);
    add_set_times(json_object_get(plan, "set"), now_us);
    json_object_set_new(result, "generated", json_string(instant_format(now_us, now)));
    json_object_set_new(result, "tool", json_string("sallyport " PACKAGE_VERSION));
    json_object_set_new(result, "next", json_string(error_row(code)->next_step));
    json_object_set_new(result, "exit_status", json_integer(ask_status_of(result)));
    json_object_set_new(result, "volume", find_volume(documents));
    json_object_set_new(result, "floors", compare_floors(result, floors));
    json_object_set(result, "documents", documents);
}

static int write_text(const char *path, const json_t *result, struct error *err)
{
    const json_t *documents = json_object_get(result, "documents");
    struct output output = {.color = false};
    char *text = NULL;
    size_t size = 0;
    int status;

    output.stream = open_memstream(&text, &size);
    if (output.stream == NULL)
        return error_set(err, ERROR_INTERNAL, "no memory for a report");
    inspect_view_head(result, &output);
    for (size_t i = 0; i < json_array_size(documents); i++)
        inspect_view_document(json_array_get(documents, i), &output);
    inspect_view_result(result, &output);
    if (fclose(output.stream) != 0)
        status = error_set(err, ERROR_INTERNAL, "no memory for a report");
    else
        status = output_file(path, text, size, true, err);
    free(text);
    return status;
}

static int write_json(const char *path, const json_t *result, struct error *err)
{
    json_t *document = json_copy((json_t *)(uintptr_t)result);
    int status;

    json_object_set_new(document, "schema", json_string(SCHEMA));
    status = output_file_json(path, document, true, err);
    json_decref(document);
    return status;
}

static const struct {
    const char *name;
    int (*write)(const char *path, const json_t *result, struct error *err);
} formats[] = {{"text", write_text}, {"json", write_json}};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static size_t find_format(const char *name)
{
    size_t i = 0;

    while (i < FORMATS && strcmp(formats[i].name, name) != 0)
        i++;
    return i;
}

int inspect_report_check_format(const char *format, struct error *err)
{
    if (find_format(format) < FORMATS)
        return 0;
    return error_set(err, ERROR_USAGE, "--format %s: reports are written as text or json", format);
}

int inspect_report_write(const char *path, const char *format, const json_t *result,
                         struct error *err)
{
    if (inspect_report_check_format(format, err) < 0)
        return -(int)err->code;
    return formats[find_format(format)].write(path, result, err);
}
