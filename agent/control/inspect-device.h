/* SPDX-License-Identifier: ISC
 *
 * The USB devices of a box where no agent runs: starts sallyport-usb for one look and judges what it
 * tells. No rules and no registrations are known there: a device that passes is one that a site's
 * policy may still refuse.
 */
#ifndef AGENT_CONTROL_INSPECT_DEVICE_H
#define AGENT_CONTROL_INSPECT_DEVICE_H

#include <jansson.h>

#include "media/base/error.h"

/* *media (the caller's): {"devices":[...]}, the rows of sallyport.media/1, of devices that hold a
 * disk or storage. ERROR_NOT_FOUND: the program is absent; ERROR_PROTOCOL, ERROR_TIMEOUT,
 * ERROR_PEER_GONE. */
int inspect_devices(const char *libexec, json_t **media, struct error *err) ERROR_MUST_CHECK;

#endif
