/* SPDX-License-Identifier: ISC
 *
 * How a service tells its manager how it is: sd_notify(3), lines in a datagram to the socket that
 * NOTIFY_SOCKET names. The protocol is a few lines and stable, so no library is linked for it.
 * Without a manager everything here does nothing.
 */
#ifndef MEDIA_BASE_NOTIFY_H
#define MEDIA_BASE_NOTIFY_H

#include <stdint.h>

#include "media/base/error.h"

struct notify {
    int fd;             /* connected; -1: nobody listens */
    int64_t between_ms; /* at most so long between two signs of life; 0: none are waited for */
};

/* Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment, so before there are
 * threads. between_ms is half of what the manager allows. ERROR_CONFIG where a variable is wrong or
 * nobody is there; *notify is of use in every case. */
int notify_open(struct notify *notify, struct error *err) ERROR_MUST_CHECK;
void notify_close(struct notify *notify);

/* notify NULL: without a manager. */

/* Serving, from the first time on; and again when a reload is over. */
void notify_ready(const struct notify *notify);
void notify_reloading(const struct notify *notify);
void notify_stopping(const struct notify *notify);
/* A sign of life, due each between_ms. */
void notify_alive(const struct notify *notify);
/* One line for whoever asks how the service is; escaped, cut at NOTIFY_BYTES. */
void notify_status(const struct notify *notify, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define NOTIFY_BYTES 512

#endif
