/* SPDX-License-Identifier: ISC */
#include "tui/import-view.h"

#include <string.h>

#include "tui/field.h"
#include "tui/floors-compare.h"
#include "tui/table.h"

static const char *const headers[] = {"TYPE", "VERSION", "ISSUE",  "GENTIME",
                                      "READ", "RESULT",  "REASON", NULL};

/* Results of a package and of a whole import, and what they mean to people. */
static const struct {
    const char *name, *sentence;
    enum output_mark mark;
} results[] = {
    {"active", "Imported and active.", OUTPUT_OK},
    {"staged", "Accepted, not active yet: a wave has to open first.", OUTPUT_OK},
    {"current", "already current: nothing changed", OUTPUT_OK},
    {"planned", "This is the plan; nothing was changed.", OUTPUT_OK},
    {"partial", "Some packages were left out; the others are done.", OUTPUT_WARN},
    {"refused", "Refused; what was there before stays in service.", OUTPUT_BLOCKED},
};

#define RESULTS (sizeof(results) / sizeof(results[0]))

static size_t find_result(const char *name)
{
    size_t i = 0;

    while (i < RESULTS && (name == NULL || strcmp(results[i].name, name) != 0))
        i++;
    return i;
}

bool import_view_is(const json_t *import, const char *name)
{
    const char *result = field_raw(import, "result");

    return result != NULL && strcmp(result, name) == 0;
}

/* What it comes to, for people. A newer set of the same packages is news of its own. */
static const char *sentence_of(const json_t *import, size_t result, char out[static FIELD_BYTES])
{
    if (import_view_is(import, "current") && field_true(import, "changed"))
        return "Content as it was; the newer set says that it is still current.";
    return result < RESULTS ? results[result].sentence : field_text(import, "result", out);
}

static void put_package(struct table *table, const json_t *row)
{
    const char *code = field_raw(row, "code");
    char first[FIELD_BYTES], second[FIELD_BYTES], reason[FIELD_BYTES] = "", bytes[32];

    table_text(table, field_text(row, "type", first));
    table_text(table, field_text(row, "version", first));
    table_text(table, field_count(row, "issue", first));
    table_text(table, field_time(row, "time", first));
    table_text(table, output_bytes((uint64_t)field_number(row, "bytes"), bytes));
    table_text(table, field_text(row, "result", first));
    if (code != NULL && strcmp(code, "ok") != 0)
        snprintf(reason, sizeof(reason), "%.100s: %.1500s", field_text(row, "code", first),
                 field_text(row, "words", second));
    table_text(table, reason);
}

/* What an import would take, and what it would leave behind. */
static void print_plan(const json_t *import, const struct output *output)
{
    const json_t *floors = json_object_get(import, "floors");
    char read_text[32], needed_text[32], free_text[32];

    if (json_array_size(floors) > 0)
        floors_compare_print(floors, output);
    fprintf(output->stream, "Reads %s, needs %s of free space",
            output_bytes((uint64_t)field_number(import, "read_bytes"), read_text),
            output_bytes((uint64_t)field_number(import, "needed_bytes"), needed_text));
    if (json_is_integer(json_object_get(import, "free_bytes")))
        fprintf(output->stream, "; %s is free",
                output_bytes((uint64_t)field_number(import, "free_bytes"), free_text));
    fprintf(output->stream, ".\n");
}

void import_view_add_floors(json_t *import, const json_t *floors)
{
    const json_t *packages = json_object_get(import, "packages");
    const char *ring = field_raw(import, "ring");
    json_t *rows = json_array();

    if (ring != NULL && json_is_integer(json_object_get(import, "sequence")))
        floors_compare(rows, floors, "ring", ring, import, "sequence", true);
    for (size_t i = 0; i < json_array_size(packages); i++) {
        const json_t *package = json_array_get(packages, i);

        if (field_raw(package, "type") != NULL)
            floors_compare(rows, floors, "type", field_raw(package, "type"), package, "issue",
                           import_view_is(package, "planned"));
    }
    json_object_set_new(import, "floors", rows);
}

void import_view_print(const json_t *import, const struct output *output)
{
    const json_t *packages = json_object_get(import, "packages");
    size_t result = find_result(field_raw(import, "result"));
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES], fourth[FIELD_BYTES];
    char resumed[32];
    struct table table;

    fprintf(output->stream, "%s: ring %s, set %s of %s\n", field_text(import, "source", first),
            field_text(import, "ring", second), field_count(import, "sequence", third),
            field_time(import, "time", fourth));
    table_init(&table, headers);
    for (size_t i = 0; i < json_array_size(packages); i++)
        put_package(&table, json_array_get(packages, i));
    table_print(&table, output);
    table_clear(&table);
    if (import_view_is(import, "planned"))
        print_plan(import, output);
    if (field_number(import, "built_bytes") > 0)
        fprintf(output->stream, "%s were read from what is installed instead.\n",
                output_bytes((uint64_t)field_number(import, "built_bytes"), resumed));
    if (field_number(import, "resumed_bytes") > 0)
        fprintf(output->stream, "%s were there from an import that was interrupted.\n",
                output_bytes((uint64_t)field_number(import, "resumed_bytes"), resumed));
    output_mark(output, result < RESULTS ? results[result].mark : OUTPUT_NONE);
    fprintf(output->stream, " %s", sentence_of(import, result, first));
    if (field_raw(import, "words") != NULL && field_raw(import, "words")[0] != '\0')
        fprintf(output->stream, " %s", field_text(import, "words", first));
    fputc('\n', output->stream);
}
