/* SPDX-License-Identifier: ISC
 *
 * mirror.conf: the organisation, the timestamp authority and the signing keys of a repository.
 * Unknown sections and keys are errors with file, line and the nearest known name.
 *
 *   [mirror]                      [timestamp]              [key NAME]
 *   organisation = Example        url = https://tsa...     role = release
 *   set-days = 30                 ca = tsa-ca.pem          locator = keys/release.key
 *   keys = protected                                       certificates = keys/release.pem
 *   deltas = 3
 *
 *   [upstream]                    a mirror of that mirror: it signs nothing of its own
 *   source = https://mirror...    (mirror/sync.h)
 *   ca = upstream-ca.pem
 */
#ifndef MIRROR_SETTINGS_H
#define MIRROR_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/document.h"

#define SETTINGS_FILE     "mirror.conf"
#define SETTINGS_BYTES    (64 * KIB)
#define SETTINGS_KEYS     32
#define SETTINGS_SET_DAYS 30 /* how long a set says of itself that it is current */
#define SETTINGS_DELTAS   3  /* packages before a new one that it can be made of, for each type */

struct settings_key {
    char *name; /* "release-2": what --key takes */
    bool has_role;
    enum document_role role;
    char *locator;      /* file beneath the repository or absolute, or pkcs11: URI */
    char *certificates; /* PEM file, leaf first, without the root */
};

struct settings {
    char *organisation;
    uint64_t set_days, deltas;
    bool unprotected;  /* keys = unprotected: key files are not encrypted */
    char *tsa_url;     /* NULL: the built-in authority signs with the timestamp key */
    char *tsa_ca;      /* NULL: the system's */
    char *upstream;    /* what sync reads; NULL: this repository signs for itself */
    char *upstream_ca; /* PEM file of the authority of an https upstream, or NULL */
    size_t key_count;  /* in the order of the file */
    struct settings_key keys[SETTINGS_KEYS];
};

/* Reads the text of the file `name` (for messages). settings is initialised here; settings_clear()
 * in every case. ERROR_CONFIG as "name:line: words". */
int settings_parse(const char *name, struct bytes_view text, struct settings *settings,
                   struct error *err) ERROR_MUST_CHECK;
void settings_clear(struct settings *settings);

/* The text that settings_parse reads back. out is initialised by the caller. */
int settings_write(const struct settings *settings, struct bytes *out,
                   struct error *err) ERROR_MUST_CHECK;

/* The section of one key; appended. */
int settings_write_key(const struct settings_key *key, struct bytes *out,
                       struct error *err) ERROR_MUST_CHECK;

/* Appends a key; strings are copied. ERROR_LIMIT at SETTINGS_KEYS. */
int settings_add_key(struct settings *settings, const char *name, enum document_role role,
                     const char *locator, const char *certificates,
                     struct error *err) ERROR_MUST_CHECK;

/* Takes one out. */
void settings_drop_key(struct settings *settings, size_t index);

/* The key of that name or locator; NULL when there is none. */
const struct settings_key *settings_find_key(const struct settings *settings, const char *name);

#endif
