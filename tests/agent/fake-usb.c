/* SPDX-License-Identifier: ISC
 *
 * In place of sallyport-usb: tells of the devices that the file "devices" in its own folder lists (a
 * JSON array of records as usb_to_json() makes them), and again when that file is replaced. A file
 * "devices" that holds the word "end" ends it.
 */
#include "media/base/bytes.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/usb.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define SOCKET 3

static void die(const char *what)
{
    fprintf(stderr, "fake-usb: %s\n", what);
    exit(3);
}

static void put(uint16_t type, json_t *body)
{
    struct error err;

    if (frame_send_json(SOCKET, type, body, NULL, 0, 5000, &err) < 0)
        exit(0);
    json_decref(body);
}

static const char *port_of(const json_t *device)
{
    return json_string_value(json_object_get(device, "port"));
}

static const json_t *find(const json_t *devices, const char *port)
{
    size_t i;
    json_t *device;

    json_array_foreach(devices, i, device)
    {
        if (strcmp(port_of(device), port) == 0)
            return device;
    }
    return NULL;
}

static json_t *read_devices(const char *path)
{
    json_t *devices = json_load_file(path, 0, NULL);

    if (devices == NULL && access(path, F_OK) == 0)
        exit(0);
    return devices != NULL ? devices : json_array();
}

static void tell(const json_t *before, const json_t *now)
{
    size_t i;
    json_t *device;

    json_array_foreach(before, i, device)
    {
        if (find(now, port_of(device)) == NULL)
            put(USB_GONE, json_pack("{s:s}", "port", port_of(device)));
    }
    json_array_foreach(now, i, device)
    {
        const json_t *old = find(before, port_of(device));

        if (old == NULL || !json_equal(old, device))
            put(USB_PRESENT, json_incref(device));
    }
    put(USB_SETTLED, json_pack("{s:I}", "devices", (json_int_t)json_array_size(now)));
}

int main(void)
{
    char folder[4096], path[4200], events[4096];
    ssize_t size = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
    json_t *before = json_array(), *now;
    struct pollfd fds[2] = {{.fd = SOCKET, .events = POLLIN}, {.events = POLLIN}};

    if (size < 0)
        die("/proc/self/exe");
    folder[size] = '\0';
    *strrchr(folder, '/') = '\0';
    snprintf(path, sizeof(path), "%s/devices", folder);
    fds[1].fd = inotify_init1(IN_CLOEXEC);
    if (fds[1].fd < 0 || inotify_add_watch(fds[1].fd, folder, IN_MOVED_TO | IN_DELETE) < 0)
        die("inotify");
    for (;;) {
        now = read_devices(path);
        tell(before, now);
        json_decref(before);
        before = now;
        if (poll(fds, 2, -1) < 0 || fds[0].revents != 0)
            return 0;
        if (read(fds[1].fd, events, sizeof(events)) < 0)
            die("events");
    }
}
