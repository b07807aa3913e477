/* SPDX-License-Identifier: ISC
 *
 * The set document's JSON, sallyport.set/1: what one ring holds at one moment.
 * Set digest = SHA-384 of the JSON. Parsing here; set_write in libmediawrite only.
 */
#ifndef MEDIA_SET_H
#define MEDIA_SET_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/digest.h"
#include "media/wave.h"

struct set_package {
    char type[LIMIT_NAME_BYTES + 1];
    uint8_t id[DIGEST_BYTES];
    char version[LIMIT_VERSION_BYTES + 1];
    uint64_t issue;
    uint64_t size; /* bytes of the package document's JSON */
};

struct set_withdrawn {
    uint8_t id[DIGEST_BYTES];
    char *reason, *link; /* owned; link "" when none */
    bool harmful;
};

struct set_waves {
    char type[LIMIT_NAME_BYTES + 1]; /* "default" or a content type */
    struct wave_plan plan;
};

struct set_crl {
    uint8_t issuer[DIGEST_BYTES]; /* SHA-384 of the issuer's SPKI */
    uint64_t number;
    uint8_t digest[DIGEST_BYTES]; /* of the DER */
};

struct set_document {
    char ring[LIMIT_NAME_BYTES + 1];
    uint64_t sequence; /* 1.. */
    bool has_previous;
    uint8_t previous[DIGEST_BYTES]; /* set digest before; JSON null for the ring's first, which
                                       need not have sequence 1 */
    size_t package_count;
    struct set_package packages[LIMIT_SET_PACKAGES]; /* sorted by type, one each */
    size_t wave_count;                               /* "default" always present */
    struct set_waves waves[LIMIT_SET_PACKAGES + 1];
    size_t withdrawn_count;
    struct set_withdrawn *withdrawn;
    json_t *flags; /* {"NAME":[{"site","percent","value"}]}; checked; owned; media/flags.h */
    uint64_t root_version;
    size_t crl_count;
    struct set_crl crls[LIMIT_CRLS];
    int64_t expires_us;
    json_t *evidence; /* object, shown, not interpreted; owned */
};

/* Reads signed JSON. The document is initialised here; set_clear() it in every case.
 * ERROR_BAD_DOCUMENT names the member and what was expected. */
int set_parse(struct bytes_view json, struct set_document *set, struct error *err) ERROR_MUST_CHECK;
void set_clear(struct set_document *set);
/* Canonical JSON (libmediawrite); json is initialised here, bytes_clear() it in every case. What
 * set_parse would refuse is refused here. */
int set_write(const struct set_document *set, struct bytes *json,
              struct error *err) ERROR_MUST_CHECK;

#endif
