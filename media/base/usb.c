/* SPDX-License-Identifier: ISC */
#include "media/base/usb.h"

#include <stdio.h>
#include <string.h>

#include "media/base/text.h"

#define PART_DIGITS  3  /* of a bus or a port; USB 2.0 11.23.2.1 has at most 255 ports */
#define SERIAL_LEAST 12 /* characters; see usb_serial_quality */

/* One number of a port's name; NULL where there is none. */
static const char *skip_number(const char *at)
{
    size_t digits = strspn(at, "0123456789");

    return digits >= 1 && digits <= PART_DIGITS && at[0] != '0' ? at + digits : NULL;
}

static bool port_valid(const char *port)
{
    bool root = strncmp(port, "usb", 3) == 0;
    const char *at = skip_number(root ? port + 3 : port);
    unsigned depth = 0;

    while (at != NULL && *at == (depth == 0 ? '-' : '.') && !root && depth < LIMIT_USB_DEPTH) {
        at = skip_number(at + 1);
        depth++;
    }
    return at != NULL && *at == '\0' && (root || depth > 0);
}

int usb_port_take(const char *port, struct usb_device *device, struct error *err)
{
    const char *last = strrchr(port, '.'), *dash = strchr(port, '-');

    if (!port_valid(port) || strlen(port) > LIMIT_USB_PORT)
        return error_set(err, ERROR_BAD_DOCUMENT, "port: expected as 1-4.2 or usb1");
    snprintf(device->port, sizeof(device->port), "%s", port);
    device->parent[0] = '\0';
    if (last != NULL)
        snprintf(device->parent, sizeof(device->parent), "%.*s", (int)(last - port), port);
    else if (dash != NULL)
        snprintf(device->parent, sizeof(device->parent), "usb%.*s", (int)(dash - port), port);
    return 0;
}

void usb_peer_take(const char *name, struct usb_device *device)
{
    const char *last = strstr(name, "-port");
    bool root = strncmp(name, "usb", 3) == 0;
    int size;

    device->peer[0] = '\0';
    if (last == NULL)
        return;
    size = snprintf(device->peer, sizeof(device->peer), "%.*s%s%s",
                    (int)(last - name) - (root ? 3 : 0), root ? name + 3 : name, root ? "-" : ".",
                    last + strlen("-port"));
    if (size >= (int)sizeof(device->peer) || !port_valid(device->peer))
        device->peer[0] = '\0';
}

static int compare(struct usb_interface a, struct usb_interface b)
{
    const uint8_t left[] = {a.class, a.subclass, a.protocol};
    const uint8_t right[] = {b.class, b.subclass, b.protocol};

    return memcmp(left, right, sizeof(left));
}

int usb_interface_add(struct usb_device *device, struct usb_interface interface, struct error *err)
{
    size_t at = 0;

    while (at < device->interface_count && compare(device->interfaces[at], interface) < 0)
        at++;
    if (at < device->interface_count && compare(device->interfaces[at], interface) == 0)
        return 0;
    if (device->interface_count == LIMIT_USB_INTERFACES)
        return error_set(err, ERROR_LIMIT, "more than USB_INTERFACES kinds of interfaces");
    memmove(&device->interfaces[at + 1], &device->interfaces[at],
            (device->interface_count - at) * sizeof(interface));
    device->interfaces[at] = interface;
    device->interface_count++;
    return 0;
}

bool usb_device_has(const struct usb_device *device, uint8_t class)
{
    bool has = device->kind.class == class;

    for (size_t i = 0; i < device->interface_count; i++)
        has = has || device->interfaces[i].class == class;
    return has;
}

int usb_text_take(const char *what, const char *string, char out[LIMIT_USB_TEXT + 1],
                  struct error *err)
{
    char escaped[LIMIT_USB_TEXT + 16]; /* one more escape would show in it */

    text_escape_string(string, escaped, sizeof(escaped));
    out[0] = '\0';
    if (strlen(escaped) > LIMIT_USB_TEXT)
        return error_set(err, ERROR_USB_DESCRIPTOR, "%s is longer than a string descriptor can be",
                         what);
    snprintf(out, LIMIT_USB_TEXT + 1, "%s", escaped);
    return 0;
}

/* "AAAA" and "0123", which makers forget to replace. */
static bool is_filler(const char *serial)
{
    static const char row[] = "0123456789ABCDEF0123456789ABCDEF";

    return strspn(serial, (const char[]){serial[0], '\0'}) == strlen(serial) ||
           strstr(row, serial) != NULL;
}

enum usb_serial_quality usb_serial_quality(const char *serial)
{
    if (serial[0] == '\0')
        return USB_SERIAL_NONE;
    if (strlen(serial) < SERIAL_LEAST || serial[strspn(serial, "0123456789ABCDEF")] != '\0' ||
        is_filler(serial))
        return USB_SERIAL_WEAK;
    return USB_SERIAL_GOOD;
}

const char *usb_serial_quality_name(enum usb_serial_quality quality)
{
    static const char *const names[] = {
        [USB_SERIAL_NONE] = "none", [USB_SERIAL_WEAK] = "weak", [USB_SERIAL_GOOD] = "good"};

    return names[quality];
}

const char *usb_id_text(const struct usb_device *device, char out[USB_ID_TEXT_BYTES])
{
    snprintf(out, USB_ID_TEXT_BYTES, "%04x:%04x", device->vendor, device->product);
    return out;
}

const char *usb_interface_text(struct usb_interface interface, char out[USB_INTERFACE_TEXT_BYTES])
{
    snprintf(out, USB_INTERFACE_TEXT_BYTES, "%02x:%02x:%02x", interface.class, interface.subclass,
             interface.protocol);
    return out;
}
