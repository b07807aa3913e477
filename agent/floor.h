/* SPDX-License-Identifier: ISC
 *
 * Floors: the anti-rollback decision, a pure function over numbers. verify decides with it, and the
 * monitor decides again with its own numbers before it writes. (sallyport-architecture.7, Floors)
 */
#ifndef AGENT_FLOOR_H
#define AGENT_FLOOR_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/error.h"
#include "media/digest.h"

/* What was accepted last for one content type (number = issue) or one ring (number = sequence). */
struct floor {
    bool present;    /* false: first ever; enrolment is what makes first acceptable */
    int64_t time_us; /* genTime */
    uint64_t number;
    uint8_t digest[DIGEST_BYTES]; /* package-id or set digest; all zero where only time counts (ring
                                     change) */
};

enum floor_answer {
    FLOOR_NEWER,   /* accept and raise */
    FLOOR_SAME,    /* same pair, same digest: already current */
    FLOOR_OLDER,   /* refuse: rollback */
    FLOOR_CONFLICT /* time and number disagree, or same number with another digest: refuse and alarm
                    */
};

enum floor_answer floor_compare(const struct floor *floor, int64_t time_us, uint64_t number,
                                const uint8_t digest[static DIGEST_BYTES]);

/* Takes a floor down to a signed reset: from then on only the reset's time binds, until something is
 * accepted again. Returns whether it changed: a floor that is absent, or not above, stays. */
bool floor_lower(struct floor *floor, int64_t time_us, uint64_t number);

/* What counts as now, and whether a genTime is believable. (sallyport-architecture.7, Floors and time) */
struct floor_clock {
    int64_t local_us;         /* the system clock */
    int64_t trusted_floor_us; /* max(build time, newest genTime ever accepted) */
};

int64_t floor_now(const struct floor_clock *clock);       /* max of the two */
bool floor_clock_behind(const struct floor_clock *clock); /* local clock behind the floor: WARN */
/* A genTime more than 24 h ahead of a local clock that is itself at or past the floor. */
bool floor_from_the_future(const struct floor_clock *clock, int64_t time_us);
/* The same as ERROR_FROM_THE_FUTURE, with both times and the way to confirm it. */
int floor_check_future(const struct floor_clock *clock, int64_t time_us,
                       struct error *err) ERROR_MUST_CHECK;

#endif
