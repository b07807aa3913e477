/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/json.h"
#include "tests/media/base/usb-scene.h"

static void ports_are_taken_apart(void **state)
{
    static const char *const ports[][2] = {{"usb1", ""},
                                           {"1-4", "usb1"},
                                           {"1-4.2", "1-4"},
                                           {"12-1.2.3", "12-1.2"},
                                           {"1-1.1.1.1.1.1", "1-1.1.1.1.1"}};
    static const char *const wrong[] = {"",        "1",      "usb",    "usb0",   "1-",
                                        "1-4.",    "1-4-2",  "01-4",   "1.4",    "1-0",
                                        "1-4:1.0", "../1-4", "1-4444", "usb1-4", "1-1.1.1.1.1.1.1"};
    struct usb_device device;
    struct error err;

    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
        assert_ok(usb_port_take(ports[i][0], &device, &err), &err);
        assert_string_equal(device.port, ports[i][0]);
        assert_string_equal(device.parent, ports[i][1]);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_refused(usb_port_take(wrong[i], &device, &err), &err, ERROR_BAD_DOCUMENT);
}

static void peers_are_named_as_ports(void **state)
{
    static const char *const names[][2] = {
        {"usb1-port4", "1-4"},
        {"1-4-port2", "1-4.2"},
        {"2-1.3-port10", "2-1.3.10"},
        {"usb1", ""},
        {"-port4", ""},
        {"usb1-port", ""},
        {"usb1-port4-port4", ""},
        {"../usb1-port4", ""},
    };
    struct usb_device device;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        usb_peer_take(names[i][0], &device);
        assert_string_equal(device.peer, names[i][1]);
    }
}

static void interfaces_are_sorted_and_each_stands_once(void **state)
{
    struct usb_device device = scene_storage("1-1");
    struct error err;

    assert_ok(usb_interface_add(&device, (struct usb_interface){3, 1, 1}, &err), &err);
    assert_ok(usb_interface_add(&device, (struct usb_interface){8, 6, 0x50}, &err), &err);
    assert_int_equal(device.interface_count, 2);
    assert_int_equal(device.interfaces[0].class, 3);
    for (unsigned i = 0; i < LIMIT_USB_INTERFACES - 2; i++)
        assert_ok(usb_interface_add(&device, (struct usb_interface){9, 9, (uint8_t)i}, &err), &err);
    assert_refused(usb_interface_add(&device, (struct usb_interface){7, 0, 0}, &err), &err,
                   ERROR_LIMIT);
}

static void strings_are_escaped_and_bounded(void **state)
{
    char taken[LIMIT_USB_TEXT + 1], longest[400] = "";
    struct error err;

    assert_ok(usb_text_take("serial", "A\033[2Jb\xff", taken, &err), &err);
    assert_string_equal(taken, "A\\u{1B}[2Jb\\xFF");
    memset(longest, 1, 126); /* \u{1} */
    assert_ok(usb_text_take("serial", longest, taken, &err), &err);
    memset(longest, 1, 399);
    assert_refused(usb_text_take("serial", longest, taken, &err), &err, ERROR_USB_DESCRIPTOR);
    assert_string_equal(taken, "");
}

static void serials_have_a_quality(void **state)
{
    assert_int_equal(usb_serial_quality(""), USB_SERIAL_NONE);
    assert_int_equal(usb_serial_quality("E0D55EA574D1F7A1"), USB_SERIAL_GOOD);
    assert_int_equal(usb_serial_quality("E0D55EA574D"), USB_SERIAL_WEAK);
    assert_int_equal(usb_serial_quality("e0d55ea574d1f7a1"), USB_SERIAL_WEAK);
    assert_int_equal(usb_serial_quality("000000000000"), USB_SERIAL_WEAK);
    assert_int_equal(usb_serial_quality("0123456789ABCDEF"), USB_SERIAL_WEAK);
    assert_string_equal(usb_serial_quality_name(USB_SERIAL_GOOD), "good");
}

static struct usb_device full_record(void)
{
    struct usb_device device = scene_storage("1-4.2");

    device.number = 17;
    device.fixed = true;
    usb_peer_take("2-1-port3", &device);
    device.release = 0x0110;
    snprintf(device.manufacturer, sizeof(device.manufacturer), "A\\u{1B}B");
    device.block_count = 1;
    device.blocks[0] =
        (struct usb_block){.node = "sda", .bytes = 31000000000, .filesystem = "vfat"};
    snprintf(device.blocks[0].label, sizeof(device.blocks[0].label), "SP-EXPORT");
    return device;
}

static void a_record_travels_as_json(void **state)
{
    struct usb_device device = full_record(), read;
    json_t *json = usb_to_json(&device);
    struct error err;

    assert_non_null(json);
    assert_ok(usb_from_json(json, &read, &err), &err);
    assert_memory_equal(&read, &device, sizeof(device));
    json_decref(json);
}

/* Each with one thing wrong. */
static void a_record_is_read_strictly(void **state)
{
    static const char *const wrong[][2] = {
        {"port", "\"1-4/2\""},
        {"peer", "\"-\""},
        {"vendor", "65536"},
        {"bus", "-1"},
        {"kind", "\"0:0:0\""},
        {"serial", "7"},
        {"serial", "\"a\\u001b\""},
        {"interfaces", "[\"08:06:50\", \"08:06:50\"]"},
        {"interfaces", "[\"08:06:50\", \"03:01:01\"]"},
        {"interfaces", "[\"08:06:5g\"]"},
        {"interfaces", "[8]"},
        {"digest", "\"00\""},
        {"blocks", "[{\"node\":\"../x\",\"bytes\":1,\"label\":\"\",\"filesystem\":\"\"}]"},
        {"blocks", "[{\"node\":\"sda\",\"bytes\":-1,\"label\":\"\",\"filesystem\":\"\"}]"},
        {"more", "1"},
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct usb_device device = full_record(), read;
        json_t *json = usb_to_json(&device);
        struct error err = {0};

        json_object_set_new(json, wrong[i][0], json_loads(wrong[i][1], JSON_DECODE_ANY, NULL));
        assert_refused(usb_from_json(json, &read, &err), &err, ERROR_BAD_DOCUMENT);
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_are_taken_apart),
        cmocka_unit_test(peers_are_named_as_ports),
        cmocka_unit_test(interfaces_are_sorted_and_each_stands_once),
        cmocka_unit_test(strings_are_escaped_and_bounded),
        cmocka_unit_test(serials_have_a_quality),
        cmocka_unit_test(a_record_travels_as_json),
        cmocka_unit_test(a_record_is_read_strictly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
