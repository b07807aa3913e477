/* SPDX-License-Identifier: ISC
 *
 * How long a rule stays off that has passed a bound or failed while it served: LIMIT_LUA_PAUSE_S, twice
 * as long each time, LIMIT_LUA_PAUSE_MOST_S at the most. What makes it fail may come from who would
 * have it silent, so that it is not off for good. One that has served for LIMIT_LUA_PAUSE_MOST_S since
 * begins anew. Times are rule_clock_ns()'s.
 */
#ifndef DRIVERS_RULE_PAUSE_H
#define DRIVERS_RULE_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

struct rule_pause {
    int64_t until_ns; /* of the last one; 0: there was none */
    int64_t length_ns;
};

/* Gives its length in seconds. */
int64_t rule_pause_begin(struct rule_pause *pause, int64_t now_ns);

static inline bool rule_pause_is_over(const struct rule_pause *pause, int64_t now_ns)
{
    return now_ns >= pause->until_ns;
}

#endif
