/* SPDX-License-Identifier: ISC */
#include "tui/report-period.h"

#include <stdio.h>
#include <string.h>

#include "tui/field.h"

static void add_head(struct report *report, const json_t *period)
{
    const json_t *by = field_object(period, "by");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    report_section(report, "Report", NULL, NULL);
    report_fact(report, OUTPUT_UNMARKED, "Endpoint", "%s, site %s, ring %s",
                field_text(period, "endpoint", first), field_text(period, "site", second),
                field_text(period, "ring", third));
    report_fact(report, OUTPUT_UNMARKED, "Period", "%s to %s", field_time(period, "from", first),
                field_time(period, "to", second));
    report_fact(report, OUTPUT_UNMARKED, "Made", "%s, by the clock of the endpoint",
                field_time(period, "generated", first));
    report_fact(report, OUTPUT_UNMARKED, "Program", "%s", field_text(period, "tool", first));
    report_fact(report, OUTPUT_UNMARKED, "Host", "%s", field_text(by, "host", first));
    report_fact(report, OUTPUT_UNMARKED, "Operator", "user id %s", field_count(by, "uid", first));
}

static void add_chain(struct report *report, const json_t *period)
{
    const json_t *chain = field_object(period, "chain");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    report->verdict = field_true(chain, "ok") ? OUTPUT_OK : OUTPUT_FAIL;
    report_set(&report->verdict_text,
               field_true(chain, "ok") ? "the audit chain is whole" : "the audit chain is broken");
    report_section(report, "Audit chain", NULL,
                   "Every record covers the digest of the one before.");
    report_fact(report, report->verdict, "Chain", "%s: %s",
                field_counted(chain, "records", "record", first),
                field_text(chain, "words", second));
    report_fact(report, OUTPUT_UNMARKED, "Records", "%s in this time, numbers %s to %s",
                field_count(period, "records", first), field_count(period, "first", second),
                field_count(period, "last", third));
    report_fact(report, OUTPUT_UNMARKED, "Head then", "%s", field_text(period, "head", first));
    report_fact(report, OUTPUT_UNMARKED, "Head now", "%s", field_text(chain, "head", first));
}

static void add_refusals(struct report *report, const json_t *period)
{
    const json_t *refusals = field_object(period, "refusals");
    char text[FIELD_BYTES];

    report_section(report, "Refusals", NULL, NULL);
    report_fact(report, OUTPUT_UNMARKED, "Refused", "%s", field_count(refusals, "refused", text));
    report_fact(report, field_number(refusals, "open") > 0 ? OUTPUT_WARN : OUTPUT_OK,
                "Not acknowledged", "%s", field_count(refusals, "open", text));
}

static void add_events(struct report *report, const json_t *events)
{
    static const char *const columns[] = {"What", "Result", "Count", NULL};
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    report_section(report, "What was done", columns, NULL);
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *row = json_array_get(events, i);
        const char *result = field_raw(row, "result");

        report_row(report, result != NULL ? output_mark_of(result) : OUTPUT_NONE,
                   (const char *const[]){field_text(row, "what", first),
                                         field_text(row, "result", second),
                                         field_count(row, "count", third)});
    }
}

static void add_floor(struct report *report, const json_t *row, const char *kind,
                      const char *number_key)
{
    char name[FIELD_BYTES], number[FIELD_BYTES], time[FIELD_BYTES], age[FIELD_BYTES];
    char digest[FIELD_BYTES], subject[FIELD_BYTES + 16];

    snprintf(subject, sizeof(subject), "%s:%s", kind, field_text(row, kind, name));
    report_row(report, OUTPUT_UNMARKED,
               (const char *const[]){
                   subject, field_count(row, number_key, number), field_time(row, "time", time),
                   field_age(row, "age", NULL, age), field_text(row, "digest", digest)});
}

static void add_floors(struct report *report, const json_t *period)
{
    static const char *const columns[] = {"Floor of", "Number", "Signed", "Age", "Digest", NULL};
    const json_t *rings = json_object_get(period, "rings"),
                 *types = json_object_get(period, "floors");

    report_section(report, "Floors", columns,
                   "As they are now: nothing older is accepted, and they never go down.");
    for (size_t i = 0; i < json_array_size(rings); i++)
        add_floor(report, json_array_get(rings, i), "ring", "sequence");
    for (size_t i = 0; i < json_array_size(types); i++)
        add_floor(report, json_array_get(types, i), "type", "issue");
}

/* How often something happened with a result; NULL: with any. */
static long long count_of(const json_t *period, const char *what, const char *result)
{
    const json_t *events = json_object_get(period, "events");
    long long count = 0;

    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *row = json_array_get(events, i);
        const char *did = field_raw(row, "what"), *how = field_raw(row, "result");

        if (did != NULL && strcmp(did, what) == 0 &&
            (result == NULL || (how != NULL && strcmp(how, result) == 0)))
            count += field_number(row, "count");
    }
    return count;
}

/* No finding: what happened in a time shows that a control works, not that it always does. */
static void add_evidence(struct report *report, const json_t *period)
{
    const json_t *chain = field_object(period, "chain");
    const struct report_evidence examined = {.examined = true, .mark = OUTPUT_UNMARKED};
    const struct report_evidence both = {.examined = true, .tested = true, .mark = OUTPUT_UNMARKED};
    long long refused = (long long)field_number(field_object(period, "refusals"), "refused");
    char first[FIELD_BYTES], second[FIELD_BYTES];

    report_evidence(report, REPORT_MP_7, &examined,
                    "%lld imports ended and %lld things were refused in this time; each has a "
                    "record with who, when and why.",
                    count_of(period, "import", NULL), refused);
    report_evidence(report, REPORT_SI_3, &examined,
                    "Content was put into service %lld times; the ages of what is in service are "
                    "listed.",
                    count_of(period, "activate", "ok"));
    report_evidence(report, REPORT_SI_7, &both,
                    "%lld refusals, of which %s wait to be acknowledged; installed content is held "
                    "against its signed digests at each start and every hour.",
                    refused, field_count(field_object(period, "refusals"), "open", first));
    report_evidence(report, REPORT_CM_14, &examined,
                    "%lld activations, each of a package whose signatures, chains and threshold "
                    "were judged before; what failed was refused.",
                    count_of(period, "activate", "ok"));
    report_evidence(
        report, REPORT_AU_10, &both, "The audit chain was walked from its start: %s, %s.",
        field_counted(chain, "records", "record", first), field_text(chain, "words", second));
}

void report_period(struct report *report, const json_t *period)
{
    char text[FIELD_BYTES], title[FIELD_BYTES + 32];

    report_init(report, period);
    snprintf(title, sizeof(title), "Audit report of %s", field_text(period, "endpoint", text));
    report_set(&report->title, title);
    report_set(&report->subject, text);
    report_set(&report->marking, field_text(period, "marking", text));
    report_set(&report->generated, field_time(period, "generated", text));
    report_set(&report->start, field_time(period, "from", text));
    report_set(&report->end, field_time(period, "to", text));
    add_chain(report, period);
    add_head(report, period);
    add_refusals(report, period);
    add_events(report, json_object_get(period, "events"));
    add_floors(report, period);
    add_evidence(report, period);
}
