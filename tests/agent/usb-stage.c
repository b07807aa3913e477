/* SPDX-License-Identifier: ISC */
#include "tests/agent/usb-stage.h"

#include "tests/test.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <umockdev.h>
#include <unistd.h>

#include "media/base/bytes.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "tests/media/base/usb-scene.h"

#define DEADLINE_MS 20000

const uint8_t stage_hub[STAGE_HUB_BYTES] = {
    18, 1, 0, 2,    9, 0, 0, 64, 0x51, 0x09, 0x66, 0x16, 0x10, 0x01, 0, 0, 0,    1, 9, 2, 25, 0,
    1,  1, 0, 0xe0, 0, 9, 4, 0,  0,    1,    9,    0,    0,    0,    7, 5, 0x81, 3, 1, 0, 12};
const uint8_t stage_keyboard[STAGE_KEYBOARD_BYTES] = {
    18, 1,    0,    2, 0, 0, 0,    8,    0x51, 0x09, 0x66, 0x16, 0x10, 0x01, 1, 2, 0, 1,
    9,  2,    34,   0, 1, 1, 0,    0xa0, 50,   9,    4,    0,    0,    1,    3, 1, 1, 0,
    9,  0x21, 0x11, 1, 0, 1, 0x22, 63,   0,    7,    5,    0x81, 3,    8,    0, 10};

/* umockdev's hands are not bound by const. */
void stage_set_descriptors(struct stage *stage, const gchar *path, const uint8_t *bytes,
                           size_t size)
{
    guint8 copy[256];

    assert_true(size <= sizeof(copy));
    memcpy(copy, bytes, size);
    umockdev_testbed_set_attribute_binary(stage->bed, path, "descriptors", copy, (gint)size);
}

gchar *stage_plug(struct stage *stage, const struct mock *mock)
{
    const uint8_t *bytes = mock->bytes != NULL ? mock->bytes : scene_stick;
    const size_t size = mock->bytes != NULL ? mock->size : sizeof(scene_stick);
    const char *number = mock->number != NULL ? mock->number : "5";
    char node[40];
    gchar *path;

    /* libusb knows a device by its node. */
    snprintf(node, sizeof(node), "/dev/bus/usb/001/00%s", number);
    path = umockdev_testbed_add_device(
        stage->bed, "usb", mock->name, mock->parent != NULL ? mock->parent : stage->root, "busnum",
        "1", "devnum", number, "speed", "480", "idVendor", "0951", "idProduct", "1666", NULL,
        "DEVTYPE", "usb_device", "DEVNAME", node, NULL);
    assert_non_null(path);
    if (mock->serial != NULL)
        umockdev_testbed_set_attribute(stage->bed, path, "serial", mock->serial);
    if (mock->product != NULL)
        umockdev_testbed_set_attribute(stage->bed, path, "product", mock->product);
    if (mock->removable != NULL)
        umockdev_testbed_set_attribute(stage->bed, path, "removable", mock->removable);
    if (mock->peer != NULL)
        umockdev_testbed_set_attribute_link(stage->bed, path, "port/peer", mock->peer);
    stage_set_descriptors(stage, path, bytes, size);
    umockdev_testbed_uevent(stage->bed, path, "change");
    return path;
}

void stage_plug_stick(struct stage *stage, const char *name, const char *serial)
{
    g_free(stage_plug(stage,
                      &(struct mock){.name = name, .serial = serial, .product = "DataTraveler"}));
}

int stage_begin(void **state)
{
    struct stage *stage = bytes_allocate(1, sizeof(*stage));

    stage->bed = umockdev_testbed_new();
    stage->root = umockdev_testbed_add_device(
        stage->bed, "usb", "usb1", NULL, "busnum", "1", "devnum", "1", "speed", "480", NULL,
        "DEVTYPE", "usb_device", "DEVNAME", "/dev/bus/usb/001/001", NULL);
    stage_set_descriptors(stage, stage->root, stage_hub, sizeof(stage_hub));
    stage->socket = stage->log = -1;
    *state = stage;
    return stage->root != NULL ? 0 : -1;
}

/* By hand, since a child of spawn_start() has no environment and so no mock bus. */
void stage_start(struct stage *stage, const char *argument)
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

int stage_finish(void **state)
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

struct usb_device *stage_at(struct stage *stage, const char *port)
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
    place = stage_at(stage, device.port);
    if (place == NULL) {
        assert_true(stage->count < STAGE_DEVICES);
        place = &stage->devices[stage->count++];
    }
    *place = device;
}

static void take_gone(struct stage *stage, const json_t *body)
{
    struct usb_device *place = stage_at(stage, json_string_value(json_object_get(body, "port")));

    assert_non_null(place);
    *place = stage->devices[--stage->count];
    stage->gone++;
}

void stage_settle(struct stage *stage)
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
