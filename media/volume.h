/* SPDX-License-Identifier: ISC
 *
 * The tree on a medium and behind an HTTP mirror: the patterns of its names, and nothing else.
 * (sallyport-set.5, Tree). All names are relative to the folder that holds "sallyport".
 */
#ifndef MEDIA_VOLUME_H
#define MEDIA_VOLUME_H

#include <stdint.h>

#include "media/base/error.h"
#include "media/digest.h"

#define VOLUME_ROOT        "sallyport"
#define VOLUME_FORMAT_TEXT "sallyport 1\n"
#define VOLUME_NAME_BYTES  512
#define VOLUME_INDEX_NAME  VOLUME_ROOT "/INDEX"

enum volume_kind {
    VOLUME_FORMAT,        /* sallyport/FORMAT */
    VOLUME_ROOT_DOCUMENT, /* sallyport/root/N.p7m */
    VOLUME_CRL,           /* sallyport/crl/ISSUER-NUMBER.crl */
    VOLUME_SET,           /* sallyport/rings/RING/set-SEQUENCE.p7m */
    VOLUME_SET_NEWEST,    /* sallyport/rings/RING/set.p7m (HTTP tree only) */
    VOLUME_PACKAGE,       /* sallyport/packages/TYPE/ID.p7m */
    VOLUME_RECIPE,        /* sallyport/recipes/DIGEST.rcp */
    VOLUME_PACK,          /* sallyport/packs/ID.tar */
    VOLUME_EXPORT,        /* sallyport/export.p7m */
    VOLUME_RECEIPT,       /* sallyport/receipts/ENDPOINT/COUNTER.p7m */
    VOLUME_OUTBOX,        /* sallyport/outbox/ENDPOINT/COUNTER.p7e */
    VOLUME_INDEX,         /* sallyport/INDEX (HTTP tree only; tree-index.h) */
};

struct volume_name {
    enum volume_kind kind;
    uint64_t number;              /* root version, CRL number, sequence, counter */
    uint8_t digest[DIGEST_BYTES]; /* issuer, package id, recipe digest, pack id */
    char word[65];                /* ring, type, endpoint */
};

/* Takes a name apart. Returns 0, or -1 when it is none of the patterns. */
int volume_parse(const char *path, struct volume_name *name) ERROR_MUST_CHECK;

/* Puts it together. Returns out. Numbers are decimal without leading zeros. */
const char *volume_format(const struct volume_name *name, char out[static VOLUME_NAME_BYTES]);

#endif
