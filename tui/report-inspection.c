/* SPDX-License-Identifier: ISC */
#include "tui/report-inspection.h"

#include <stdio.h>
#include <string.h>

#include "tui/field.h"
#include "tui/report-checks.h"
#include "tui/report-device.h"

/* Texts of one object's fields, each in a buffer of its own: a row needs all of them at once. */
struct texts {
    char of[REPORT_COLUMNS][FIELD_BYTES];
};

static bool is(const json_t *object, const char *key, const char *value)
{
    const char *text = field_raw(object, key);

    return text != NULL && strcmp(text, value) == 0;
}

static enum output_mark mark_of(const json_t *object)
{
    return is(object, "code", "ok") ? OUTPUT_OK : OUTPUT_FAIL;
}

/* "2026-11-23T08:00:00Z (3d old)". */
static const char *time_and_age(const json_t *object, char out[static FIELD_BYTES])
{
    char age[FIELD_BYTES];
    size_t used;

    field_time(object, "time", out);
    used = strlen(out);
    if (json_is_integer(json_object_get(object, "age")))
        snprintf(out + used, FIELD_BYTES - used, " (%.40s old)",
                 field_age(object, "age", NULL, age));
    return out;
}

static void add_head(struct report *report, const json_t *inspection)
{
    const json_t *by = field_object(inspection, "by"), *agent = field_object(by, "agent");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    report_section(report, "Report", NULL, NULL);
    report_fact(report, OUTPUT_UNMARKED, "Medium", "%s", field_text(inspection, "source", first));
    report_fact(report, OUTPUT_UNMARKED, "Made", "%s, by the clock of this host",
                field_time(inspection, "generated", first));
    report_fact(report, OUTPUT_UNMARKED, "Program", "%s", field_text(inspection, "tool", first));
    report_fact(report, OUTPUT_UNMARKED, "Host", "%s", field_text(by, "host", first));
    report_fact(report, OUTPUT_UNMARKED, "Operator", "user id %s", field_count(by, "uid", first));
    if (agent != NULL)
        report_fact(report, OUTPUT_UNMARKED, "Judged by",
                    "the agent of endpoint %s, site %s, version %s",
                    field_text(agent, "endpoint", first), field_text(agent, "site", second),
                    field_text(agent, "version", third));
    else
        report_fact(report, OUTPUT_UNMARKED, "Judged by", "this program; no agent took part");
    report_fact(report, field_true(inspection, "anchored") ? OUTPUT_OK : OUTPUT_WARN, "Trust", "%s",
                field_true(inspection, "anchored") ? "under roots that are trusted here"
                                                   : "without a root to trust");
}

static void add_verdict(struct report *report, const json_t *inspection)
{
    const json_t *plan = field_object(inspection, "plan");
    char first[FIELD_BYTES], second[FIELD_BYTES];

    report->verdict = is(inspection, "code", "ok")           ? OUTPUT_OK
                      : is(inspection, "code", "unanchored") ? OUTPUT_WARN
                                                             : OUTPUT_BLOCKED;
    report_set(&report->verdict_text, field_text(inspection, "code", first));
    report_section(report, "Verdict", NULL, NULL);
    report_fact(report, report->verdict, "Verdict", "%s", first);
    report_fact(report, OUTPUT_UNMARKED, "Reason", "%s", field_text(inspection, "words", first));
    report_fact(report, OUTPUT_UNMARKED, "Next step", "%s", field_text(inspection, "next", first));
    report_fact(report, OUTPUT_UNMARKED, "Set", "%s against the floor here; exit status %s",
                field_text(plan, "set_answer", first),
                field_count(inspection, "exit_status", second));
}

static void add_volume(struct report *report, const json_t *inspection)
{
    const json_t *volume = field_object(inspection, "volume");
    const json_t *set = field_object(field_object(inspection, "plan"), "set");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    report_section(report, "Medium and set", NULL, NULL);
    if (volume == NULL)
        report_fact(report, OUTPUT_UNMARKED, "Volume", "no export document was accepted");
    else {
        report_fact(report, OUTPUT_UNMARKED, "Volume", "%s of %s of medium %s",
                    field_count(volume, "volume", first), field_count(volume, "volumes", second),
                    field_text(volume, "medium", third));
        report_fact(report, OUTPUT_UNMARKED, "Written", "%s by %s",
                    field_time(volume, "created", first), field_text(volume, "exporter", second));
    }
    if (set == NULL) {
        report_fact(report, OUTPUT_UNMARKED, "Set", "none was accepted");
        return;
    }
    report_fact(report, OUTPUT_UNMARKED, "Ring", "%s", field_text(set, "ring", first));
    report_fact(report, OUTPUT_UNMARKED, "Set", "%s of %s", field_count(set, "sequence", first),
                time_and_age(set, second));
    report_fact(report, field_true(set, "expired") ? OUTPUT_FAIL : OUTPUT_UNMARKED, "Expires",
                "%s%s", field_time(set, "expires", first),
                field_true(set, "expired") ? ", expired" : "");
    report_fact(report, OUTPUT_UNMARKED, "Digest", "%s", field_text(set, "digest", first));
}

static void add_documents(struct report *report, const json_t *documents)
{
    static const char *const columns[] = {"Kind",   "Path",   "Signed", "Age",
                                          "Digest", "Result", "Reason", NULL};
    struct texts *texts = &(struct texts){0};

    report_section(report, "Documents", columns, "In the order in which they were judged.");
    for (size_t i = 0; i < json_array_size(documents); i++) {
        const json_t *document = json_array_get(documents, i);

        report_row(report, mark_of(document),
                   (const char *const[]){field_text(document, "kind", texts->of[0]),
                                         field_text(document, "path", texts->of[1]),
                                         field_time(document, "time", texts->of[2]),
                                         field_age(document, "age", NULL, texts->of[3]),
                                         field_text(document, "digest", texts->of[4]),
                                         field_text(document, "code", texts->of[5]),
                                         field_text(document, "words", texts->of[6])});
    }
}

static void add_signers(struct report *report, const json_t *documents)
{
    static const char *const columns[] = {"Document",     "Signer",    "Key",
                                          "Signing time", "Timestamp", NULL};
    struct texts *texts = &(struct texts){0};

    report_section(report, "Signers", columns, "A signing time is a claim; a timestamp is proof.");
    for (size_t i = 0; i < json_array_size(documents); i++) {
        const json_t *document = json_array_get(documents, i);
        const json_t *signers = json_object_get(document, "signers");

        for (size_t j = 0; j < json_array_size(signers); j++) {
            const json_t *signer = json_array_get(signers, j);

            report_row(report, OUTPUT_UNMARKED,
                       (const char *const[]){field_text(document, "path", texts->of[0]),
                                             field_text(signer, "name", texts->of[1]),
                                             field_text(signer, "key", texts->of[2]),
                                             field_time(signer, "signing_time", texts->of[3]),
                                             field_time(signer, "time", texts->of[4])});
        }
    }
}

static void add_packages(struct report *report, const json_t *packages)
{
    static const char *const columns[] = {"Type", "Version", "Issue",  "Signed", "Age",
                                          "Size", "Answer",  "Result", "Reason", NULL};
    struct texts *texts = &(struct texts){0};

    report_section(report, "Packages", columns, NULL);
    for (size_t i = 0; i < json_array_size(packages); i++) {
        const json_t *row = json_array_get(packages, i);
        const char *size = output_bytes((uint64_t)field_number(row, "bytes"), texts->of[5]);

        report_row(
            report, mark_of(row),
            (const char *const[]){
                field_text(row, "type", texts->of[0]), field_text(row, "version", texts->of[1]),
                field_count(row, "issue", texts->of[2]), field_time(row, "time", texts->of[3]),
                field_age(row, "age", NULL, texts->of[4]), size,
                field_text(row, "answer", texts->of[6]), field_text(row, "code", texts->of[7]),
                field_text(row, "words", texts->of[8])});
    }
}

/* Of content that an import would bring, against what the endpoint takes for too old. */
static void add_ages(struct report *report, const json_t *packages)
{
    static const char *const columns[] = {"Type", "Age", "Warns from", "Fails from", NULL};
    struct texts *texts = &(struct texts){0};

    report_section(report, "Ages", columns,
                   "Limits are the endpoint's; without an agent none are known.");
    for (size_t i = 0; i < json_array_size(packages); i++) {
        const json_t *row = json_array_get(packages, i);
        int64_t age = field_number(row, "age"), warn = field_number(row, "warn"),
                fail = field_number(row, "fail");

        report_row(report,
                   warn <= 0 || fail <= 0 ? OUTPUT_NONE
                   : age >= fail          ? OUTPUT_FAIL
                   : age >= warn          ? OUTPUT_WARN
                                          : OUTPUT_OK,
                   (const char *const[]){field_text(row, "type", texts->of[0]),
                                         field_age(row, "age", NULL, texts->of[1]),
                                         field_age(row, "warn", "never", texts->of[2]),
                                         field_age(row, "fail", "never", texts->of[3])});
    }
}

/* "7 of 2026-11-23T08:00:00Z". */
static const char *floor_text(const json_t *floor, char out[static FIELD_BYTES])
{
    char number[FIELD_BYTES], time[FIELD_BYTES];

    if (floor == NULL)
        snprintf(out, FIELD_BYTES, "none yet");
    else
        snprintf(out, FIELD_BYTES, "%.20s of %.60s", field_count(floor, "number", number),
                 field_time(floor, "time", time));
    return out;
}

static void add_floors(struct report *report, const json_t *floors)
{
    static const char *const columns[] = {"Floor of", "Now", "After an import", NULL};
    struct texts *texts = &(struct texts){0};

    report_section(report, "Floors", columns,
                   json_is_array(floors) ? "Nothing older than a floor is accepted."
                                         : "No enrolled agent judged, so none are known here.");
    for (size_t i = 0; i < json_array_size(floors); i++) {
        const json_t *row = json_array_get(floors, i);

        report_row(report, OUTPUT_UNMARKED,
                   (const char *const[]){field_text(row, "subject", texts->of[0]),
                                         floor_text(field_object(row, "before"), texts->of[1]),
                                         field_true(row, "raised")
                                             ? floor_text(field_object(row, "after"), texts->of[2])
                                             : "unchanged"});
    }
}

static void add_names(struct report *report, const char *title, const char *note,
                      enum output_mark mark, const json_t *names)
{
    static const char *const columns[] = {"File", NULL};
    char text[FIELD_BYTES];

    if (json_array_size(names) == 0)
        return;
    report_section(report, title, columns, note);
    for (size_t i = 0; i < json_array_size(names); i++) {
        json_t *holder = json_pack("{s:O}", "path", json_array_get(names, i));

        report_row(report, mark, (const char *const[]){field_text(holder, "path", text)});
        json_decref(holder);
    }
}

static void add_files(struct report *report, const json_t *files)
{
    const json_t *unlisted = json_object_get(files, "unlisted");
    int64_t differ = field_number(files, "listed") - field_number(files, "matching") -
                     field_number(files, "missing");
    char text[FIELD_BYTES];

    report_section(report, "Files", NULL, "Every listed file was read and hashed.");
    report_fact(report, OUTPUT_UNMARKED, "Listed", "%s", field_count(files, "listed", text));
    report_fact(report, OUTPUT_UNMARKED, "Matching", "%s", field_count(files, "matching", text));
    report_fact(report, differ > 0 ? OUTPUT_FAIL : OUTPUT_OK, "Damaged", "%lld", (long long)differ);
    report_fact(report, field_number(files, "missing") > 0 ? OUTPUT_FAIL : OUTPUT_OK, "Missing",
                "%s", field_count(files, "missing", text));
    report_fact(report, json_array_size(unlisted) > 0 ? OUTPUT_WARN : OUTPUT_OK, "Not listed",
                "%zu", json_array_size(unlisted));
    add_names(report, "Listed files that are damaged or missing", "At most 200 are named.",
              OUTPUT_FAIL, json_object_get(files, "unmatched"));
    add_names(report, "Files that no document lists", "None of them was read.", OUTPUT_WARN,
              unlisted);
}

static void add_evidence(struct report *report, const json_t *inspection)
{
    const json_t *files = field_object(field_object(inspection, "plan"), "files");
    bool anchored = field_true(inspection, "anchored"), good = is(inspection, "code", "ok");
    const struct report_evidence examined = {.examined = true, .mark = OUTPUT_UNMARKED},
                                 tested = {.tested = true, .mark = OUTPUT_UNMARKED};
    const struct report_evidence integrity = {.tested = true,
                                              .concluded = anchored,
                                              .mark = !anchored ? OUTPUT_UNMARKED
                                                      : good    ? OUTPUT_OK
                                                                : OUTPUT_FAIL};
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    report_evidence(report, REPORT_MP_7, &examined,
                    "Medium %s was judged before use: %s. An import of it would be held to the "
                    "same. Its device: %s.",
                    field_text(inspection, "source", first), field_text(inspection, "code", second),
                    field_text(field_object(inspection, "device"), "rule", third));
    report_evidence(report, REPORT_SI_3, &tested,
                    "Content of the medium was not executed and not scanned for malicious code by "
                    "this inspection; the ages of the definitions that it carries are listed.");
    report_evidence(
        report, REPORT_SI_7, &integrity,
        "%s of %s listed files matched their signed digests, %s were missing, %zu files "
        "were not listed; signatures of %zu documents were judged%s.",
        field_count(files, "matching", first), field_count(files, "listed", second),
        field_count(files, "missing", third), json_array_size(json_object_get(files, "unlisted")),
        json_array_size(json_object_get(inspection, "documents")),
        anchored ? "" : ", but under no root that is trusted here");
    report_evidence(report, REPORT_CM_14, &tested,
                    "Each document was held against signatures, timestamps, certificate chains, "
                    "revocation, role and threshold; what failed is not installed (%s).",
                    field_text(inspection, "code", first));
    report_evidence(report, REPORT_AU_10, &tested,
                    "Signers and their keys are named for each document; timestamps bind them to a "
                    "time that the signer did not choose.");
}

void report_inspection(struct report *report, const json_t *inspection)
{
    const json_t *plan = field_object(inspection, "plan");
    const json_t *documents = json_object_get(inspection, "documents");
    char text[FIELD_BYTES], title[FIELD_BYTES + 16];

    report_init(report, inspection);
    snprintf(title, sizeof(title), "Inspection of %s", field_text(inspection, "source", text));
    report_set(&report->title, title);
    report_set(&report->subject, text);
    report_set(&report->marking, field_text(inspection, "marking", text));
    report_set(&report->generated, field_time(inspection, "generated", text));
    report_set(&report->start, text);
    add_verdict(report, inspection);
    add_head(report, inspection);
    report_device(report, field_object(inspection, "device"));
    add_volume(report, inspection);
    add_packages(report, json_object_get(plan, "packages"));
    add_ages(report, json_object_get(plan, "packages"));
    add_floors(report, json_object_get(inspection, "floors"));
    add_files(report, field_object(plan, "files"));
    add_documents(report, documents);
    report_checks(report, documents);
    add_signers(report, documents);
    add_evidence(report, inspection);
}
