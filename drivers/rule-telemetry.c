/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "drivers/rule-telemetry.h"

#include <time.h>

#include "media/base/limits.h"

#define LEAST_OCTAVE 6 /* 64 ns */
#define SHARE_NS     (LIMIT_LUA_SHARE_US * 1000LL)

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t rule_clock_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

static unsigned bucket_of(int64_t ns)
{
    unsigned octave, bucket;

    if (ns < 1 << LEAST_OCTAVE)
        return 0;
    octave = 63 - (unsigned)__builtin_clzll((unsigned long long)ns);
    bucket = (octave - LEAST_OCTAVE) * 4 + (unsigned)((ns >> (octave - 2)) & 3);
    return bucket < RULE_BUCKETS ? bucket : RULE_BUCKETS - 1;
}

/* Where the next bucket begins. */
static int64_t bucket_end_ns(unsigned bucket)
{
    unsigned octave = bucket / 4 + LEAST_OCTAVE;

    return ((int64_t)1 << octave) + (((int64_t)(bucket % 4) + 1) << (octave - 2));
}

static void turn_window(struct rule_window *window, int64_t now_ns)
{
    window->number++;
    window->began_ns = now_ns;
    window->began_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    window->busy_ns = 0;
}

void rule_telemetry_add(struct rule_telemetry *telemetry, struct rule_window *window,
                        int64_t began_ns, int64_t ended_ns)
{
    int64_t ns = ended_ns - began_ns;

    if (window->number == 0 || ended_ns - window->began_ns > LIMIT_LUA_WINDOW_US * 1000LL)
        turn_window(window, ended_ns);
    if (telemetry->window != window->number) {
        telemetry->window = window->number;
        telemetry->window_ns = 0;
        telemetry->look_ns = SHARE_NS;
        telemetry->window_errors = 0;
    }
    telemetry->calls++;
    telemetry->total_ns += ns;
    if (ns > telemetry->most_ns)
        telemetry->most_ns = ns;
    telemetry->buckets[bucket_of(ns)]++;
    telemetry->window_ns += ns;
    window->busy_ns += ns;
}

bool rule_telemetry_fail(struct rule_telemetry *telemetry, const struct rule_window *window)
{
    telemetry->errors++;
    if (telemetry->window != window->number)
        telemetry->window_errors = 0;
    return ++telemetry->window_errors >= LIMIT_LUA_ERRORS;
}

bool rule_telemetry_look(struct rule_telemetry *telemetry, const struct rule_window *window)
{
    int64_t cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - window->began_cpu_ns;

    telemetry->look_ns = telemetry->window_ns + SHARE_NS / 100;
    if (cpu_ns >= window->busy_ns)
        return true;
    return (double)telemetry->window_ns * ((double)cpu_ns / (double)window->busy_ns) >
           (double)SHARE_NS;
}

int64_t rule_telemetry_p99_us(const struct rule_telemetry *telemetry)
{
    uint64_t beyond = 0;
    uint64_t total = 0;

    for (unsigned i = 0; i < RULE_BUCKETS; i++)
        total += telemetry->buckets[i];
    for (unsigned i = RULE_BUCKETS; i-- > 0;) {
        int64_t ns = bucket_end_ns(i) < telemetry->most_ns ? bucket_end_ns(i) : telemetry->most_ns;

        beyond += telemetry->buckets[i];
        if (beyond > 0 && beyond * 100 > total)
            return (ns + 999) / 1000;
    }
    return 0;
}
