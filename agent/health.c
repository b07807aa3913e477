/* SPDX-License-Identifier: ISC */
#include "agent/health.h"

#include <stdio.h>

#include "media/base/instant.h"

const char *health_word_name(enum health_word word)
{
    static const char *const names[] = {"none", "ok", "warn", "fail", "blocked"};

    return names[word];
}

static void say(struct health *health, enum health_word word, enum error_code code,
                const char *words)
{
    health->word = word;
    health->code = code;
    health->next = error_row(code)->next_step;
    snprintf(health->words, sizeof(health->words), "%s", words);
}

/* Why what should be in service is not, or should not be. True when that was said. */
static bool judge_service(const struct health_facts *facts, struct health *health)
{
    if (facts->active && facts->withdrawn) {
        say(health, HEALTH_FAIL, ERROR_WITHDRAWN,
            "the mirror has declared the content in service known-bad");
        return true;
    }
    if (facts->active && facts->damaged) {
        say(health, HEALTH_FAIL, ERROR_BAD_DIGEST, facts->damage);
        health->next =
            "Its files were changed on this machine: find out by whom, and bring a medium"
            " that carries it.";
        return true;
    }
    if (facts->carried && facts->driver_missing) {
        say(health, HEALTH_BLOCKED, ERROR_DRIVER_MISSING, "no driver for this type is installed");
        return true;
    }
    if (facts->ailing && facts->ailment.code != ERROR_OK) {
        say(health,
            error_row(facts->ailment.code)->exit_status == 23 ? HEALTH_BLOCKED : HEALTH_FAIL,
            facts->ailment.code, facts->ailment.words);
        return true;
    }
    if (facts->active && facts->unfit) {
        say(health, HEALTH_FAIL, facts->unfitness.code, facts->unfitness.words);
        return true;
    }
    if (facts->carried && !facts->active) {
        say(health, HEALTH_WARN, ERROR_NOT_FOUND, "carried by the ring, not in service yet");
        health->next = "Import a medium that carries it.";
        return true;
    }
    return false;
}

static bool older_than(const struct health_facts *facts, uint32_t days)
{
    return days != 0 && facts->now_us - facts->time_us > (int64_t)days * INSTANT_DAY_US;
}

/* What is to come, in time for somebody to fetch a newer set: "fails in 3 d". Said of a limit whose
 * last quarter has begun. */
static void announce(const struct health_facts *facts, const char *verb, uint32_t days, bool always,
                     char *words, size_t size)
{
    int64_t limit_us = (int64_t)days * INSTANT_DAY_US;
    int64_t left_us = limit_us - (facts->now_us - facts->time_us);
    char left[INSTANT_TEXT_BYTES];

    if (days == 0 || left_us < 0 || (!always && left_us > limit_us / 4))
        return;
    snprintf(words, size, "%s in %s", verb, instant_format_age(left_us, left));
}

/* Age of what is in service. Two limits: one to see it coming, one that counts. */
static void judge_age(const struct health_facts *facts, struct health *health)
{
    char age[INSTANT_TEXT_BYTES], next[64] = "", words[160];
    bool failed = older_than(facts, facts->fail_days);
    uint32_t limit = failed ? facts->fail_days : facts->warn_days;

    if (!failed && !older_than(facts, facts->warn_days)) {
        if (facts->warn_days != 0)
            announce(facts, "warns", facts->warn_days, false, health->words, sizeof(health->words));
        else
            announce(facts, "fails", facts->fail_days, false, health->words, sizeof(health->words));
        return;
    }
    if (!failed)
        announce(facts, "fails", facts->fail_days, true, next, sizeof(next));
    snprintf(words, sizeof(words), "%s old, limit %u days%s%s",
             instant_format_age(facts->now_us - facts->time_us, age), limit,
             next[0] != '\0' ? "; " : "", next);
    say(health, failed ? HEALTH_FAIL : HEALTH_WARN, ERROR_EXPIRED, words);
    health->next = "Bring a newer set of this ring.";
}

/* The rest of it counts; but somebody believes that all of it does. */
static void judge_parts(const struct health_facts *facts, struct health *health)
{
    if (health->word > HEALTH_WARN)
        return;
    if (facts->unread) {
        say(health, HEALTH_WARN, ERROR_PARTIAL, facts->unread_words);
        health->next = "Install the driver again that the message names, and restart the agent.";
    }
    if (!facts->left)
        return;
    say(health, HEALTH_WARN, ERROR_PARTIAL, facts->left_words);
    health->next = "Correct the file that the message names; until then its keys keep their"
                   " values.";
}

void health_judge(const struct health_facts *facts, struct health *health)
{
    *health = (struct health){.word = HEALTH_NONE, .code = ERROR_OK, .next = ""};
    if (!facts->carried && !facts->active)
        return;
    health->word = HEALTH_OK;
    if (judge_service(facts, health))
        return;
    /* Nothing uses it: its age harms nobody. */
    if (facts->off) {
        say(health, HEALTH_OK, ERROR_SWITCHED_OFF, facts->off_words);
        return;
    }
    judge_age(facts, health);
    judge_parts(facts, health);
    /* Nothing is wrong with either: it is said where there is nothing graver to say. */
    if (health->code == ERROR_OK && facts->ahead)
        say(health, HEALTH_OK, ERROR_AHEAD_OF_RING,
            "newer than what the ring carries; kept until the ring passes it");
}
