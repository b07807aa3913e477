/* SPDX-License-Identifier: ISC */
#include "tui/panel.h"

#include <string.h>

#include "media/base/text.h"
#include "tui/field.h"

static const struct listing_column columns[] = {
    {"DRIVER", 1, 16, false}, {"STATE", 1, 0, false},   {"RUNS", 2, 12, false},
    {"PID", 6, 8, true},      {"MEMORY", 3, 10, true},  {"CPU", 5, 8, true},
    {"ENDED", 4, 5, true},    {"EVENTS/S", 7, 8, true}, {"SERVES", 3, 24, false},
};

static const json_t *engines_of(const struct model *model)
{
    return json_object_get(model->engines, "engines");
}

static bool state_is(const json_t *row, const char *state)
{
    const char *own = field_raw(row, "state");

    return own != NULL && strcmp(own, state) == 0;
}

static size_t count_state(const struct model *model, const char *state)
{
    const json_t *engines = engines_of(model);
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(engines); i++)
        count += state_is(json_array_get(engines, i), state);
    return count;
}

static enum output_mark worst_of(const json_t *engines)
{
    enum output_mark worst = OUTPUT_NONE;

    for (size_t i = 0; i < json_array_size(engines); i++) {
        enum output_mark own = output_mark_of(field_raw(json_array_get(engines, i), "health"));

        if (own != OUTPUT_NONE && (worst == OUTPUT_NONE || own > worst))
            worst = own;
    }
    return worst;
}

/* Which should run and do not: they may stand further down the list. */
static void add_down(const json_t *engines, struct lines *lines)
{
    char names[512] = "", name[FIELD_BYTES];
    size_t used = 0;

    for (size_t i = 0; i < json_array_size(engines) && used < sizeof(names) - 100; i++) {
        const json_t *row = json_array_get(engines, i);
        enum output_mark mark = output_mark_of(field_raw(row, "health"));

        if (mark == OUTPUT_FAIL || mark == OUTPUT_BLOCKED)
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%.64s",
                                     used > 0 ? ", " : "", field_text(row, "family", name));
    }
    if (used > 0)
        lines_add_mark(lines, 2, "Not up", OUTPUT_FAIL, "%s", names);
}

/* A number that may not be known. */
static const char *number_text(const json_t *row, const char *key, char out[static FIELD_BYTES])
{
    if (json_is_integer(json_object_get(row, key)))
        return field_count(row, key, out);
    snprintf(out, FIELD_BYTES, "--");
    return out;
}

/* The rules of all families, and the one that sees events. */
struct rules {
    int64_t total, off;
    bool any;
    const json_t *seeing; /* NULL: its rules do not run */
};

static struct rules count_rules(const json_t *engines)
{
    struct rules rules = {.any = false};

    for (size_t i = 0; i < json_array_size(engines); i++) {
        const json_t *row = json_array_get(engines, i), *counts = field_object(row, "rule_counts");
        const char *words = field_raw(row, "events_words");

        if (counts == NULL)
            continue;
        rules.any = true;
        rules.total += field_number(counts, "total");
        rules.off += field_number(counts, "off");
        if (field_object(row, "events") != NULL || (words != NULL && words[0] != '\0'))
            rules.seeing = row;
    }
    return rules;
}

/* "; 12 events/s, 0 dropped", and where the kernel's own queue had no room for some, how often;
 * whether that is as it should be. */
static bool events_text(const json_t *row, char *out, size_t size)
{
    const json_t *events = field_object(row, "events");
    char rate[FIELD_BYTES], dropped[FIELD_BYTES], overflows[FIELD_BYTES];
    int used;

    out[0] = '\0';
    if (row == NULL)
        return true;
    if (events == NULL) {
        snprintf(out, size, "; no events: %s", field_text(row, "events_words", rate));
        return false;
    }
    used = snprintf(out, size, "; %.40s events/s, %.40s dropped",
                    number_text(row, "events_per_second", rate),
                    field_count(events, "dropped", dropped));
    if (field_number(events, "overflows") > 0 && used > 0 && (size_t)used < size)
        snprintf(out + used, size - (size_t)used, ", %.40s overflows",
                 field_count(events, "overflows", overflows));
    return field_number(events, "dropped") == 0 && field_number(events, "overflows") == 0;
}

/* "31, 1 switched off; 12 events/s, 0 dropped" */
static void add_rules(const json_t *engines, struct lines *lines)
{
    const struct rules rules = count_rules(engines);
    char off[64] = "", events[3 * FIELD_BYTES];
    bool well;

    if (!rules.any)
        return;
    if (rules.off > 0)
        snprintf(off, sizeof(off), ", %lld switched off", (long long)rules.off);
    well = events_text(rules.seeing, events, sizeof(events)) && rules.off == 0;
    lines_add_mark(lines, 4, "Rules", well ? OUTPUT_OK : OUTPUT_WARN, "%lld%s%s",
                   (long long)rules.total, off, events);
}

static void head(const struct model *model, struct lines *lines)
{
    static const struct {
        const char *state, *words;
    } counted[] = {{"running", "running"},
                   {"failed", "failed"},
                   {"switched-off", "switched off"},
                   {"stopped", "idle"},
                   {"absent", "absent"}};
    const json_t *engines = engines_of(model);
    size_t quarantined = 0, used = 0;
    char text[256] = "";

    if (json_array_size(engines) == 0)
        return;
    for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
        size_t count = count_state(model, counted[i].state);

        if (count > 0)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%zu %s",
                                     used > 0 ? ", " : "", count, counted[i].words);
    }
    for (size_t i = 0; i < json_array_size(engines); i++)
        quarantined += json_array_size(json_object_get(json_array_get(engines, i), "quarantined"));
    lines_add_mark(lines, 1, "Drivers", worst_of(engines), "%s", text);
    add_down(engines, lines);
    if (quarantined > 0)
        lines_add_mark(lines, 3, "Quarantine", OUTPUT_WARN,
                       "%zu package%s failed here and %s not tried again", quarantined,
                       quarantined == 1 ? "" : "s", quarantined == 1 ? "is" : "are");
    add_rules(engines, lines);
}

/* "running"; a state of two words as people write it. */
static void state_text(const json_t *row, char out[static FIELD_BYTES])
{
    field_text(row, "state", out);
    if (strcmp(out, "switched-off") == 0)
        out[8] = ' ';
}

/* "dataset-a 27807, ml-models 3": what is in service. */
static void serves_text(const json_t *row, char out[static FIELD_BYTES])
{
    const json_t *contents = json_object_get(row, "contents");
    char type[FIELD_BYTES], version[FIELD_BYTES];
    size_t used = 0;

    snprintf(out, FIELD_BYTES, "-");
    for (size_t i = 0; i < json_array_size(contents) && used < FIELD_BYTES - 400; i++) {
        const json_t *content = json_array_get(contents, i);

        if (field_raw(content, "version") == NULL)
            continue;
        used += (size_t)snprintf(out + used, FIELD_BYTES - used, "%s%.120s %.120s%s",
                                 used > 0 ? ", " : "", field_text(content, "type", type),
                                 field_text(content, "version", version),
                                 field_true(content, "off") ? " (off)" : "");
    }
}

/* "7.4 s"; "--" where it is not known. */
static void cpu_text(const json_t *row, char out[static FIELD_BYTES])
{
    int64_t used_ms = field_number(row, "cpu_ms");

    if (!json_is_integer(json_object_get(row, "cpu_ms")) || used_ms < 0)
        snprintf(out, FIELD_BYTES, "--");
    else if (used_ms < 100000)
        snprintf(out, FIELD_BYTES, "%lld.%lld s", (long long)used_ms / 1000,
                 (long long)used_ms / 100 % 10);
    else
        snprintf(out, FIELD_BYTES, "%lld s", (long long)used_ms / 1000);
}

static void fill_row(const json_t *row, struct listing *listing)
{
    char text[FIELD_BYTES];

    listing_row(listing, row, field_text(row, "family", text));
    listing_text(listing, text);
    listing_mark(listing, output_mark_of(field_raw(row, "health")));
    state_text(row, text);
    listing_text(listing, text);
    listing_text(listing, number_text(row, "pid", text));
    listing_text(listing, field_bytes(row, "memory_bytes", text));
    cpu_text(row, text);
    listing_text(listing, text);
    listing_text(listing, number_text(row, "restarts", text));
    listing_text(listing, number_text(row, "events_per_second", text));
    serves_text(row, text);
    listing_text(listing, text);
}

static void fill(const struct model *model, struct listing *listing)
{
    panel_fill_worst_first(engines_of(model), fill_row, listing);
}

static void add_process(const struct model *model, const json_t *row, int weight,
                        struct lines *lines)
{
    bool limited = json_is_integer(json_object_get(row, "memory_limit_bytes"));
    char pid[FIELD_BYTES], memory[FIELD_BYTES], limit[FIELD_BYTES], ago[FIELD_BYTES];

    if (!json_is_integer(json_object_get(row, "pid")))
        return;
    lines_add(lines, weight, "Process", "%s, started %s, memory %s%s%s",
              field_count(row, "pid", pid), field_ago(row, "started", model->now_us, ago),
              field_bytes(row, "memory_bytes", memory), limited ? " of " : "",
              limited ? field_bytes(row, "memory_limit_bytes", limit) : "");
}

static void add_ends(const struct model *model, const json_t *row, int weight, struct lines *lines)
{
    char last[FIELD_BYTES], ago[FIELD_BYTES], times[FIELD_BYTES];

    if (field_number(row, "restarts") == 0)
        return;
    lines_add_wrapped(lines, weight, "Ended", "%s since the agent was started, last %s: %s",
                      field_counted(row, "restarts", "time", times),
                      field_ago(row, "last_end", model->now_us, ago),
                      field_text(row, "last_words", last));
}

static void add_quarantine(const json_t *row, int weight, struct lines *lines)
{
    const json_t *list = json_object_get(row, "quarantined");
    char type[FIELD_BYTES], package[FIELD_BYTES], words[FIELD_BYTES];

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);

        lines_add_wrapped(lines, weight, i == 0 ? "Quarantine" : "", "%s %s: %s",
                          field_text(one, "type", type), field_short(one, "package", package),
                          field_text(one, "words", words));
    }
}

static const char *next_of(const json_t *row)
{
    const char *next = field_next_step(row, "code");

    if (state_is(row, "stopped"))
        return "Import a medium that carries its content.";
    /* What is missing for nothing is no work. */
    if (output_mark_of(field_raw(row, "health")) == OUTPUT_NONE && state_is(row, "absent"))
        return "Nothing to do: no content here needs it.";
    return next[0] != '\0' ? next : "Nothing to do.";
}

static void tail(const struct model *model, const struct listing_row *row, struct lines *lines)
{
    char text[FIELD_BYTES];

    if (row == NULL)
        return;
    serves_text(row->item, text);
    lines_add_wrapped(lines, 4, "Serves", "%s", text);
    add_process(model, row->item, 5, lines);
    add_ends(model, row->item, 3, lines);
    add_quarantine(row->item, 6, lines);
    if (field_raw(row->item, "words") != NULL && field_raw(row->item, "words")[0] != '\0')
        lines_add_wrapped(lines, 2, "Why", "%s", field_text(row->item, "words", text));
    lines_add_wrapped(lines, 1, "Next step", "%s", next_of(row->item));
}

static void add_contents(const json_t *row, struct lines *lines)
{
    const json_t *contents = json_object_get(row, "contents");
    char type[FIELD_BYTES], version[FIELD_BYTES], issue[FIELD_BYTES], since[FIELD_BYTES];
    char package[FIELD_BYTES];

    for (size_t i = 0; i < json_array_size(contents); i++) {
        const json_t *content = json_array_get(contents, i);
        const char *label = i == 0 ? "Contents" : "";

        field_text(content, "type", type);
        if (field_raw(content, "version") == NULL) {
            lines_add_wrapped(lines, 1, label, "%s: not in service", type);
            continue;
        }
        lines_add_wrapped(lines, 1, label, "%s %s, issue %s, since %s, package %s", type,
                          field_text(content, "version", version),
                          field_count(content, "issue", issue), field_time(content, "since", since),
                          field_text(content, "package", package));
        if (field_true(content, "off"))
            lines_add_wrapped(lines, 1, "", "%s", field_text(content, "words", type));
    }
}

/* What the sensor counts, and where each kind of event comes from. */
static void add_events(const json_t *row, struct lines *lines)
{
    static const char *const counted[] = {"seen",    "matched",   "held",
                                          "dropped", "overflows", "forgotten"};
    const json_t *events = field_object(row, "events"), *source;
    char text[512] = "", number[FIELD_BYTES], words[FIELD_BYTES];
    const char *kind;
    size_t used = 0;

    for (size_t i = 0; events != NULL && i < sizeof(counted) / sizeof(counted[0]); i++)
        used +=
            (size_t)snprintf(text + used, sizeof(text) - used, "%s%.40s %s", used > 0 ? ", " : "",
                             field_count(events, counted[i], number), counted[i]);
    if (events != NULL)
        lines_add_wrapped(lines, 1, "Events", "%s", text);
    else if (json_is_object(json_object_get(row, "rule_counts")))
        lines_add_wrapped(lines, 1, "Events", "%s", field_text(row, "events_words", words));
    json_object_foreach((json_t *)(uintptr_t)field_object(events, "sources"), kind, source)
    {
        text_escape_string(kind, number, sizeof(number));
        field_text(field_object(events, "sources"), kind, words);
        lines_add_wrapped(lines, 1, "", "%s: %s", number, words);
    }
}

/* Those that are off first, as the agent orders them. */
static void add_each_rule(const json_t *row, struct lines *lines)
{
    const json_t *rules = json_object_get(row, "rules");

    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i), *off = field_object(rule, "off");
        char id[FIELD_BYTES], calls[FIELD_BYTES], total[FIELD_BYTES], most[FIELD_BYTES];
        char p99[FIELD_BYTES];

        field_text(rule, "rule", id);
        if (off != NULL)
            lines_add_mark(lines, 1, i == 0 ? "Rules" : "", OUTPUT_FAIL, "%s is off, %s: %s", id,
                           field_text(off, "code", calls), field_text(off, "words", total));
        else
            lines_add_wrapped(
                lines, 1, i == 0 ? "Rules" : "", "%s: %s calls, %s us in all, at most %s, p99 %s",
                id, field_count(rule, "calls", calls), field_count(rule, "total_us", total),
                field_count(rule, "max_us", most), field_count(rule, "p99_us", p99));
    }
}

static void details(const struct model *model, const struct listing_row *row, struct lines *lines)
{
    const json_t *item = row->item;
    char first[FIELD_BYTES], second[FIELD_BYTES];

    state_text(item, first);
    lines_add(lines, 1, "Driver", "%s", field_text(item, "family", second));
    lines_add(lines, 1, "State", "%s %s",
              output_mark_text(output_mark_of(field_raw(item, "health"))), first);
    lines_add(lines, 1, "Reason", "%s", field_text(item, "code", first));
    lines_add_wrapped(lines, 1, "Words", "%s", field_text(item, "words", first));
    add_process(model, item, 1, lines);
    cpu_text(item, first);
    lines_add(lines, 1, "Processor", "%s", first);
    lines_add(lines, 1, "Since", "%s", field_time(item, "started", first));
    add_ends(model, item, 1, lines);
    lines_add(lines, 1, "Last end", "%s", field_time(item, "last_end", first));
    lines_add_wrapped(lines, 1, "Too often", "is %s within %s: the content before is put back",
                      field_counted(item, "ends_limit", "end", first),
                      field_age(item, "window", NULL, second));
    add_contents(item, lines);
    add_quarantine(item, 1, lines);
    lines_add(lines, 1, "Events/s", "%s", number_text(item, "events_per_second", first));
    add_events(item, lines);
    add_each_rule(item, lines);
    lines_add_wrapped(lines, 1, "Next step", "%s", next_of(item));
}

static const char *code(const struct model *model, const struct listing_row *row)
{
    (void)model;
    return row != NULL ? field_raw(row->item, "code") : NULL;
}

static void empty(const struct model *model, struct lines *lines)
{
    if (model->engines == NULL)
        lines_add_wrapped(lines, 1, "",
                          "Nothing is known of the drivers: the agent has not told of them.");
    else
        lines_add_wrapped(lines, 1, "", "This agent has no drivers.");
    lines_add_wrapped(lines, 1, "",
                      "Is it up? systemctl status sallyport-agent says so; F5 asks it again.");
}

const struct panel panel_engines = {
    .name = "engines",
    .title = "Engines",
    .columns = columns,
    .column_count = sizeof(columns) / sizeof(columns[0]),
    .head = head,
    .fill = fill,
    .tail = tail,
    .details = details,
    .code = code,
    .empty = empty,
    .foot = "Enter details   e explain   F5 ask again",
};
