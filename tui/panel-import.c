/* SPDX-License-Identifier: ISC */
#include "tui/panel.h"

#include <string.h>

#include "media/base/instant.h"
#include "tui/field.h"
#include "tui/import-step.h"

#define BAR_COLUMNS 16

static const struct listing_column columns[] = {
    {"JOB", 3, 6, true},      {"STARTED (UTC)", 1, 20, false}, {"WHO", 5, 12, false},
    {"TOOK", 6, 6, true},     {"RESULT", 1, 0, false},         {"SOURCE", 4, 28, false},
    {"REASON", 2, 26, false},
};

static const json_t *jobs_of(const struct model *model)
{
    return json_object_get(model->media, "jobs");
}

static bool ended(const json_t *job)
{
    return field_object(job, "result") != NULL || field_object(job, "refused") != NULL;
}

/* The last word of a step; NULL: it has not come yet. */
static const json_t *find_step(const json_t *job, const char *name)
{
    const json_t *told = json_object_get(job, "steps"), *found = NULL;

    for (size_t i = 0; i < json_array_size(told); i++) {
        const char *own = field_raw(json_array_get(told, i), "name");

        if (own != NULL && strcmp(own, name) == 0)
            found = json_array_get(told, i);
    }
    return found;
}

/* The step that is under way, or where it stopped; IMPORT_STEPS: none has begun. */
static size_t current_step(const json_t *job)
{
    size_t current = IMPORT_STEPS;

    for (size_t i = 0; i < IMPORT_STEPS; i++)
        if (find_step(job, import_step_at(i)->name) != NULL)
            current = i;
    return current;
}

/* "8.9 GiB of 14.3 GiB, 84.0 MiB/s, 1m left"; "" without numbers. */
static void amount_text(const struct model *model, const json_t *step, char out[static FIELD_BYTES])
{
    int64_t done = field_number(step, "done"), total = field_number(step, "total");
    int64_t began_us = field_instant(step, "began"), spent_us = model->now_us - began_us;
    char first[FIELD_BYTES], second[FIELD_BYTES], rate[32], left[INSTANT_TEXT_BYTES];
    int used;

    out[0] = '\0';
    if (total <= 0 || done < 0)
        return;
    used = snprintf(out, FIELD_BYTES, "%.40s of %.40s", field_bytes(step, "done", first),
                    field_bytes(step, "total", second));
    if (began_us == INT64_MIN || spent_us < INSTANT_SECOND_US || done == 0 || done >= total)
        return;
    used += snprintf(
        out + used, FIELD_BYTES - (size_t)used, ", %s/s",
        output_bytes((uint64_t)((double)done * INSTANT_SECOND_US / (double)spent_us), rate));
    snprintf(out + used, FIELD_BYTES - (size_t)used, ", %s left",
             instant_format_age((int64_t)((double)spent_us / (double)done * (double)(total - done)),
                                left));
}

/* "[########........] 50%  7.1 GiB of 14.3 GiB, 84.0 MiB/s, 1m left" */
static void add_bar(const struct model *model, const json_t *step, int weight, struct lines *lines)
{
    int64_t done = field_number(step, "done"), total = field_number(step, "total");
    char bar[BAR_COLUMNS + 1], amount[FIELD_BYTES];
    int full;

    if (total <= 0 || done < 0)
        return;
    full = done >= total ? BAR_COLUMNS : (int)((double)done / (double)total * BAR_COLUMNS);
    memset(bar, '.', BAR_COLUMNS);
    memset(bar, '#', (size_t)full);
    bar[BAR_COLUMNS] = '\0';
    amount_text(model, step, amount);
    lines_add(lines, weight, "", "  [%s] %d%%  %s", bar,
              done >= total ? 100 : (int)((double)done / (double)total * 100), amount);
    lines_style(lines, GRID_RUN);
}

static void add_step(const struct model *model, size_t i, size_t current, struct lines *lines)
{
    const json_t *step = find_step(model->job, import_step_at(i)->name);
    bool runs = i == current;
    char words[FIELD_BYTES];

    lines_add(lines,
              runs          ? 2
              : i < current ? 4
                            : 5,
              "", "%zu %-38s %s", i + 1, import_step_at(i)->words,
              runs          ? "RUNS"
              : i < current ? "done"
                            : "waits");
    if (!runs)
        return;
    lines_style(lines, GRID_RUN);
    add_bar(model, step, 3, lines);
    if (field_raw(step, "words") != NULL)
        lines_add(lines, 6, "", "  %s", field_text(step, "words", words));
}

/* Whether the stick may be pulled is said at any time. */
static const char *pull_words(const struct model *model, size_t current)
{
    if (field_true(model->job, "dry_run"))
        return "This is a plan: nothing is changed. The medium may be pulled at any time.";
    if (current < IMPORT_STEPS && !import_step_at(current)->needs_medium)
        return "All bytes are here and the medium is needed no more: it may be pulled.";
    return "Nothing is active yet. Pulling the medium now is safe: the old content stays.";
}

static void add_end(const struct model *model, size_t current, struct lines *lines)
{
    const json_t *refused = field_object(model->job, "refused");
    const json_t *result = field_object(model->job, "result");
    char first[FIELD_BYTES], second[FIELD_BYTES];

    if (refused != NULL) {
        lines_add_mark(lines, 1, "Refused", output_mark_of_code(field_raw(refused, "code")), "%s",
                       field_text(refused, "code", first));
        lines_add_wrapped(lines, 1, "Reason", "%s", field_text(refused, "message", first));
        if (current < IMPORT_STEPS)
            lines_add(lines, 3, "Stopped at", "step %zu, %s", current + 1,
                      import_step_at(current)->words);
        lines_add_wrapped(lines, 2, "Medium",
                          "it may be pulled. What was in service before still is.");
        return;
    }
    lines_add_mark(lines, 1, "Result",
                   strcmp(field_text(result, "code", first), "ok") == 0 ? OUTPUT_OK : OUTPUT_WARN,
                   "%s: %s", field_text(result, "result", second),
                   field_text(result, "words", first));
    lines_add(lines, 2, "Medium", "it may be pulled.");
    lines_add(lines, 3, "Set", "%s of ring %s", field_count(result, "sequence", first),
              field_text(result, "ring", second));
}

static void add_job(const struct model *model, struct lines *lines)
{
    size_t current = current_step(model->job);
    char source[FIELD_BYTES];

    lines_add(lines, 1, field_true(model->job, "dry_run") ? "Plan" : "Import", "%s from %s",
              ended(model->job) ? "ended," : "RUNS", field_text(model->job, "source", source));
    if (ended(model->job)) {
        add_end(model, current, lines);
        return;
    }
    lines_style(lines, GRID_RUN);
    for (size_t i = 0; i < IMPORT_STEPS; i++)
        add_step(model, i, current, lines);
    lines_add_wrapped(lines, 1, "", "%s", pull_words(model, current));
}

static void head(const struct model *model, struct lines *lines)
{
    if (model->job != NULL)
        add_job(model, lines);
    else if (field_true(model->status, "importing"))
        lines_add_wrapped(lines, 1, "Import",
                          "RUNS, asked for elsewhere. Pulling its medium is safe: what is in "
                          "service stays until all is verified.");
    else if (model->status != NULL)
        lines_add(lines, 1, "Import", "none runs. No medium is being read: each may be pulled.");
}

/* How long it took, or has taken. */
static void took_text(const struct model *model, const json_t *job, char out[static FIELD_BYTES])
{
    int64_t began_us = field_instant(job, "began"), ended_us = field_instant(job, "ended");
    char text[INSTANT_TEXT_BYTES];

    if (ended_us == INT64_MIN)
        ended_us = model->now_us;
    if (began_us == INT64_MIN || ended_us < began_us)
        snprintf(out, FIELD_BYTES, "-");
    else
        snprintf(out, FIELD_BYTES, "%s",
                 ended_us - began_us < INSTANT_SECOND_US
                     ? "<1s"
                     : instant_format_age(ended_us - began_us, text));
}

static void reason_of(const struct model *model, const json_t *job, char out[static FIELD_BYTES])
{
    bool newest = job == json_array_get(jobs_of(model), 0);
    char code[FIELD_BYTES], words[FIELD_BYTES];

    if (field_raw(job, "ended") == NULL)
        snprintf(out, FIELD_BYTES, "%s",
                 newest && field_true(model->status, "importing") ? "runs"
                                                                  : "was cut off with the agent");
    else if (output_mark_of_code(field_raw(job, "code")) == OUTPUT_OK)
        field_text(job, "words", out);
    else
        snprintf(out, FIELD_BYTES, "%.60s: %.1900s", field_text(job, "code", code),
                 field_text(job, "words", words));
}

static void fill(const struct model *model, struct listing *listing)
{
    const json_t *jobs = jobs_of(model);
    char text[FIELD_BYTES];

    for (size_t i = 0; i < json_array_size(jobs); i++) {
        const json_t *row = json_array_get(jobs, i);

        listing_row(listing, row, field_count(row, "number", text));
        listing_text(listing, text);
        listing_text(listing, field_time(row, "began", text));
        listing_text(listing, field_text(row, "who", text));
        took_text(model, row, text);
        listing_text(listing, text);
        listing_mark(listing, output_mark_of_code(field_raw(row, "code")));
        listing_text(listing, field_text(row, "source", text));
        reason_of(model, row, text);
        listing_text(listing, text);
    }
}

static void tail(const struct model *model, const struct listing_row *row, struct lines *lines)
{
    const char *next = row != NULL ? field_next_step(row->item, "code") : "";
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    if (row != NULL && model->job == NULL) {
        lines_add(lines, 3, "Job", "%s by %s, %s", field_count(row->item, "number", first),
                  field_text(row->item, "who", second),
                  field_ago(row->item, "began", model->now_us, third));
        lines_add_wrapped(lines, 4, "Source", "%s", field_text(row->item, "source", first));
        reason_of(model, row->item, first);
        lines_add_wrapped(lines, 2, "Reason", "%s", first);
    }
    if (model->job != NULL && field_object(model->job, "refused") != NULL)
        next = field_next_step(field_object(model->job, "refused"), "code");
    if (row == NULL && model->job == NULL)
        return;
    if (next[0] == '\0')
        next = model->job != NULL && !ended(model->job)
                   ? "Wait. c says how a running import can be stopped."
               : model->act
                   ? "I imports: a preview first, then a word to type. Nothing goes in by itself."
                   : "Members of the group sallyport-admin may import; you may look.";
    lines_add_wrapped(lines, 1, "Next step", "%s", next);
}

static void details(const struct model *model, const struct listing_row *row, struct lines *lines)
{
    const json_t *item = row->item;
    char text[FIELD_BYTES];

    lines_add(lines, 1, "Job", "%s", field_count(item, "number", text));
    lines_add_wrapped(lines, 1, "Who", "%s", field_text(item, "who", text));
    lines_add(lines, 1, "Began", "%s", field_text(item, "began", text));
    lines_add(lines, 1, "Ended", "%s", field_text(item, "ended", text));
    took_text(model, item, text);
    lines_add(lines, 1, "Took", "%s", text);
    lines_add_wrapped(lines, 1, "Source", "%s", field_text(item, "source", text));
    lines_add(lines, 1, "Result", "%s",
              output_mark_text(output_mark_of_code(field_raw(item, "code"))));
    lines_add(lines, 1, "Reason", "%s", field_text(item, "code", text));
    lines_add_wrapped(lines, 1, "Words", "%s", field_text(item, "words", text));
    lines_add_wrapped(lines, 1, "Next step", "%s", field_next_step(item, "code"));
}

static const char *code(const struct model *model, const struct listing_row *row)
{
    const json_t *refused = field_object(model->job, "refused");

    if (row != NULL)
        return field_raw(row->item, "code");
    return field_raw(refused, "code");
}

static void empty(const struct model *model, struct lines *lines)
{
    if (model->media == NULL) {
        lines_add_wrapped(lines, 1, "",
                          "Nothing is known of imports: the agent has not told of them.");
        return;
    }
    lines_add_wrapped(lines, 1, "", "No import has run on this endpoint.");
    lines_add_wrapped(lines, 1, "", "1. Insert a medium that sallyport-mirror export wrote.");
    lines_add_wrapped(lines, 1, "", "2. i judges it, and imports nothing.");
    lines_add_wrapped(lines, 1, "", "3. I imports: a preview first, then a word to type.");
}

const struct panel panel_import = {
    .name = "import",
    .title = "Import",
    .columns = columns,
    .column_count = sizeof(columns) / sizeof(columns[0]),
    .head = head,
    .fill = fill,
    .tail = tail,
    .details = details,
    .code = code,
    .empty = empty,
    .foot = "Enter details   e explain   i inspect   I import   c cancel",
};
