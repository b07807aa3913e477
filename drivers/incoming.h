/* SPDX-License-Identifier: ISC
 *
 * A content on its way into a driver: announced, then file by file, then whole. Every bound is
 * checked again here, on the assumption that the parent is hostile. Sealed files are opened here
 * with the content key, so that no driver ever sees a key.
 */
#ifndef DRIVERS_INCOMING_H
#define DRIVERS_INCOMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/driver.h"
#include "media/base/frame.h"
#include "media/base/limits.h"

struct incoming {
    const struct driver_type *type; /* NULL: nothing announced */
    size_t expected, count;
    struct driver_file *files;         /* names owned, descriptors owned */
    char key_id[LIMIT_NAME_BYTES + 1]; /* "": not sealed */
    uint8_t key[DRIVER_KEY_BYTES];
};

/* Takes a DRIVER_CONTENT message; ERROR_PROTOCOL for a type that is not the driver's, for a second
 * announcement, for a key that is absent or not asked for. */
int incoming_begin(struct incoming *incoming, const struct driver *driver, struct frame *frame,
                   struct error *err) ERROR_MUST_CHECK;

/* Takes a DRIVER_FILE message: a safe name above the one before, a regular file, open for reading
 * only, of just the size that is named. */
int incoming_file(struct incoming *incoming, struct frame *frame,
                  struct error *err) ERROR_MUST_CHECK;

/* Opens what is sealed: each descriptor is replaced by one of plain bytes in memory. The key is
 * wiped either way. On failure *failed is the file that it failed at. */
int incoming_unseal(struct incoming *incoming, const struct driver *driver, const char **failed,
                    struct error *err) ERROR_MUST_CHECK;

/* Whether all files that were announced are here. */
bool incoming_whole(const struct incoming *incoming);

/* Closes, wipes and forgets everything. */
void incoming_clear(struct incoming *incoming);

#endif
