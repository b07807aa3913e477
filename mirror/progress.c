/* SPDX-License-Identifier: ISC */
#include "mirror/progress.h"

#include <stdio.h>

#include "media/base/instant.h"
#include "media/base/limits.h"

#define REDRAW_US (INSTANT_SECOND_US / 5)

static void draw(struct progress *progress, int64_t now_us)
{
    int64_t spent_us = now_us - progress->begun_us;
    uint64_t rate = spent_us > 0 ? progress->done * 1000000 / (uint64_t)spent_us : 0;
    uint64_t left = progress->total > progress->done ? progress->total - progress->done : 0;

    fprintf(stderr, "\r%-10s %8llu of %llu MiB, %llu MiB/s", progress->step,
            (unsigned long long)(progress->done / MIB), (unsigned long long)(progress->total / MIB),
            (unsigned long long)(rate / MIB));
    if (rate > 0)
        fprintf(stderr, ", %llu s left   ", (unsigned long long)(left / rate));
    fflush(stderr);
    progress->drawn_us = now_us;
}

void progress_begin(struct progress *progress, const char *step, uint64_t total)
{
    progress_end(progress);
    progress->step = step;
    progress->total = total;
    progress->done = 0;
    progress->begun_us = instant_clock();
    progress->drawn_us = 0;
}

void progress_add(struct progress *progress, uint64_t bytes)
{
    int64_t now_us;

    progress->done += bytes;
    if (!progress->shown)
        return;
    now_us = instant_clock();
    if (now_us - progress->drawn_us >= REDRAW_US || now_us < progress->drawn_us)
        draw(progress, now_us);
}

void progress_end(struct progress *progress)
{
    if (progress->shown && progress->step != NULL && progress->drawn_us != 0) {
        draw(progress, instant_clock());
        fputc('\n', stderr);
    }
    progress->step = NULL;
}
