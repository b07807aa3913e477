/* SPDX-License-Identifier: ISC
 *
 * Descriptor bytes of a USB device: read or refused; and what was read travels as JSON unchanged.
 */
#include <string.h>

#include "media/base/usb-descriptor.h"
#include "tests/fuzz/fuzz.h"

static void travels(const struct usb_device *device)
{
    struct usb_device read;
    json_t *json = usb_to_json(device);
    struct error err = {0};

    FUZZ_MUST(json != NULL);
    FUZZ_MUST(usb_from_json(json, &read, &err) == 0);
    FUZZ_MUST(memcmp(&read, device, sizeof(read)) == 0);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct usb_device device = {.bus = 1};
    struct error err = {0};

    FUZZ_MUST(usb_port_take("1-4", &device, &err) == 0);
    if (usb_descriptor_read(bytes_view_of(data, size), &device, &err) < 0)
        FUZZ_MUST((err.code == ERROR_USB_DESCRIPTOR || err.code == ERROR_LIMIT) &&
                  err.words[0] != '\0');
    FUZZ_MUST(device.interface_count <= LIMIT_USB_INTERFACES);
    travels(&device);
    return 0;
}
