/* SPDX-License-Identifier: ISC
 *
 * What the programs that measure behaviour rules have alike: the reactor, the event, the goal.
 */
#ifndef TESTS_BENCH_EVENTS_H
#define TESTS_BENCH_EVENTS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "media/base/event.h"

#define BENCH_GOAL  4500000 /* reactions a second of one thread */
#define BENCH_SLICE 10000   /* calls between two looks at the clock */
#define BENCH_NEVER "/tmp/never"

/* A rule's file: its head with a number, reactors that look at one field, selftests of so many. */
#define BENCH_HEAD "rule{id='r%u', title='R'}\nlocal n = 0\n"
#define BENCH_HANDLER                                                                              \
    "on('exec', {}, function(e)\n if e.path == '" BENCH_NEVER                                      \
    "' then detect{path=e.path} end\n n = n + 1\nend)\n"
#define BENCH_CASES                                                                                \
    "selftest{events={{type='exec', path='" BENCH_NEVER "'}}, detects=%u}\n"                       \
    "selftest{events={{type='exec', path='/bin/ls'}}, detects=0}\n"

static inline void __attribute__((noreturn)) bench_die(const char *what, const char *why)
{
    fprintf(stderr, "events: %s: %s\n", what, why);
    exit(1);
}

static inline double bench_clock_s(clockid_t clock)
{
    struct timespec now;

    if (clock_gettime(clock, &now) < 0)
        bench_die("clock", "can't be read");
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A measurement is made in rounds, the best of which counts: of a machine that does other things, too,
 * it says most. A round is shorter than what one rule may have of a window (LIMIT_LUA_SHARE_US). */
#define BENCH_ROUND_S 0.25

/* The best of so many seconds' rounds. */
static inline double bench_best(double (*round)(const void *context), const void *context,
                                double seconds)
{
    double best = 0;

    for (; seconds > 0; seconds -= BENCH_ROUND_S) {
        double rate = round(context);

        best = rate > best ? rate : best;
    }
    return best;
}

/* One row of results. */
static inline void bench_print(const char *name, double rate)
{
    printf("%-48s %10.0f a second of processor time, %.2f of the goal\n", name, rate,
           rate / BENCH_GOAL);
}

static inline struct event_value bench_number(int64_t number)
{
    return (struct event_value){true, number, {NULL, 0}};
}

static inline struct event_value bench_text(const char *text, size_t size)
{
    return (struct event_value){true, 0, {(const uint8_t *)text, size}};
}

static inline struct event bench_event(void)
{
    static const char path[] = "/usr/bin/make", parent[] = "/bin/bash";
    static const char argv[] = "make\0-j2\0all"; /* and its NUL */
    struct event event = {.kind = EVENT_EXEC};

    event.values[EVENT_TIME] = bench_number(1);
    event.values[EVENT_PID] = bench_number(1);
    event.values[EVENT_UID] = bench_number(1000);
    event.values[EVENT_PATH] = bench_text(path, sizeof(path) - 1);
    event.values[EVENT_ARGV] = bench_text(argv, sizeof(argv));
    event.values[EVENT_PARENT_PATH] = bench_text(parent, sizeof(parent) - 1);
    return event;
}

static inline void bench_event_next(struct event *event)
{
    int64_t number = ++event->values[EVENT_TIME].number;

    event->values[EVENT_PID].number = 1 + number % 30000;
}

#endif
