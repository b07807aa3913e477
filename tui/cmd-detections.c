/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <string.h>

#include "media/base/text.h"
#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output.h"

#define PAGE 1000 /* in one answer */

static const char *const examples[] = {"detections", "detections --after 100", "detections --json",
                                       NULL};

static const struct command_option options[] = {
    {"after", 0, COMMAND_COUNT, "N", "only those with numbers above N"},
};

/* "path=/tmp/a, pid=7" in the order of the names. */
static void print_facts(const struct output *output, const json_t *facts)
{
    const char *separator = "    ";
    char name[FIELD_BYTES], value[FIELD_BYTES];
    const char *key;
    json_t *fact;

    json_object_foreach((json_t *)(uintptr_t)facts, key, fact)
    {
        text_escape_string(key, name, sizeof(name));
        fprintf(output->stream, "%s%s=%s", separator, name,
                json_is_integer(fact) ? field_count(facts, key, value)
                                      : field_text(facts, key, value));
        separator = ", ";
    }
    if (json_object_size(facts) > 0)
        fputc('\n', output->stream);
}

static void print_one(const struct output *output, const json_t *row)
{
    char number[FIELD_BYTES], time[FIELD_BYTES], rule[FIELD_BYTES], title[FIELD_BYTES];
    char severity[FIELD_BYTES], events[FIELD_BYTES];

    fprintf(output->stream, "%s  %s  %s  %s: %s (%s)\n", field_time(row, "time", time),
            field_count(row, "number", number), field_text(row, "severity", severity),
            field_text(row, "rule", rule), field_text(row, "title", title),
            field_counted(row, "count", "event", events));
    print_facts(output, field_object(row, "facts"));
}

/* All pages as one answer. */
static int ask_all(const struct command_invocation *invocation, json_int_t after, json_t **reply,
                   struct error *err)
{
    json_t *rows = json_array();
    size_t count;
    int result;

    do {
        json_t *parameters = json_pack("{s:I, s:i}", "after", after, "limit", PAGE), *page;

        json_decref(*reply);
        result = ask_agent(invocation, "Detections", parameters, NULL, NULL, reply, err);
        page = json_object_get(*reply, "detections");
        count = json_array_size(page);
        json_array_extend(rows, page);
        after = (json_int_t)field_number(*reply, "newest");
        json_decref(parameters);
    } while (result == 0 && count == PAGE);
    if (result == 0)
        json_object_set(*reply, "detections", rows);
    json_decref(rows);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    struct output output;
    json_t *reply = NULL;
    const json_t *rows;
    uint64_t after = 0;
    int result = output_open(invocation, &output, err);

    (void)command_number(invocation, "after", &after);
    if (result == 0 && after > INT64_MAX)
        result = error_set(err, ERROR_USAGE, "--after: too large");
    if (result == 0)
        result = ask_all(invocation, (json_int_t)after, &reply, err);
    rows = json_object_get(reply, "detections");
    if (result == 0 && command_flag(invocation, "json"))
        result = output_json(reply, err);
    else if (result == 0 && json_array_size(rows) == 0)
        fprintf(output.stream, "Nothing was detected%s.\n", after > 0 ? " since" : "");
    else if (result == 0)
        for (size_t i = 0; i < json_array_size(rows); i++)
            print_one(&output, json_array_get(rows, i));
    json_decref(reply);
    return result;
}

const struct command command_detections = {
    .name = "detections",
    .arguments = "",
    .summary = "Show what behaviour rules have detected here",
    .description = "Oldest first, with the facts that the rule gave. One line may stand for many "
                   "events: a rule says how many it takes together. The newest 10,000 are kept.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
