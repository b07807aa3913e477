/* SPDX-License-Identifier: ISC */
#include "tui/model-ask.h"

#include "media/base/instant.h"
#include "tui/ask.h"
#include "tui/field.h"

#define RECORDS 500 /* of the audit chain, the newest */

static const struct {
    const char *answer, *method;
} questions[] = {
    {"media", "Media"},
    {"floors", "Floors"},
    {"engines", "Engines"},
};

static void ask_one(const struct command_invocation *invocation, struct model *model,
                    const char *answer, const char *method, const json_t *parameters)
{
    struct error left;
    json_t *reply = NULL;

    if (ask_agent(invocation, method, parameters, NULL, NULL, &reply, &left) == 0)
        model_take(model, answer, reply);
}

int model_ask(const struct command_invocation *invocation, struct model *model, struct error *err)
{
    int64_t records;
    json_t *range;

    if (ask_agent(invocation, "Status", NULL, NULL, NULL, &model->status, err) < 0)
        return -(int)err->code;
    model->up = true;
    model->act = field_true(model->status, "may_act");
    model->now_us = model->seen_us = instant_clock();
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
        ask_one(invocation, model, questions[i].answer, questions[i].method, NULL);
    records = field_number(field_object(model->status, "audit"), "records");
    range = json_pack("{s:I, s:i}", "after",
                      (json_int_t)(records > RECORDS ? records - RECORDS : 0), "limit", RECORDS);
    ask_one(invocation, model, "audit", "Audit", range);
    json_decref(range);
    return 0;
}
