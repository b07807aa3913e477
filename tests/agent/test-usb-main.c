/* SPDX-License-Identifier: ISC
 *
 * The real sallyport-usb before devices that umockdev makes: its library stands between a program
 * and /sys, /run/udev and events, so that this program and all that it starts see a bus of ours.
 */
#include <config.h>

#include "tests/test.h"

#include <stdbool.h>
#include <fcntl.h>
#include <libusb.h>
#include <sys/wait.h>
#include <umockdev.h>
#include <unistd.h>

#include "media/base/bytes.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/text.h"
#include "media/base/usb-verdict.h"
#include "tests/agent/usb-stage.h"
#include "tests/media/base/usb-scene.h"

#define PRELOADED   "libumockdev-preload.so.0"
#define FLOOD       200
#define DEADLINE_MS 20000

static void judge(struct stage *stage, const char *port, enum error_code expected)
{
    struct usb_case question = {.devices = stage->devices, .count = stage->count};
    struct usb_rule rule;
    struct usb_verdict verdict;
    struct error err = {0};

    assert_non_null(stage_at(stage, port));
    assert_ok(usb_rule_parse("allow", 1, &rule, &err), &err);
    question.rules = &rule;
    question.rule_count = 1;
    question.which = (size_t)(stage_at(stage, port) - stage->devices);
    usb_judge(&question, &verdict);
    if (verdict.code != expected)
        fail_msg("%s: %s, expected %s", error_name(verdict.code), verdict.words,
                 error_name(expected));
    usb_rule_clear(&rule);
}

static void plug_disk(struct stage *stage, const gchar *usb)
{
    gchar *interface = umockdev_testbed_add_device(stage->bed, "usb", "1-4:1.0", usb, NULL,
                                                   "DEVTYPE", "usb_interface", NULL);
    gchar *disk = umockdev_testbed_add_device(stage->bed, "block", "sdz", interface, "size",
                                              "60000000", NULL, "DEVTYPE", "disk", "ID_FS_LABEL",
                                              "SP\033[2JEXPORT", "ID_FS_TYPE", "vfat", NULL);

    g_free(disk);
    g_free(interface);
}

static void a_stick_is_told_with_its_disk(void **state)
{
    struct stage *stage = *state;
    gchar *path = stage_plug(
        stage,
        &(struct mock){.name = "1-4", .serial = "E0D55EA574D1F7A1\n", .product = "DataTraveler\n"});
    const struct usb_device *stick;

    plug_disk(stage, path);
    stage_start(stage, "--once");
    stage_settle(stage);
    stick = stage_at(stage, "1-4");
    assert_int_equal(stage->count, 2);
    assert_string_equal(stick->serial, "E0D55EA574D1F7A1");
    assert_string_equal(stick->name, "DataTraveler");
    assert_string_equal(stick->parent, "usb1");
    assert_int_equal(stick->vendor, 0x0951);
    assert_int_equal(stick->number, 5);
    assert_int_equal(stick->speed_mbit, 480);
    assert_int_equal(stick->block_count, 1);
    assert_string_equal(stick->blocks[0].node, "sdz");
    assert_int_equal(stick->blocks[0].bytes, UINT64_C(60000000) * 512);
    assert_string_equal(stick->blocks[0].filesystem, "vfat");
    assert_null(strchr(stick->blocks[0].label, '\033'));
    judge(stage, "1-4", ERROR_OK);
    g_free(path);
}

static void a_keyboard_in_a_stick_is_refused(void **state)
{
    struct stage *stage = *state;
    uint8_t bytes[SCENE_STICK_BYTES + 9];

    memcpy(bytes, scene_stick, SCENE_STICK_BYTES);
    memcpy(bytes + SCENE_STICK_BYTES, (const uint8_t[]){9, 4, 1, 0, 0, 3, 1, 1, 0}, 9);
    bytes[SCENE_DEVICE + 2] = 41;
    bytes[SCENE_DEVICE + 4] = 2;
    g_free(stage_plug(
        stage,
        &(struct mock){.name = "1-4", .serial = "A", .bytes = bytes, .size = sizeof(bytes)}));
    stage_start(stage, "--once");
    stage_settle(stage);
    judge(stage, "1-4", ERROR_USB_KEYBOARD);
    shows_attack("E1", ERROR_USB_KEYBOARD, __func__);
}

static void a_hub_with_a_keyboard_is_refused(void **state)
{
    struct stage *stage = *state;
    gchar *hub = stage_plug(
        stage, &(struct mock){.name = "1-4", .bytes = stage_hub, .size = sizeof(stage_hub)});

    g_free(stage_plug(stage, &(struct mock){.name = "1-4.1",
                                            .parent = hub,
                                            .bytes = stage_keyboard,
                                            .size = sizeof(stage_keyboard),
                                            .removable = "fixed",
                                            .peer = "../../usb2/2-4-port1"}));
    g_free(stage_plug(stage, &(struct mock){.name = "1-4.2", .parent = hub, .serial = "A"}));
    stage_start(stage, "--once");
    stage_settle(stage);
    assert_true(stage_at(stage, "1-4.1")->fixed);
    assert_string_equal(stage_at(stage, "1-4.1")->peer, "2-4.1");
    assert_string_equal(stage_at(stage, "1-4.2")->peer, "");
    assert_false(stage_at(stage, "1-4.2")->fixed);
    judge(stage, "1-4.2", ERROR_USB_HIDDEN_KEYBOARD);
    shows_attack("E1", ERROR_USB_HIDDEN_KEYBOARD, __func__);
    g_free(hub);
}

static void serials_are_missed_and_compared(void **state)
{
    struct stage *stage = *state;

    stage_plug_stick(stage, "1-1", NULL);
    stage_plug_stick(stage, "1-2", "E0D55EA574D1F7A1");
    stage_plug_stick(stage, "1-3", "E0D55EA574D1F7A1");
    stage_start(stage, "--once");
    stage_settle(stage);
    judge(stage, "1-1", ERROR_USB_NO_SERIAL);
    judge(stage, "1-2", ERROR_USB_DUPLICATE_SERIAL);
    judge(stage, "1-3", ERROR_USB_DUPLICATE_SERIAL);
    shows_attack("E4", ERROR_USB_DUPLICATE_SERIAL, __func__);
}

static void lengths_that_lie_end_nothing_but_the_device(void **state)
{
    struct stage *stage = *state;
    uint8_t bytes[SCENE_STICK_BYTES];

    memcpy(bytes, scene_stick, sizeof(bytes));
    bytes[SCENE_CONFIGURATION] = 0;
    g_free(stage_plug(
        stage,
        &(struct mock){.name = "1-4", .serial = "A", .bytes = bytes, .size = sizeof(bytes)}));
    stage_plug_stick(stage, "1-5", "B");
    stage_start(stage, "--once");
    stage_settle(stage);
    judge(stage, "1-4", ERROR_USB_DESCRIPTOR);
    judge(stage, "1-5", ERROR_OK);
    shows_attack("E3", ERROR_USB_DESCRIPTOR, __func__);
}

static void another_id_than_the_kernel_read_is_a_lie(void **state)
{
    struct stage *stage = *state;
    uint8_t bytes[SCENE_STICK_BYTES];

    memcpy(bytes, scene_stick, sizeof(bytes));
    bytes[8] ^= 1;
    g_free(stage_plug(
        stage,
        &(struct mock){.name = "1-4", .serial = "A", .bytes = bytes, .size = sizeof(bytes)}));
    stage_start(stage, "--once");
    stage_settle(stage);
    judge(stage, "1-4", ERROR_USB_DESCRIPTOR);
}

static void strings_that_mean_harm_are_escaped(void **state)
{
    static const char evil[] = "\033]0;owned\007\xe2\x80\xae"
                               "A\nB\xff";
    struct stage *stage = *state;
    char longest[1200];

    memset(longest, 1, sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    g_free(stage_plug(stage, &(struct mock){.name = "1-4", .serial = evil, .product = evil}));
    g_free(stage_plug(stage, &(struct mock){.name = "1-5", .serial = longest}));
    stage_start(stage, "--once");
    stage_settle(stage);
    assert_string_equal(stage_at(stage, "1-4")->serial,
                        "\\u{1B}]0;owned\\u{7}\\u{202E}A\\u{A}B\\xFF");
    assert_string_equal(stage_at(stage, "1-4")->name, stage_at(stage, "1-4")->serial);
    judge(stage, "1-5", ERROR_USB_DESCRIPTOR);
}

/* More than has room in a record: the stick next to it is told all the same. */
static void a_stick_full_of_partitions_blinds_nobody(void **state)
{
    struct stage *stage = *state;
    gchar *path = stage_plug(stage, &(struct mock){.name = "1-4", .serial = "A"});

    for (unsigned i = 0; i <= LIMIT_USB_BLOCKS; i++) {
        char name[16];

        snprintf(name, sizeof(name), "sdz%u", i + 1);
        g_free(umockdev_testbed_add_device(stage->bed, "block", name, path, "size", "8", NULL,
                                           "DEVTYPE", "partition", NULL));
    }
    stage_plug_stick(stage, "1-5", "B");
    stage_start(stage, "--once");
    stage_settle(stage);
    assert_int_equal(stage_at(stage, "1-4")->block_count, LIMIT_USB_BLOCKS);
    judge(stage, "1-5", ERROR_OK);
    g_free(path);
}

static void what_cannot_be_read_does_not_go_unseen(void **state)
{
    struct stage *stage = *state;
    gchar *path =
        umockdev_testbed_add_device(stage->bed, "usb", "1-4", stage->root, "busnum", "1", "devnum",
                                    "5", "speed", "480", NULL, "DEVTYPE", "usb_device", NULL);

    stage_start(stage, "--once");
    stage_settle(stage);
    judge(stage, "1-4", ERROR_USB_DESCRIPTOR);
    g_free(path);
}

/* From here on it runs on, and hears what happens. */
static void what_is_plugged_in_and_pulled_is_told(void **state)
{
    struct stage *stage = *state;
    gchar *path;

    stage_start(stage, NULL);
    stage_settle(stage);
    assert_int_equal(stage->count, 1);
    path = stage_plug(stage, &(struct mock){.name = "1-4", .serial = "A"});
    while (stage_at(stage, "1-4") == NULL)
        stage_settle(stage);
    judge(stage, "1-4", ERROR_OK);
    plug_disk(stage, path);
    while (stage_at(stage, "1-4")->block_count == 0)
        stage_settle(stage);
    umockdev_testbed_remove_device(stage->bed, path);
    umockdev_testbed_uevent(stage->bed, stage->root, "change");
    while (stage_at(stage, "1-4") != NULL)
        stage_settle(stage);
    g_free(path);
}

static void a_change_on_the_next_plug_in_shows(void **state)
{
    struct stage *stage = *state;
    uint8_t bytes[SCENE_STICK_BYTES], before[USB_DIGEST_BYTES];
    struct usb_known seen = {0x0951, 0x1666, "A", "1-4", 480, before};
    struct usb_case question = {.devices = stage->devices, .seen = &seen, .seen_count = 1};
    struct usb_verdict verdict;
    gchar *path;

    stage_start(stage, NULL);
    path = stage_plug(stage, &(struct mock){.name = "1-4", .serial = "A"});
    while (stage_at(stage, "1-4") == NULL)
        stage_settle(stage);
    memcpy(before, stage_at(stage, "1-4")->digest, sizeof(before));
    umockdev_testbed_remove_device(stage->bed, path);
    memcpy(bytes, scene_stick, sizeof(bytes));
    bytes[12] ^= 1; /* bcdDevice */
    g_free(path);
    path = stage_plug(
        stage,
        &(struct mock){
            .name = "1-4", .serial = "A", .number = "6", .bytes = bytes, .size = sizeof(bytes)});
    while (stage_at(stage, "1-4") == NULL || stage_at(stage, "1-4")->number != 6)
        stage_settle(stage);
    assert_int_equal(stage->gone, 1);
    question.count = stage->count;
    question.which = (size_t)(stage_at(stage, "1-4") - stage->devices);
    usb_judge(&question, &verdict);
    assert_int_equal(verdict.code, ERROR_USB_CHANGED);
    shows_attack("E2", ERROR_USB_CHANGED, __func__);
    g_free(path);
}

/* The program answers between events, so that none is sent before the last one was taken. */
static void ask_for_selftest(struct stage *stage)
{
    struct frame frame;
    struct error err = {0};

    assert_ok(frame_send(stage->socket, USB_SELFTEST, NULL, 0, NULL, 0, DEADLINE_MS, &err), &err);
    assert_ok(frame_receive(stage->socket, USB_MESSAGE_BYTES, DEADLINE_MS, &frame, &err), &err);
    assert_int_equal(frame.type, USB_SELFTEST);
    assert_int_equal(frame.body.size, 2);
    assert_memory_equal(frame.body.data, "ok", 2);
    frame_clear(&frame);
}

/* How often the program has read a file since it began. 0: only root may know that of a program that
 * can't be looked into. */
static unsigned reads_of(const struct stage *stage)
{
    char path[64], line[128];
    unsigned reads = 0;
    FILE *file;

    if (geteuid() != 0)
        return 0;
    snprintf(path, sizeof(path), "/proc/%d/io", (int)stage->pid);
    file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "syscr: ", 7) == 0)
            reads = (unsigned)strtoul(line + 7, NULL, 10);
    }
    fclose(file);
    assert_true(reads > 0);
    return reads;
}

/* Events that bring no news cost few looks and no message. */
static void a_flood_of_events_costs_little(void **state)
{
    struct stage *stage = *state;
    unsigned reads;

    stage_start(stage, NULL);
    stage_settle(stage);
    stage->frames = 0;
    reads = reads_of(stage);
    for (unsigned i = 0; i < FLOOD; i++) {
        umockdev_testbed_uevent(stage->bed, stage->root, "change");
        ask_for_selftest(stage);
    }
    assert_true(reads_of(stage) - reads < FLOOD); /* a look alone has several */
    stage_plug_stick(stage, "1-4", "A");
    while (stage_at(stage, "1-4") == NULL || stage_at(stage, "1-4")->name[0] == '\0')
        stage_settle(stage);
    assert_in_range(stage->frames, 2, 6);
    shows_case("E5");
}

/* The second judge: what libusb makes of the same bytes. */
static size_t interfaces_by_libusb(libusb_device *device, struct usb_device *out)
{
    struct libusb_device_descriptor about;
    struct error err = {0};

    assert_int_equal(libusb_get_device_descriptor(device, &about), 0);
    for (uint8_t i = 0; i < about.bNumConfigurations; i++) {
        struct libusb_config_descriptor *config;

        assert_int_equal(libusb_get_config_descriptor(device, i, &config), 0);
        for (uint8_t j = 0; j < config->bNumInterfaces; j++)
            for (int k = 0; k < config->interface[j].num_altsetting; k++) {
                const struct libusb_interface_descriptor *one = &config->interface[j].altsetting[k];

                assert_ok(usb_interface_add(out,
                                            (struct usb_interface){one->bInterfaceClass,
                                                                   one->bInterfaceSubClass,
                                                                   one->bInterfaceProtocol},
                                            &err),
                          &err);
            }
        libusb_free_config_descriptor(config);
    }
    return out->interface_count;
}

static void compare_with_libusb(struct stage *stage, libusb_device *device)
{
    struct usb_device theirs = {0};
    uint8_t ports[7];
    int depth = libusb_get_port_numbers(device, ports, sizeof(ports));
    char port[16] = "usb1";
    const struct usb_device *ours;

    if (depth > 0)
        snprintf(port, sizeof(port), "1-%u", ports[0]);
    ours = stage_at(stage, port);
    assert_non_null(ours);
    assert_int_equal(ours->number, libusb_get_device_address(device));
    assert_int_equal(interfaces_by_libusb(device, &theirs), ours->interface_count);
    assert_memory_equal(theirs.interfaces, ours->interfaces,
                        ours->interface_count * sizeof(ours->interfaces[0]));
}

static void libusb_reads_the_same_interfaces(void **state)
{
    struct stage *stage = *state;
    libusb_context *context;
    libusb_device **list;
    ssize_t count;

    stage_plug_stick(stage, "1-4", "A");
    g_free(stage_plug(stage, &(struct mock){.name = "1-2",
                                            .number = "6",
                                            .bytes = stage_keyboard,
                                            .size = sizeof(stage_keyboard)}));
    stage_start(stage, "--once");
    stage_settle(stage);
    assert_int_equal(libusb_init(&context), 0);
    count = libusb_get_device_list(context, &list);
    assert_int_equal(count, stage->count);
    for (ssize_t i = 0; i < count; i++)
        compare_with_libusb(stage, list[i]);
    libusb_free_device_list(list, 1);
    libusb_exit(context);
}

static void its_sandbox_holds(void **state)
{
    struct stage *stage = *state;

    stage_start(stage, NULL);
    stage_settle(stage);
    ask_for_selftest(stage);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_begin, stage_finish)
        TEST(a_stick_is_told_with_its_disk),
        TEST(a_keyboard_in_a_stick_is_refused),
        TEST(a_hub_with_a_keyboard_is_refused),
        TEST(serials_are_missed_and_compared),
        TEST(lengths_that_lie_end_nothing_but_the_device),
        TEST(another_id_than_the_kernel_read_is_a_lie),
        TEST(strings_that_mean_harm_are_escaped),
        TEST(a_stick_full_of_partitions_blinds_nobody),
        TEST(what_cannot_be_read_does_not_go_unseen),
        TEST(what_is_plugged_in_and_pulled_is_told),
        TEST(a_change_on_the_next_plug_in_shows),
        TEST(a_flood_of_events_costs_little),
        TEST(libusb_reads_the_same_interfaces),
        TEST(its_sandbox_holds),
    };

#ifdef WITH_SANITIZERS
    puts("1..0 # SKIP the sanitizers' library must be the first, and so must umockdev's");
    return 0;
#endif
    if (getenv("LD_PRELOAD") == NULL) {
        setenv("LD_PRELOAD", PRELOADED, 1);
        execv("/proc/self/exe", argv);
        return 99;
    }
    (void)argc;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
