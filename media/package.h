/* SPDX-License-Identifier: ISC
 *
 * The package document's JSON, sallyport.package/1: one version of one content type.
 * package-id = SHA-384 of the JSON. Parsing here; package_write in libmediawrite only.
 */
#ifndef MEDIA_PACKAGE_H
#define MEDIA_PACKAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/digest.h"

struct package_recipe {
    bool has_base;
    uint8_t base[DIGEST_BYTES];   /* package-id that this recipe builds on */
    uint8_t digest[DIGEST_BYTES]; /* of the recipe file */
    uint64_t size;                /* bytes of the recipe file */
    uint64_t packed_size;         /* bytes of the frames that it names */
};

struct package_requirement {
    char type[LIMIT_NAME_BYTES + 1];
    uint64_t issue; /* at least this issue */
};

struct package_document {
    char type[LIMIT_NAME_BYTES + 1];
    char version[LIMIT_VERSION_BYTES + 1];
    uint64_t issue;                    /* 1.. counter of this type */
    uint64_t schema_low, schema_high;  /* "content_schema": [low, high] of the source format */
    uint64_t abi_low, abi_high;        /* "abi": [low, high] of the driver contract */
    char sealed[LIMIT_NAME_BYTES + 1]; /* key id; "" (JSON null): not sealed */
    size_t recipe_count;               /* exactly one has no base */
    struct package_recipe recipes[LIMIT_RECIPES];
    uint64_t files, bytes; /* of the content as installed */
    size_t requirement_count;
    struct package_requirement requirements[LIMIT_REQUIRES];
    char *notes; /* owned; "" when none */
};

/* Reads signed JSON. The document is initialised here; package_clear() it in every case.
 * ERROR_BAD_DOCUMENT names the member and what was expected. */
int package_parse(struct bytes_view json, struct package_document *package,
                  struct error *err) ERROR_MUST_CHECK;
void package_clear(struct package_document *package);
/* Canonical JSON (libmediawrite); json is initialised here, bytes_clear() it in every case. What
 * package_parse would refuse is refused here. */
int package_write(const struct package_document *package, struct bytes *json,
                  struct error *err) ERROR_MUST_CHECK;
/* The recipe without a base. */
const struct package_recipe *package_full_recipe(const struct package_document *package);

#endif
