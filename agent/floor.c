/* SPDX-License-Identifier: ISC */
#include "agent/floor.h"

#include <string.h>

#include "media/base/instant.h"

static bool digest_is_zero(const uint8_t digest[static DIGEST_BYTES])
{
    static const uint8_t zero[DIGEST_BYTES];

    return memcmp(digest, zero, DIGEST_BYTES) == 0;
}

enum floor_answer floor_compare(const struct floor *floor, int64_t time_us, uint64_t number,
                                const uint8_t digest[static DIGEST_BYTES])
{
    if (!floor->present)
        return FLOOR_NEWER;
    /* A ring change knows no sequence of the new ring: only its time binds. */
    if (digest_is_zero(floor->digest))
        return time_us < floor->time_us ? FLOOR_OLDER : FLOOR_NEWER;
    if (time_us == floor->time_us && number == floor->number)
        return memcmp(digest, floor->digest, DIGEST_BYTES) == 0 ? FLOOR_SAME : FLOOR_CONFLICT;
    if (time_us >= floor->time_us && number > floor->number)
        return FLOOR_NEWER;
    if (time_us <= floor->time_us && number < floor->number)
        return FLOOR_OLDER;
    /* One fell and the other rose, or one number was signed at two times. */
    return FLOOR_CONFLICT;
}

bool floor_lower(struct floor *floor, int64_t time_us, uint64_t number)
{
    if (!floor->present || (floor->time_us <= time_us && floor->number <= number))
        return false;
    /* The digest goes: which document had that time and number is no concern of what comes now. */
    *floor = (struct floor){.present = true,
                            .time_us = time_us < floor->time_us ? time_us : floor->time_us,
                            .number = number < floor->number ? number : floor->number};
    return true;
}

int64_t floor_now(const struct floor_clock *clock)
{
    return clock->local_us > clock->trusted_floor_us ? clock->local_us : clock->trusted_floor_us;
}

bool floor_clock_behind(const struct floor_clock *clock)
{
    return clock->local_us < clock->trusted_floor_us;
}

bool floor_from_the_future(const struct floor_clock *clock, int64_t time_us)
{
    /* A clock that is known to be wrong can't call anything the future. */
    if (floor_clock_behind(clock))
        return false;
    if (time_us <= clock->local_us)
        return false;
    /* Unsigned: the distance of two int64_t may not fit one. */
    return (uint64_t)time_us - (uint64_t)clock->local_us > (uint64_t)INSTANT_DAY_US;
}

int floor_check_future(const struct floor_clock *clock, int64_t time_us, struct error *err)
{
    char time[INSTANT_TEXT_BYTES], local[INSTANT_TEXT_BYTES];

    if (!floor_from_the_future(clock, time_us))
        return 0;
    return error_set(err, ERROR_FROM_THE_FUTURE,
                     "signed at %s, more than 24 hours ahead of the local clock at %s",
                     instant_format(time_us, time), instant_format(clock->local_us, local));
}
