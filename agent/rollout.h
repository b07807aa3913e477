/* SPDX-License-Identifier: ISC
 *
 * The decision point of waves: which staged packages go into service now. What opens later stays
 * staged; what fails is given up; one bad content never holds up another.
 */
#ifndef AGENT_ROLLOUT_H
#define AGENT_ROLLOUT_H

#include "agent/activate.h"

/* Told before each activation; may be NULL. */
typedef void (*rollout_step)(void *context, const char *type);

/* Goes over everything that is staged, in the order of what requires what. *next_us: when the next
 * wave opens that something waits for, 0: nothing waits. Fails only where the state can't be read
 * or written; what is wrong with one content is in its health. */
int rollout_run(const struct activate *activate, int64_t now_us, rollout_step step, void *context,
                int64_t *next_us, struct error *err) ERROR_MUST_CHECK;

/* An admin's "now" for one staged type, whatever its wave: recorded, then as activate_type() has it;
 * what its driver refuses is given up. `emergency`: the site's policy allows it, else it is
 * ERROR_BLOCKED, recorded as well. *package gets what it was about. ERROR_NOT_FOUND: nothing is
 * staged. */
int rollout_now(const struct activate *activate, bool emergency, const char *type,
                struct state_package *package, struct error *err) ERROR_MUST_CHECK;

/* Content that has been withdrawn since: what waits for its wave is given up; in service, back to what
 * was there before; harmful content
 * with nothing before is unloaded. (sallyport-architecture.7, Floors) */
int rollout_withdrawn(const struct activate *activate, struct error *err) ERROR_MUST_CHECK;

#endif
