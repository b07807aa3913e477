/* SPDX-License-Identifier: ISC
 *
 * So many a minute by the monitor's own clock, and how many there were besides: what comes from outside
 * and ends in the audit chain, which never forgets, has a bound here whatever bounded it before.
 */
#ifndef AGENT_MINUTE_QUOTA_H
#define AGENT_MINUTE_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed: none was taken yet. */
struct minute_quota {
    int64_t began_us; /* its minute, by minute_quota_clock() */
    unsigned taken;   /* in that minute */
    uint64_t held;    /* that did not fit, until minute_quota_held() tells */
};

/* CLOCK_MONOTONIC: nobody sets it. */
int64_t minute_quota_clock(void);

/* Whether one more fits among `most` a minute; else it is counted. */
bool minute_quota_take(struct minute_quota *quota, unsigned most, int64_t now_us);

/* How many did not fit, once their minute is over: told once, then 0. *due_ms is lowered to when that
 * will be; -1: never. */
uint64_t minute_quota_held(struct minute_quota *quota, int64_t now_us, int *due_ms);

#endif
