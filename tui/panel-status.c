/* SPDX-License-Identifier: ISC */
#include "tui/panel.h"

#include <string.h>

#include "tui/field.h"

static const struct listing_column columns[] = {
    {"CONTENT", 1, 24, false},  {"VERSION", 3, 16, false}, {"AGE", 2, 6, true},
    {"WARN/FAIL", 5, 11, true}, {"STATE", 1, 0, false},    {"WAVE", 6, 0, false},
    {"REASON", 4, 17, false},
};

static void add_ring(const json_t *status, int64_t now_us, struct lines *lines)
{
    const json_t *set = field_object(status, "set");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES], fourth[FIELD_BYTES];

    if (set == NULL) {
        lines_add_mark(lines, 1, "Ring", OUTPUT_WARN, "%s   nothing has been imported yet",
                       field_text(status, "ring", first));
        return;
    }
    lines_add_mark(lines, 1, "Ring", field_true(set, "expired") ? OUTPUT_WARN : OUTPUT_OK,
                   "%s   set %s   %s   %s %s", field_text(status, "ring", first),
                   field_count(set, "sequence", second), field_ago(set, "time", now_us, third),
                   field_true(set, "expired") ? "EXPIRED" : "expires",
                   field_time(set, "expires", fourth));
    lines_add(lines, 4, "Signed", "%s   taken in here %s", field_time(set, "time", first),
              field_time(set, "accepted", second));
    lines_add(lines, 8, "Digest", "%s", field_short(set, "digest", first));
}

static void add_wave(const json_t *status, struct lines *lines)
{
    const json_t *wave = field_object(status, "wave");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    if (wave == NULL)
        lines_add(lines, 5, "Wave", "nothing waits for one");
    else
        lines_add(lines, 2, "Wave", "%s of %s opens %s", field_count(wave, "number", first),
                  field_count(wave, "of", second), field_time(wave, "opens", third));
}

static void add_floors(const json_t *status, struct lines *lines)
{
    const json_t *floors = field_object(status, "floors");
    const char *binding = field_raw(floors, "binding");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES], fourth[FIELD_BYTES];
    bool store = binding != NULL && strcmp(binding, "store") == 0;

    if (field_raw(floors, "newest") == NULL) {
        lines_add(lines, 2, "Floors", "none yet: the first import sets them");
        return;
    }
    lines_add(lines, 2, "Floors", "nothing signed before %s; %s, %s",
              field_time(floors, "newest", first), field_counted(floors, "types", "type", second),
              field_counted(floors, "rings", "ring", third));
    lines_add(lines, 6, "Bound to", "%s",
              store ? "the state database, verified; not to hardware"
                    : field_text(floors, "binding", fourth));
}

static void add_clock(const json_t *status, struct lines *lines)
{
    const json_t *clock = field_object(status, "clock");
    char first[FIELD_BYTES], second[FIELD_BYTES];

    if (field_true(clock, "behind"))
        lines_add_mark(lines, 2, "Clock", OUTPUT_WARN, "%s, behind the trusted %s",
                       field_time(clock, "local", first), field_time(clock, "floor", second));
    else
        lines_add_mark(lines, 5, "Clock", OUTPUT_OK, "%s   not behind the trusted time",
                       field_time(clock, "local", first));
}

static void add_protection(const json_t *status, struct lines *lines)
{
    const json_t *sandbox = field_object(status, "sandbox"), *keys = field_object(status, "keys");
    bool whole = field_number(sandbox, "landlock") > 0 && field_true(sandbox, "seccomp");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    lines_add_mark(lines, whole ? 6 : 1, "Sandbox", whole ? OUTPUT_OK : OUTPUT_FAIL,
                   "Landlock %s, seccomp %s, own user %s",
                   field_number(sandbox, "landlock") > 0 ? field_count(sandbox, "landlock", first)
                                                         : "no",
                   field_true(sandbox, "seccomp") ? "yes" : "no",
                   field_true(sandbox, "own_user") ? "yes" : "no");
    lines_add(lines, 7, "Keys", "root document %s, %s, %s",
              field_count(keys, "root_version", first),
              field_counted(keys, "roots", "root", second),
              field_counted(keys, "crls", "revocation list", third));
}

/* Only what something is wrong with: quiet when good. */
static void add_trouble(const json_t *status, struct lines *lines)
{
    const json_t *refusals = field_object(status, "refusals");
    const json_t *last = field_object(refusals, "last");
    const json_t *sources = json_object_get(status, "sources");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    if (field_number(refusals, "count") > 0)
        lines_add_mark(lines, 2, "Refused", OUTPUT_WARN, "%s not acknowledged, last %s: %s",
                       field_count(refusals, "count", first), field_time(last, "time", second),
                       field_text(last, "code", third));
    for (size_t i = 0; i < json_array_size(sources); i++) {
        const json_t *row = json_array_get(sources, i);

        if (field_number(row, "failures") > 0)
            lines_add_mark(lines, 4, "Source", OUTPUT_WARN, "%s: %s, %s",
                           field_text(row, "name", first), field_text(row, "code", second),
                           field_counted(row, "failures", "failure", third));
    }
}

static void head(const struct model *model, struct lines *lines)
{
    const json_t *status = model->status;

    if (status == NULL || !field_true(status, "enrolled"))
        return;
    add_ring(status, model->now_us, lines);
    if (field_true(status, "importing")) {
        lines_add(lines, 2, "Import", "runs: key 3 shows its steps");
        lines_style(lines, GRID_RUN);
    }
    add_wave(status, lines);
    add_floors(status, lines);
    add_clock(status, lines);
    add_protection(status, lines);
    add_trouble(status, lines);
}

static void reason_of(const json_t *row, char out[static FIELD_BYTES])
{
    const json_t *staged = field_object(row, "staged"), *wave = field_object(staged, "wave");
    const char *code = field_raw(row, "reason");
    char first[FIELD_BYTES], second[FIELD_BYTES];

    if (code != NULL && strcmp(code, "ok") != 0)
        snprintf(out, FIELD_BYTES, "%.100s: %.1500s", field_text(row, "reason", first),
                 field_text(row, "words", second));
    else if (staged != NULL)
        snprintf(out, FIELD_BYTES, "%.100s waits, opens %.40s",
                 field_text(staged, "version", first), field_time(wave, "opens", second));
    else if (!field_true(row, "carried") && json_is_null(json_object_get(row, "package")))
        snprintf(out, FIELD_BYTES, "not carried");
    else
        out[0] = '\0';
}

static void fill_row(const json_t *row, struct listing *listing)
{
    const json_t *wave = field_object(field_object(row, "staged"), "wave");
    char first[FIELD_BYTES], second[FIELD_BYTES], text[FIELD_BYTES];

    listing_row(listing, row, field_text(row, "type", text));
    listing_text(listing, text);
    listing_text(listing, field_text(row, "version", text));
    listing_text(listing, field_age(row, "age", NULL, text));
    snprintf(text, sizeof(text), "%.30s/%.30s", field_age(row, "warn", "-", first),
             field_age(row, "fail", "-", second));
    listing_text(listing, text);
    listing_mark(listing, output_mark_of(field_raw(row, "health")));
    snprintf(text, sizeof(text), "%.20s/%.20s", field_count(wave, "number", first),
             field_count(wave, "of", second));
    listing_text(listing, wave != NULL ? text : "-");
    reason_of(row, text);
    listing_text(listing, text);
}

static void fill(const struct model *model, struct listing *listing)
{
    if (field_true(model->status, "enrolled"))
        panel_fill_worst_first(json_object_get(model->status, "contents"), fill_row, listing);
}

/* What the agent says; else what is left to see to. */
static void add_next(const json_t *status, struct lines *lines)
{
    const char *next = field_raw(status, "next");
    char text[FIELD_BYTES];

    if (next != NULL && next[0] != '\0')
        lines_add_wrapped(lines, 1, "Next step", "%s", field_text(status, "next", text));
    else if (field_number(field_object(status, "refusals"), "count") > 0)
        lines_add_wrapped(lines, 1, "Next step",
                          "See what was refused: key 4, and a there once it was seen.");
    else if (field_object(status, "set") != NULL)
        lines_add_wrapped(lines, 1, "Next step", "Nothing to do. The set expires %s.",
                          field_time(field_object(status, "set"), "expires", text));
}

/* Whether what is to be done next is about this content: it begins with its type. */
static bool is_next(const json_t *status, const json_t *row)
{
    const char *next = field_raw(status, "next"), *type = field_raw(row, "type");
    size_t length = type != NULL ? strlen(type) : 0;

    return next != NULL && length > 0 && strncmp(next, type, length) == 0 && next[length] == ':';
}

static void tail(const struct model *model, const struct listing_row *row, struct lines *lines)
{
    char text[FIELD_BYTES];

    if (row != NULL) {
        reason_of(row->item, text);
        if (text[0] != '\0' && output_mark_of(field_raw(row->item, "health")) != OUTPUT_NONE)
            lines_add_wrapped(lines, 2, "This one", "%s", text);
        if (!is_next(model->status, row->item) && field_raw(row->item, "next") != NULL &&
            field_raw(row->item, "next")[0] != '\0')
            lines_add_wrapped(lines, 3, "To do", "%s", field_text(row->item, "next", text));
    }
    add_next(model->status, lines);
}

/* What is refused of this content: anything older. */
static void add_floor(const struct model *model, const json_t *item, struct lines *lines)
{
    const json_t *types = json_object_get(model->floors, "types");
    const char *type = field_raw(item, "type");
    char issue[FIELD_BYTES], time[FIELD_BYTES];

    for (size_t i = 0; type != NULL && i < json_array_size(types); i++) {
        const json_t *floor = json_array_get(types, i);
        const char *own = field_raw(floor, "type");

        if (own != NULL && strcmp(own, type) == 0)
            lines_add(lines, 1, "Floor", "issue %s, signed %s; nothing older is taken",
                      field_count(floor, "issue", issue), field_time(floor, "time", time));
    }
}

static void details(const struct model *model, const struct listing_row *row, struct lines *lines)
{
    const json_t *item = row->item, *staged = field_object(item, "staged");
    const json_t *wave = field_object(staged, "wave");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    lines_add(lines, 1, "Content", "%s", field_text(item, "type", first));
    lines_add(lines, 1, "Version", "%s   issue %s", field_text(item, "version", first),
              field_count(item, "issue", second));
    lines_add(lines, 1, "Signed", "%s   %s", field_time(item, "time", first),
              field_ago(item, "time", model->now_us, second));
    lines_add(lines, 1, "Limits", "warns after %s, fails after %s",
              field_age(item, "warn", "never", first), field_age(item, "fail", "never", second));
    lines_add(lines, 1, "State", "%s", output_mark_text(output_mark_of(field_raw(item, "health"))));
    add_floor(model, item, lines);
    lines_add(lines, 1, "In the set", "%s", field_true(item, "carried") ? "yes" : "no");
    lines_add_wrapped(lines, 1, "Package", "%s", field_text(item, "package", first));
    if (staged != NULL) {
        lines_add(lines, 1, "Staged", "%s   issue %s   signed %s",
                  field_text(staged, "version", first), field_count(staged, "issue", second),
                  field_time(staged, "time", third));
        lines_add(lines, 1, "Wave", "%s of %s, opens %s", field_count(wave, "number", first),
                  field_count(wave, "of", second), field_time(wave, "opens", third));
    }
    lines_add(lines, 1, "Reason", "%s", field_text(item, "reason", first));
    lines_add_wrapped(lines, 1, "Words", "%s", field_text(item, "words", first));
    lines_add_wrapped(lines, 1, "Next step", "%s", field_text(item, "next", first));
}

static const char *code(const struct model *model, const struct listing_row *row)
{
    (void)model;
    return row != NULL ? field_raw(row->item, "reason") : NULL;
}

static void empty(const struct model *model, struct lines *lines)
{
    static const char *const enrolment[] = {
        "1. On the mirror: sallyport-mirror enroll makes a file for this endpoint.",
        "2. Here: sallyport-agent enroll FILE, with the passphrase that came with it.",
        "3. Register the stick: insert it, then sallyport media register.",
        "4. Import it: key I, or sallyport import.",
    };

    if (model->status == NULL) {
        lines_add_wrapped(lines, 1, "",
                          "Nothing is known of this endpoint yet: its agent has not answered.");
        return;
    }
    lines_add_wrapped(lines, 2, "",
                      "This endpoint is not enrolled: it has no roots, no ring and no floors.");
    for (size_t i = 0; i < sizeof(enrolment) / sizeof(enrolment[0]); i++)
        lines_add_wrapped(lines, 1, "", "%s", enrolment[i]);
}

const struct panel panel_status = {
    .name = "status",
    .title = "Status",
    .columns = columns,
    .column_count = sizeof(columns) / sizeof(columns[0]),
    .head = head,
    .fill = fill,
    .tail = tail,
    .details = details,
    .code = code,
    .empty = empty,
    .foot = "Enter details   e explain   i inspect   I import",
};
