/* SPDX-License-Identifier: ISC */
#include "tui/report-format.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/json.h"

static int put_json(const json_t *document, struct bytes *out, struct error *err)
{
    int result = json_write(document, out, err);

    return result < 0 ? result : bytes_put_u8(out, '\n', err);
}

static int write_json(const struct report *report, struct bytes *out, struct error *err)
{
    return put_json(report->source, out, err);
}

static int write_oscal(const struct report *report, struct bytes *out, struct error *err)
{
    json_t *document = report_oscal(report);
    int result = document != NULL
                     ? put_json(document, out, err)
                     : error_set(err, ERROR_INTERNAL, "OSCAL results that can't be written");

    json_decref(document);
    return result;
}

/* One row a format: what prints to a stream, or what fills the buffer itself. */
static const struct {
    const char *name;
    void (*print)(const struct report *report, FILE *stream);
    int (*write)(const struct report *report, struct bytes *out, struct error *err);
} formats[] = {
    {"text", report_text, NULL}, {"json", NULL, write_json},   {"html", report_html, NULL},
    {"csv", report_csv, NULL},   {"oscal", NULL, write_oscal},
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static size_t find_format(const char *name)
{
    size_t i = 0;

    while (i < FORMATS && strcmp(formats[i].name, name) != 0)
        i++;
    return i;
}

int report_format_check(const char *format, struct error *err)
{
    if (find_format(format) < FORMATS)
        return 0;
    return error_set(err, ERROR_USAGE, "--format %s: reports are written as " REPORT_FORMATS,
                     format);
}

static int print(const struct report *report,
                 void (*printer)(const struct report *report, FILE *stream), struct bytes *out,
                 struct error *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    int result;

    if (stream == NULL)
        return error_set(err, ERROR_INTERNAL, "no memory for a report");
    printer(report, stream);
    if (fclose(stream) != 0)
        result = error_set(err, ERROR_INTERNAL, "no memory for a report");
    else
        result = bytes_put(out, text, size, err);
    free(text);
    return result;
}

int report_format_write(const struct report *report, const char *format, struct bytes *out,
                        struct error *err)
{
    size_t i;

    if (report_format_check(format, err) < 0)
        return -(int)err->code;
    i = find_format(format);
    if (formats[i].print != NULL)
        return print(report, formats[i].print, out, err);
    return formats[i].write(report, out, err);
}
