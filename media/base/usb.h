/* SPDX-License-Identifier: ISC
 *
 * A USB device as sallyport-usb saw it: what it says of itself, where it is plugged in, and the
 * block devices that the kernel made of it. Evidence, never proof: whoever builds a device chooses
 * every word of it. What a device is allowed is media/base/usb-verdict.h's business.
 *
 * Strings of the device (manufacturer, name, serial, labels) are escaped where they are read
 * (text_escape) and never exist otherwise in a record: nothing in it can act on a terminal, and all
 * of it is valid UTF-8. Rules are escaped alike before they are compared.
 */
#ifndef MEDIA_BASE_USB_H
#define MEDIA_BASE_USB_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/error.h"
#include "media/base/limits.h"

#define USB_DIGEST_BYTES         48 /* SHA-384 */
#define USB_NODE_BYTES           32 /* of a block device's name, "sda1" */
#define USB_ID_TEXT_BYTES        10 /* "0951:1666" */
#define USB_INTERFACE_TEXT_BYTES 9  /* "08:06:50" */

#define USB_CLASS_INPUT   0x03 /* keyboards, and all that can act as one */
#define USB_CLASS_STORAGE 0x08
#define USB_CLASS_HUB     0x09

/* class, subclass, protocol of an interface or a device (USB 2.0 9.6) */
struct usb_interface {
    uint8_t class, subclass, protocol;
};

/* A block device that the kernel made of it: a disk or a partition. */
struct usb_block {
    char node[USB_NODE_BYTES];             /* "sda", below /dev */
    uint64_t bytes;                        /* 0: no medium in it */
    char label[LIMIT_USB_TEXT + 1];        /* as udev found it, escaped; "": none, or no udev */
    char filesystem[LIMIT_NAME_BYTES + 1]; /* the same, "vfat" */
};

struct usb_device {
    char port[LIMIT_USB_PORT + 1];   /* "1-4.2": bus 1, its port 4, port 2 of the hub there; "usb1":
                                        bus 1's root hub */
    char parent[LIMIT_USB_PORT + 1]; /* the hub's that it hangs on; "" for a root hub */
    char
        peer[LIMIT_USB_PORT + 1]; /* the same socket's other pair of wires: a USB 3 socket is a port
                                        of two buses, and what is plugged in may be on both; "": none,
                                        or not known */
    unsigned bus, number;         /* the kernel gives another number at each plug-in */
    unsigned speed_mbit;          /* 12, 480, 5000; 0: not known */
    bool fixed;                   /* the hub above says: soldered in (sysfs "removable") */
    uint16_t vendor, product;     /* the id, "0951:1666" */
    uint16_t release;             /* bcdDevice */
    struct usb_interface kind;    /* of the device itself; 00: its interfaces tell */
    char manufacturer[LIMIT_USB_TEXT + 1];
    char name[LIMIT_USB_TEXT + 1]; /* its product string */
    char serial[LIMIT_USB_TEXT + 1];
    size_t interface_count;
    struct usb_interface interfaces[LIMIT_USB_INTERFACES]; /* of all configurations and alternate
                                                              settings; sorted, each once */
    uint8_t digest[USB_DIGEST_BYTES]; /* of all descriptor bytes; they differ between speeds */
    char broken[128];                 /* why its descriptors can't be believed; "": they can */
    size_t block_count;
    struct usb_block blocks[LIMIT_USB_BLOCKS];
};

/* What sallyport-usb sends (media/base/frame.h): on start, and when anything may have changed, the
 * differences to what it sent before, then USB_SETTLED. A device that is plugged in anew at the
 * same port is USB_GONE, then USB_PRESENT. Nothing is sent where nothing changed. */
enum usb_message {
    USB_PRESENT = 0x5501, /* a record: a new device, or news of one at this port */
    USB_GONE,             /* {"port"} */
    USB_SETTLED,          /* {"devices"}: how many there are now */
    USB_FAILED,           /* {"code","words"}, then the program ends */
    USB_SELFTEST, /* the one request, and its answer: "ok", or what the sandbox let through */
};
#define USB_MESSAGE_BYTES (256 * KIB) /* a record with all its blocks and every string full */

/* How well a serial number tells a device from its like. Mass storage class, bulk-only transport
 * 4.1.1: at least twelve digits 0-9A-F. */
enum usb_serial_quality {
    USB_SERIAL_NONE,
    USB_SERIAL_WEAK, /* shorter, other characters, one character repeated, or a counting row */
    USB_SERIAL_GOOD,
};

/* Takes a port's name, "usbN" or "N-N", "N-N.N" within LIMIT_USB_DEPTH, and what follows from it:
 * parent. ERROR_BAD_DOCUMENT. */
int usb_port_take(const char *port, struct usb_device *device, struct error *err) ERROR_MUST_CHECK;

/* Takes the name that the kernel gives the peer of a port, "usb1-port4" or "1-4-port2". Anything else
 * leaves none. */
void usb_peer_take(const char *name, struct usb_device *device);

/* Puts an interface into the record's list. ERROR_LIMIT. */
int usb_interface_add(struct usb_device *device, struct usb_interface interface,
                      struct error *err) ERROR_MUST_CHECK;

/* Whether any interface, or the device itself, is of a class. */
bool usb_device_has(const struct usb_device *device, uint8_t class);

/* Escapes a string of the device into a record's field. ERROR_USB_DESCRIPTOR, naming `what`, where
 * it is longer than a string descriptor can be; out is then "". */
int usb_text_take(const char *what, const char *string, char out[LIMIT_USB_TEXT + 1],
                  struct error *err) ERROR_MUST_CHECK;

enum usb_serial_quality usb_serial_quality(const char *serial);
const char *usb_serial_quality_name(enum usb_serial_quality quality); /* "none", "weak", "good" */

/* "0951:1666", "08:06:50". Return out. */
const char *usb_id_text(const struct usb_device *device, char out[USB_ID_TEXT_BYTES]);
const char *usb_interface_text(struct usb_interface interface, char out[USB_INTERFACE_TEXT_BYTES]);

/* A record as JSON (a new reference) and back. Reading is strict: unknown keys, numbers and strings
 * out of bounds, an unsorted list of interfaces are ERROR_BAD_DOCUMENT. */
json_t *usb_to_json(const struct usb_device *device);
int usb_from_json(const json_t *json, struct usb_device *device,
                  struct error *err) ERROR_MUST_CHECK;

#endif
