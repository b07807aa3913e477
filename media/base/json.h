/* SPDX-License-Identifier: ISC
 *
 * Strict, bounded JSON on top of jansson: UTF-8, no duplicate keys, integers only, depth bounded by
 * LIMIT_JSON_DEPTH, nothing after the value, unknown keys refused. And the canonical writer: sorted
 * keys, no white space. Callers include <jansson.h> types through this header.
 * A program that enters a sandbox calls json_object_seed(0) before: jansson reads /dev/urandom at
 * its first object.
 */
#ifndef MEDIA_BASE_JSON_H
#define MEDIA_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

/* Parses one object or array. *root is the caller's (json_decref); NULL on failure.
 * ERROR_BAD_DOCUMENT with line and column. The caller has checked the size limit. */
int json_read(const void *data, size_t size, json_t **root, struct error *err) ERROR_MUST_CHECK;

/* Appends the canonical form: sorted keys, compact, UTF-8 unescaped where JSON allows, no LF. */
int json_write(const json_t *root, struct bytes *out, struct error *err) ERROR_MUST_CHECK;

/* Whether a string is what JSON_NAME accepts; also for names from a command line. */
bool json_name_valid(const char *name);

/* Whether a string is what JSON_TEXT accepts: UTF-8, no C0 controls but LF and TAB, at most max
 * bytes; also for words from a command line. */
bool json_text_valid(const char *text, size_t max);

/* What a field must be. Strings are borrowed from the json_t. */
enum json_kind {
    JSON_TEXT,    /* const char **, UTF-8, min..max bytes, no C0 controls but LF and TAB */
    JSON_NAME,    /* const char **, [a-z0-9] then [a-z0-9._-]*, at most LIMIT_NAME_BYTES */
    JSON_COUNT,   /* uint64_t *, min..max */
    JSON_FLAG,    /* bool * */
    JSON_LIST,    /* json_t **, an array of min..max elements */
    JSON_TABLE,   /* json_t **, an object of min..max members */
    JSON_SHA384,  /* uint8_t[48], 96 lower-case hex digits */
    JSON_INSTANT, /* int64_t *, microseconds, RFC 3339 UTC as instant_format writes it */
};

enum json_need {
    JSON_REQUIRED,
    JSON_OPTIONAL /* key may be absent */,
    JSON_NULLABLE /* key required, null allowed */
};

/* One row of a field table. `out` points to what `kind` says; it is left alone when the key is
 * absent or null, so callers preset it. `present` (may be NULL) tells whether a value was there. */
struct json_field {
    const char *key;
    enum json_kind kind;
    enum json_need need;
    void *out;
    uint64_t min;
    uint64_t max;
    bool *present;
};

/* Reads the fields of an object: each row's key, nothing else. ERROR_BAD_DOCUMENT names the key and
 * what was expected. */
int json_fields(const json_t *object, const struct json_field *fields, size_t count,
                struct error *err) ERROR_MUST_CHECK;

#endif
