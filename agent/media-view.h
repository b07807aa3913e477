/* SPDX-License-Identifier: ISC
 *
 * USB media as sallyport-control(7) has them: fields only, nothing is decided here.
 */
#ifndef AGENT_MEDIA_VIEW_H
#define AGENT_MEDIA_VIEW_H

#include <jansson.h>

#include "agent/usb-gate.h"

/* {"running","devices","authorized_default","code","words"}, null without a gate; a new
 * reference. */
json_t *media_view_watch(const struct usb_gate *gate);

/* Devices with storage. reading: the port that a job reads from, or "". *list is a new reference in
 * every case. */
int media_view_devices(struct usb_gate *gate, const char *reading, json_t **list,
                       struct error *err) ERROR_MUST_CHECK;

#endif
