/* SPDX-License-Identifier: ISC */
#include "tui/output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LABEL_COLUMNS 10
#define WIDTH         80

static const struct {
    const char *health, *text, *color;
} marks[] = {
    [OUTPUT_OK] = {"ok", "[ OK ]", ""},
    [OUTPUT_WARN] = {"warn", "[WARN]", "\033[1;33m"},
    [OUTPUT_FAIL] = {"fail", "[FAIL]", "\033[1;31m"},
    [OUTPUT_BLOCKED] = {"blocked", "[BLOCK]", "\033[37;41m"},
    [OUTPUT_NONE] = {"none", "[--]", ""},
};

#define MARKS (sizeof(marks) / sizeof(marks[0]))

/* no-color.org: set and not empty. A dumb terminal would show the codes. */
static bool color_wanted(void)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (no_color != NULL && no_color[0] != '\0')
        return false;
    return isatty(STDOUT_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}

int output_open(const struct command_invocation *invocation, struct output *output,
                struct error *err)
{
    const char *when = command_text(invocation, "color");

    *output = (struct output){.stream = stdout};
    if (when == NULL || strcmp(when, "auto") == 0)
        output->color = color_wanted();
    else if (strcmp(when, "always") == 0)
        output->color = true;
    else if (strcmp(when, "never") != 0)
        return error_set(err, ERROR_USAGE, "--color takes auto, always or never");
    return 0;
}

const char *output_mark_text(enum output_mark mark)
{
    return marks[mark].text;
}

void output_mark(const struct output *output, enum output_mark mark)
{
    bool colored = output->color && marks[mark].color[0] != '\0';

    fprintf(output->stream, "%s%s%s", colored ? marks[mark].color : "", marks[mark].text,
            colored ? "\033[0m" : "");
}

enum output_mark output_mark_of(const char *health)
{
    for (size_t i = 0; health != NULL && i < MARKS; i++)
        if (strcmp(marks[i].health, health) == 0)
            return (enum output_mark)i;
    return health != NULL && strcmp(health, "block") == 0 ? OUTPUT_BLOCKED : OUTPUT_NONE;
}

/* Exit status 20 to 24: sallyport(1). */
enum output_mark output_mark_of_code(const char *name)
{
    enum error_code code;

    if (name == NULL || error_from_name(name, &code) < 0)
        return OUTPUT_NONE;
    if (code == ERROR_OK)
        return OUTPUT_OK;
    if (error_row(code)->exit_status >= 20 && error_row(code)->exit_status <= 24)
        return OUTPUT_BLOCKED;
    return code == ERROR_PARTIAL || code == ERROR_UNCHANGED ? OUTPUT_WARN : OUTPUT_FAIL;
}

void output_label(const struct output *output, const char *label)
{
    fprintf(output->stream, "%-*s", LABEL_COLUMNS, label);
}

void output_wrapped(const struct output *output, const char *text, size_t at, size_t indent)
{
    bool first = true;

    while (*text != '\0') {
        size_t size = strcspn(text, " ");

        if (!first && at + 1 + size > WIDTH) {
            fprintf(output->stream, "\n%*s", (int)indent, "");
            at = indent;
        } else if (!first) {
            fputc(' ', output->stream);
            at++;
        }
        fprintf(output->stream, "%.*s", (int)size, text);
        at += size;
        text += size + strspn(text + size, " ");
        first = false;
    }
    fputc('\n', output->stream);
}

int output_json(const json_t *document, struct error *err)
{
    if (json_dumpf(document, stdout, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII) < 0)
        return error_set(err, ERROR_IO, "writing the output");
    fputc('\n', stdout);
    return 0;
}

const char *output_bytes(uint64_t bytes, char out[static 32])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    uint64_t tenths;
    size_t unit = 0;

    if (bytes < 1024) {
        snprintf(out, 32, "%" PRIu64 " B", bytes);
        return out;
    }
    while (bytes >= UINT64_C(1024) * 1024) {
        bytes >>= 10;
        unit++;
    }
    tenths = bytes * 10 / 1024;
    snprintf(out, 32, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10, units[unit + 1]);
    return out;
}
