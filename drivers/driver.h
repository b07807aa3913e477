/* SPDX-License-Identifier: ISC
 *
 * The whole contract of a driver: a program sallyport-driver-FAMILY that links libbase, its engine
 * and the harness, and nothing of the trust code. harness.c is its main loop; the family fills in
 * one struct driver.
 *
 * Started with: 3 frame socket, 4 log pipe. Messages (media/base/frame.h, JSON bodies):
 *   DRIVER_HELLO    driver -> parent
 * {"family","types":[...],"schema":[lo,hi],"abi":[lo,hi],"sandbox":{"landlock":N,"seccomp":bool}}
 *   DRIVER_CONTENT  parent -> driver {"type","files":N,"sealed":KEYID|null}; sealed: one descriptor
 * with the key (32 bytes) DRIVER_FILE     parent -> driver {"name","size"}, one read-only
 * descriptor; N of them DRIVER_REQUEST  parent -> driver
 * {"verb":"check"|"load"|"swap"|"serve"|"selftest"|"stats"|"ping","type",...} DRIVER_REPLY driver
 * -> parent {"ok":true,...} or {"ok":false,"code","words","file","line","item"} DRIVER_HEARTBEAT
 * driver -> parent {"item"}: what it is working on; a missed one is SIGKILL and blame on that item
 * The driver enters its sandbox before it reads its first message.
 */
#ifndef DRIVERS_DRIVER_H
#define DRIVERS_DRIVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"
#include "media/base/sandbox.h"

enum driver_message {
    DRIVER_HELLO = 1,
    DRIVER_CONTENT,
    DRIVER_FILE,
    DRIVER_REQUEST,
    DRIVER_REPLY,
    DRIVER_HEARTBEAT
};

#define DRIVER_ABI 1

struct driver_file {
    const char *name;
    uint64_t size;
    int fd; /* read-only; the harness closes it after check or load */
};

/* One content as given: bound every index by what is here, never by what a header in it declares.
 */
struct driver_content {
    const char *type;
    size_t file_count;
    const struct driver_file *files; /* sorted by name */
};

struct driver_type {
    const char *name;
    uint64_t schema_low, schema_high; /* source schemas that this driver reads */
};

struct driver {
    const char *family;
    const struct driver_type *types;
    size_t type_count;
    const struct sandbox_profile *sandbox;
    /* Validates and builds the loaded form into *loaded. On error the words say type, file, line or
     * offset, rule id, expected. `check` frees it again; `load` keeps it beside the one in service
     * until swap. */
    int (*load)(const struct driver_content *content, void **loaded, struct error *err);
    void (*unload)(void *loaded);
    /* Answers a request from what is loaded (NULL: nothing loaded yet). *reply is a new reference.
     */
    int (*serve)(void *loaded, const json_t *request, json_t **reply, struct error *err);
    /* Canary on loaded content; optional. */
    int (*selftest)(void *loaded, struct error *err);
    /* Extra figures for status; optional. A new reference. */
    json_t *(*stats)(void *loaded);
};

/* The common main of every driver program. Returns the exit status. */
int harness_main(const struct driver *driver, int argc, char **argv);

#endif
