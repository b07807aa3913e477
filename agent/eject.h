/* SPDX-License-Identifier: ISC
 *
 * Whether a USB medium may be pulled, and making it so: what the kernel holds of it is flushed, and
 * its disks are stopped (sysfs, device/delete: SCSI START STOP). The USB device itself stays as it
 * is: nothing here authorises, resets or unbinds one.
 */
#ifndef AGENT_EJECT_H
#define AGENT_EJECT_H

#include <jansson.h>

#include "agent/control/block-device.h"

/* medium: a port, or a disk or partition that is on one. *reply: sallyport.eject/1 (a new
 * reference), with "stopped" false where the rights for that are missing: it may be pulled all the
 * same. ERROR_NOT_FOUND; ERROR_BLOCKED for a disk that is on no USB; ERROR_MEDIUM_MOUNTED names the
 * place; ERROR_LOCKED where something else holds it (an encrypted volume, an array). */
int eject_medium(const char *medium, const struct block_device_places *places, json_t **reply,
                 struct error *err) ERROR_MUST_CHECK;

#endif
