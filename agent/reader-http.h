/* SPDX-License-Identifier: ISC
 *
 * sallyport-reader-http from inside: one HTTP mirror and one connection to it. What a mirror sends
 * is bounded before it is taken: status, header lines and length before the first byte of a body,
 * never a byte more than was asked for, a least speed, a longest time.
 *
 * reader-http-fetch.c  one request: tries, resuming where one broke off, what each failure is called
 * reader-http-curl.c   one try, by libcurl
 * reader-http-tree.c   names, sizes and bytes out of requests
 */
#ifndef AGENT_READER_HTTP_H
#define AGENT_READER_HTTP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/reader-serve.h"
#include "media/base/bytes.h"
#include "media/base/error.h"
#include "media/base/url.h"

/* What is asked of the mirror. */
struct http_request {
    const char *name; /* "sallyport/..." */
    bool head;        /* its size only */
    bool part;        /* size bytes from offset; else the whole, of at most `size` bytes */
    uint64_t offset;
    size_t size;
    uint8_t *out; /* room for size bytes; NULL with head */
};

/* What came. */
struct http_answer {
    size_t got;     /* bytes in out */
    uint64_t total; /* size of the file, as the mirror says */
};

struct http_mirror;

/* Prepares a connection, makes none. addresses: "A,B" for the host, NULL where it is numeric.
 * ca_file: how curl gets at the pinned authorities; NULL without TLS. Both borrowed. */
int http_open(const struct url *url, const char *addresses, const char *ca_file,
              struct http_mirror **mirror, struct error *err) ERROR_MUST_CHECK;
void http_close(struct http_mirror *mirror);

/* Carries a request out. Errors name the object and what happened: ERROR_NOT_FOUND (404, 410),
 * ERROR_MEDIUM_GONE (no connection, or status 5xx), ERROR_TIMEOUT (too slow), ERROR_LIMIT (larger
 * than request->size), ERROR_BLOCKED (not a certificate of the pinned authority),
 * ERROR_MEDIUM_DAMAGED (anything that a static mirror does not send: redirects, encodings, other
 * ranges or lengths, an end before the end). */
int http_fetch(struct http_mirror *mirror, const struct http_request *request,
               struct http_answer *answer, struct error *err) ERROR_MUST_CHECK;

/* One try. *again: whether another one may do better; answer->got bytes are good in any case. */
int http_try(CURL *curl, const struct url *url, const struct http_request *request,
             struct http_answer *answer, uint64_t deadline_ms, bool *again,
             struct error *err) ERROR_MUST_CHECK;

/* The tree behind a mirror. */
struct http_tree;
/* failure: why there is no mirror to ask (mirror is NULL), which is then every answer; or NULL. */
struct http_tree *http_tree_new(struct http_mirror *mirror, const struct error *failure);
void http_tree_free(struct http_tree *tree);
extern const struct reader_methods http_tree_methods;

#endif
