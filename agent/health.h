/* SPDX-License-Identifier: ISC
 *
 * Health of one content, a pure function over what is known of it: one word, a stable reason code,
 * and what to do next. Nothing here stops content that is loaded.
 */
#ifndef AGENT_HEALTH_H
#define AGENT_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/error.h"

/* In order of gravity: the worst of several counts. */
enum health_word { HEALTH_NONE, HEALTH_OK, HEALTH_WARN, HEALTH_FAIL, HEALTH_BLOCKED };

struct health_facts {
    bool carried;    /* the ring's set carries the type */
    bool active;     /* a package is in service */
    bool ahead;      /* which is newer than the one that the set carries */
    int64_t time_us; /* its genTime */
    bool damaged;    /* its files are not what its recipe says */
    char damage[ERROR_WORDS_BYTES];
    bool withdrawn;      /* the mirror has declared it known-bad */
    bool driver_missing; /* no driver program of its family is installed */
    bool off;            /* the configuration store switches it off */
    char off_words[ERROR_WORDS_BYTES];
    bool left; /* a part of it was left out when it was last evaluated */
    char left_words[ERROR_WORDS_BYTES];
    bool unfit; /* its content can't be followed on this endpoint */
    struct error unfitness;
    bool unread; /* a driver of another family can't look up in it, or has an older one */
    char unread_words[ERROR_WORDS_BYTES];
    bool ailing; /* the last attempt with this type failed */
    struct error ailment;
    uint32_t warn_days, fail_days; /* 0: never */
    int64_t now_us;                /* floor_now() */
};

struct health {
    enum health_word word;
    enum error_code code; /* ERROR_OK where nothing is to be said */
    char words[ERROR_WORDS_BYTES];
    const char *next; /* "" where nothing is to be done */
};

void health_judge(const struct health_facts *facts, struct health *health);

const char *health_word_name(enum health_word word); /* "none", "ok", "warn", "fail", "blocked" */

#endif
