/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tui/inspect-report.h"

#include <string.h>

#include "media/base/instant.h"
#include "tui/ask.h"
#include "tui/field.h"
#include "tui/floors-compare.h"
#include "tui/report-device.h"
#include "tui/report-inspection.h"

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

static json_t *find_device(const json_t *result, const json_t *media)
{
    const char *source = field_raw(result, "source");
    struct block_device place;
    struct error ignored;

    if (source == NULL || report_device_place(source, &place, &ignored) < 0)
        return json_null();
    return report_device_at(media, &place);
}

/* Ages at which an endpoint warns and fails, beside the age of what the medium carries. */
static void add_limits(json_t *packages, const json_t *contents)
{
    for (size_t i = 0; i < json_array_size(packages); i++) {
        json_t *package = json_array_get(packages, i);
        const char *type = field_raw(package, "type");

        for (size_t j = 0; type != NULL && j < json_array_size(contents); j++) {
            const json_t *content = json_array_get(contents, j);

            if (!is(content, "type", type))
                continue;
            json_object_set(package, "warn", json_object_get(content, "warn"));
            json_object_set(package, "fail", json_object_get(content, "fail"));
        }
    }
}

void inspect_report_complete(json_t *result, const struct inspect_context *context)
{
    json_t *plan = json_object_get(result, "plan");
    const char *name = field_raw(result, "code");
    int64_t now_us = instant_clock() / INSTANT_SECOND_US * INSTANT_SECOND_US;
    enum error_code code = ERROR_INTERNAL;
    char now[INSTANT_TEXT_BYTES];

    if (name == NULL || error_from_name(name, &code) < 0)
        code = ERROR_INTERNAL;
    add_ages(context->documents, now_us);
    add_ages(json_object_get(plan, "packages"), now_us);
    add_limits(json_object_get(plan, "packages"), json_object_get(context->status, "contents"));
    add_set_times(json_object_get(plan, "set"), now_us);
    json_object_set_new(result, "generated", json_string(instant_format(now_us, now)));
    json_object_set_new(result, "tool", json_string("sallyport " PACKAGE_VERSION));
    json_object_set_new(result, "by", report_file_maker(context->status));
    json_object_set_new(result, "device", find_device(result, context->media));
    json_object_set_new(result, "marking",
                        context->marking != NULL ? json_string(context->marking) : json_null());
    json_object_set_new(result, "next", json_string(error_row(code)->next_step));
    json_object_set_new(result, "exit_status", json_integer(ask_status_of(result)));
    json_object_set_new(result, "volume", find_volume(context->documents));
    json_object_set_new(result, "floors", compare_floors(result, context->floors));
    json_object_set(result, "documents", context->documents);
}

int inspect_report_write(const json_t *result, struct report_file *file, struct error *err)
{
    json_t *document = json_copy((json_t *)(uintptr_t)result);
    struct report report;
    int status;

    json_object_set_new(document, "schema", json_string(SCHEMA));
    report_inspection(&report, document);
    status = report_file_write(&report, file, err);
    report_clear(&report);
    json_decref(document);
    return status;
}
