/* SPDX-License-Identifier: ISC
 *
 * The whole contract of a driver: a program sallyport-driver-FAMILY that links libbase, its engine
 * and the harness (libdriver), and nothing of the trust code. harness.c is its main loop; the
 * family fills in one struct driver.
 *
 * Started with: 3 frame socket, 4 log pipe. Messages: media/base/driver-protocol.h.
 * The driver enters its sandbox before it reads its first message.
 */
#ifndef DRIVERS_DRIVER_H
#define DRIVERS_DRIVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/unseal.h"
#include "media/base/bytes.h"
#include "media/base/driver-protocol.h"
#include "media/base/error.h"
#include "media/base/sandbox.h"

struct driver_file {
    const char *name;
    uint64_t size; /* as the descriptor has it, after unsealing */
    int fd;        /* read-only; the harness closes it after check or load */
};

struct driver_watch; /* the conversation with the parent: where driver_at() reports to */
struct driver_reads; /* what is in service of the types that the family reads */

/* One content as given: bound every index by what is here, never by what a header in it declares.
 */
struct driver_content {
    const char *type;
    size_t file_count;
    const struct driver_file *files; /* sorted by name */
    /* The harness's: what is loaded may keep them. NULL outside the harness (unit tests, fuzzing). */
    struct driver_watch *watch;
    const struct driver_reads *reads;
    void *shared; /* what open() made */
};

/* Says what is being worked on: sends a heartbeat, and is the place that a failure, a crash or a
 * hang is blamed on. Call it for every file and every rule. line 0: none; item NULL: none. */
void driver_at(const struct driver_content *content, const char *file, uint64_t line,
               const char *item);

/* Asks the parent for what the driver may not do itself, within a request (DRIVER_CALL). arguments is
 * taken. *value is a new reference, reason ("" where there is none) the parent's. ERROR_BAD_CONTENT:
 * the call has a wrong form. Outside the harness every call is refused so. */
int driver_call(struct driver_watch *watch, const char *call, json_t *arguments, json_t **value,
                char reason[static ERROR_WORDS_BYTES], struct error *err) ERROR_MUST_CHECK;

/* Tells the parent something that it did not ask for (DRIVER_NEWS); at any time. news is taken. */
void driver_news(struct driver_watch *watch, json_t *news);

struct driver_type {
    const char *name;
    uint64_t schema_low, schema_high; /* source schemas that this driver reads */
};

/* A type of another family that this one looks up in: the process gets the same files, and the
 * type's own library maps them here, so that a lookup is a call and the pages are shared. The
 * library offers the row (drivers/reputation.h has one). */
struct driver_read {
    struct driver_type type;
    int (*load)(const struct driver_content *content, void **loaded, struct error *err);
    void (*unload)(void *loaded);
};

/* What is in service of a type that the family reads, in its library's form; NULL: nothing, which
 * is no failure. It is good until the request ends: ask again in the next. */
const void *driver_read(const struct driver_reads *reads, const char *type);

struct driver {
    const char *family;
    const struct driver_type *types;
    size_t type_count; /* at most DRIVER_TYPES */
    const struct driver_read *const *reads;
    size_t read_count; /* at most DRIVER_READS */
    /* Beyond the rows that the harness adds (harness.c); folders are not allowed. file_bytes also
     * bounds the plain bytes of all files of a sealed content together: they lie in memory. */
    const struct sandbox_profile *sandbox;
    /* unseal_to_memory, where a type of the family is published sealed; else NULL. */
    int (*unseal)(int fd, uint64_t size, const uint8_t key[static UNSEAL_KEY_BYTES],
                  const struct unseal_expected *expected, int *plain_fd, uint64_t *plain_size,
                  struct error *err);
    /* What all contents of a process share, such as an interpreter; optional. Made in the closed sandbox
     * before there is any content. watch and reads are good until close. */
    int (*open)(struct driver_watch *watch, const struct driver_reads *reads, void **shared,
                struct error *err);
    void (*close)(void *shared);
    /* Validates and builds the loaded form into *loaded. On error the words say type, file, line or
     * offset, rule id, expected. `check` frees it again; `load` keeps it beside the one in service
     * until swap. */
    int (*load)(const struct driver_content *content, void **loaded, struct error *err);
    void (*unload)(void *loaded);
    /* Answers a request from what is loaded (NULL: nothing loaded yet). *reply is a new reference.
     */
    int (*serve)(void *loaded, const json_t *request, json_t **reply, struct error *err);
    /* In place of serve, for a family whose types answer together: loaded[i] is what is in service
     * of types[i]; `row` is the type that was asked. */
    int (*serve_together)(void *const *loaded, size_t row, const json_t *request, json_t **reply,
                          struct error *err);
    /* For a family that takes a channel (DRIVER_CHANNEL): called when there is something to read on
     * it, and reads without waiting, not so much that a request has to wait. loaded as above. Negative:
     * the channel is of no use any more, and is closed. */
    int (*hear)(void *shared, void *const *loaded, int channel, struct error *err);
    /* For a family that takes recordings: the verb "replay", which follows files as check does, but they
     * are no content. *reply is a new reference. */
    int (*replay)(void *shared, void *const *loaded, const struct driver_content *recording,
                  json_t **reply, struct error *err);
    /* What was left out of a content that is good as a whole: [{"file","line","words"}], a new
     * reference; optional. It goes with the replies to check and load; publish takes no content
     * that leaves anything out. */
    json_t *(*findings)(const void *loaded);
    /* Canary on loaded content; optional. */
    int (*selftest)(void *loaded, struct error *err);
    /* Extra figures for status; optional. `loaded` may be NULL. A new reference. */
    json_t *(*stats)(void *loaded);
};

#define DRIVER_TYPES 8

/* The common main of every driver program. Returns the exit status. */
int harness_main(const struct driver *driver, int argc, char **argv);

#endif
