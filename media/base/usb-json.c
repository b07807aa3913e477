/* SPDX-License-Identifier: ISC
 *
 * A device's record as it travels between processes.
 */
#include <stdio.h>
#include <string.h>

#include "media/base/json.h"
#include "media/base/text.h"
#include "media/base/usb.h"

#define FIELDS(rows) (sizeof(rows) / sizeof((rows)[0]))

static json_t *interfaces_to_json(const struct usb_device *device)
{
    json_t *list = json_array();

    for (size_t i = 0; i < device->interface_count; i++) {
        char text[USB_INTERFACE_TEXT_BYTES];

        json_array_append_new(list, json_string(usb_interface_text(device->interfaces[i], text)));
    }
    return list;
}

static json_t *blocks_to_json(const struct usb_device *device)
{
    json_t *list = json_array();

    for (size_t i = 0; i < device->block_count; i++) {
        const struct usb_block *block = &device->blocks[i];

        json_array_append_new(list, json_pack("{s:s, s:I, s:s, s:s}", "node", block->node, "bytes",
                                              (json_int_t)block->bytes, "label", block->label,
                                              "filesystem", block->filesystem));
    }
    return list;
}

json_t *usb_to_json(const struct usb_device *device)
{
    char kind[USB_INTERFACE_TEXT_BYTES], digest[2 * USB_DIGEST_BYTES + 1];

    text_hex(device->digest, sizeof(device->digest), digest);
    return json_pack(
        "{s:s, s:s, s:i, s:i, s:i, s:b, s:i, s:i, s:i, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:o}",
        "port", device->port, "peer", device->peer, "bus", (int)device->bus, "number",
        (int)device->number, "speed", (int)device->speed_mbit, "fixed", device->fixed, "vendor",
        device->vendor, "product", device->product, "release", device->release, "kind",
        usb_interface_text(device->kind, kind), "manufacturer", device->manufacturer, "name",
        device->name, "serial", device->serial, "interfaces", interfaces_to_json(device), "digest",
        digest, "broken", device->broken, "blocks", blocks_to_json(device));
}

static int copy_text(char *out, size_t size, const char *text)
{
    return (size_t)snprintf(out, size, "%s", text) < size ? 0 : -1;
}

static int read_interface(const char *text, struct usb_interface *interface, struct error *err)
{
    bool shaped = strlen(text) == USB_INTERFACE_TEXT_BYTES - 1 && text[2] == ':' && text[5] == ':';
    char digits[7];

    if (shaped)
        snprintf(digits, sizeof(digits), "%.2s%.2s%.2s", text, text + 3, text + 6);
    if (!shaped || text_unhex(digits, (uint8_t *)interface, 3) < 0)
        return error_set(err, ERROR_BAD_DOCUMENT, "expected an interface as 08:06:50");
    return 0;
}

static int read_interfaces(const json_t *list, struct usb_device *device, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < json_array_size(list) && result == 0; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        struct usb_interface interface;

        result = read_interface(text != NULL ? text : "", &interface, err);
        if (result == 0)
            result = usb_interface_add(device, interface, err);
        if (result == 0 && (device->interface_count != i + 1 ||
                            memcmp(&device->interfaces[i], &interface, sizeof(interface)) != 0))
            result = error_set(err, ERROR_BAD_DOCUMENT, "interfaces: not sorted, or one is twice");
    }
    return result;
}

/* A name below /dev, and no way out of it. */
static bool node_valid(const char *node)
{
    return node[0] != '.' && strchr(node, '/') == NULL;
}

static int read_block(const json_t *json, struct usb_block *block, struct error *err)
{
    const char *node = NULL, *label = NULL, *filesystem = NULL;
    const struct json_field fields[] = {
        {"node", JSON_TEXT, JSON_REQUIRED, &node, 1, sizeof(block->node) - 1, NULL},
        {"bytes", JSON_COUNT, JSON_REQUIRED, &block->bytes, 0, INT64_MAX, NULL},
        {"label", JSON_TEXT, JSON_REQUIRED, &label, 0, sizeof(block->label) - 1, NULL},
        {"filesystem", JSON_TEXT, JSON_REQUIRED, &filesystem, 0, sizeof(block->filesystem) - 1,
         NULL},
    };
    int result = json_fields(json, fields, FIELDS(fields), err);

    if (result < 0)
        return error_context(err, "blocks");
    if (!node_valid(node) || copy_text(block->node, sizeof(block->node), node) < 0 ||
        copy_text(block->label, sizeof(block->label), label) < 0 ||
        copy_text(block->filesystem, sizeof(block->filesystem), filesystem) < 0)
        return error_set(err, ERROR_BAD_DOCUMENT, "blocks: node is no name below /dev");
    return 0;
}

static int read_blocks(const json_t *list, struct usb_device *device, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < json_array_size(list) && result == 0; i++)
        result = read_block(json_array_get(list, i), &device->blocks[i], err);
    device->block_count = json_array_size(list);
    return result;
}

/* All of a record but its lists. */
static int read_texts(const json_t *json, struct usb_device *device, json_t **interfaces,
                      json_t **blocks, struct error *err)
{
    uint64_t bus = 0, number = 0, speed = 0, vendor = 0, product = 0, release = 0;
    const char *port = "", *peer = "", *kind = "", *manufacturer = "", *name = "", *serial = "",
               *broken = "";
    const struct json_field fields[] = {
        {"port", JSON_TEXT, JSON_REQUIRED, &port, 1, LIMIT_USB_PORT, NULL},
        {"peer", JSON_TEXT, JSON_REQUIRED, &peer, 0, LIMIT_USB_PORT, NULL},
        {"bus", JSON_COUNT, JSON_REQUIRED, &bus, 0, UINT16_MAX, NULL},
        {"number", JSON_COUNT, JSON_REQUIRED, &number, 0, UINT16_MAX, NULL},
        {"speed", JSON_COUNT, JSON_REQUIRED, &speed, 0, INT32_MAX, NULL},
        {"fixed", JSON_FLAG, JSON_REQUIRED, &device->fixed, 0, 0, NULL},
        {"vendor", JSON_COUNT, JSON_REQUIRED, &vendor, 0, UINT16_MAX, NULL},
        {"product", JSON_COUNT, JSON_REQUIRED, &product, 0, UINT16_MAX, NULL},
        {"release", JSON_COUNT, JSON_REQUIRED, &release, 0, UINT16_MAX, NULL},
        {"kind", JSON_TEXT, JSON_REQUIRED, &kind, 1, USB_INTERFACE_TEXT_BYTES, NULL},
        {"manufacturer", JSON_TEXT, JSON_REQUIRED, &manufacturer, 0, LIMIT_USB_TEXT, NULL},
        {"name", JSON_TEXT, JSON_REQUIRED, &name, 0, LIMIT_USB_TEXT, NULL},
        {"serial", JSON_TEXT, JSON_REQUIRED, &serial, 0, LIMIT_USB_TEXT, NULL},
        {"interfaces", JSON_LIST, JSON_REQUIRED, interfaces, 0, LIMIT_USB_INTERFACES, NULL},
        {"digest", JSON_SHA384, JSON_REQUIRED, device->digest, 0, 0, NULL},
        {"broken", JSON_TEXT, JSON_REQUIRED, &broken, 0, sizeof(device->broken) - 1, NULL},
        {"blocks", JSON_LIST, JSON_REQUIRED, blocks, 0, LIMIT_USB_BLOCKS, NULL},
    };
    int result = json_fields(json, fields, FIELDS(fields), err);

    if (result < 0)
        return result;
    result = peer[0] != '\0' ? usb_port_take(peer, device, err) : 0;
    if (result == 0)
        result = usb_port_take(port, device, err);
    if (result < 0)
        return result;
    copy_text(device->peer, sizeof(device->peer), peer);
    device->bus = (unsigned)bus;
    device->number = (unsigned)number;
    device->speed_mbit = (unsigned)speed;
    device->vendor = (uint16_t)vendor;
    device->product = (uint16_t)product;
    device->release = (uint16_t)release;
    copy_text(device->manufacturer, sizeof(device->manufacturer), manufacturer);
    copy_text(device->name, sizeof(device->name), name);
    copy_text(device->serial, sizeof(device->serial), serial);
    copy_text(device->broken, sizeof(device->broken), broken);
    return read_interface(kind, &device->kind, err);
}

int usb_from_json(const json_t *json, struct usb_device *device, struct error *err)
{
    json_t *interfaces = NULL, *blocks = NULL;
    int result;

    *device = (struct usb_device){0};
    result = read_texts(json, device, &interfaces, &blocks, err);
    if (result == 0)
        result = read_interfaces(interfaces, device, err);
    if (result == 0)
        result = read_blocks(blocks, device, err);
    return result < 0 ? error_context(err, "a device's record") : 0;
}
