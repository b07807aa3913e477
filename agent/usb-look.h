/* SPDX-License-Identifier: ISC
 *
 * One look at all USB devices that the kernel knows, through libudev: what sysfs says of each, and
 * of the block devices that hang on it. Reads descriptors that the kernel has read; opens no device.
 */
#ifndef AGENT_USB_LOOK_H
#define AGENT_USB_LOOK_H

#include <libudev.h>

#include "media/base/usb.h"

/* Sorted by port; *devices is the caller's (free). A device that goes while it is looked at is left
 * out; one that contradicts itself is there, and says so in `broken`. ERROR_LIMIT when there are
 * more than LIMIT_USB_DEVICES; ERROR_IO when sysfs can't be read. */
int usb_look(struct udev *udev, struct usb_device **devices, size_t *count,
             struct error *err) ERROR_MUST_CHECK;

#endif
