/* SPDX-License-Identifier: ISC
 *
 * The USB devices that are plugged in at this moment, as sallyport-usb tells them (media/base/usb.h):
 * the monitor's side. The program is started again when it ends, with a pause where it ends at once
 * each time; meanwhile nothing is known and nothing on USB may be read.
 */
#ifndef AGENT_USB_WATCH_H
#define AGENT_USB_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/config.h"
#include "media/base/usb.h"

struct usb_watch;

enum usb_watch_news {
    USB_WATCH_INSERTED,
    USB_WATCH_READY,   /* its disk has come, which the kernel makes a while later */
    USB_WATCH_CHANGED, /* anything else that is told of it */
};

/* Told of what changes: USB_WATCH_INSERTED once each time that it is plugged in. The pointers are
 * valid within the call. */
struct usb_watch_client {
    void (*present)(void *context, const struct usb_device *device, enum usb_watch_news news);
    void (*gone)(void *context, const struct usb_device *device);
    void *context;
};

/* config and client stay the caller's and are used until usb_watch_free(). Starts nothing yet. */
struct usb_watch *usb_watch_new(const struct config *config, const struct usb_watch_client *client);
void usb_watch_free(struct usb_watch *watch);

/* Starts the program where it is due and hears what is there; never waits. Writes the descriptors
 * that it wants to be called for (at most 2) and returns how many. *due_ms: it wants to be called in so
 * many milliseconds at the latest, -1: never. */
size_t usb_watch_turn(struct usb_watch *watch, int fds[2], int *due_ms);

/* Hears what is there; for when one of its descriptors is readable. */
void usb_watch_hear(struct usb_watch *watch, int fd);
bool usb_watch_has(const struct usb_watch *watch, int fd);

/* Waits until something has been heard, at most that long. False: there is nothing to wait for, since
 * the program does not run and is not due. */
bool usb_watch_wait(struct usb_watch *watch, int wait_ms);

/* Whether everything that is plugged in is known; else why not (ERROR_USB_UNTOLD). */
int usb_watch_settled(const struct usb_watch *watch, struct error *err) ERROR_MUST_CHECK;

/* All of them, hubs and keyboards too; valid until the next call of another function here. */
const struct usb_device *usb_watch_devices(const struct usb_watch *watch, size_t *count);

/* By the device's port, or by a disk or partition of it; NULL. */
const struct usb_device *usb_watch_find(const struct usb_watch *watch, const char *name);

#endif
