/* SPDX-License-Identifier: ISC
 *
 * The parent's side of a driver: starts sallyport-driver-FAMILY with a socketpair and a log pipe,
 * hands it contents as read-only descriptors, asks, and bounds every answer by a deadline. The same
 * for publish on the mirror and for check and service on the endpoint: the loader is the validator.
 * Messages are specified in drivers/driver.h's page, sallyport-driver(7).
 */
#ifndef MEDIA_DRIVER_RUN_H
#define MEDIA_DRIVER_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"
#include "media/base/spawn.h"

struct driver_run;

struct driver_run_options {
    const char *libexec;   /* folder of the driver programs */
    const char *user;      /* to become, NULL: stay */
    uint64_t memory_bytes; /* 0: the driver's own default */
    int deadline_ms;       /* for each request; 0: 30 s */
};

/* Starts the driver of a family and waits for its greeting (its types, schema and abi range,
 * sandbox in force). ERROR_DRIVER_MISSING when the program is absent. */
int driver_run_start(const char *family, const struct driver_run_options *options,
                     struct driver_run **run, struct error *err) ERROR_MUST_CHECK;

/* Sends a content: every regular file beneath content_fd (a folder) by name and read-only
 * descriptor, and the content key (NULL: not sealed) by descriptor. Then asks for `verb`: "check"
 * (validate, keep nothing) or "load" (validate, keep; serve it after "swap"). ERROR_DRIVER_REFUSED
 * with the driver's words, ERROR_DRIVER_FAILED when it crashed, hung or broke the protocol (it has
 * then been killed). */
int driver_run_content(struct driver_run *run, const char *verb, const char *type, int content_fd,
                       const struct bytes_view *content_key, struct error *err) ERROR_MUST_CHECK;

/* Any other request: "swap", "serve", "selftest", "stats", "ping". *reply is the caller's; may be
 * NULL. */
int driver_run_request(struct driver_run *run, const char *verb, const json_t *arguments,
                       json_t **reply, struct error *err) ERROR_MUST_CHECK;

/* Greeting as sent by the driver; borrowed. */
const json_t *driver_run_greeting(const struct driver_run *run);
/* For event loops: readable when the driver has ended or written log lines. */
int driver_run_pidfd(const struct driver_run *run);
int driver_run_log(const struct driver_run *run);
/* Asks it to end; SIGKILL after 2 s. */
void driver_run_stop(struct driver_run *run);

#endif
