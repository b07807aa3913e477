/* SPDX-License-Identifier: ISC */
#include "mirror/report.h"

#include <stdarg.h>
#include <stdio.h>

#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/text.h"
#include "mirror/repository.h"

#define LINE_BYTES 4096

void report_begin(struct report *report, const struct command_invocation *invocation)
{
    *report = (struct report){.program = invocation->program->name,
                              .json = command_flag(invocation, "json"),
                              .quiet = command_flag(invocation, "quiet")};
    if (report->json)
        report->warnings = json_array();
}

void report_end(struct report *report)
{
    json_decref(report->warnings);
    report->warnings = NULL;
}

static void put_line(const struct report *report, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void put_line(const struct report *report, const char *format, va_list arguments)
{
    char line[LINE_BYTES], shown[LINE_BYTES];

    vsnprintf(line, sizeof(line), format, arguments);
    fprintf(report->aside ? stderr : stdout, "%s\n",
            text_escape_string(line, shown, sizeof(shown)));
}

void report_line(const struct report *report, const char *format, ...)
{
    va_list arguments;

    if (report->json || report->quiet)
        return;
    va_start(arguments, format);
    put_line(report, format, arguments);
    va_end(arguments);
}

void report_data(const struct report *report, const char *format, ...)
{
    va_list arguments;

    if (report->json)
        return;
    va_start(arguments, format);
    put_line(report, format, arguments);
    va_end(arguments);
}

void report_warn(struct report *report, const char *format, ...)
{
    char line[LINE_BYTES], shown[LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (report->json)
        json_array_append_new(report->warnings, report_text(line));
    else if (!report->quiet)
        fprintf(stderr, "%s: warning: %s\n", report->program,
                text_escape_string(line, shown, sizeof(shown)));
}

void report_flag(const struct report *report, const char *name, const json_t *rows)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *site = json_string_value(json_object_get(row, "site"));

        report_line(report, "flag          %s %s, %lld%% of %s%s", name,
                    json_string_value(json_object_get(row, "value")),
                    (long long)json_integer_value(json_object_get(row, "percent")),
                    site != NULL ? "site " : "every site", site != NULL ? site : "");
    }
}

void report_standing(struct report *report, const struct repository *repository)
{
    if (repository->settings.unprotected)
        report_warn(report, "the key files are not protected by a passphrase "
                            "(--unprotected-keys was given at init)");
    if (repository_root_key_beside(repository))
        report_warn(report,
                    "the root key is readable beside the repository; move %s/%s to offline storage",
                    repository->folder, REPOSITORY_ROOT_KEYS);
}

void report_document(const struct report *report, const char *schema, json_t *document)
{
    struct error err = {.code = ERROR_OK};
    struct bytes text;

    if (!report->json) {
        json_decref(document);
        return;
    }
    bytes_init(&text, LIMIT_MESSAGE_BYTES);
    json_object_set_new(document, "schema", json_string(schema));
    if (json_array_size(report->warnings) > 0)
        json_object_set(document, "warnings", report->warnings);
    if (json_write(document, &text, &err) == 0)
        fwrite(text.data, 1, text.size, stdout);
    fputc('\n', stdout);
    bytes_clear(&text);
    json_decref(document);
}

json_t *report_digest(const uint8_t digest[static DIGEST_BYTES])
{
    char text[DIGEST_TEXT_BYTES];

    return json_string(digest_text(digest, text));
}

json_t *report_instant(int64_t instant_us)
{
    char text[INSTANT_TEXT_BYTES];

    return json_string(instant_format(instant_us, text));
}

json_t *report_text(const char *text)
{
    char shown[LINE_BYTES];

    return json_string(text_escape_string(text, shown, sizeof(shown)));
}
