/* SPDX-License-Identifier: ISC */
#include "tui/panel.h"

#include <string.h>

#include "tui/field.h"

static const struct listing_column columns[] = {
    {"ID", 2, 8, true},       {"TIME (UTC)", 1, 20, false}, {"WHO", 5, 12, false},
    {"WHAT", 1, 16, false},   {"RESULT", 1, 0, false},      {"ABOUT", 4, 20, false},
    {"REASON", 3, 20, false},
};

/* What a record is evidence for, by the first word of what was done: NIST SP 800-53 rev. 5. */
static const struct {
    const char *what, *controls;
} evidence[] = {
    {"accept", "SI-2 SI-7 CM-14"},
    {"acknowledge", "AU-6"},
    {"activate", "SI-2 SI-3"},
    {"configure", "CM-3 CM-6"},
    {"confirm-time", "AU-8"},
    {"device", "MP-7"},
    {"enrol", "IA-3 SC-12"},
    {"floor", "SI-7 CM-14"},
    {"import", "MP-7 SI-2 SI-7"},
    {"media", "MP-7"},
    {"medium", "MP-7"},
    {"refuse", "MP-7 SI-7 CM-14"},
    {"setting", "CM-3 CM-6"},
    {"telemetry", "AC-4"},
};

static const char *controls_of(const json_t *record)
{
    const char *what = field_raw(record, "what");
    size_t length = what != NULL ? strcspn(what, ".-") : 0;

    for (size_t i = 0; what != NULL && i < sizeof(evidence) / sizeof(evidence[0]); i++) {
        bool whole = strcmp(evidence[i].what, what) == 0;

        if (whole ||
            (strlen(evidence[i].what) == length && strncmp(evidence[i].what, what, length) == 0))
            return evidence[i].controls;
    }
    return "-";
}

static const json_t *records_of(const struct model *model)
{
    return json_object_get(model->audit, "records");
}

static void add_chain(const struct model *model, struct lines *lines)
{
    const json_t *known = field_object(model->status, "audit"), *chain = model->chain;
    int64_t newer = field_number(known, "records") - field_number(chain, "records");
    char count[FIELD_BYTES], head[FIELD_BYTES], words[FIELD_BYTES];

    if (chain == NULL)
        lines_add_mark(lines, 1, "Chain", OUTPUT_NONE, "%s, head %s; not walked yet: press v",
                       field_counted(known, "records", "record", count),
                       field_short(known, "head", head));
    else if (!field_true(chain, "ok"))
        lines_add_mark(lines, 1, "Chain", OUTPUT_FAIL, "BROKEN: %s",
                       field_text(chain, "words", words));
    else
        lines_add_mark(lines, 1, "Chain", OUTPUT_OK, "%s verified from the first, head %s%s",
                       field_counted(chain, "records", "record", count),
                       field_short(chain, "head", head), newer > 0 ? "; newer ones follow" : "");
}

static void head(const struct model *model, struct lines *lines)
{
    const json_t *refusals = field_object(model->status, "refusals");
    size_t shown = json_array_size(records_of(model));
    int64_t all = field_number(field_object(model->status, "audit"), "records");
    char count[FIELD_BYTES], code[FIELD_BYTES];

    if (model->status == NULL && model->chain == NULL)
        return;
    add_chain(model, lines);
    if (field_number(refusals, "count") > 0)
        lines_add_mark(lines, 2, "Refused", OUTPUT_WARN,
                       "%s not acknowledged, last %s: a does that",
                       field_count(refusals, "count", count),
                       field_text(field_object(refusals, "last"), "code", code));
    else
        lines_add_mark(lines, 5, "Refused", OUTPUT_OK, "nothing that is not acknowledged");
    if ((int64_t)shown < all)
        lines_add(lines, 6, "Shown", "the newest %zu of %lld; sallyport audit list has all", shown,
                  (long long)all);
}

/* The words, after the code where there is one. */
static void reason_of(const json_t *record, char out[static FIELD_BYTES])
{
    const char *raw = field_raw(record, "code");
    char code[FIELD_BYTES], words[FIELD_BYTES];

    if (raw == NULL || strcmp(raw, "ok") == 0)
        field_text(record, "words", out);
    else
        snprintf(out, FIELD_BYTES, "%.60s: %.1900s", field_text(record, "code", code),
                 field_text(record, "words", words));
}

/* Newest first. */
static void fill(const struct model *model, struct listing *listing)
{
    const json_t *records = records_of(model);
    char text[FIELD_BYTES];

    for (size_t i = json_array_size(records); i-- > 0;) {
        const json_t *row = json_array_get(records, i);

        listing_row(listing, row, field_count(row, "number", text));
        listing_text(listing, text);
        listing_text(listing, field_time(row, "time", text));
        listing_text(listing, field_text(row, "who", text));
        listing_text(listing, field_text(row, "what", text));
        listing_mark(listing, output_mark_of(field_raw(row, "result")));
        listing_text(listing, field_text(row, "subject", text));
        reason_of(row, text);
        listing_text(listing, text);
    }
}

/* The record before; NULL: it is the first, or is not among those that are shown. */
static const json_t *record_before(const struct model *model, const json_t *record)
{
    const json_t *records = records_of(model);

    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *row = json_array_get(records, i);

        if (field_number(row, "number") == field_number(record, "number") - 1)
            return row;
    }
    return NULL;
}

static void tail(const struct model *model, const struct listing_row *row, struct lines *lines)
{
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];
    const char *next;

    if (row == NULL)
        return;
    lines_add(lines, 3, "Record", "%s %s by %s, evidence for %s",
              field_count(row->item, "number", first), field_text(row->item, "what", second),
              field_text(row->item, "who", third), controls_of(row->item));
    lines_add_wrapped(lines, 4, "About", "%s", field_text(row->item, "subject", first));
    reason_of(row->item, first);
    lines_add_wrapped(lines, 2, "Words", "%s", first);
    lines_add(lines, 6, "Digest", "%s after %s", field_short(row->item, "digest", first),
              field_short(record_before(model, row->item), "digest", second));
    next = field_next_step(row->item, "code");
    if (next[0] != '\0')
        lines_add_wrapped(lines, 1, "Next step", "%s", next);
    else if (model->chain == NULL)
        lines_add_wrapped(lines, 1, "Next step",
                          "v walks the chain from its first record; r writes a report.");
    else
        lines_add_wrapped(lines, 1, "Next step",
                          "r writes a report; note the head elsewhere, and nobody can cut the end "
                          "off unseen.");
}

static void details(const struct model *model, const struct listing_row *row, struct lines *lines)
{
    const json_t *item = row->item;
    char text[FIELD_BYTES];

    lines_add(lines, 1, "Record", "%s", field_count(item, "number", text));
    lines_add(lines, 1, "Time", "%s", field_text(item, "time", text));
    lines_add_wrapped(lines, 1, "Who", "%s", field_text(item, "who", text));
    lines_add_wrapped(lines, 1, "What", "%s", field_text(item, "what", text));
    lines_add(lines, 1, "Result", "%s %s",
              output_mark_text(output_mark_of(field_raw(item, "result"))),
              field_text(item, "result", text));
    lines_add(lines, 1, "Reason", "%s", field_text(item, "code", text));
    lines_add_wrapped(lines, 1, "About", "%s", field_text(item, "subject", text));
    lines_add_wrapped(lines, 1, "Words", "%s", field_text(item, "words", text));
    lines_add(lines, 1, "Controls", "%s (NIST SP 800-53)", controls_of(item));
    lines_add_wrapped(lines, 1, "Digest", "%s", field_text(item, "digest", text));
    lines_add_wrapped(lines, 1, "Before it", "%s",
                      field_text(record_before(model, item), "digest", text));
    lines_add(lines, 1, "See", "sallyport audit show %s", field_count(item, "number", text));
    lines_add_wrapped(lines, 1, "Next step", "%s", field_next_step(item, "code"));
}

static const char *code(const struct model *model, const struct listing_row *row)
{
    (void)model;
    return row != NULL ? field_raw(row->item, "code") : NULL;
}

static void empty(const struct model *model, struct lines *lines)
{
    if (model->audit == NULL)
        lines_add_wrapped(lines, 1, "",
                          "Nothing is known of the audit chain: the agent has not told of it.");
    else
        lines_add_wrapped(lines, 1, "",
                          "The audit chain has no record yet: the first one is the "
                          "enrolment.");
    lines_add_wrapped(lines, 1, "", "F5 asks again; sallyport audit list prints what there is.");
}

const struct panel panel_audit = {
    .name = "audit",
    .title = "Audit",
    .columns = columns,
    .column_count = sizeof(columns) / sizeof(columns[0]),
    .head = head,
    .fill = fill,
    .tail = tail,
    .details = details,
    .code = code,
    .empty = empty,
    .foot = "Enter record   v verify chain   r report   a acknowledge   w write JSON",
};
