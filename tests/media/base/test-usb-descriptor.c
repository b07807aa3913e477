/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/usb-descriptor.h"
#include "tests/media/base/usb-scene.h"

static int read_bytes(const uint8_t *bytes, size_t size, struct usb_device *device,
                      struct error *err)
{
    *device = (struct usb_device){0};
    return usb_descriptor_read(bytes_view_of(bytes, size), device, err);
}

static void a_stick_is_read(void **state)
{
    struct usb_device device;
    struct error err = {0};

    assert_ok(read_bytes(scene_stick, sizeof(scene_stick), &device, &err), &err);
    assert_int_equal(device.vendor, 0x0951);
    assert_int_equal(device.product, 0x1666);
    assert_int_equal(device.release, 0x0110);
    assert_int_equal(device.interface_count, 1);
    assert_int_equal(device.interfaces[0].protocol, 0x50);
}

/* What the kernel would choose does not matter: all of it is in the list. */
static void every_configuration_and_setting_counts(void **state)
{
    uint8_t bytes[18 + 32 + 41];
    struct usb_device device;
    struct error err = {0};

    memcpy(bytes, scene_stick, sizeof(scene_stick));
    bytes[17] = 2;
    memcpy(bytes + 50, scene_stick + 18, 32);
    bytes[52] = 41;
    memcpy(bytes + 82, (const uint8_t[]){9, 4, 0, 1, 0, 3, 1, 1, 0}, 9); /* setting 1: a keyboard */
    assert_ok(read_bytes(bytes, sizeof(bytes), &device, &err), &err);
    assert_int_equal(device.interface_count, 2);
    assert_true(usb_device_has(&device, USB_CLASS_INPUT));
}

static void lengths_that_lie_are_refused(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
        const char *words;
    } lies[] = {
        {0, 17, "device descriptor of 17 bytes"},
        {0, 19, "does not begin with a device"},
        {0, 0, "says 0 bytes where 50"},
        {1, 2, "does not begin with a device"},
        {17, 0, "0 configurations"},
        {17, 2, "configuration 2 of 2: 0 bytes where"},
        {17, 9, "9 configurations"},
        {SCENE_DEVICE, 8, "configuration descriptor of 8 bytes"},
        {SCENE_DEVICE, 33, "says 33 bytes where 32"},
        {SCENE_DEVICE + 1, 4, "of type 4 where a configuration"},
        {SCENE_DEVICE + 2, 33, "says 33 bytes where 32"},
        {SCENE_DEVICE + 2, 8, "says 8 bytes where 32"},
        {SCENE_DEVICE + 2, 18, "14 bytes behind the last"},
        {SCENE_DEVICE + 2, 31, "says 7 bytes where 6"},
        {SCENE_DEVICE + 3, 1, "says 288 bytes where 32"},
        {SCENE_DEVICE + 4, 2, "says 2 interfaces and has 1"},
        {SCENE_CONFIGURATION, 0, "says 0 bytes"},
        {SCENE_CONFIGURATION, 1, "says 1 bytes"},
        {SCENE_CONFIGURATION, 8, "interface descriptor of 8"},
        {SCENE_CONFIGURATION, 24, "says"},
        {SCENE_CONFIGURATION + 1, 1, "device descriptor of 9 bytes"},
        {SCENE_CONFIGURATION + 1, 2, "of type 2 inside"},
        {SCENE_CONFIGURATION + 2, 32, "interface number 32"},
        {36, 6, "endpoint descriptor of 6 bytes"},
        {43, 8, "says 8 bytes where 7"},
    };

    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        uint8_t bytes[SCENE_STICK_BYTES];
        struct usb_device device;
        struct error err = {0};

        memcpy(bytes, scene_stick, sizeof(bytes));
        bytes[lies[i].at] = lies[i].value;
        assert_refused(read_bytes(bytes, sizeof(bytes), &device, &err), &err, ERROR_USB_DESCRIPTOR);
        if (strstr(err.words, lies[i].words) == NULL)
            fail_msg("lie %zu: %s", i, err.words);
    }
    shows_attack("E3", ERROR_USB_DESCRIPTOR, "descriptor lengths that lie");
}

static void a_cut_is_refused_at_every_byte(void **state)
{
    struct usb_device device;

    for (size_t size = 0; size < SCENE_STICK_BYTES; size++) {
        struct error err = {0};

        assert_refused(read_bytes(scene_stick, size, &device, &err), &err, ERROR_USB_DESCRIPTOR);
    }
}

static void what_is_left_over_is_refused(void **state)
{
    uint8_t bytes[SCENE_STICK_BYTES + 9] = {0};
    static uint8_t large[LIMIT_USB_DESCRIPTORS + 1];
    struct usb_device device;
    struct error err = {0};

    memcpy(bytes, scene_stick, SCENE_STICK_BYTES);
    memcpy(bytes + SCENE_STICK_BYTES, scene_stick + SCENE_CONFIGURATION, 9);
    assert_refused(read_bytes(bytes, sizeof(bytes), &device, &err), &err, ERROR_USB_DESCRIPTOR);
    assert_non_null(strstr(err.words, "9 bytes behind"));
    assert_refused(read_bytes(large, sizeof(large), &device, &err), &err, ERROR_USB_DESCRIPTOR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stick_is_read),
        cmocka_unit_test(every_configuration_and_setting_counts),
        cmocka_unit_test(lengths_that_lie_are_refused),
        cmocka_unit_test(a_cut_is_refused_at_every_byte),
        cmocka_unit_test(what_is_left_over_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
