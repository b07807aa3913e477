/* SPDX-License-Identifier: ISC
 *
 * What a rule's calls have cost: how many, how long altogether and at the most, the 99th of a hundred,
 * and how much of the current window. Time is the wall's, because that costs a fraction of asking for
 * the processor's; where the machine is too busy to tell, the processor's is asked for (below). In a series
 * (rule_series_begin()) a call begins where the one before it ended.
 */
#ifndef DRIVERS_RULE_TELEMETRY_H
#define DRIVERS_RULE_TELEMETRY_H

#include <stdbool.h>
#include <stdint.h>

/* Four buckets an octave, from 64 ns to 17 s. */
#define RULE_BUCKETS 112

struct rule_telemetry {
    uint64_t calls, errors;
    int64_t total_ns, most_ns;
    uint32_t buckets[RULE_BUCKETS];
    uint64_t window;            /* number of the window that the next ones are of */
    int64_t window_ns, look_ns; /* look_ns: from where on rule_telemetry_is_over() asks again */
    unsigned window_errors;
};

/* All rules' of an engine. */
struct rule_window {
    uint64_t number;
    int64_t began_ns, began_cpu_ns, busy_ns;
};

int64_t rule_clock_ns(void);

/* Counts a call that took from began_ns to ended_ns. */
void rule_telemetry_add(struct rule_telemetry *telemetry, struct rule_window *window,
                        int64_t began_ns, int64_t ended_ns);
/* Counts a failed one. True: there are LIMIT_LUA_ERRORS of them within the window. */
bool rule_telemetry_fail(struct rule_telemetry *telemetry, const struct rule_window *window);
/* Of the next one, for when it is time to look. */
bool rule_telemetry_look(struct rule_telemetry *telemetry, const struct rule_window *window);
/* Whether the rule has had more than LIMIT_LUA_SHARE_US of the window. Where calls waited for the
 * processor, their time is scaled to what the process got. That is asked for once in a hundredth of
 * the share, as it takes as long as a call. */
static inline bool rule_telemetry_is_over(struct rule_telemetry *telemetry,
                                          const struct rule_window *window)
{
    return telemetry->window_ns > telemetry->look_ns && rule_telemetry_look(telemetry, window);
}
/* Microseconds, rounded up. */
int64_t rule_telemetry_p99_us(const struct rule_telemetry *telemetry);

#endif
