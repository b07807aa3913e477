/* SPDX-License-Identifier: ISC
 *
 * What a USB device may be used for, judged from records alone and before a byte of it is read. A
 * verdict refuses the import; the device itself is left alone, so that an operator's keyboard never
 * goes dead.
 *
 * First the checks that no rule and no registration can lift, then the rules. Identity here is
 * evidence: a device can copy every property that is compared (authenticity comes from signatures).
 */
#ifndef MEDIA_BASE_USB_VERDICT_H
#define MEDIA_BASE_USB_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "media/base/usb-rule.h"
#include "media/base/usb.h"

/* A device as it was at another time: registered, or seen. Borrowed strings. */
struct usb_known {
    uint16_t vendor, product;
    const char *serial;    /* escaped as in the record */
    const char *port;      /* where it was seen; ignored in a registration */
    unsigned speed_mbit;   /* descriptors differ lawfully between speeds, so they are compared at
                                 the same speed only */
    const uint8_t *digest; /* USB_DIGEST_BYTES: of all descriptors, interfaces too */
};

struct usb_case {
    const struct usb_device *devices; /* all that are present, hubs and keyboards, too */
    size_t count;
    size_t which; /* the one that is judged */
    const struct usb_rule *rules;
    size_t rule_count;
    bool registered_only;      /* a rule that allows is not enough */
    char *const *trusted_hubs; /* ports of hubs on which an input device may be */
    size_t hub_count;
    const struct usb_known *registered; /* the registration with its id and serial; NULL: none */
    const struct usb_known *seen;       /* earlier sightings with its id and serial */
    size_t seen_count;
};

struct usb_verdict {
    enum error_code code; /* ERROR_OK: allowed */
    char words[ERROR_WORDS_BYTES];
    const struct usb_rule *rule; /* the one that decided; NULL: none did */
};

#define USB_INTERFACES_TEXT_BYTES (LIMIT_USB_INTERFACES * USB_INTERFACE_TEXT_BYTES + 1)

/* "08:06:50 08:06:62". Returns out. */
const char *usb_interfaces_text(const struct usb_device *device,
                                char out[USB_INTERFACES_TEXT_BYTES]);

/* In this order: usb-descriptor, usb-keyboard or usb-not-storage, usb-hidden-keyboard, usb-changed,
 * usb-no-serial, usb-duplicate-serial; then blocked, where a rule says so, or usb-not-allowed. A
 * registration counts with the digest that it was made with. */
void usb_judge(const struct usb_case *question, struct usb_verdict *verdict);

#endif
