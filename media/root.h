/* SPDX-License-Identifier: ISC
 *
 * The root document's JSON, sallyport.root/1: roots, roles, rings, windows. Parsing (root.c) and
 * writing (root-write.c, in libmediawrite only).
 */
#ifndef MEDIA_ROOT_H
#define MEDIA_ROOT_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/digest.h"
#include "media/document.h"
#include "media/floor-subject.h"
#include "media/wave.h"

struct root_role {
    uint64_t threshold;            /* 1..LIMIT_SIGNERS; 0 in JSON is refused */
    size_t pin_count;              /* 0: any certificate of the role */
    uint8_t (*pins)[DIGEST_BYTES]; /* SHA-384 of SPKI; owned */
};

struct root_ring {
    char name[LIMIT_NAME_BYTES + 1];
    uint64_t threshold;     /* release signatures a set of this ring needs */
    bool production;        /* false: only endpoints enrolled as test endpoints */
    struct wave_plan waves; /* default waves of this ring */
};

struct root_floor_reset {                /* signed reset of a floor */
    char endpoint[LIMIT_NAME_BYTES + 1]; /* "*": all */
    char subject[FLOOR_SUBJECT_BYTES];   /* "type:NAME" or "ring:NAME" */
    int64_t time_us;
    uint64_t number; /* issue or sequence */
};

struct root_document {
    uint64_t version;
    size_t root_count;
    struct bytes roots[LIMIT_ROOT_CERTIFICATES]; /* DER */
    struct root_role roles[ROLE_COUNT];          /* by enum document_role; ROLE_ENDPOINT unused */
    size_t ring_count;
    struct root_ring rings[LIMIT_RINGS];       /* in release order */
    int64_t window_before_us, window_after_us; /* timestamp.window: default 5 and 15 minutes */
    char *ingest_key;                          /* PEM, or NULL */
    size_t reset_count;
    struct root_floor_reset *resets;
    int64_t expires_us;
};

/* Parses signed JSON. The document is initialised here; root_clear() it in every case. */
int root_parse(struct bytes_view json, struct root_document *root,
               struct error *err) ERROR_MUST_CHECK;
void root_clear(struct root_document *root);
/* Canonical JSON (libmediawrite); json is initialised here, bytes_clear() it in every case. What
 * root_parse would refuse is refused here. */
int root_write(const struct root_document *root, struct bytes *json,
               struct error *err) ERROR_MUST_CHECK;
/* The ring of a name, or NULL. */
const struct root_ring *root_ring(const struct root_document *root, const char *name);

#endif
