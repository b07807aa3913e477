/* SPDX-License-Identifier: ISC
 *
 * Rules about USB devices, in the words of USBGuard (usbguard-rules.conf(5)):
 *
 *     TARGET [id ID] [serial "S"] [name "S"] [via-port "P"] [with-interface I] [hash "H"]
 *
 * TARGET is allow, block or reject; reject is block here, since devices are never taken away. An id
 * is 0951:1666, 0951:* or *:*; an interface 08:06:50, 08:06:* or 08:*:*. In place of one value may
 * stand { values } or OPERATOR { values }: equals (also without a word), one-of, all-of, none-of.
 * Strings know \" \\ and \xHH. The hash is the record's digest in hexadecimal, not USBGuard's.
 */
#ifndef MEDIA_BASE_USB_RULE_H
#define MEDIA_BASE_USB_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "media/base/usb.h"

enum usb_rule_attribute {
    USB_RULE_ID,
    USB_RULE_SERIAL,
    USB_RULE_NAME,
    USB_RULE_PORT,
    USB_RULE_INTERFACE,
    USB_RULE_HASH,
    USB_RULE_ATTRIBUTES
};

enum usb_rule_operator {
    USB_RULE_ABSENT, /* the attribute is not asked for */
    USB_RULE_EQUALS, /* each value of the device is matched, and each of the rule matches */
    USB_RULE_ONE_OF, /* at least one of the rule's matches */
    USB_RULE_ALL_OF, /* each of the rule's matches one of the device */
    USB_RULE_NONE_OF,
};

struct usb_rule_term {
    enum usb_rule_operator operator;
    size_t count;
    char *values[LIMIT_USB_RULE_VALUES]; /* escaped, hexadecimal in lower case; owned */
};

struct usb_rule {
    unsigned number; /* its place in the configuration, which verdicts name */
    bool allow;
    char *text; /* as it was written; owned */
    struct usb_rule_term terms[USB_RULE_ATTRIBUTES];
};

/* ERROR_CONFIG with the byte (from 1) where reading stopped and what was expected there. The rule
 * is initialised here; usb_rule_clear() in every case. */
int usb_rule_parse(const char *text, unsigned number, struct usb_rule *rule,
                   struct error *err) ERROR_MUST_CHECK;
void usb_rule_clear(struct usb_rule *rule);

bool usb_rule_matches(const struct usb_rule *rule, const struct usb_device *device);

/* The first rule that matches, or NULL. */
const struct usb_rule *usb_rule_find(const struct usb_rule *rules, size_t count,
                                     const struct usb_device *device);

#endif
