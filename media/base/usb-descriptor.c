/* SPDX-License-Identifier: ISC */
#include "media/base/usb-descriptor.h"

#include <string.h>

/* USB 2.0 tables 9-5, 9-8, 9-10, 9-12, 9-13 */
#define TYPE_DEVICE        1
#define TYPE_CONFIGURATION 2
#define TYPE_INTERFACE     4
#define TYPE_ENDPOINT      5

#define DEVICE_BYTES         18
#define CONFIGURATION_BYTES  9
#define INTERFACE_BYTES      9
#define ENDPOINT_BYTES       7 /* audio: 9 */
#define HEAD_BYTES           2
#define CONFIGURATIONS_COUNT 8 /* the kernel's USB_MAXCONFIG */

/* One descriptor, or a configuration's own nine bytes. */
struct piece {
    struct bytes_view bytes;
    uint8_t type;
};

static uint16_t u16_at(const struct piece *piece, size_t at)
{
    return (uint16_t)(piece->bytes.data[at] | piece->bytes.data[at + 1] << 8);
}

/* Takes the next descriptor. It must be as long as it says, and so long as its type is at least. */
static int take(struct bytes_view *view, struct piece *piece, struct error *err)
{
    static const struct {
        uint8_t type, least;
        const char *name;
    } types[] = {{TYPE_DEVICE, DEVICE_BYTES, "device"},
                 {TYPE_CONFIGURATION, CONFIGURATION_BYTES, "configuration"},
                 {TYPE_INTERFACE, INTERFACE_BYTES, "interface"},
                 {TYPE_ENDPOINT, ENDPOINT_BYTES, "endpoint"}};
    size_t length;

    if (view->size < HEAD_BYTES)
        return error_set(err, ERROR_USB_DESCRIPTOR, "%zu bytes where a descriptor must begin",
                         view->size);
    length = view->data[0];
    piece->type = view->data[1];
    if (length < HEAD_BYTES || bytes_get_view(view, length, &piece->bytes) < 0)
        return error_set(err, ERROR_USB_DESCRIPTOR,
                         "a descriptor of type %u says %zu bytes where %zu are left", piece->type,
                         length, view->size);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i].type == piece->type && length < types[i].least)
            return error_set(err, ERROR_USB_DESCRIPTOR, "%s descriptor of %zu bytes, not %u",
                             types[i].name, length, types[i].least);
    }
    return 0;
}

/* The interfaces and all between them; `numbers` gets a bit for each bInterfaceNumber. */
static int read_piece(const struct piece *piece, struct usb_device *device, uint32_t *numbers,
                      struct error *err)
{
    const uint8_t *data = piece->bytes.data;

    if (piece->type == TYPE_DEVICE || piece->type == TYPE_CONFIGURATION)
        return error_set(err, ERROR_USB_DESCRIPTOR,
                         "a descriptor of type %u inside a configuration", piece->type);
    if (piece->type != TYPE_INTERFACE)
        return 0;
    if (data[2] >= 32)
        return error_set(err, ERROR_USB_DESCRIPTOR, "interface number %u", data[2]);
    *numbers |= UINT32_C(1) << data[2];
    return usb_interface_add(device, (struct usb_interface){data[5], data[6], data[7]}, err);
}

static int read_configuration(struct bytes_view *view, struct usb_device *device, struct error *err)
{
    struct bytes_view rest = *view, whole;
    struct piece piece;
    uint32_t numbers = 0;
    uint8_t promised;
    int result = take(&rest, &piece, err);

    if (result < 0)
        return result;
    if (piece.type != TYPE_CONFIGURATION)
        return error_set(err, ERROR_USB_DESCRIPTOR,
                         "a descriptor of type %u where a configuration must begin", piece.type);
    if (u16_at(&piece, 2) < piece.bytes.size || bytes_get_view(view, u16_at(&piece, 2), &whole) < 0)
        return error_set(err, ERROR_USB_DESCRIPTOR,
                         "a configuration says %u bytes where %zu are left", u16_at(&piece, 2),
                         view->size);
    promised = piece.bytes.data[4];
    rest = bytes_view_of(whole.data + piece.bytes.size, whole.size - piece.bytes.size);
    while (result == 0 && rest.size > 0) {
        result = take(&rest, &piece, err);
        if (result == 0)
            result = read_piece(&piece, device, &numbers, err);
    }
    if (result == 0 && __builtin_popcount(numbers) != promised)
        result =
            error_set(err, ERROR_USB_DESCRIPTOR, "a configuration says %u interfaces and has %d",
                      promised, __builtin_popcount(numbers));
    return result;
}

static int read_device(struct bytes_view *view, struct usb_device *device, unsigned *configurations,
                       struct error *err)
{
    struct piece piece;
    const uint8_t *data;
    int result = take(view, &piece, err);

    if (result < 0)
        return result;
    if (piece.type != TYPE_DEVICE || piece.bytes.size != DEVICE_BYTES)
        return error_set(err, ERROR_USB_DESCRIPTOR, "it does not begin with a device descriptor");
    data = piece.bytes.data;
    device->kind = (struct usb_interface){data[4], data[5], data[6]};
    device->vendor = u16_at(&piece, 8);
    device->product = u16_at(&piece, 10);
    device->release = u16_at(&piece, 12);
    *configurations = data[17];
    if (*configurations < 1 || *configurations > CONFIGURATIONS_COUNT)
        return error_set(err, ERROR_USB_DESCRIPTOR, "%u configurations", *configurations);
    return 0;
}

int usb_descriptor_read(struct bytes_view bytes, struct usb_device *device, struct error *err)
{
    unsigned configurations = 0;
    int result;

    if (bytes.size > LIMIT_USB_DESCRIPTORS)
        return error_set(err, ERROR_USB_DESCRIPTOR, "more than USB_DESCRIPTORS bytes");
    device->interface_count = 0;
    result = read_device(&bytes, device, &configurations, err);
    for (unsigned i = 0; i < configurations && result == 0; i++) {
        result = read_configuration(&bytes, device, err);
        if (result < 0)
            error_context(err, "configuration %u of %u", i + 1, configurations);
    }
    if (result == 0 && bytes.size > 0)
        result = error_set(err, ERROR_USB_DESCRIPTOR, "%zu bytes behind the last configuration",
                           bytes.size);
    return result;
}
