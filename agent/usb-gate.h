/* SPDX-License-Identifier: ISC
 *
 * Before anything is read from a source: which USB device it hangs on, and whether that one may be
 * read. The import is refused, never the device. Also what is kept of each that is plugged in:
 * a sighting, and a record in the audit chain.
 */
#ifndef AGENT_USB_GATE_H
#define AGENT_USB_GATE_H

#include "agent/control/block-device.h"
#include "agent/media-registry.h"
#include "agent/minute-quota.h"
#include "agent/usb-watch.h"
#include "media/base/usb-verdict.h"
#include "media/base/usb-view.h"

struct usb_gate {
    struct state *state;
    const struct config *config;
    struct usb_watch *watch;
    const struct block_device_places *places; /* NULL: the kernel's */
    /* Told of every device that is plugged in, no medium too; NULL: nobody is. */
    void (*tell)(void *context, const struct usb_device *device);
    void *tell_context;
    struct minute_quota records;
};

/* Zeroed but for state and config; makes its watch, whose client it is. */
void usb_gate_open(struct usb_gate *gate);
void usb_gate_close(struct usb_gate *gate);

/* The verdict on one of the watch's devices; `registration` gets its own. Rules are the
 * configuration's and are borrowed. ERROR_IO and the like where the state can't be read. */
int usb_gate_judge(struct usb_gate *gate, const struct usb_device *device,
                   struct usb_verdict *verdict, struct media_registration *registration,
                   struct error *err) ERROR_MUST_CHECK;

/* Whether an open file, folder or block device may be read. What is on no USB may. A refusal has
 * the verdict's code and names the device; ERROR_USB_UNTOLD where nobody can tell. Waits a moment
 * for a device that was just plugged in. */
int usb_gate_check(struct usb_gate *gate, int fd, struct error *err) ERROR_MUST_CHECK;

/* What a device is registered as and seen by; the texts are in `text`. */
struct usb_gate_text {
    char id[USB_ID_TEXT_BYTES];
    char name[USB_NAME_BYTES];
    char interfaces[USB_INTERFACES_TEXT_BYTES];
    char digest[2 * USB_DIGEST_BYTES + 1];
};
struct media_identity usb_gate_identity(const struct usb_device *device,
                                        struct usb_gate_text *text);

#endif
