/* SPDX-License-Identifier: ISC */
#include "agent/minute-quota.h"

#include <time.h>

#include "media/base/instant.h"

int64_t minute_quota_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INSTANT_SECOND_US + now.tv_nsec / 1000;
}

bool minute_quota_take(struct minute_quota *quota, unsigned most, int64_t now_us)
{
    if (now_us - quota->began_us >= INSTANT_MINUTE_US) {
        quota->began_us = now_us;
        quota->taken = 0;
    }
    if (quota->taken >= most) {
        quota->held++;
        return false;
    }
    quota->taken++;
    return true;
}

uint64_t minute_quota_held(struct minute_quota *quota, int64_t now_us, int *due_ms)
{
    const int64_t left_us = quota->began_us + INSTANT_MINUTE_US - now_us;
    const uint64_t held = quota->held;

    if (held == 0)
        return 0;
    if (left_us <= 0) {
        quota->held = 0;
        return held;
    }
    if (*due_ms < 0 || left_us / 1000 < *due_ms)
        *due_ms = (int)(left_us / 1000) + 1;
    return 0;
}
