/* SPDX-License-Identifier: ISC
 *
 * Wave plans: which share of a ring's endpoints activates a set after which delay.
 */
#ifndef MEDIA_WAVE_H
#define MEDIA_WAVE_H

#include <jansson.h>
#include <stdint.h>

#include "media/base/error.h"
#include "media/base/limits.h"

struct wave {
    uint64_t percent; /* cumulative, 1..100, rising; the last is 100 */
    uint64_t delay_s; /* from when the endpoint first saw the set; rising */
};

struct wave_plan {
    size_t count; /* at least 1 */
    struct wave waves[LIMIT_WAVES];
};

/* [{"percent": P, "delay": S}, ...] */
int wave_parse(const json_t *list, struct wave_plan *plan, struct error *err) ERROR_MUST_CHECK;
/* A new reference. */
json_t *wave_write(const struct wave_plan *plan);
/* One wave of 100 % without delay. */
void wave_everyone(struct wave_plan *plan);

#endif
