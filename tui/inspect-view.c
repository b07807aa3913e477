/* SPDX-License-Identifier: ISC */
#include "tui/inspect-view.h"

#include <string.h>

#include "media/base/text.h"
#include "tui/field.h"
#include "tui/floors-compare.h"
#include "tui/table.h"

#define UNLISTED_SHOWN 20
#define INDENT         7

static const char *const headers[] = {"TYPE", "VERSION", "ISSUE",  "GENTIME", "AGE",
                                      "SIZE", "ANSWER",  "REASON", NULL};

static bool is_ok(const json_t *object)
{
    const char *code = field_raw(object, "code");

    return code != NULL && strcmp(code, "ok") == 0;
}

/* Checks that are not passed: of a good document those that its kind does not have, of a bad one
 * those that failed or were not reached. */
static void print_checks(const json_t *document, const struct output *output)
{
    json_t *checks = (json_t *)(uintptr_t)field_object(document, "checks");
    const char *what = is_ok(document) ? "not for this document: " : "not passed: ";
    char text[FIELD_BYTES] = "", name[FIELD_BYTES];
    size_t used = 0, passed = 0;
    const char *key;
    json_t *value;

    json_object_foreach(checks, key, value)
    {
        text_escape_string(key, name, sizeof(name));
        passed += json_is_true(value) ? 1 : 0;
        if (!json_is_true(value) && used < sizeof(text) - 100)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.80s",
                                     used > 0 ? ", " : "", name);
    }
    if (json_object_size(checks) == 0)
        return;
    fprintf(output->stream, "%*s%zu checks passed\n", INDENT, "", passed);
    if (used > 0)
        fprintf(output->stream, "%*s%s", INDENT, "", what);
    if (used > 0)
        output_wrapped(output, text, INDENT + strlen(what), INDENT);
}

static void print_signers(const json_t *document, const struct output *output)
{
    const json_t *signers = json_object_get(document, "signers");
    char name[FIELD_BYTES], key[FIELD_BYTES], signing[FIELD_BYTES], stamped[FIELD_BYTES];

    for (size_t i = 0; i < json_array_size(signers); i++) {
        const json_t *signer = json_array_get(signers, i);

        fprintf(output->stream, "%*ssigned by %s, key %s, %s, timestamp %s\n", INDENT, "",
                field_text(signer, "name", name), field_short(signer, "key", key),
                field_time(signer, "signing_time", signing), field_time(signer, "time", stamped));
    }
}

void inspect_view_document(const json_t *document, const struct output *output)
{
    char kind[FIELD_BYTES], path[FIELD_BYTES], time[FIELD_BYTES], code[FIELD_BYTES];
    char words[FIELD_BYTES];

    output_mark(output, is_ok(document) ? OUTPUT_OK : OUTPUT_FAIL);
    fprintf(output->stream, " %-8s %s  %s\n", field_text(document, "kind", kind),
            field_text(document, "path", path), field_time(document, "time", time));
    if (!is_ok(document)) {
        field_text(document, "code", code);
        fprintf(output->stream, "%*s%s: ", INDENT, "", code);
        output_wrapped(output, field_text(document, "words", words), INDENT + strlen(code) + 2,
                       INDENT);
    }
    print_checks(document, output);
    print_signers(document, output);
}

static void put_package(struct table *table, const json_t *row)
{
    char first[FIELD_BYTES], second[FIELD_BYTES], reason[FIELD_BYTES] = "", bytes[32];

    table_text(table, field_text(row, "type", first));
    table_text(table, field_text(row, "version", first));
    table_text(table, field_count(row, "issue", first));
    table_text(table, field_time(row, "time", first));
    table_text(table, field_age(row, "age", NULL, first));
    table_text(table, output_bytes((uint64_t)field_number(row, "bytes"), bytes));
    table_text(table, field_text(row, "answer", first));
    if (!is_ok(row))
        snprintf(reason, sizeof(reason), "%.100s: %.1500s", field_text(row, "code", first),
                 field_text(row, "words", second));
    table_text(table, reason);
}

static void print_volume(const json_t *result, const struct output *output)
{
    const json_t *volume = field_object(result, "volume");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES], fourth[FIELD_BYTES];

    if (volume == NULL) {
        fprintf(output->stream, "Volume: no export document was accepted.\n");
        return;
    }
    fprintf(output->stream, "Volume %s of %s, medium %s, written %s",
            field_count(volume, "volume", first), field_count(volume, "volumes", second),
            field_text(volume, "medium", third), field_time(volume, "created", fourth));
    fprintf(output->stream, " by %s\n", field_text(volume, "exporter", first));
}

static void print_packages(const json_t *packages, const struct output *output)
{
    struct table table;

    table_init(&table, headers);
    for (size_t i = 0; i < json_array_size(packages); i++)
        put_package(&table, json_array_get(packages, i));
    table_print(&table, output);
    table_clear(&table);
}

/* " (3d old)" where an age is known. */
static void print_age(const json_t *object, const struct output *output)
{
    char age[FIELD_BYTES];

    if (json_is_integer(json_object_get(object, "age")))
        fprintf(output->stream, " (%s old)", field_age(object, "age", NULL, age));
}

static void print_set(const json_t *plan, const struct output *output)
{
    const json_t *set = field_object(plan, "set");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES], fourth[FIELD_BYTES];

    if (set == NULL) {
        fprintf(output->stream, "No set was accepted.\n");
        return;
    }
    fprintf(output->stream, "Ring %s, set %s of %s", field_text(set, "ring", first),
            field_count(set, "sequence", second), field_time(set, "time", third));
    print_age(set, output);
    fprintf(output->stream, ", %s %s, against the floor here: %s\n",
            field_true(set, "expired") ? "expired" : "expires", field_time(set, "expires", fourth),
            field_text(plan, "set_answer", first));
    print_packages(json_object_get(plan, "packages"), output);
}

static void print_floors(const json_t *result, const struct output *output)
{
    const json_t *floors = json_object_get(result, "floors");

    if (json_is_array(floors))
        floors_compare_print(floors, output);
    else
        fprintf(output->stream, "Floors: no enrolled agent judged, so none are known here.\n");
}

static void print_files(const json_t *plan, const struct output *output)
{
    const json_t *files = field_object(plan, "files");
    const json_t *unlisted = json_object_get(files, "unlisted");
    size_t count = json_array_size(unlisted);
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    if (files == NULL)
        return;
    fprintf(output->stream, "Files: %s listed, %s matching, %s missing, %zu not listed\n",
            field_count(files, "listed", first), field_count(files, "matching", second),
            field_count(files, "missing", third), count);
    for (size_t i = 0; i < count && i < UNLISTED_SHOWN; i++) {
        json_t *holder = json_pack("{s:O}", "path", json_array_get(unlisted, i));

        fprintf(output->stream, "       not listed: %s\n", field_text(holder, "path", first));
        json_decref(holder);
    }
    if (count > UNLISTED_SHOWN)
        fprintf(output->stream, "       and %zu more; --json lists them all\n",
                count - UNLISTED_SHOWN);
}

void inspect_view_head(const json_t *result, const struct output *output)
{
    char first[FIELD_BYTES], second[FIELD_BYTES];

    fprintf(output->stream, "Inspection of %s\n", field_text(result, "source", first));
    fprintf(output->stream, "%s, by %s, %s\n\n", field_time(result, "generated", first),
            field_text(result, "tool", second),
            field_true(result, "anchored") ? "under roots that are trusted here"
                                           : "without a root to trust");
}

void inspect_view_result(const json_t *result, const struct output *output)
{
    const json_t *plan = field_object(result, "plan");
    const char *name = field_raw(result, "code");
    enum error_code code = ERROR_INTERNAL;
    char text[FIELD_BYTES];

    fputc('\n', output->stream);
    print_volume(result, output);
    print_set(plan, output);
    print_floors(result, output);
    print_files(plan, output);
    if (name != NULL && error_from_name(name, &code) < 0)
        code = ERROR_INTERNAL;
    fprintf(output->stream, "Verdict: ");
    output_mark(output, code == ERROR_OK           ? OUTPUT_OK
                        : code == ERROR_UNANCHORED ? OUTPUT_WARN
                                                   : OUTPUT_BLOCKED);
    fprintf(output->stream, " %s", field_text(result, "code", text));
    if (code != ERROR_OK)
        fprintf(output->stream, ": %s\nNext step: %s", field_text(result, "words", text),
                error_row(code)->next_step);
    fputc('\n', output->stream);
}
