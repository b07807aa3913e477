/* SPDX-License-Identifier: ISC */
#include "tui/model.h"

#include <string.h>

#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/base/text.h"
#include "tui/field.h"

#define FIXTURE_BYTES (8 * MIB) /* as large as an answer may be */

static const struct {
    const char *name;
    size_t offset;
} answers[] = {
    {"status", offsetof(struct model, status)}, {"media", offsetof(struct model, media)},
    {"floors", offsetof(struct model, floors)}, {"engines", offsetof(struct model, engines)},
    {"audit", offsetof(struct model, audit)},   {"chain", offsetof(struct model, chain)},
    {"job", offsetof(struct model, job)},
};

#define ANSWERS (sizeof(answers) / sizeof(answers[0]))

void model_open(struct model *model)
{
    *model = (struct model){0};
}

void model_close(struct model *model)
{
    for (size_t i = 0; i < ANSWERS; i++)
        json_decref(*model_answer(model, answers[i].name));
    model_open(model);
}

json_t **model_answer(struct model *model, const char *name)
{
    for (size_t i = 0; i < ANSWERS; i++)
        if (strcmp(answers[i].name, name) == 0)
            return (json_t **)(void *)((char *)model + answers[i].offset);
    return NULL;
}

void model_take(struct model *model, const char *name, json_t *answer)
{
    json_t **place = model_answer(model, name);

    if (place == NULL) {
        json_decref(answer);
        return;
    }
    json_decref(*place);
    *place = answer;
}

/* An age beyond all numbers stays what it is. */
static void add_seconds(json_t *age, int64_t seconds)
{
    json_int_t sum;

    if (!__builtin_add_overflow(json_integer_value(age), seconds, &sum))
        json_integer_set(age, sum);
}

static void add_age(json_t *value, int64_t seconds)
{
    const char *key;
    json_t *member;
    size_t i;

    if (json_is_array(value))
        json_array_foreach(value, i, member) add_age(member, seconds);
    json_object_foreach(value, key, member) if (strcmp(key, "age") == 0 && json_is_integer(member))
        add_seconds(member, seconds);
    else add_age(member, seconds);
}

void model_grow_older(struct model *model, int64_t seconds)
{
    add_age(model->status, seconds);
    add_age(model->floors, seconds);
    add_age(model->media, seconds);
}

static int read_time(const json_t *object, const char *key, bool needed, int64_t *time_us,
                     struct error *err)
{
    const char *text = field_raw(object, key);

    if (text == NULL && !needed)
        return 0;
    if (text == NULL || instant_parse(text, strlen(text), time_us) < 0)
        return error_set(err, ERROR_USAGE, "the fixture has no time \"%s\"", key);
    return 0;
}

int model_take_fixture(struct model *model, const json_t *fixture, struct error *err)
{
    const json_t *agent = field_object(fixture, "agent");
    const char *why = field_raw(agent, "why");

    if (read_time(fixture, "now", true, &model->now_us, err) < 0 ||
        read_time(agent, "seen", false, &model->seen_us, err) < 0)
        return -(int)err->code;
    model->up = field_true(agent, "up");
    model->act = field_true(agent, "act");
    text_escape_string(why != NULL ? why : "", model->why, sizeof(model->why));
    for (size_t i = 0; i < ANSWERS; i++) {
        json_t *answer = json_object_get(fixture, answers[i].name);

        if (json_is_object(answer))
            model_take(model, answers[i].name, json_incref(answer));
    }
    return 0;
}

int model_read_fixture(struct model *model, const char *path, struct error *err)
{
    json_t *fixture = NULL;
    struct bytes text;
    int result = path_read_named(path, FIXTURE_BYTES, &text, err);

    if (result == 0)
        result = json_read(text.data, text.size, &fixture, err);
    if (result == 0)
        result = model_take_fixture(model, fixture, err);
    json_decref(fixture);
    bytes_clear(&text);
    return result;
}
