/* SPDX-License-Identifier: ISC
 *
 * The journal's own protocol: a datagram of fields, NAME=VALUE a line, so that what a line is about
 * can be asked for by name. log.h writes by it where standard error is the journal.
 * (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/)
 */
#ifndef MEDIA_BASE_JOURNAL_H
#define MEDIA_BASE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "media/base/error.h"

#define JOURNAL_PLACE    "/run/systemd/journal/socket"
#define JOURNAL_ID_BYTES 33 /* of a message id, with the NUL */

/* name: capital letters, digits and "_", as the journal has them. value: may hold anything, is
 * escaped to one line and cut at LIMIT_LOG_LINE. */
struct journal_field {
    const char *name, *value;
};

/* Whether the descriptor is the journal's, by what the service manager says of it in JOURNAL_STREAM. */
bool journal_is(int fd);

/* One entry. Never waits; false: the journal did not take it. */
bool journal_send(int socket, const char *place, const struct journal_field *fields, size_t count);

/* MESSAGE_ID of a reason code: 32 hexadecimal digits that depend on its name alone, as the catalog
 * has them (sallyport explain --catalog). */
const char *journal_id(enum error_code code, char out[static JOURNAL_ID_BYTES]);

#endif
