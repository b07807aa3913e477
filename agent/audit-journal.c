/* SPDX-License-Identifier: ISC */
#include "agent/audit-journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/audit.h"
#include "media/base/journal.h"
#include "media/base/log.h"
#include "media/content-type.h"

/* Field of an entry | key of a record. */
static const struct {
    const char *field, *key;
} texts[] = {
    {"SALLYPORT_WHO", "who"},         {"SALLYPORT_WHAT", "what"},
    {"SALLYPORT_RESULT", "result"},   {"SALLYPORT_CODE", "code"},
    {"SALLYPORT_SUBJECT", "subject"}, {"SALLYPORT_WORDS", "words"},
    {"SALLYPORT_DIGEST", "digest"},
};

#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static const char *text_of(const json_t *record, const char *key)
{
    const char *text = json_string_value(json_object_get(record, key));

    return text != NULL ? text : "";
}

/* SALLYPORT_TYPE only where a content type is what it was about. */
static void copy_record(const json_t *record)
{
    struct journal_field fields[TEXTS + 3];
    char id[JOURNAL_ID_BYTES], number[24], message[LIMIT_LOG_LINE];
    const char *subject = text_of(record, "subject");
    enum error_code code;
    size_t count = 0;

    if (error_from_name(text_of(record, "code"), &code) < 0)
        code = ERROR_INTERNAL;
    snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
             json_integer_value(json_object_get(record, "number")));
    snprintf(message, sizeof(message), "%s %s: %s", text_of(record, "what"), subject,
             text_of(record, "words"));
    for (size_t i = 0; i < TEXTS; i++)
        fields[count++] = (struct journal_field){texts[i].field, text_of(record, texts[i].key)};
    fields[count++] = (struct journal_field){"MESSAGE_ID", journal_id(code, id)};
    fields[count++] = (struct journal_field){"SALLYPORT_RECORD", number};
    if (content_type_find(subject) != NULL)
        fields[count++] = (struct journal_field){"SALLYPORT_TYPE", subject};
    log_event(code == ERROR_OK ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, message, fields, count);
}

void audit_journal_begin(struct audit_journal *journal, struct state *state)
{
    struct error ignored;

    if (audit_newest(state, &journal->copied, &ignored) < 0)
        journal->copied = 0;
}

void audit_journal_copy(struct audit_journal *journal, struct state *state)
{
    struct error ignored;
    json_t *records = NULL, *record;
    int64_t newest;
    size_t i;

    if (journal == NULL || !log_in_journal())
        return;
    if (audit_newest(state, &newest, &ignored) < 0 || newest == journal->copied ||
        audit_list(state, (uint64_t)journal->copied, AUDIT_PAGE, &records, &ignored) < 0) {
        json_decref(records);
        return;
    }
    json_array_foreach(records, i, record)
    {
        copy_record(record);
        journal->copied = json_integer_value(json_object_get(record, "number"));
    }
    json_decref(records);
}
