/* SPDX-License-Identifier: ISC
 *
 * sallyport-usb: which USB devices there are, and what each says of itself, before anybody reads
 * from one. Sends records (media/base/usb.h) on its socket: those that are there, then the news.
 * With --once it ends after the first.
 *
 * It reads what the kernel has read: sysfs and udev's database, nothing else. Events of the kernel
 * and of udev are a hint to look again and not believed otherwise, so that a forged one shows
 * nothing and a flood of them costs a look a second. It opens no device: neither to write to it,
 * nor to ask it, nor to take it away from a driver.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <libudev.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "agent/usb-look.h"
#include "agent/usb-news.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/log.h"
#include "media/base/sandbox.h"
#include "media/base/spawn.h"

#define QUIET_MS     100  /* without an event: what was plugged in has settled */
#define MOST_MS      1000 /* events that never end are no reason not to look */
#define MEMORY_BYTES (256 * MIB)
#define OPEN_FILES   32
#define LAST_MS      1000 /* for the words of the end */

/* udev's own events come when its database is written; the kernel's come where no udev runs. */
static const char *const groups[] = {"kernel", "udev"};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

struct watch {
    struct udev *udev;
    struct udev_monitor *monitors[GROUPS];
    struct usb_news news;
    int64_t first_ms, last_ms; /* of the events since the last look; 0: none */
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int open_monitor(struct watch *watch, size_t i, struct error *err)
{
    struct udev_monitor *monitor = udev_monitor_new_from_netlink(watch->udev, groups[i]);

    watch->monitors[i] = monitor;
    if (monitor == NULL ||
        udev_monitor_filter_add_match_subsystem_devtype(monitor, "usb", "usb_device") < 0 ||
        udev_monitor_filter_add_match_subsystem_devtype(monitor, "block", NULL) < 0 ||
        udev_monitor_enable_receiving(monitor) < 0)
        return error_set_errno(err, ERROR_IO, errno, "events of %s", groups[i]);
    return 0;
}

/* Opened before the sandbox, which makes no sockets. */
static int begin(struct watch *watch, bool once, struct error *err)
{
    int result = 0;

    json_object_seed(0);
    watch->news.socket = SPAWN_FD_SOCKET;
    watch->udev = udev_new();
    if (watch->udev == NULL)
        return error_set_errno(err, ERROR_IO, errno, "libudev");
    for (size_t i = 0; i < GROUPS && !once && result == 0; i++)
        result = open_monitor(watch, i, err);
    return result;
}

static int confine(struct error *err)
{
    static const struct sandbox_call calls[] = {
        {SYS_openat, "sysfs and udev's database, as libudev opens them", -1, 0, 0},
        {SYS_openat2, "the same", -1, 0, 0},
        {SYS_getdents64, "names in sysfs", -1, 0, 0},
        {SYS_readlink, "which driver and subsystem a device has", -1, 0, 0},
        {SYS_readlinkat, "the same", -1, 0, 0},
        {SYS_access, "whether sysfs has a file", -1, 0, 0},
        {SYS_faccessat, "the same", -1, 0, 0},
        {SYS_faccessat2, "the same", -1, 0, 0},
        {SYS_newfstatat, "the same", -1, 0, 0},
        {SYS_statx, "the same", -1, 0, 0},
        {SYS_fstatfs, "that sysfs is sysfs", -1, 0, 0},
        {SYS_recvfrom, "events", -1, 0, 0},
    };
    static const char *const names[] = {"/sys", "/run/udev"};
    struct sandbox_folder folders[sizeof(names) / sizeof(names[0])];
    struct sandbox_profile profile = {
        .name = "usb",
        .calls = calls,
        .call_count = sizeof(calls) / sizeof(calls[0]),
        .folders = folders,
        .memory_bytes = MEMORY_BYTES,
        .open_files = OPEN_FILES,
    };
    int result;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int fd = open(names[i], O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (fd >= 0)
            folders[profile.folder_count++] = (struct sandbox_folder){.fd = fd, .write = false};
        else if (errno != ENOENT)
            return error_set_errno(err, ERROR_SANDBOX, errno, "%s", names[i]);
    }
    result = sandbox_enter(&profile, err);
    if (result == 0)
        result = sandbox_seal(&profile, err);
    while (profile.folder_count > 0)
        close(folders[--profile.folder_count].fd);
    return result;
}

static int look(struct watch *watch, struct error *err)
{
    struct usb_device *devices = NULL;
    size_t count = 0;
    int result = usb_look(watch->udev, &devices, &count, err);

    if (result == 0)
        result = usb_news_tell(&watch->news, devices, count, err);
    free(devices);
    watch->first_ms = watch->last_ms = 0;
    return result;
}

/* libudev drops what neither the kernel nor udev sent. Messages that were lost may have been news. */
static void take_event(struct watch *watch, struct udev_monitor *monitor)
{
    struct udev_device *device;

    errno = 0;
    device = udev_monitor_receive_device(monitor);
    if (device == NULL && errno != ENOBUFS)
        return;
    udev_device_unref(device);
    watch->last_ms = now_ms();
    if (watch->first_ms == 0)
        watch->first_ms = watch->last_ms;
}

/* How long to wait for the next event before the look; -1: there is nothing to look for. */
static int patience(const struct watch *watch)
{
    int64_t quiet = watch->last_ms + QUIET_MS, most = watch->first_ms + MOST_MS;
    int64_t left = (quiet < most ? quiet : most) - now_ms();

    if (watch->first_ms == 0)
        return -1;
    return left > 0 ? (int)left : 0;
}

/* The parent asks for nothing but the test of the sandbox. 1: it is gone. */
static int take_request(struct error *err)
{
    struct error found = {0};
    const char *words;
    struct frame frame;
    int result = frame_receive(SPAWN_FD_SOCKET, 0, LAST_MS, &frame, err);

    if (result == -ERROR_PEER_GONE)
        return 1;
    if (result == 0 && frame.type != USB_SELFTEST)
        result = error_set(err, ERROR_PROTOCOL, "message %u", frame.type);
    frame_clear(&frame);
    if (result < 0)
        return result;
    words = sandbox_selftest(&found) == 0 ? "ok" : found.words;
    return frame_send(SPAWN_FD_SOCKET, USB_SELFTEST, words, strlen(words), NULL, 0, LAST_MS, err);
}

static int serve(struct watch *watch, struct error *err)
{
    struct pollfd waits[1 + GROUPS] = {{.fd = SPAWN_FD_SOCKET, .events = POLLIN}};
    int result = 0;

    for (size_t i = 0; i < GROUPS; i++)
        waits[1 + i] = (struct pollfd){udev_monitor_get_fd(watch->monitors[i]), POLLIN, 0};
    while (result == 0) {
        int ready = poll(waits, 1 + GROUPS, patience(watch));

        if (ready < 0 && errno != EINTR)
            return error_set_errno(err, ERROR_IO, errno, "poll");
        for (size_t i = 0; i < GROUPS && ready > 0; i++) {
            if (waits[1 + i].revents != 0)
                take_event(watch, watch->monitors[i]);
        }
        if (ready > 0 && waits[0].revents != 0)
            result = take_request(err);
        if (result == 0 && patience(watch) == 0)
            result = look(watch, err);
    }
    return result < 0 ? result : 0;
}

static void tell_failure(const struct error *err)
{
    json_t *body = json_pack("{s:s, s:s}", "code", error_name(err->code), "words", err->words);
    struct error ignored;

    log_write(LOG_LEVEL_ERROR, "%s: %s", error_name(err->code), err->words);
    (void)!frame_send_json(SPAWN_FD_SOCKET, USB_FAILED, body, NULL, 0, LAST_MS, &ignored);
    json_decref(body);
}

static void end(struct watch *watch)
{
    for (size_t i = 0; i < GROUPS; i++)
        udev_monitor_unref(watch->monitors[i]);
    udev_unref(watch->udev);
    usb_news_clear(&watch->news);
}

int main(int argc, char **argv)
{
    bool once = argc == 2 && strcmp(argv[1], "--once") == 0;
    struct watch watch = {0};
    struct error err = {0};
    int result;

    log_open("usb", SPAWN_FD_LOG, LOG_LEVEL_INFO);
    result = begin(&watch, once, &err);
    if (result == 0)
        result = confine(&err);
    if (result == 0)
        result = look(&watch, &err);
    if (result == 0 && !once)
        result = serve(&watch, &err);
    if (result < 0)
        tell_failure(&err);
    end(&watch);
    return result < 0 ? 1 : 0;
}
