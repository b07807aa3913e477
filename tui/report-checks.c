/* SPDX-License-Identifier: ISC */
#include "tui/report-checks.h"

#include <string.h>

#include "tui/field.h"

/* In the order in which they are made (media/trust.h, sallyport-set.5). */
static const struct {
    const char *name, *words;
} order[] = {
    {"size_checked", "Size within the limit of its kind"},
    {"der_checked", "Strict DER"},
    {"profile_checked", "CMS profile"},
    {"signature_verified", "Signatures"},
    {"timestamp_verified", "Timestamps"},
    {"window_checked", "Signing time near its timestamp"},
    {"chain_verified", "Certificate chains"},
    {"revocation_checked", "Revocation"},
    {"role_verified", "Roles of the signers"},
    {"threshold_met", "Threshold"},
    {"accepted", "Accepted as signed"},
    {"floor_passed", "Not below the floor"},
};

#define CHECKS (sizeof(order) / sizeof(order[0]))

static void add_row(struct report *report, const char *path, const char *check, bool passed,
                    bool good, bool *failed)
{
    const char *result = passed ? "passed" : good ? "not made for this kind" : "failed";
    enum output_mark mark = passed ? OUTPUT_OK : good ? OUTPUT_NONE : OUTPUT_FAIL;

    if (!passed && !good && *failed) {
        result = "not reached";
        mark = OUTPUT_NONE;
    }
    *failed = *failed || !passed;
    report_row(report, mark, (const char *const[]){path, check, result});
}

static bool is_known(const char *name)
{
    size_t i = 0;

    while (i < CHECKS && strcmp(order[i].name, name) != 0)
        i++;
    return i < CHECKS;
}

static void add_checks(struct report *report, const json_t *document)
{
    json_t *checks = (json_t *)(uintptr_t)field_object(document, "checks");
    const char *code = field_raw(document, "code"), *name;
    bool good = code != NULL && strcmp(code, "ok") == 0, failed = false;
    char path[FIELD_BYTES], other[FIELD_BYTES];
    json_t *value;

    field_text(document, "path", path);
    for (size_t i = 0; i < CHECKS; i++) {
        value = json_object_get(checks, order[i].name);
        if (value != NULL)
            add_row(report, path, order[i].words, json_is_true(value), good, &failed);
    }
    json_object_foreach(checks, name, value)
    {
        json_t *holder = json_pack("{s:s}", "name", name);

        if (!is_known(name))
            add_row(report, path, field_text(holder, "name", other), json_is_true(value), good,
                    &failed);
        json_decref(holder);
    }
}

void report_checks(struct report *report, const json_t *documents)
{
    static const char *const columns[] = {"Document", "Check", "Result", NULL};

    report_section(report, "Checks", columns,
                   "The first check that fails ends the judgement of its document.");
    for (size_t i = 0; i < json_array_size(documents); i++)
        add_checks(report, json_array_get(documents, i));
}
