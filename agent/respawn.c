/* SPDX-License-Identifier: ISC */
#include "agent/respawn.h"

#include <time.h>

int64_t respawn_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void respawn_started(struct respawn *respawn, int64_t now_ms)
{
    respawn->started_ms = now_ms;
}

bool respawn_ended(struct respawn *respawn, int64_t now_ms)
{
    bool steady = now_ms - respawn->started_ms > RESPAWN_STEADY_MS;

    respawn->ends = steady ? 1 : respawn->ends + 1;
    if (respawn->ends < RESPAWN_TIMES) {
        respawn->due_ms = now_ms;
        return false;
    }
    respawn_pause(respawn, now_ms);
    return true;
}

void respawn_pause(struct respawn *respawn, int64_t now_ms)
{
    respawn->ends = 0;
    respawn->due_ms = now_ms + RESPAWN_PAUSE_MS;
}

int respawn_due_ms(const struct respawn *respawn, int64_t now_ms)
{
    int64_t left = respawn->due_ms - now_ms;

    return left > 0 ? (int)left : 0;
}
