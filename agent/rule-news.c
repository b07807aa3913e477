/* SPDX-License-Identifier: ISC */
#include "agent/rule-news.h"

#include <stdio.h>
#include <string.h>

#include "agent/audit.h"
#include "agent/behavior.h"
#include "agent/detection.h"
#include "media/base/json.h"
#include "media/base/log.h"

static int note_detection(struct rule_news *news, const json_t *body, struct error *err)
{
    return detection_note(news->state, news->config, body, err);
}

/* A rule that passed its budget or failed: the others go on, and somebody has to know. */
static int note_off(struct rule_news *news, const json_t *body, struct error *err)
{
    const char *type = "", *rule = "", *file = "", *code = "", *words = "", *name = "";
    const struct json_field fields[] = {
        {"news", JSON_NAME, JSON_REQUIRED, &name, 0, LIMIT_NAME_BYTES, NULL},
        {"type", JSON_NAME, JSON_REQUIRED, &type, 0, LIMIT_NAME_BYTES, NULL},
        {"rule", JSON_TEXT, JSON_REQUIRED, &rule, 0, 128, NULL},
        {"file", JSON_TEXT, JSON_REQUIRED, &file, 0, LIMIT_PATH_BYTES, NULL},
        {"code", JSON_NAME, JSON_REQUIRED, &code, 0, LIMIT_NAME_BYTES, NULL},
        {"words", JSON_TEXT, JSON_REQUIRED, &words, 0, 4 * ERROR_WORDS_BYTES, NULL},
    };
    struct audit_event event = {.who = BEHAVIOR_FAMILY, .what = "rule-off", .words = words};
    char subject[LIMIT_NAME_BYTES + 160];
    int result = json_fields(body, fields, sizeof(fields) / sizeof(fields[0]), err);

    if (result < 0)
        return result;
    if (error_from_name(code, &event.code) < 0 || event.code == ERROR_OK)
        return error_set(err, ERROR_PROTOCOL, "rule-off: a code that there is not");
    snprintf(subject, sizeof(subject), "%s: %s", type, rule);
    event.subject = subject;
    return audit_append(news->state, &event, NULL, err);
}

static int note_unknown(struct rule_news *news, const json_t *body, struct error *err)
{
    (void)news;
    (void)body;
    return error_set(err, ERROR_PROTOCOL, "news that nobody knows");
}

static const struct kind {
    const char *name;
    int (*note)(struct rule_news *news, const json_t *body, struct error *err);
    unsigned most; /* a minute */
} kinds[RULE_NEWS_KINDS] = {
    {"detection", note_detection, LIMIT_NEWS_DETECTIONS},
    {"rule-off", note_off, LIMIT_NEWS_RULES_OFF},
    {"unknown", note_unknown, LIMIT_NEWS_RULES_OFF},
};

static size_t kind_of(const json_t *body)
{
    const char *name = json_string_value(json_object_get(body, "news"));
    size_t i = 0;

    while (i < RULE_NEWS_KINDS - 1 && (name == NULL || strcmp(kinds[i].name, name) != 0))
        i++;
    return i;
}

static int tell_held(struct rule_news *news, const struct kind *kind, uint64_t held,
                     struct error *err)
{
    char words[ERROR_WORDS_BYTES];
    const struct audit_event event = {.who = BEHAVIOR_FAMILY,
                                      .what = kind->name,
                                      .code = ERROR_LIMIT,
                                      .subject = "(others)",
                                      .words = words};

    snprintf(words, sizeof(words), "%llu beyond %u in a minute: counted and not kept",
             (unsigned long long)held, kind->most);
    log_write(LOG_LEVEL_WARN, "driver " BEHAVIOR_FAMILY ": %s: %s", kind->name, words);
    return audit_append(news->state, &event, NULL, err);
}

void rule_news_turn(struct rule_news *news, int64_t now_us, int *due_ms)
{
    for (size_t i = 0; i < RULE_NEWS_KINDS; i++) {
        uint64_t held = minute_quota_held(&news->quotas[i], now_us, due_ms);
        struct error err;

        if (held > 0 && tell_held(news, &kinds[i], held, &err) < 0)
            log_write(LOG_LEVEL_ERROR, "driver " BEHAVIOR_FAMILY ": %s", err.words);
    }
}

void rule_news_hear(struct rule_news *news, const json_t *body, int64_t now_us)
{
    const size_t kind = kind_of(body);
    struct error err = {0};
    int due_ms = -1;

    rule_news_turn(news, now_us, &due_ms);
    if (minute_quota_take(&news->quotas[kind], kinds[kind].most, now_us) &&
        kinds[kind].note(news, body, &err) < 0)
        log_write(LOG_LEVEL_ERROR, "driver " BEHAVIOR_FAMILY ": %s", err.words);
}
