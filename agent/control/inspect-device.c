/* SPDX-License-Identifier: ISC */
#include "agent/control/inspect-device.h"

#include <stdio.h>
#include <stdlib.h>

#include "media/base/bytes.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/log.h"
#include "media/base/spawn.h"
#include "media/base/usb-view.h"

#define PROGRAM   "sallyport-usb"
#define ANSWER_MS 10000

struct look {
    struct usb_device *devices; /* LIMIT_USB_DEVICES */
    size_t count;
};

static int start(const char *libexec, struct child *child, struct error *err)
{
    static const char *const arguments[] = {PROGRAM, "--once", NULL};
    struct spawn spawn = {.arguments = arguments};
    char program[LIMIT_PATH_BYTES + 1];
    int length = snprintf(program, sizeof(program), "%s/%s", libexec, PROGRAM);

    if (length < 0 || (size_t)length >= sizeof(program))
        return error_set(err, ERROR_LIMIT, "path of %s is longer than PATH_BYTES", PROGRAM);
    spawn.program = program;
    return spawn_with_socket(&spawn, child, err);
}

/* 1: more may come. */
static int take(struct look *look, const struct frame *frame, struct error *err)
{
    json_t *body = NULL;
    int result = frame_read_json(frame, frame->type, &body, err);

    if (result == 0 && frame->type == USB_FAILED)
        result = error_set(err, ERROR_IO, "USB devices can't be looked at");
    else if (result == 0 && frame->type == USB_PRESENT && look->count < LIMIT_USB_DEVICES)
        result = usb_from_json(body, &look->devices[look->count], err) < 0 ? -(int)err->code : 1;
    else if (result == 0 && frame->type != USB_SETTLED)
        result = error_set(err, ERROR_PROTOCOL, "an unexpected message");
    if (result == 1)
        look->count++;
    json_decref(body);
    return result;
}

static int receive(int socket, struct look *look, struct error *err)
{
    int result = 1;

    while (result == 1) {
        struct frame frame = {0};

        result = frame_receive(socket, USB_MESSAGE_BYTES, ANSWER_MS, &frame, err);
        if (result == 0)
            result = take(look, &frame, err);
        frame_clear(&frame);
    }
    return result < 0 ? error_context(err, PROGRAM) : 0;
}

/* What no rule can lift is judged; a rule that allows all stands for those of the site. */
static json_t *judge(const struct look *look, const struct usb_rule *all)
{
    json_t *devices = json_array();

    for (size_t i = 0; i < look->count; i++) {
        const struct usb_device *device = &look->devices[i];
        const struct usb_case question = {.devices = look->devices,
                                          .count = look->count,
                                          .which = i,
                                          .rules = all,
                                          .rule_count = 1};
        struct usb_verdict verdict;
        json_t *row;

        if (!usb_is_medium(device))
            continue;
        usb_judge(&question, &verdict);
        row = usb_view_device(device, &verdict);
        json_object_set_new(row, "registered", json_null());
        json_object_set_new(row, "rule",
                            json_string(verdict.code == ERROR_OK ? "no rules are known here"
                                                                 : "built in; no rule lifts it"));
        json_array_append_new(devices, row);
    }
    return devices;
}

int inspect_devices(const char *libexec, json_t **media, struct error *err)
{
    struct look look = {bytes_allocate(LIMIT_USB_DEVICES, sizeof(struct usb_device)), 0};
    struct child child = {.pidfd = -1, .socket = -1, .log = -1};
    struct usb_rule all;
    int result = usb_rule_parse("allow", 1, &all, err);

    *media = NULL;
    if (result < 0)
        goto out;
    result = start(libexec, &child, err);
    if (result == 0) {
        result = receive(child.socket, &look, err);
        log_drain(child.log, PROGRAM);
        spawn_kill(&child);
    }
    if (result == 0)
        *media = json_pack("{s:o}", "devices", judge(&look, &all));
    usb_rule_clear(&all);
out:
    free(look.devices);
    return result;
}
