/* SPDX-License-Identifier: ISC */
#include "tui/check-verdict.h"

#include <stdio.h>
#include <string.h>

#include "media/base/text.h"
#include "tui/field.h"

static const struct {
    const char *shown, *name;
} words[] = {
    [CHECK_OK] = {"OK", "ok"},
    [CHECK_WARN] = {"WARN", "warn"},
    [CHECK_FAIL] = {"FAIL", "fail"},
    [CHECK_UNKNOWN] = {"UNKNOWN", "unknown"},
};

/* The agent's words for health; "blocked" serves nothing, so it is no better than "fail". */
static enum check_word word_of(const char *health)
{
    if (health != NULL && strcmp(health, "warn") == 0)
        return CHECK_WARN;
    if (health != NULL && (strcmp(health, "fail") == 0 || strcmp(health, "blocked") == 0))
        return CHECK_FAIL;
    return CHECK_OK;
}

void check_open(struct check_verdict *verdict)
{
    *verdict = (struct check_verdict){.problems = json_array()};
}

void check_close(struct check_verdict *verdict)
{
    json_decref(verdict->problems);
    verdict->problems = NULL;
}

static void add(struct check_verdict *verdict, enum check_word word, const char *subject,
                const char *code, const char *text)
{
    json_t *problem = json_pack("{s:s, s:s, s:s, s:s}", "verdict", words[word].name, "subject",
                                subject, "code", code, "words", text);

    /* Worse ones first; of the same weight in the order found. */
    if (word == CHECK_FAIL && word > verdict->word)
        json_array_insert_new(verdict->problems, 0, problem);
    else
        json_array_append_new(verdict->problems, problem);
    if (word > verdict->word)
        verdict->word = word;
}

static const char *text_or(const json_t *object, const char *key, const char *otherwise)
{
    const char *text = field_raw(object, key);

    return text != NULL && text[0] != '\0' ? text : otherwise;
}

static void judge_contents(struct check_verdict *verdict, const json_t *contents)
{
    size_t used = 0;

    for (size_t i = 0; i < json_array_size(contents); i++) {
        const json_t *row = json_array_get(contents, i);
        enum check_word word = word_of(field_raw(row, "health"));
        char name[FIELD_BYTES], warn[32] = "", fail[32] = "";

        if (word != CHECK_OK)
            add(verdict, word, text_or(row, "type", "-"), text_or(row, "reason", "-"),
                text_or(row, "words", ""));
        if (!json_is_integer(json_object_get(row, "age")) || used >= sizeof(verdict->figures) - 200)
            continue;
        if (field_number(row, "warn") > 0)
            snprintf(warn, sizeof(warn), "%lld", (long long)field_number(row, "warn"));
        if (field_number(row, "fail") > 0)
            snprintf(fail, sizeof(fail), "%lld", (long long)field_number(row, "fail"));
        used += (size_t)snprintf(verdict->figures + used, sizeof(verdict->figures) - used,
                                 "%sage_%.64s=%llds;%s;%s", used > 0 ? " " : "",
                                 field_text(row, "type", name), (long long)field_number(row, "age"),
                                 warn, fail);
    }
}

static void judge_rest(struct check_verdict *verdict, const json_t *status)
{
    const json_t *sandbox = field_object(status, "sandbox");
    int64_t refusals = field_number(field_object(status, "refusals"), "count");
    char text[128];

    if (field_true(field_object(status, "set"), "expired"))
        add(verdict, CHECK_WARN, "set", error_name(ERROR_EXPIRED), error_row(ERROR_EXPIRED)->cause);
    if (field_true(field_object(status, "clock"), "behind"))
        add(verdict, CHECK_WARN, "clock", error_name(ERROR_FROM_THE_FUTURE),
            "the local clock is behind the newest signed time that was accepted here");
    if (field_number(sandbox, "landlock") == 0 || !field_true(sandbox, "seccomp"))
        add(verdict, CHECK_FAIL, "sandbox", error_name(ERROR_SANDBOX),
            "Landlock or seccomp is not in force");
    snprintf(text, sizeof(text), "%lld not acknowledged", (long long)refusals);
    if (refusals > 0)
        add(verdict, CHECK_WARN, "refusals",
            text_or(field_object(field_object(status, "refusals"), "last"), "code", "-"), text);
}

/* One line of all: the worst of it in a few words, then where the endpoint stands. */
static void write_line(struct check_verdict *verdict, const json_t *status)
{
    const json_t *set = field_object(status, "set"), *worst = json_array_get(verdict->problems, 0);
    size_t count = json_array_size(verdict->problems);
    char ring[FIELD_BYTES], number[FIELD_BYTES], age[FIELD_BYTES], subject[FIELD_BYTES];
    char code[FIELD_BYTES], more[32] = "", stand[256] = "no set yet";

    if (set != NULL)
        snprintf(stand, sizeof(stand), "set %.20s, %.20s old", field_count(set, "sequence", number),
                 field_age(set, "age", NULL, age));
    if (count > 1)
        snprintf(more, sizeof(more), " and %zu more", count - 1);
    if (worst != NULL)
        snprintf(verdict->line, sizeof(verdict->line),
                 "SALLYPORT %s: %.64s %.64s%s; ring %.64s, %s", words[verdict->word].shown,
                 field_text(worst, "subject", subject), field_text(worst, "code", code), more,
                 field_text(status, "ring", ring), stand);
    else
        snprintf(verdict->line, sizeof(verdict->line), "SALLYPORT %s: ring %.64s, %s",
                 words[verdict->word].shown, field_text(status, "ring", ring), stand);
}

void check_judge(struct check_verdict *verdict, const json_t *status, const json_t *chain)
{
    char next[FIELD_BYTES];

    if (!field_true(status, "enrolled")) {
        struct error why;

        error_set(&why, ERROR_NOT_ENROLLED, "%s", error_row(ERROR_NOT_ENROLLED)->cause);
        check_unknown(verdict, &why);
        return;
    }
    judge_contents(verdict, json_object_get(status, "contents"));
    judge_rest(verdict, status);
    if (chain != NULL && !field_true(chain, "ok"))
        add(verdict, CHECK_FAIL, "audit", error_name(ERROR_AUDIT_BROKEN),
            text_or(chain, "words", error_row(ERROR_AUDIT_BROKEN)->cause));
    /* A newer agent may know of more than we do. */
    if (word_of(field_raw(status, "health")) > verdict->word)
        add(verdict, word_of(field_raw(status, "health")), "health", "-",
            "see sallyport status for what it is");
    if (field_raw(status, "next") != NULL && verdict->word != CHECK_OK)
        snprintf(verdict->next, sizeof(verdict->next), "%.1000s", field_text(status, "next", next));
    write_line(verdict, status);
}

void check_unknown(struct check_verdict *verdict, const struct error *why)
{
    char text[sizeof(why->words) * 2];

    text_escape_string(why->words, text, sizeof(text));
    verdict->word = CHECK_UNKNOWN;
    snprintf(verdict->line, sizeof(verdict->line), "SALLYPORT UNKNOWN: %.400s (%s)", text,
             error_name(why->code));
    snprintf(verdict->next, sizeof(verdict->next), "%s", error_row(why->code)->next_step);
    json_array_append_new(verdict->problems,
                          json_pack("{s:s, s:s, s:s, s:s}", "verdict", "unknown", "subject",
                                    "agent", "code", error_name(why->code), "words", text));
}

json_t *check_json(const struct check_verdict *verdict)
{
    return json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:O}", "schema", "sallyport.check/1",
                     "verdict", words[verdict->word].name, "exit_status",
                     check_exit_status(verdict), "line", verdict->line, "figures", verdict->figures,
                     "next", verdict->next, "problems", verdict->problems);
}

int check_exit_status(const struct check_verdict *verdict)
{
    return (int)verdict->word;
}
