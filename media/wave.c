/* SPDX-License-Identifier: ISC */
#include "media/wave.h"

#include "media/base/json.h"

/* A delay of more than a year is a mistake, not a plan. */
#define DELAY_MAX_S (366UL * 24 * 60 * 60)

static int parse_one(const json_t *object, struct wave *wave, struct error *err)
{
    const struct json_field fields[] = {
        {.key = "delay", .kind = JSON_COUNT, .out = &wave->delay_s, .max = DELAY_MAX_S},
        {.key = "percent", .kind = JSON_COUNT, .out = &wave->percent, .min = 1, .max = 100},
    };

    return json_fields(object, fields, sizeof(fields) / sizeof(fields[0]), err);
}

/* Shares and delays rise, so that a later wave never holds fewer endpoints or opens sooner. */
static int check_rising(const struct wave_plan *plan, struct error *err)
{
    for (size_t i = 1; i < plan->count; i++) {
        if (plan->waves[i].percent <= plan->waves[i - 1].percent)
            return error_set(err, ERROR_BAD_DOCUMENT, "wave %zu: percent does not rise", i);
        if (plan->waves[i].delay_s <= plan->waves[i - 1].delay_s)
            return error_set(err, ERROR_BAD_DOCUMENT, "wave %zu: delay does not rise", i);
    }
    if (plan->waves[plan->count - 1].percent != 100)
        return error_set(err, ERROR_BAD_DOCUMENT, "the last wave does not reach 100 percent");
    return 0;
}

int wave_parse(const json_t *list, struct wave_plan *plan, struct error *err)
{
    int result;

    plan->count = 0;
    if (!json_is_array(list) || json_array_size(list) == 0 || json_array_size(list) > LIMIT_WAVES)
        return error_set(err, ERROR_BAD_DOCUMENT, "a wave plan is a list of 1 to %d waves",
                         LIMIT_WAVES);
    for (size_t i = 0; i < json_array_size(list); i++) {
        result = parse_one(json_array_get(list, i), &plan->waves[i], err);
        if (result != 0) {
            error_context(err, "wave %zu", i);
            return result;
        }
        plan->count++;
    }
    return check_rising(plan, err);
}

json_t *wave_write(const struct wave_plan *plan)
{
    json_t *list = json_array();

    for (size_t i = 0; i < plan->count; i++)
        json_array_append_new(list,
                              json_pack("{s:I,s:I}", "delay", (json_int_t)plan->waves[i].delay_s,
                                        "percent", (json_int_t)plan->waves[i].percent));
    return list;
}

void wave_everyone(struct wave_plan *plan)
{
    plan->count = 1;
    plan->waves[0].percent = 100;
    plan->waves[0].delay_s = 0;
}
