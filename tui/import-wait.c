/* SPDX-License-Identifier: ISC */
#include "tui/import-wait.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "media/base/instant.h"
#include "tui/ask.h"
#include "tui/field.h"
#include "tui/import-view.h"
#include "tui/progress.h"

#define LOOK_S 30 /* between two looks, where no wave opens before */

static bool same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static const json_t *find_content(const json_t *contents, const char *type)
{
    for (size_t i = 0; i < json_array_size(contents); i++)
        if (same(field_raw(json_array_get(contents, i), "type"), type))
            return json_array_get(contents, i);
    return NULL;
}

static void settle(json_t *package, const char *result, const char *code, const char *words)
{
    json_object_set_new(package, "result", json_string(result));
    json_object_set_new(package, "code", json_string(code));
    json_object_set_new(package, "words", json_string(words));
}

/* What became of one staged package. 1: it still waits. */
static int look_at(json_t *package, const json_t *contents)
{
    const json_t *row = find_content(contents, field_raw(package, "type"));
    const char *id = field_raw(package, "package"), *code = field_raw(row, "reason");
    const char *words = field_raw(row, "words");

    if (same(field_raw(row, "package"), id)) {
        settle(package, "active", error_name(ERROR_OK), "");
        return 0;
    }
    if (same(field_raw(field_object(row, "staged"), "package"), id))
        return 1;
    if (code == NULL || same(code, error_name(ERROR_OK)))
        settle(package, "refused", error_name(ERROR_PARTIAL),
               "it is staged no longer: another package took its place");
    else
        settle(package, "refused", code, words != NULL ? words : "");
    return 0;
}

/* Seconds until the wave of a content opens, LOOK_S at most, 1 at least. */
static int64_t until_open(const json_t *row, const json_t *generated)
{
    const char *opens = field_raw(field_object(field_object(row, "staged"), "wave"), "opens");
    const char *now = json_string_value(generated);
    int64_t opens_us, now_us, left;

    if (opens == NULL || now == NULL || instant_parse(opens, strlen(opens), &opens_us) < 0 ||
        instant_parse(now, strlen(now), &now_us) < 0)
        return LOOK_S;
    left = (opens_us - now_us) / INSTANT_SECOND_US + 1;
    return left < 1 ? 1 : left > LOOK_S ? LOOK_S : left;
}

static void tell(struct progress *progress, const json_t *row)
{
    const json_t *wave = field_object(field_object(row, "staged"), "wave");
    char type[FIELD_BYTES], number[FIELD_BYTES], of[FIELD_BYTES], opens[FIELD_BYTES];
    char words[FIELD_BYTES];
    json_t *step;

    snprintf(words, sizeof(words), "for wave %.20s of %.20s, opens %.40s",
             field_count(wave, "number", number), field_count(wave, "of", of),
             field_time(wave, "opens", opens));
    snprintf(opens, sizeof(opens), "%.64s waits", field_text(row, "type", type));
    step = json_pack("{s:s, s:s}", "name", opens, "words", words);
    progress_step(progress, step);
    json_decref(step);
}

/* One look. How many still wait; *pause: seconds until the next look is worth it. */
static size_t look(json_t *import, const json_t *reply, struct progress *progress, int64_t *pause)
{
    const json_t *contents = json_object_get(reply, "contents");
    json_t *packages = json_object_get(import, "packages");
    size_t waiting = 0;

    *pause = LOOK_S;
    for (size_t i = 0; i < json_array_size(packages); i++) {
        json_t *package = json_array_get(packages, i);
        const json_t *row = find_content(contents, field_raw(package, "type"));
        int64_t left;

        if (!import_view_is(package, "staged") || look_at(package, contents) == 0)
            continue;
        waiting++;
        tell(progress, row);
        left = until_open(row, json_object_get(reply, "generated"));
        *pause = left < *pause ? left : *pause;
    }
    return waiting;
}

static bool is_staged(const json_t *import)
{
    const json_t *packages = json_object_get(import, "packages");

    for (size_t i = 0; i < json_array_size(packages); i++)
        if (import_view_is(json_array_get(packages, i), "staged"))
            return true;
    return false;
}

/* The whole from its rows, as the agent does it. */
static void conclude(json_t *import)
{
    const json_t *packages = json_object_get(import, "packages");
    size_t count = json_array_size(packages), left_out = 0;
    char words[80];

    for (size_t i = 0; i < count; i++)
        left_out += import_view_is(json_array_get(packages, i), "refused") ||
                    import_view_is(json_array_get(packages, i), "partial");
    if (left_out == 0) {
        settle(import, "active", error_name(ERROR_OK), "");
        return;
    }
    snprintf(words, sizeof(words), "%zu of %zu packages were left out", left_out, count);
    settle(import, "partial", error_name(ERROR_PARTIAL), words);
}

static int64_t now_s(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

int import_wait(const struct command_invocation *invocation, json_t *import, uint64_t seconds,
                struct error *err)
{
    const int64_t until_s = seconds > 0 && seconds < INT32_MAX ? now_s() + (int64_t)seconds : 0;
    const bool staged = is_staged(import);
    struct progress progress;
    size_t waiting;
    int result;

    progress_init(invocation, &progress);
    do {
        json_t *reply = NULL;
        int64_t pause = 0;

        result = ask_agent(invocation, "Contents", NULL, NULL, NULL, &reply, err);
        waiting = result == 0 ? look(import, reply, &progress, &pause) : 0;
        json_decref(reply);
        if (waiting > 0 && until_s > 0 && now_s() + pause > until_s)
            pause = until_s - now_s();
        if (waiting > 0 && pause <= 0)
            result = error_set(err, ERROR_TIMEOUT,
                               "%zu of the packages still wait for their wave; they become active "
                               "without you, see sallyport status",
                               waiting);
        else if (waiting > 0)
            nanosleep(&(struct timespec){.tv_sec = pause}, NULL);
    } while (result == 0 && waiting > 0);
    progress_end(&progress);
    if (result == 0 && staged)
        conclude(import);
    return result;
}
