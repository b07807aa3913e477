/* SPDX-License-Identifier: ISC
 *
 * USB devices for tests: descriptor bytes that are sound until a test spoils them, and records.
 */
#ifndef TESTS_MEDIA_BASE_USB_SCENE_H
#define TESTS_MEDIA_BASE_USB_SCENE_H

#include <stdio.h>
#include <string.h>

#include "media/base/usb.h"

#define SCENE_DEVICE        18 /* where the configuration begins */
#define SCENE_CONFIGURATION 27 /* where the interface begins */
#define SCENE_STICK_BYTES   50

/* A stick: one configuration, one interface 08:06:50, two endpoints. */
static const uint8_t scene_stick[SCENE_STICK_BYTES] = {
    18, 1, 0x00, 0x02, 0, 0, 0, 64,   0x51, 0x09, 0x66, 0x16, 0x10, 0x01, 1, 2, 3, 1, /* device */
    9,  2, 32,   0,    1, 1, 0, 0x80, 50, /* configuration */
    9,  4, 0,    0,    2, 8, 6, 0x50, 0,  /* interface */
    7,  5, 0x81, 2,    0, 2, 0,           /* endpoints */
    7,  5, 0x02, 2,    0, 2, 0};

static inline struct usb_device scene_device(const char *port, uint8_t class, uint8_t subclass,
                                             uint8_t protocol)
{
    struct usb_device device = {.bus = 1, .speed_mbit = 480, .vendor = 0x0951, .product = 0x1666};
    struct error err;

    (void)!usb_port_take(port, &device, &err);
    (void)!usb_interface_add(&device, (struct usb_interface){class, subclass, protocol}, &err);
    device.kind.class = class == USB_CLASS_HUB ? USB_CLASS_HUB : 0;
    memset(device.digest, 7, sizeof(device.digest));
    snprintf(device.name, sizeof(device.name), "DataTraveler");
    snprintf(device.serial, sizeof(device.serial), "%02X%02XE0D55EA574D1", class, protocol);
    return device;
}

static inline struct usb_device scene_storage(const char *port)
{
    return scene_device(port, 8, 6, 0x50);
}

#endif
