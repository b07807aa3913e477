/* SPDX-License-Identifier: ISC
 *
 * Addresses of HTTP mirrors: http(s)://HOST[:PORT][/PATH], and nothing else that a URL may hold: no
 * user, no query, no fragment, no percent-encoding. What is refused here reaches no library.
 */
#ifndef MEDIA_BASE_URL_H
#define MEDIA_BASE_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/error.h"
#include "media/base/limits.h"

#define URL_HOST_BYTES 256

struct url {
    bool tls;
    bool numeric;              /* host is an address, not a name */
    char host[URL_HOST_BYTES]; /* lower case as given; an IPv6 address without its brackets */
    uint16_t port;
    char path[LIMIT_URL_BYTES + 1]; /* "" or "/a/b", never a slash at the end */
};

/* Whether text begins as a URL does, with a scheme. Paths that begin so need ./ in front. */
bool url_is(const char *text);

/* ERROR_USAGE names the part that is wrong. */
int url_parse(const char *text, struct url *url, struct error *err) ERROR_MUST_CHECK;

/* Whether both lead to the same server: scheme, host and port. */
bool url_same_server(const struct url *a, const struct url *b);

#endif
