/* SPDX-License-Identifier: ISC */
#include "agent/repair-rule.h"

#include <string.h>

#include "agent/repair-note.h"
#include "media/base/json.h"
#include "media/base/log.h"
#include "media/base/text.h"

#define OTHERS "(others)" /* no rule's id */

struct row {
    const char *rule, *title, *reason;
    bool healthy, ran, done; /* healthy means something where it ran */
};

static int read_row(const json_t *object, struct row *row, struct error *err)
{
    const struct json_field fields[] = {
        {"rule", JSON_TEXT, JSON_REQUIRED, &row->rule, 1, LIMIT_LUA_ID_BYTES, NULL},
        {"title", JSON_TEXT, JSON_REQUIRED, &row->title, 1, 4 * LIMIT_LUA_TITLE_BYTES, NULL},
        {"healthy", JSON_FLAG, JSON_NULLABLE, &row->healthy, 0, 0, &row->ran},
        {"done", JSON_FLAG, JSON_REQUIRED, &row->done, 0, 0, NULL},
        {"reason", JSON_TEXT, JSON_REQUIRED, &row->reason, 0, 4 * ERROR_WORDS_BYTES, NULL},
    };

    return json_fields(object, fields, sizeof(fields) / sizeof(fields[0]), err);
}

static const char *outcome_of(const struct repair_kit *kit, const struct row *row)
{
    if (!row->ran)
        return "failed";
    if (row->healthy)
        return "healthy";
    if (!row->done)
        return "left";
    return kit->dry_run ? "due" : "done";
}

/* Somebody has to know: no verb says that a rule was never able to call one. */
static int tell_one(struct repair_kit *kit, const struct row *row, struct error *err)
{
    struct error why;
    char rule[4 * LIMIT_LUA_ID_BYTES], words[2 * ERROR_WORDS_BYTES];

    error_set(&why, row->ran ? ERROR_PARTIAL : ERROR_BAD_CONTENT, "%s",
              row->reason[0] != '\0' ? row->reason : "its fix gives no reason");
    log_write(LOG_LEVEL_WARN, "repair: rule %s: %s",
              text_escape_string(row->rule, rule, sizeof(rule)),
              text_escape_string(why.words, words, sizeof(words)));
    return repair_note_failure(kit->import->state, REPAIR_NOTE_RULE, row->rule, kit->who, &why,
                               err);
}

/* Each that is told by name is a record of the audit chain. */
static int tell(struct repair_kit *kit, const struct row *row, struct error *err)
{
    return ++kit->failed > LIMIT_REPAIR_RULES ? 0 : tell_one(kit, row, err);
}

static int tell_others(const struct repair_kit *kit, struct error *err)
{
    struct error why;

    if (kit->failed <= LIMIT_REPAIR_RULES)
        return 0;
    error_set(&why, ERROR_LIMIT, "%zu more rules failed or were not done",
              kit->failed - LIMIT_REPAIR_RULES);
    log_write(LOG_LEVEL_WARN, "repair: %s", why.words);
    return repair_note_failure(kit->import->state, REPAIR_NOTE_RULE, OTHERS, kit->who, &why, err);
}

static bool was_done(const struct repair_kit *kit, const char *rule)
{
    const char *before =
        json_string_value(json_object_get(json_object_get(kit->rules, rule), "outcome"));

    return before != NULL && strcmp(before, "done") == 0;
}

static int take_row(struct repair_kit *kit, const json_t *object, struct error *err)
{
    struct row row = {0};
    int result = read_row(object, &row, err);

    if (result < 0 || (row.ran && row.healthy && was_done(kit, row.rule)))
        return result;
    json_object_set_new(kit->rules, row.rule,
                        json_pack("{s:s, s:s, s:s, s:s}", "rule", row.rule, "title", row.title,
                                  "outcome", outcome_of(kit, &row), "words", row.reason));
    if ((row.ran && (row.healthy || row.done)) || kit->dry_run || kit->again)
        return 0;
    return tell(kit, &row, err);
}

int repair_rule_take(struct repair_kit *kit, const json_t *reply, struct error *err)
{
    json_t *rows = NULL, *object;
    uint64_t total = 0;
    const struct json_field fields[] = {
        {"repairs", JSON_LIST, JSON_REQUIRED, &rows, 0, LIMIT_LUA_RULES, NULL},
        {"total", JSON_COUNT, JSON_REQUIRED, &total, 0, LIMIT_LUA_RULES, NULL},
    };
    int result = json_fields(reply, fields, sizeof(fields) / sizeof(fields[0]), err);
    size_t i;

    kit->failed = 0;
    json_array_foreach(rows, i, object)
    {
        if (result < 0)
            break;
        result = take_row(kit, object, err);
    }
    if (result == 0)
        result = tell_others(kit, err);
    if (result == 0)
        return 0;
    if (err->code == ERROR_BAD_DOCUMENT)
        err->code = ERROR_PROTOCOL;
    return error_context(err, "the answer of the driver repair");
}
