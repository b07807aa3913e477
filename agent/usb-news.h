/* SPDX-License-Identifier: ISC
 *
 * What the monitor was told about USB devices, and the news since: a look is compared with the one
 * before, so that events are no more than a hint to look again.
 */
#ifndef AGENT_USB_NEWS_H
#define AGENT_USB_NEWS_H

#include "media/base/usb.h"

struct usb_told {
    char port[LIMIT_USB_PORT + 1];
    unsigned number;
    char *record; /* canonical JSON, owned */
};

struct usb_news {
    int socket;
    bool settled; /* once told how many there are */
    struct usb_told *told;
    size_t count;
};

/* Sends what differs from what was told before (enum usb_message), and keeps it. */
int usb_news_tell(struct usb_news *news, const struct usb_device *devices, size_t count,
                  struct error *err) ERROR_MUST_CHECK;
void usb_news_clear(struct usb_news *news);

#endif
