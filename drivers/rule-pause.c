/* SPDX-License-Identifier: ISC */
#include "drivers/rule-pause.h"

#include "media/base/limits.h"

#define SECOND_NS INT64_C(1000000000)
#define LEAST_NS  (LIMIT_LUA_PAUSE_S * SECOND_NS)
#define MOST_NS   (LIMIT_LUA_PAUSE_MOST_S * SECOND_NS)

int64_t rule_pause_begin(struct rule_pause *pause, int64_t now_ns)
{
    if (pause->length_ns == 0 || now_ns - pause->until_ns >= MOST_NS)
        pause->length_ns = LEAST_NS;
    else
        pause->length_ns = pause->length_ns < MOST_NS / 2 ? 2 * pause->length_ns : MOST_NS;
    pause->until_ns = now_ns + pause->length_ns;
    return pause->length_ns / SECOND_NS;
}
