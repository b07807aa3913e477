/* SPDX-License-Identifier: ISC */
#include "agent/import-pace.h"

#include "media/base/limits.h"

#define SECOND_MS  1000
#define SILENCE_MS (LIMIT_FETCH_SILENCE_S * SECOND_MS)

void import_pace_begin(struct import_pace *pace, uint64_t bytes, uint64_t recipe_bytes,
                       int64_t now_ms)
{
    uint64_t seconds = LIMIT_FETCH_S + bytes / LIMIT_FETCH_SLOW_BYTES;

    *pace = (struct import_pace){.began_ms = now_ms,
                                 .most_ms = (int64_t)(seconds * SECOND_MS),
                                 .left = recipe_bytes / LIMIT_WANT_ROW_BYTES};
}

int import_pace_wait(const struct import_pace *pace, int64_t now_ms, int *wait_ms,
                     struct error *err)
{
    int64_t left = pace->most_ms - (now_ms - pace->began_ms);

    *wait_ms = left < SILENCE_MS ? (int)left : SILENCE_MS;
    if (left > 0)
        return 0;
    return error_set(err, ERROR_TIMEOUT, "intake took more than %lld s for one package",
                     (long long)(pace->most_ms / SECOND_MS));
}

/* On the average: what waited while we did something else comes at once. */
int import_pace_progress(struct import_pace *pace, int64_t now_ms, struct error *err)
{
    uint64_t seconds = (uint64_t)(now_ms - pace->began_ms) / SECOND_MS + 1;

    if (++pace->told <= seconds * LIMIT_FETCH_PROGRESS)
        return 0;
    return error_set(err, ERROR_PROTOCOL, "intake tells its progress more than %d times a second",
                     LIMIT_FETCH_PROGRESS);
}

int import_pace_want(struct import_pace *pace, struct error *err)
{
    if (pace->left == 0)
        return error_set(err, ERROR_PROTOCOL, "intake asks for more files than its recipes name");
    pace->left--;
    return 0;
}
