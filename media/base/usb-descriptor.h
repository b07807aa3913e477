/* SPDX-License-Identifier: ISC
 *
 * Strict reading of the descriptor bytes of a USB device, as the kernel keeps them in sysfs
 * ("descriptors"): the device descriptor, then every configuration with all that belongs to it
 * (USB 2.0 9.6). Lengths that lie, counts that do not fit and bytes left over refuse the device:
 * the kernel mends such descriptors silently, and a device that is two things to two readers is
 * none that we read from.
 */
#ifndef MEDIA_BASE_USB_DESCRIPTOR_H
#define MEDIA_BASE_USB_DESCRIPTOR_H

#include "media/base/bytes.h"
#include "media/base/usb.h"

/* Fills vendor, product, release, kind and interfaces. ERROR_USB_DESCRIPTOR; what was read until
 * then stays in the record. */
int usb_descriptor_read(struct bytes_view bytes, struct usb_device *device,
                        struct error *err) ERROR_MUST_CHECK;

#endif
