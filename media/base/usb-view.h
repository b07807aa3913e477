/* SPDX-License-Identifier: ISC
 *
 * A device and its verdict as people's programs are told: a row of "devices" in sallyport.media/1
 * (sallyport-control.7), but for what only an agent knows.
 */
#ifndef MEDIA_BASE_USB_VIEW_H
#define MEDIA_BASE_USB_VIEW_H

#include <jansson.h>

#include "media/base/usb-verdict.h"

#define USB_NAME_BYTES (2 * LIMIT_USB_TEXT + 2)

/* Whether content could come from it: it has a disk, is storage, or lies about what it is. */
bool usb_is_medium(const struct usb_device *device);

/* Manufacturer and product, with a blank between them. Returns out. */
const char *usb_name_text(const struct usb_device *device, char out[static USB_NAME_BYTES]);

/* A new reference: "port", "id", "serial", "serial_quality", "name", "verdict", "code", "words",
 * "interfaces", "nodes", "label", "size". */
json_t *usb_view_device(const struct usb_device *device, const struct usb_verdict *verdict);

#endif
