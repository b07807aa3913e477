/* SPDX-License-Identifier: ISC
 *
 * When it is this endpoint's turn: its position in a set's waves, from nothing but names, so that
 * it is the same each time it is asked and differs from set to set. (sallyport-agent.8)
 */
#ifndef AGENT_WAVE_TURN_H
#define AGENT_WAVE_TURN_H

#include <jansson.h>
#include <stdint.h>

#include "agent/state-content.h"
#include "media/base/error.h"
#include "media/base/limits.h"
#include "media/digest.h"
#include "media/wave.h"

struct wave_turn {
    uint64_t number, of; /* "wave 2 of 4" */
    int64_t opens_us;    /* not later than now: the content may be activated */
};

/* Position 0..99 of an endpoint in a set: the first 8 bytes of SHA-384(endpoint name | set digest),
 * big-endian, as a fraction. */
unsigned wave_turn_position(const char *endpoint, const uint8_t set[static DIGEST_BYTES]);

/* The wave that covers the position; delays count from when this endpoint first saw the set. */
void wave_turn_of(const struct wave_plan *plan, unsigned position, int64_t seen_us,
                  struct wave_turn *turn);

/* As wave_turn_of with the plan of a type out of a set's "waves" object (its own or "default"). */
int wave_turn_of_type(const json_t *waves, const char *type, unsigned position, int64_t seen_us,
                      struct wave_turn *turn, struct error *err) ERROR_MUST_CHECK;

/* As wave_turn_of_type for a staged package, with the plan of the newest set. Position and delay are
 * of the set that brought the package: sets that follow with the same package do not put it off. */
int wave_turn_of_staged(const struct state_set *newest, const char *endpoint,
                        const struct state_package *staged, struct wave_turn *turn,
                        struct error *err) ERROR_MUST_CHECK;

#endif
