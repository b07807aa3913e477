/* SPDX-License-Identifier: ISC
 *
 * The real sallyport-usb before devices that umockdev makes: its library stands between a program
 * and /sys, /run/udev and events, so that this program and all that it starts see a bus of ours.
 */
#include <config.h>

#include "tests/test.h"

#include <stdbool.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <umockdev.h>

#include "media/base/bytes.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/text.h"
#include "media/base/usb-verdict.h"
#include "tests/media/base/usb-scene.h"

#define PRELOADED   "libumockdev-preload.so.0"
#define DEADLINE_MS 20000
#define FLOOD       200
#define DEVICES     16

struct stage {
    UMockdevTestbed *bed;
    gchar *root; /* of bus 1 */
    pid_t pid;
    int socket, log;
    struct usb_device devices[DEVICES];
    size_t count;
    unsigned frames, gone; /* messages, and those that said so */
};

/* What a mock device differs in from scene_stick. */
struct mock {
    const char *name, *parent; /* "1-4"; syspath, NULL: the root hub */
    const char *number, *serial, *product, *removable, *peer;
    const uint8_t *bytes;
    size_t size;
};

static const uint8_t hub_bytes[] = {
    18, 1, 0, 2,    9, 0, 0, 64, 0x51, 0x09, 0x66, 0x16, 0x10, 0x01, 0, 0, 0,    1, 9, 2, 25, 0,
    1,  1, 0, 0xe0, 0, 9, 4, 0,  0,    1,    9,    0,    0,    0,    7, 5, 0x81, 3, 1, 0, 12};
static const uint8_t keyboard_bytes[] = {
    18, 1,    0,    2, 0, 0, 0,    8,    0x51, 0x09, 0x66, 0x16, 0x10, 0x01, 1, 2, 0, 1,
    9,  2,    34,   0, 1, 1, 0,    0xa0, 50,   9,    4,    0,    0,    1,    3, 1, 1, 0,
    9,  0x21, 0x11, 1, 0, 1, 0x22, 63,   0,    7,    5,    0x81, 3,    8,    0, 10};

/* umockdev's hands are not bound by const. */
static void set_descriptors(struct stage *stage, const gchar *path, const uint8_t *bytes,
                            size_t size)
{
    guint8 copy[256];

    assert_true(size <= sizeof(copy));
    memcpy(copy, bytes, size);
    umockdev_testbed_set_attribute_binary(stage->bed, path, "descriptors", copy, (gint)size);
}

static gchar *plug(struct stage *stage, const struct mock *mock)
{
    const uint8_t *bytes = mock->bytes != NULL ? mock->bytes : scene_stick;
    const size_t size = mock->bytes != NULL ? mock->size : sizeof(scene_stick);
    gchar *path = umockdev_testbed_add_device(
        stage->bed, "usb", mock->name, mock->parent != NULL ? mock->parent : stage->root, "busnum",
        "1", "devnum", mock->number != NULL ? mock->number : "5", "speed", "480", "idVendor",
        "0951", "idProduct", "1666", NULL, "DEVTYPE", "usb_device", NULL);

    assert_non_null(path);
    if (mock->serial != NULL)
        umockdev_testbed_set_attribute(stage->bed, path, "serial", mock->serial);
    if (mock->product != NULL)
        umockdev_testbed_set_attribute(stage->bed, path, "product", mock->product);
    if (mock->removable != NULL)
        umockdev_testbed_set_attribute(stage->bed, path, "removable", mock->removable);
    if (mock->peer != NULL)
        umockdev_testbed_set_attribute_link(stage->bed, path, "port/peer", mock->peer);
    set_descriptors(stage, path, bytes, size);
    umockdev_testbed_uevent(stage->bed, path, "change");
    return path;
}

static void plug_stick(struct stage *stage, const char *name, const char *serial)
{
    g_free(plug(stage, &(struct mock){.name = name, .serial = serial, .product = "DataTraveler"}));
}

static int begin(void **state)
{
    struct stage *stage = bytes_allocate(1, sizeof(*stage));

    stage->bed = umockdev_testbed_new();
    stage->root =
        umockdev_testbed_add_device(stage->bed, "usb", "usb1", NULL, "busnum", "1", "devnum", "1",
                                    "speed", "480", NULL, "DEVTYPE", "usb_device", NULL);
    set_descriptors(stage, stage->root, hub_bytes, sizeof(hub_bytes));
    stage->socket = stage->log = -1;
    *state = stage;
    return stage->root != NULL ? 0 : -1;
}

/* By hand, since a child of spawn_start() has no environment and so no mock bus. */
static void start(struct stage *stage, const char *argument)
{
    int ends[2], log[2];
    struct error err = {0};

    assert_ok(frame_pair(ends, &err), &err);
    assert_int_equal(pipe(log), 0);
    stage->pid = fork();
    if (stage->pid == 0) {
        char program[1024];
        int socket = fcntl(ends[1], F_DUPFD, 10), pipe_end = fcntl(log[1], F_DUPFD, 10);

        dup2(socket, 3);
        dup2(pipe_end, 4);
        snprintf(program, sizeof(program), "%s/agent/sallyport-usb", getenv("TOP_BUILDDIR"));
        execl(program, program, argument, NULL);
        _exit(127);
    }
    assert_true(stage->pid > 0);
    close(ends[1]);
    close(log[1]);
    stage->socket = ends[0];
    stage->log = log[0];
}

static int finish(void **state)
{
    struct stage *stage = *state;
    int status = 0;

    if (stage->socket >= 0) {
        close(stage->socket);
        close(stage->log);
        waitpid(stage->pid, &status, 0);
    }
    g_free(stage->root);
    g_object_unref(stage->bed);
    free(stage);
    return status;
}

static struct usb_device *at(struct stage *stage, const char *port)
{
    for (size_t i = 0; i < stage->count; i++) {
        if (strcmp(stage->devices[i].port, port) == 0)
            return &stage->devices[i];
    }
    return NULL;
}

static void take_present(struct stage *stage, const json_t *body)
{
    struct usb_device device, *place;
    struct error err = {0};

    assert_ok(usb_from_json(body, &device, &err), &err);
    place = at(stage, device.port);
    if (place == NULL) {
        assert_true(stage->count < DEVICES);
        place = &stage->devices[stage->count++];
    }
    *place = device;
}

static void take_gone(struct stage *stage, const json_t *body)
{
    struct usb_device *place = at(stage, json_string_value(json_object_get(body, "port")));

    assert_non_null(place);
    *place = stage->devices[--stage->count];
    stage->gone++;
}

/* Takes messages until all is told; what the program told last is then in the table. */
static void settle(struct stage *stage)
{
    struct frame frame = {0};
    struct error err = {0};
    json_t *body = NULL;
    uint16_t type = 0;

    while (type != USB_SETTLED) {
        if (frame_receive(stage->socket, USB_MESSAGE_BYTES, DEADLINE_MS, &frame, &err) < 0) {
            char said[2000] = "";

            (void)!read(stage->log, said, sizeof(said) - 1);
            fail_msg("%s; %s", err.words, said);
        }
        type = frame.type;
        assert_ok(frame_read_json(&frame, type, &body, &err), &err);
        stage->frames++;
        if (type == USB_PRESENT)
            take_present(stage, body);
        else if (type == USB_GONE)
            take_gone(stage, body);
        else if (type == USB_SETTLED)
            assert_int_equal(json_integer_value(json_object_get(body, "devices")), stage->count);
        else
            fail_msg("message %u", type);
        json_decref(body);
        frame_clear(&frame);
    }
}

static void judge(struct stage *stage, const char *port, enum error_code expected)
{
    struct usb_case question = {.devices = stage->devices, .count = stage->count};
    struct usb_rule rule;
    struct usb_verdict verdict;
    struct error err = {0};

    assert_non_null(at(stage, port));
    assert_ok(usb_rule_parse("allow", 1, &rule, &err), &err);
    question.rules = &rule;
    question.rule_count = 1;
    question.which = (size_t)(at(stage, port) - stage->devices);
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
    gchar *path = plug(
        stage,
        &(struct mock){.name = "1-4", .serial = "E0D55EA574D1F7A1\n", .product = "DataTraveler\n"});
    const struct usb_device *stick;

    plug_disk(stage, path);
    start(stage, "--once");
    settle(stage);
    stick = at(stage, "1-4");
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
    g_free(plug(stage, &(struct mock){
                           .name = "1-4", .serial = "A", .bytes = bytes, .size = sizeof(bytes)}));
    start(stage, "--once");
    settle(stage);
    judge(stage, "1-4", ERROR_USB_KEYBOARD);
    shows_attack("E1", ERROR_USB_KEYBOARD, __func__);
}

static void a_hub_with_a_keyboard_is_refused(void **state)
{
    struct stage *stage = *state;
    gchar *hub =
        plug(stage, &(struct mock){.name = "1-4", .bytes = hub_bytes, .size = sizeof(hub_bytes)});

    g_free(plug(stage, &(struct mock){.name = "1-4.1",
                                      .parent = hub,
                                      .bytes = keyboard_bytes,
                                      .size = sizeof(keyboard_bytes),
                                      .removable = "fixed",
                                      .peer = "../../usb2/2-4-port1"}));
    g_free(plug(stage, &(struct mock){.name = "1-4.2", .parent = hub, .serial = "A"}));
    start(stage, "--once");
    settle(stage);
    assert_true(at(stage, "1-4.1")->fixed);
    assert_string_equal(at(stage, "1-4.1")->peer, "2-4.1");
    assert_string_equal(at(stage, "1-4.2")->peer, "");
    assert_false(at(stage, "1-4.2")->fixed);
    judge(stage, "1-4.2", ERROR_USB_HIDDEN_KEYBOARD);
    shows_attack("E1", ERROR_USB_HIDDEN_KEYBOARD, __func__);
    g_free(hub);
}

static void serials_are_missed_and_compared(void **state)
{
    struct stage *stage = *state;

    plug_stick(stage, "1-1", NULL);
    plug_stick(stage, "1-2", "E0D55EA574D1F7A1");
    plug_stick(stage, "1-3", "E0D55EA574D1F7A1");
    start(stage, "--once");
    settle(stage);
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
    g_free(plug(stage, &(struct mock){
                           .name = "1-4", .serial = "A", .bytes = bytes, .size = sizeof(bytes)}));
    plug_stick(stage, "1-5", "B");
    start(stage, "--once");
    settle(stage);
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
    g_free(plug(stage, &(struct mock){
                           .name = "1-4", .serial = "A", .bytes = bytes, .size = sizeof(bytes)}));
    start(stage, "--once");
    settle(stage);
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
    g_free(plug(stage, &(struct mock){.name = "1-4", .serial = evil, .product = evil}));
    g_free(plug(stage, &(struct mock){.name = "1-5", .serial = longest}));
    start(stage, "--once");
    settle(stage);
    assert_string_equal(at(stage, "1-4")->serial, "\\u{1B}]0;owned\\u{7}\\u{202E}A\\u{A}B\\xFF");
    assert_string_equal(at(stage, "1-4")->name, at(stage, "1-4")->serial);
    judge(stage, "1-5", ERROR_USB_DESCRIPTOR);
}

/* From here on it runs on, and hears what happens. */
static void what_is_plugged_in_and_pulled_is_told(void **state)
{
    struct stage *stage = *state;
    gchar *path;

    start(stage, NULL);
    settle(stage);
    assert_int_equal(stage->count, 1);
    path = plug(stage, &(struct mock){.name = "1-4", .serial = "A"});
    while (at(stage, "1-4") == NULL)
        settle(stage);
    judge(stage, "1-4", ERROR_OK);
    plug_disk(stage, path);
    while (at(stage, "1-4")->block_count == 0)
        settle(stage);
    umockdev_testbed_remove_device(stage->bed, path);
    umockdev_testbed_uevent(stage->bed, stage->root, "change");
    while (at(stage, "1-4") != NULL)
        settle(stage);
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

    start(stage, NULL);
    path = plug(stage, &(struct mock){.name = "1-4", .serial = "A"});
    while (at(stage, "1-4") == NULL)
        settle(stage);
    memcpy(before, at(stage, "1-4")->digest, sizeof(before));
    umockdev_testbed_remove_device(stage->bed, path);
    memcpy(bytes, scene_stick, sizeof(bytes));
    bytes[12] ^= 1; /* bcdDevice */
    g_free(path);
    path = plug(
        stage,
        &(struct mock){
            .name = "1-4", .serial = "A", .number = "6", .bytes = bytes, .size = sizeof(bytes)});
    while (at(stage, "1-4") == NULL || at(stage, "1-4")->number != 6)
        settle(stage);
    assert_int_equal(stage->gone, 1);
    question.count = stage->count;
    question.which = (size_t)(at(stage, "1-4") - stage->devices);
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

    start(stage, NULL);
    settle(stage);
    stage->frames = 0;
    reads = reads_of(stage);
    for (unsigned i = 0; i < FLOOD; i++) {
        umockdev_testbed_uevent(stage->bed, stage->root, "change");
        ask_for_selftest(stage);
    }
    assert_true(reads_of(stage) - reads < FLOOD); /* a look alone has several */
    plug_stick(stage, "1-4", "A");
    while (at(stage, "1-4") == NULL || at(stage, "1-4")->name[0] == '\0')
        settle(stage);
    assert_in_range(stage->frames, 2, 6);
    shows_case("E5");
}

static void its_sandbox_holds(void **state)
{
    struct stage *stage = *state;

    start(stage, NULL);
    settle(stage);
    ask_for_selftest(stage);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)
        TEST(a_stick_is_told_with_its_disk),
        TEST(a_keyboard_in_a_stick_is_refused),
        TEST(a_hub_with_a_keyboard_is_refused),
        TEST(serials_are_missed_and_compared),
        TEST(lengths_that_lie_end_nothing_but_the_device),
        TEST(another_id_than_the_kernel_read_is_a_lie),
        TEST(strings_that_mean_harm_are_escaped),
        TEST(what_is_plugged_in_and_pulled_is_told),
        TEST(a_change_on_the_next_plug_in_shows),
        TEST(a_flood_of_events_costs_little),
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
