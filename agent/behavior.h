/* SPDX-License-Identifier: ISC
 *
 * Behaviour rules, the monitor's side: what the driver of the family wants to see goes to the sensor,
 * each new process of the driver gets a channel of its own to it, flags are told, what happens to
 * contents and on USB becomes events (agent/behavior-own.h), and what rules
 * detect is kept (agent/detection.h). Rules that were switched off are recorded.
 */
#ifndef AGENT_BEHAVIOR_H
#define AGENT_BEHAVIOR_H

#include <jansson.h>

#include "agent/borrowed-rights.h"
#include "agent/config.h"
#include "agent/driver-host.h"
#include "media/base/usb.h"

#define BEHAVIOR_FAMILY "behavior"
#define BEHAVIOR_TYPE   "behavior"
#define BEHAVIOR_FDS    2

struct behavior;

/* Borrows all of it. Starts nothing. */
struct behavior *behavior_new(struct state *state, const struct config *config,
                              struct driver_host *drivers);
void behavior_free(struct behavior *behavior);

/* Follows the driver: a new process gets its channel, where none runs the sensor ends. What goes wrong
 * is logged and tried again. *due_ms: it wants to be called in so many milliseconds at the latest, -1:
 * never. */
void behavior_turn(struct behavior *behavior, int *due_ms);
size_t behavior_watch(const struct behavior *behavior, int fds[static BEHAVIOR_FDS]);

/* Something that the driver told (DRIVER_NEWS). */
void behavior_news(struct behavior *behavior, const json_t *news);

/* A device was plugged in (usb_gate.tell); the context is the behavior. */
void behavior_usb(void *context, const struct usb_device *device);

/* Plays a recording of events, opened with the caller's rights, to a process of its own that has the
 * rules in service: sallyport.replay/1, a new reference. ERROR_NOT_FOUND where there are none. */
int behavior_replay_file(struct behavior *behavior, const struct borrowed_rights *rights,
                         const char *path, json_t **reply, struct error *err) ERROR_MUST_CHECK;

/* How the events that rules see fare, for Engines: {"events_per_second":N|null,"events":{...}|null,
 * "events_words":TEXT}, a new reference. `behavior` may be NULL. */
json_t *behavior_view(struct behavior *behavior);

#endif
