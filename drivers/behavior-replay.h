/* SPDX-License-Identifier: ISC
 *
 * A recording of events, JSON lines in the form of event_from_json(), through the subscriptions and
 * rules of what is loaded, on the recording's own clock. For a process of its own: rules keep what
 * they have seen.
 */
#ifndef DRIVERS_BEHAVIOR_REPLAY_H
#define DRIVERS_BEHAVIOR_REPLAY_H

#include "drivers/behavior.h"

/* The recording's one file. *reply, bounded:
 * {"events":N,"matched":N,"detections":[as in news],"left_out":N,
 *  "rules":[{"type","rule","detections","suppressed","off":null|TEXT}]} of the rules that were
 * called, in their order. ERROR_BAD_CONTENT: file, line, what was expected. */
int behavior_replay(struct behavior *behavior, struct behavior_set *const *sets,
                    const struct driver_content *recording, json_t **reply,
                    struct error *err) ERROR_MUST_CHECK;

#endif
