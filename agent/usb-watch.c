/* SPDX-License-Identifier: ISC */
#include "agent/usb-watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/process.h"
#include "agent/respawn.h"
#include "media/base/json.h"
#include "media/base/log.h"

#define PROGRAM "sallyport-usb"
#define AT_ONCE 64 /* messages before others have their turn */
#define GROW    16

struct usb_watch {
    const struct config *config;
    struct usb_watch_client client;
    struct process process;
    struct frame_reader *reader; /* NULL: it does not run */
    struct usb_device *devices;
    bool *told; /* by the program that runs now */
    size_t count, room;
    bool settled;
    struct respawn respawn;
    struct error trouble; /* why it does not run */
};

struct usb_watch *usb_watch_new(const struct config *config, const struct usb_watch_client *client)
{
    struct usb_watch *watch = bytes_allocate(1, sizeof(*watch));

    *watch = (struct usb_watch){.config = config, .client = *client};
    watch->process.child = (struct child){.pidfd = -1, .socket = -1, .log = -1};
    error_set(&watch->trouble, ERROR_USB_UNTOLD, PROGRAM " has not told anything yet");
    return watch;
}

static void end(struct usb_watch *watch)
{
    frame_reader_free(watch->reader);
    watch->reader = NULL;
    process_end(&watch->process);
    watch->process.child = (struct child){.pidfd = -1, .socket = -1, .log = -1};
    watch->settled = false;
}

void usb_watch_free(struct usb_watch *watch)
{
    if (watch == NULL)
        return;
    end(watch);
    free(watch->devices);
    free(watch->told);
    free(watch);
}

static struct usb_device *find_port(const struct usb_watch *watch, const char *port)
{
    for (size_t i = 0; i < watch->count; i++) {
        if (strcmp(watch->devices[i].port, port) == 0)
            return &watch->devices[i];
    }
    return NULL;
}

static struct usb_device *add_place(struct usb_watch *watch, struct error *err)
{
    if (watch->count == LIMIT_USB_DEVICES) {
        error_set(err, ERROR_LIMIT, "more than %d devices", LIMIT_USB_DEVICES);
        return NULL;
    }
    if (watch->count == watch->room) {
        size_t room = watch->room + GROW;
        struct usb_device *devices = bytes_allocate(room, sizeof(*devices));
        bool *told = bytes_allocate(room, sizeof(*told));

        if (watch->count > 0) {
            memcpy(devices, watch->devices, watch->count * sizeof(*devices));
            memcpy(told, watch->told, watch->count * sizeof(*told));
        }
        free(watch->devices);
        free(watch->told);
        watch->devices = devices;
        watch->told = told;
        watch->room = room;
    }
    return &watch->devices[watch->count++];
}

/* The kernel numbers devices anew at each plug-in. */
static bool is_same(const struct usb_device *one, const struct usb_device *other)
{
    return one->bus == other->bus && one->number == other->number &&
           memcmp(one->digest, other->digest, sizeof(one->digest)) == 0;
}

static void remove_at(struct usb_watch *watch, size_t i)
{
    struct usb_device *gone = bytes_allocate(1, sizeof(*gone));

    *gone = watch->devices[i];
    watch->count--;
    memmove(&watch->devices[i], &watch->devices[i + 1],
            (watch->count - i) * sizeof(watch->devices[0]));
    memmove(&watch->told[i], &watch->told[i + 1], (watch->count - i) * sizeof(watch->told[0]));
    watch->client.gone(watch->client.context, gone);
    free(gone);
}

static int take_present(struct usb_watch *watch, const json_t *body, struct error *err)
{
    struct usb_device *record = bytes_allocate(1, sizeof(*record)), *place;
    int result = usb_from_json(body, record, err);
    enum usb_watch_news news = USB_WATCH_CHANGED;

    place = result == 0 ? find_port(watch, record->port) : NULL;
    if (place == NULL || !is_same(place, record))
        news = USB_WATCH_INSERTED;
    else if (place->block_count == 0 && record->block_count > 0)
        news = USB_WATCH_READY;
    if (result == 0 && place == NULL && (place = add_place(watch, err)) == NULL)
        result = -(int)err->code;
    if (result == 0) {
        *place = *record;
        watch->told[place - watch->devices] = true;
        watch->client.present(watch->client.context, place, news);
    }
    free(record);
    return result;
}

static int take_gone(struct usb_watch *watch, const json_t *body, struct error *err)
{
    const char *port = NULL;
    const struct json_field fields[] = {
        {.key = "port", .kind = JSON_TEXT, .out = &port, .max = LIMIT_USB_PORT}};
    int result = json_fields(body, fields, 1, err);
    const struct usb_device *device = result == 0 ? find_port(watch, port) : NULL;

    if (device != NULL)
        remove_at(watch, (size_t)(device - watch->devices));
    return result;
}

/* What the program before told and this one does not has gone meanwhile. */
static int take_settled(struct usb_watch *watch, const json_t *body, struct error *err)
{
    uint64_t count = 0;
    const struct json_field fields[] = {
        {.key = "devices", .kind = JSON_COUNT, .out = &count, .max = LIMIT_USB_DEVICES}};
    int result = json_fields(body, fields, 1, err);

    for (size_t i = watch->count; result == 0 && i > 0; i--) {
        if (!watch->told[i - 1])
            remove_at(watch, i - 1);
    }
    if (result == 0 && count != watch->count)
        return error_set(err, ERROR_PROTOCOL, "%llu devices, of which %zu were told",
                         (unsigned long long)count, watch->count);
    watch->settled = result == 0;
    return result;
}

static int take_failed(struct usb_watch *watch, const json_t *body, struct error *err)
{
    const char *code = "", *words = "";
    const struct json_field fields[] = {
        {.key = "code", .kind = JSON_TEXT, .out = &code, .max = 64},
        {.key = "words", .kind = JSON_TEXT, .out = &words, .max = 8 * ERROR_WORDS_BYTES},
    };
    int result = json_fields(body, fields, 2, err);

    return result < 0 ? result : error_set(err, ERROR_USB_UNTOLD, "%s: %s", code, words);
}

static int take(struct usb_watch *watch, const struct frame *frame, struct error *err)
{
    static const struct {
        uint16_t type;
        int (*take)(struct usb_watch *watch, const json_t *body, struct error *err);
    } rows[] = {
        {USB_PRESENT, take_present},
        {USB_GONE, take_gone},
        {USB_SETTLED, take_settled},
        {USB_FAILED, take_failed},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *body;
        int result;

        if (rows[i].type != frame->type)
            continue;
        result = frame_read_json(frame, rows[i].type, &body, err);
        if (result == 0)
            result = rows[i].take(watch, body, err);
        json_decref(body);
        return result;
    }
    return error_set(err, ERROR_PROTOCOL, "message type %u", frame->type);
}

static void hear_messages(struct usb_watch *watch)
{
    struct error err = {0};
    int result = 1;

    for (int i = 0; i < AT_ONCE && result > 0; i++) {
        struct frame frame;

        result = frame_reader_feed(watch->reader, &frame, &err);
        if (result > 0) {
            int taken = take(watch, &frame, &err);

            frame_clear(&frame);
            result = taken < 0 ? taken : result;
        }
    }
    if (result >= 0)
        return;
    log_write(LOG_LEVEL_WARN, "%s: %s", PROGRAM, err.words);
    error_set(&watch->trouble, ERROR_USB_UNTOLD, "%s: %.800s", PROGRAM, err.words);
    end(watch);
    if (respawn_ended(&watch->respawn, respawn_clock()))
        log_write(LOG_LEVEL_ERROR,
                  "%s ended %d times in a row; next try in %d s, and nothing on USB is read until "
                  "then",
                  PROGRAM, RESPAWN_TIMES, RESPAWN_PAUSE_MS / 1000);
}

void usb_watch_hear(struct usb_watch *watch, int fd)
{
    if (watch->reader == NULL)
        return;
    process_relay(&watch->process);
    if (fd == watch->process.child.socket)
        hear_messages(watch);
}

bool usb_watch_has(const struct usb_watch *watch, int fd)
{
    return watch->reader != NULL &&
           (fd == watch->process.child.socket || fd == watch->process.child.log);
}

/* An agent without the program goes on; what is not installed is not asked for all the time. */
static bool is_installed(struct usb_watch *watch)
{
    char path[LIMIT_PATH_BYTES + 1];

    if (snprintf(path, sizeof(path), "%s/%s", watch->config->libexec, PROGRAM) <
            (int)sizeof(path) &&
        access(path, X_OK) == 0)
        return true;
    error_set(&watch->trouble, ERROR_USB_UNTOLD, "%s/%s is not installed", watch->config->libexec,
              PROGRAM);
    return false;
}

static int start(struct usb_watch *watch, struct error *err)
{
    int result =
        process_start(watch->config, PROGRAM, process_user(watch->config->usb_user, PROGRAM), NULL,
                      0, &watch->process, err);

    if (result == 0 && fcntl(watch->process.child.socket, F_SETFL, O_NONBLOCK) < 0)
        result = error_set_errno(err, ERROR_IO, errno, PROGRAM);
    if (result < 0)
        return result;
    watch->reader = frame_reader_new(watch->process.child.socket, USB_MESSAGE_BYTES);
    if (watch->count > 0)
        memset(watch->told, 0, watch->count * sizeof(watch->told[0]));
    return 0;
}

static void start_due(struct usb_watch *watch)
{
    int64_t now_ms = respawn_clock();
    struct error err;

    if (watch->reader != NULL || respawn_due_ms(&watch->respawn, now_ms) > 0)
        return;
    if (!is_installed(watch)) {
        respawn_pause(&watch->respawn, now_ms);
        return;
    }
    respawn_started(&watch->respawn, now_ms);
    if (start(watch, &err) == 0)
        return;
    log_write(LOG_LEVEL_ERROR, "%s: %s", PROGRAM, err.words);
    error_set(&watch->trouble, ERROR_USB_UNTOLD, "%s: %.800s", PROGRAM, err.words);
    end(watch);
    respawn_pause(&watch->respawn, now_ms);
}

size_t usb_watch_turn(struct usb_watch *watch, int fds[2], int *due_ms)
{
    size_t count = 0;

    start_due(watch);
    if (watch->reader != NULL)
        usb_watch_hear(watch, watch->process.child.socket);
    *due_ms = -1;
    if (watch->reader == NULL) {
        *due_ms = respawn_due_ms(&watch->respawn, respawn_clock());
        return 0;
    }
    fds[count++] = watch->process.child.socket;
    if (watch->process.child.log >= 0)
        fds[count++] = watch->process.child.log;
    return count;
}

bool usb_watch_wait(struct usb_watch *watch, int wait_ms)
{
    struct pollfd fd = {.events = POLLIN};
    int fds[2], due_ms;

    if (usb_watch_turn(watch, fds, &due_ms) == 0)
        return due_ms <= wait_ms;
    fd.fd = fds[0];
    if (poll(&fd, 1, wait_ms) > 0)
        usb_watch_hear(watch, fd.fd);
    return true;
}

int usb_watch_settled(const struct usb_watch *watch, struct error *err)
{
    if (watch->reader != NULL && watch->settled)
        return 0;
    *err = watch->trouble;
    return -(int)err->code;
}

const struct usb_device *usb_watch_devices(const struct usb_watch *watch, size_t *count)
{
    *count = watch->count;
    return watch->devices;
}

const struct usb_device *usb_watch_find(const struct usb_watch *watch, const char *name)
{
    const struct usb_device *found = find_port(watch, name);

    for (size_t i = 0; i < watch->count && found == NULL; i++) {
        for (size_t b = 0; b < watch->devices[i].block_count && found == NULL; b++) {
            if (strcmp(watch->devices[i].blocks[b].node, name) == 0)
                found = &watch->devices[i];
        }
    }
    return found;
}
