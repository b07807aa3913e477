/* SPDX-License-Identifier: ISC */
#include "media/base/usb-view.h"

#include <stdio.h>

bool usb_is_medium(const struct usb_device *device)
{
    return device->block_count > 0 || device->broken[0] != '\0' ||
           usb_device_has(device, USB_CLASS_STORAGE);
}

const char *usb_name_text(const struct usb_device *device, char out[static USB_NAME_BYTES])
{
    snprintf(out, USB_NAME_BYTES, "%s%s%s", device->manufacturer,
             device->manufacturer[0] != '\0' && device->name[0] != '\0' ? " " : "", device->name);
    return out;
}

static json_t *interfaces_value(const struct usb_device *device)
{
    json_t *list = json_array();

    for (size_t i = 0; i < device->interface_count; i++) {
        char text[USB_INTERFACE_TEXT_BYTES];

        json_array_append_new(list, json_string(usb_interface_text(device->interfaces[i], text)));
    }
    return list;
}

/* Nodes, the size of the largest, the first label. */
static void set_blocks(const struct usb_device *device, json_t *row)
{
    json_t *nodes = json_array();
    const char *label = "";
    uint64_t size = 0;

    for (size_t i = 0; i < device->block_count; i++) {
        const struct usb_block *block = &device->blocks[i];

        json_array_append_new(nodes, json_string(block->node));
        size = block->bytes > size ? block->bytes : size;
        if (label[0] == '\0')
            label = block->label;
    }
    json_object_set_new(row, "nodes", nodes);
    json_object_set_new(row, "label", json_string(label));
    json_object_set_new(row, "size", size > 0 ? json_integer((json_int_t)size) : json_null());
}

json_t *usb_view_device(const struct usb_device *device, const struct usb_verdict *verdict)
{
    const char *quality = usb_serial_quality_name(usb_serial_quality(device->serial));
    char id[USB_ID_TEXT_BYTES], name[USB_NAME_BYTES];
    json_t *row =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "port", device->port, "id",
                  usb_id_text(device, id), "serial", device->serial, "serial_quality",
                  verdict->code == ERROR_USB_DUPLICATE_SERIAL ? "duplicate" : quality, "name",
                  usb_name_text(device, name), "verdict",
                  verdict->code == ERROR_OK ? "ok" : "blocked", "code", error_name(verdict->code),
                  "words", verdict->words, "interfaces", interfaces_value(device));

    set_blocks(device, row);
    return row;
}
