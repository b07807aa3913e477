/* SPDX-License-Identifier: ISC
 *
 * Events that the monitor knows itself, for behaviour rules: a content that came into service, was staged,
 * or went; its health; a USB medium that was plugged in. Made of what has changed since the look
 * before.
 */
#ifndef AGENT_BEHAVIOR_OWN_H
#define AGENT_BEHAVIOR_OWN_H

#include <jansson.h>

#include "agent/state.h"
#include "media/base/usb.h"

struct behavior_own;

struct behavior_own *behavior_own_new(struct state *state);
void behavior_own_free(struct behavior_own *own);

/* Tells each change since the last call; the first call tells nothing. Cheap where nothing was audited
 * since. An event has the form of media/base/event.h, event_from_json, and is the receiver's. */
int behavior_own_look(struct behavior_own *own, void (*tell)(void *context, json_t *event),
                      void *context, struct error *err) ERROR_MUST_CHECK;

/* A device that was plugged in, as an event; a new reference. */
json_t *behavior_own_usb(const struct usb_device *device);

#endif
