/* SPDX-License-Identifier: ISC
 *
 * The parent's side of a driver: starts sallyport-driver-FAMILY with a socketpair and a log pipe,
 * hands it contents as read-only descriptors, asks, and bounds every answer by a deadline. The same
 * for publish on the mirror and for check and service on the endpoint: the loader is the validator.
 * Messages: media/base/driver-protocol.h, sallyport-driver(7).
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
    uint64_t memory_bytes; /* 0: the driver's own default, which it never raises */
    int deadline_ms;       /* for each request; 0: LIMIT_DRIVER_DEADLINE_MS */
};

/* Starts the driver of a family and waits for its greeting (its types, schema and abi range,
 * sandbox in force). ERROR_DRIVER_MISSING when the program is absent, ERROR_DRIVER_BROKEN when it
 * does not greet as one. */
int driver_run_start(const char *family, const struct driver_run_options *options,
                     struct driver_run **run, struct error *err) ERROR_MUST_CHECK;

/* What a driver says beside its answers. */
struct driver_run_listener {
    /* A question within a request (DRIVER_CALL), which waits for it and whose deadline stands still
     * meanwhile. arguments is an array. *value is a new reference; reason may stay "". Negative: the
     * question has a wrong form, and the driver is told err's words. NULL: every question is refused. */
    int (*call)(void *context, const char *call, const json_t *arguments, json_t **value,
                char reason[static ERROR_WORDS_BYTES], struct error *err);
    /* Something that was not asked for (DRIVER_NEWS). It must not talk to the same driver. NULL: such
     * news is dropped. */
    void (*news)(void *context, const json_t *news);
    void *context;
};

/* From now on; the listener is copied. */
void driver_run_listen(struct driver_run *run, const struct driver_run_listener *listener);

/* Hands the driver one end of a channel (DRIVER_CHANNEL); it stays the caller's. */
int driver_run_channel(struct driver_run *run, const char *channel, int fd,
                       struct error *err) ERROR_MUST_CHECK;

/* Hears what has come between requests; for when driver_run_socket() is readable. What is no news ends
 * the driver: ERROR_DRIVER_FAILED. */
int driver_run_hear(struct driver_run *run, struct error *err) ERROR_MUST_CHECK;

/* The key of a sealed content, as the endpoint was enrolled with it. */
struct driver_run_key {
    const char *id;
    struct bytes_view key; /* DRIVER_KEY_BYTES */
};

/* Sends a content: every regular file beneath content_fd (a folder) by name and read-only
 * descriptor, and the content key (NULL: not sealed) by descriptor. Then asks for
 * `verb`: "check" (validate and self-test, keep nothing) or "load" (validate, keep; serve it after
 * "swap"). ERROR_DRIVER_REFUSED with the driver's words, ERROR_DRIVER_FAILED when it crashed, hung
 * or broke the protocol (it has then been killed; only driver_run_stop is left to do),
 * ERROR_DRIVER_KILLED when somebody else sent it SIGKILL, another code where the trouble is not the
 * content's: the driver's own word for it (out of descriptors, a disk that fails), or ERROR_IO. */
int driver_run_content(struct driver_run *run, const char *verb, const char *type, int content_fd,
                       const struct driver_run_key *key, struct error *err) ERROR_MUST_CHECK;

/* A file that lies in no content folder. */
struct driver_run_file {
    const char *name; /* as the driver is told: a safe name */
    int fd; /* a regular file, read-only; stays the caller's, and is read from its start */
};

/* driver_run_content for a list of files, sorted by name (1 to LIMIT_DRIVER_FILES). Not sealed. */
int driver_run_files(struct driver_run *run, const char *verb, const char *type,
                     const struct driver_run_file *files, size_t count,
                     struct error *err) ERROR_MUST_CHECK;

/* Plays a recording to the driver (verb "replay"): *reply is the whole reply. */
int driver_run_replay(struct driver_run *run, const char *type, const struct driver_run_file *file,
                      json_t **reply, struct error *err) ERROR_MUST_CHECK;

/* What the driver left out of the content of the last "check" or "load" that went well, as words
 * ("FILE:LINE: what"); NULL past the last. Borrowed until the next; from the driver, so escape it. */
const char *driver_run_finding(const struct driver_run *run, size_t i);

/* Any other request: "swap", "serve", "selftest", "stats", "ping", "sandbox". The arguments'
 * members (may be NULL) go beside "verb": {"type":NAME} says which type of the family is meant,
 * serve takes
 * {"request":{...}}. *reply (the caller's; may be NULL) is the whole reply: what serve answers lies
 * in "reply". */
int driver_run_request(struct driver_run *run, const char *verb, const json_t *arguments,
                       json_t **reply, struct error *err) ERROR_MUST_CHECK;

/* Greeting as sent by the driver; borrowed. */
const json_t *driver_run_greeting(const struct driver_run *run);

/* Whether the driver loads a content type, its own or one that it looks up in, in these ranges (as
 * the package document has them): the ranges must overlap. ERROR_DRIVER_MISSING for a type that it
 * does not name, ERROR_SCHEMA_RANGE with both ranges in the words. */
int driver_run_reads(const struct driver_run *run, const char *type, uint64_t schema_low,
                     uint64_t schema_high, uint64_t abi_low, uint64_t abi_high,
                     struct error *err) ERROR_MUST_CHECK;

/* Whether it looks up in this type of another family, in its own process. The type is loaded and
 * swapped as its own are; it answers no request for it. */
bool driver_run_looks_up(const struct driver_run *run, const char *type);

/* Whether a request found it dead, or has killed it: only driver_run_stop is left to do. */
bool driver_run_has_ended(const struct driver_run *run);

/* For event loops: readable when the driver has ended, or has written log lines (log_relay). -1
 * once it has been killed. */
int driver_run_pidfd(const struct driver_run *run);
int driver_run_log(const struct driver_run *run);
int driver_run_socket(const struct driver_run *run); /* driver_run_hear() */
pid_t driver_run_pid(const struct driver_run *run);

/* What it said last that it was working on; "" when it never did. Borrowed; from the driver, so
 * escape it. */
const char *driver_run_item(const struct driver_run *run);

/* Asks it to end; SIGKILL after 2 s. Frees it. NULL is fine. */
void driver_run_stop(struct driver_run *run);

#endif
