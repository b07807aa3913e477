/* SPDX-License-Identifier: ISC
 *
 * Where telemetry goes and how often: the object of telemetry.json (sallyport-driver.7), which
 * the driver reads from content and the monitor reads again from the driver. The rules are here,
 * once, so that neither has to believe the other.
 *
 * The server is a full DNS name in lower case: no address in any form, no user, no port, none of
 * the names of this machine and of the clouds' metadata services. What the name resolves to is
 * looked at by whoever sends.
 */
#ifndef MEDIA_BASE_DESTINATION_H
#define MEDIA_BASE_DESTINATION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/error.h"
#include "media/base/limits.h"

#define DESTINATION_SERVER_BYTES 253 /* longest DNS name (RFC 1035) */

struct destination_header {
    char name[LIMIT_DESTINATION_NAME + 1];   /* a token (RFC 9110); none that the sender sets */
    char value[LIMIT_DESTINATION_VALUE + 1]; /* printable ASCII, no space at either end */
};

struct destination {
    char server[DESTINATION_SERVER_BYTES + 1];
    uint16_t port;                         /* never 0 */
    char root[LIMIT_DESTINATION_ROOT + 1]; /* "prod", "a/b": never a slash at an end */
    const char *verb;                      /* "PUT"; static */
    uint64_t interval_s;                   /* LIMIT_TELEMETRY_INTERVAL_S..LONGEST_S */
    size_t header_count;
    struct destination_header headers[LIMIT_DESTINATION_HEADERS]; /* in the order given */
};

/* Reads exactly the keys additionalHeaders, port, resourceRoot, server, verb, interval.
 * ERROR_BAD_CONTENT names the key and what was expected. */
int destination_read(const json_t *object, struct destination *destination,
                     struct error *err) ERROR_MUST_CHECK;

/* The same object again, the port filled in; destination_read takes it. A new reference. */
json_t *destination_value(const struct destination *destination);

/* Whether a name is what `server` has to be, but for one thing: a single label will do. For
 * suffixes. */
bool destination_suffix_valid(const char *name);

/* Whether a server is the suffix or lies beneath it, label by label: "a.site.example" is beneath
 * "site.example", "offsite.example" is not. */
bool destination_is_beneath(const char *server, const char *suffix);

#endif
