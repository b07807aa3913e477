/* SPDX-License-Identifier: ISC */
#include "tui/refusals-list.h"

#include "tui/ask.h"
#include "tui/field.h"
#include "tui/table.h"

#define PAGE 1000 /* in one answer */

static const char *const headers[] = {"NUMBER", "TIME", "SOURCE", "SUBJECT",
                                      "CODE",   "SEEN", "WORDS",  NULL};

static void take_page(json_t *into, const json_t *page, bool all, uint64_t up_to)
{
    for (size_t i = 0; i < json_array_size(page); i++) {
        json_t *row = json_array_get(page, i);
        bool open = field_raw(row, "acknowledged") == NULL;

        if ((all || open) && (uint64_t)field_number(row, "number") <= up_to)
            json_array_append(into, row);
    }
}

static int64_t last_number(const json_t *page)
{
    return field_number(json_array_get(page, json_array_size(page) - 1), "number");
}

int refusals_list(const struct command_invocation *invocation, bool all, uint64_t up_to,
                  json_t **refusals, struct error *err)
{
    json_t *rows = json_array();
    int64_t after = 0, open = 0;
    size_t count;
    int result;

    *refusals = NULL;
    do {
        json_t *parameters = json_pack("{s:I, s:i}", "after", (json_int_t)after, "limit", PAGE);
        json_t *reply = NULL;
        const json_t *page;

        result = ask_agent(invocation, "Refusals", parameters, NULL, NULL, &reply, err);
        page = json_object_get(reply, "refusals");
        count = json_array_size(page);
        take_page(rows, page, all, up_to);
        open = field_number(reply, "open");
        after = count > 0 ? last_number(page) : after;
        json_decref(parameters);
        json_decref(reply);
    } while (result == 0 && count == PAGE);
    if (result == 0)
        *refusals = json_pack("{s:s, s:I, s:O}", "schema", "sallyport.refusals/1", "open",
                              (json_int_t)open, "refusals", rows);
    json_decref(rows);
    return result;
}

void refusals_print(const json_t *refusals, bool all, const struct output *output)
{
    const json_t *rows = json_object_get(refusals, "refusals");
    char text[FIELD_BYTES];
    struct table table;

    table_init(&table, headers);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);

        table_text(&table, field_count(row, "number", text));
        table_text(&table, field_time(row, "time", text));
        table_text(&table, field_text(row, "source", text));
        table_text(&table, field_text(row, "subject", text));
        table_text(&table, field_text(row, "code", text));
        table_text(&table, field_raw(row, "acknowledged") != NULL ? "yes" : "no");
        table_text(&table, field_text(row, "words", text));
    }
    if (table.count == 0)
        fprintf(output->stream, "%s\n",
                all ? "Nothing was ever refused here." : "No refusal waits to be acknowledged.");
    table_print(&table, output);
    table_clear(&table);
}
