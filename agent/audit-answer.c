/* SPDX-License-Identifier: ISC */
#include "agent/audit-answer.h"

#include "agent/audit.h"
#include "agent/refusal.h"

static json_t *head_value(const json_t *records)
{
    size_t count = json_array_size(records);

    return count > 0 ? json_incref(json_object_get(json_array_get(records, count - 1), "digest"))
                     : json_string("");
}

int audit_answer_list(struct state *state, uint64_t after, uint64_t limit, json_t **reply,
                      struct error *err)
{
    json_t *records;
    int result = audit_list(state, after, limit, &records, err);

    if (result == 0)
        *reply = json_pack("{s:s, s:o, s:o}", "schema", "sallyport.audit/1", "head",
                           head_value(records), "records", records);
    return result;
}

int audit_answer_verify(struct state *state, json_t **reply, struct error *err)
{
    uint8_t head[DIGEST_BYTES];
    char text[DIGEST_TEXT_BYTES];
    uint64_t records;
    int result = audit_verify(state, &records, head, err);

    if (result < 0 && err->code != ERROR_AUDIT_BROKEN)
        return result;
    *reply = json_pack("{s:b, s:I, s:s, s:s}", "ok", result == 0, "records", (json_int_t)records,
                       "head", digest_text(head, text), "words",
                       result == 0 ? "every record follows from the one before" : err->words);
    return 0;
}

int audit_answer_refusals(struct state *state, uint64_t after, uint64_t limit, json_t **reply,
                          struct error *err)
{
    json_t *list;
    uint64_t open;
    int result = refusal_list(state, after, limit, &list, err);

    if (result == 0)
        result = audit_open_refusals(state, &open, err);
    if (result == 0)
        *reply = json_pack("{s:s, s:I, s:O}", "schema", "sallyport.refusals/1", "open",
                           (json_int_t)open, "refusals", list);
    json_decref(list);
    return result;
}
