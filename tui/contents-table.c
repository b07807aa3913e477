/* SPDX-License-Identifier: ISC */
#include "tui/contents-table.h"

#include <string.h>

#include "tui/field.h"
#include "tui/table.h"

static const char *const brief[] = {"TYPE",      "VERSION", "GENTIME", "AGE",
                                    "WARN/FAIL", "STATE",   "REASON",  NULL};
static const char *const full[] = {"TYPE",      "VERSION", "ISSUE",  "GENTIME", "AGE",
                                   "WARN/FAIL", "STATE",   "REASON", NULL};

static void put_limits(struct table *table, const json_t *row)
{
    char warn[FIELD_BYTES], fail[FIELD_BYTES], both[80];

    snprintf(both, sizeof(both), "%.30s/%.30s", field_age(row, "warn", "-", warn),
             field_age(row, "fail", "-", fail));
    table_text(table, both);
}

/* What holds the content back, in a few words: code, then words where there are any. */
static void put_reason(struct table *table, const json_t *row)
{
    const json_t *staged = field_object(row, "staged");
    const json_t *wave = field_object(staged, "wave");
    const char *code = field_raw(row, "reason");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES], fourth[FIELD_BYTES];
    char text[FIELD_BYTES];

    if (staged != NULL)
        snprintf(text, sizeof(text), "staged %.100s: wave %.20s of %.20s, opens %.40s",
                 field_text(staged, "version", first), field_count(wave, "number", second),
                 field_count(wave, "of", third), field_time(wave, "opens", fourth));
    else if (!field_true(row, "carried") && json_is_null(json_object_get(row, "package")))
        snprintf(text, sizeof(text), "not carried");
    else if (code == NULL || strcmp(code, "ok") == 0)
        text[0] = '\0';
    else
        snprintf(text, sizeof(text), "%.100s: %.1500s", field_text(row, "reason", first),
                 field_text(row, "words", second));
    table_text(table, text);
}

void contents_table_print(const json_t *contents, bool times, const struct output *output)
{
    struct table table;
    char text[FIELD_BYTES];

    table_init(&table, times ? full : brief);
    for (size_t i = 0; i < json_array_size(contents); i++) {
        const json_t *row = json_array_get(contents, i);

        table_text(&table, field_text(row, "type", text));
        table_text(&table, field_text(row, "version", text));
        if (times)
            table_text(&table, field_count(row, "issue", text));
        table_text(&table, field_time(row, "time", text));
        table_text(&table, field_age(row, "age", NULL, text));
        put_limits(&table, row);
        table_mark(&table, output_mark_of(field_raw(row, "health")));
        put_reason(&table, row);
    }
    table_print(&table, output);
    table_clear(&table);
}
