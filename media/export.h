/* SPDX-License-Identifier: ISC
 *
 * The export document's JSON, sallyport.export/1: who exported what onto which medium, every file
 * listed, and which volume of the export holds what. Parsing here; export_write in libmediawrite only.
 */
#ifndef MEDIA_EXPORT_H
#define MEDIA_EXPORT_H

#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/digest.h"

struct export_set {
    char ring[LIMIT_NAME_BYTES + 1];
    uint64_t sequence;
    uint8_t digest[DIGEST_BYTES];
};

struct export_file {
    char *path; /* below sallyport/, one of the format's patterns (volume.h); owned */
    uint64_t size;
    uint8_t digest[DIGEST_BYTES];
};

/* Where the frames of a package are: volumes that hold at least one of them. */
struct export_package {
    uint8_t id[DIGEST_BYTES];
    size_t volume_count; /* 0: a package without frames */
    uint32_t *volumes;   /* rising; owned */
};

struct export_document {
    uint8_t
        id[DIGEST_BYTES]; /* of the whole export: the same on all its volumes, and on no other's */
    size_t set_count;
    struct export_set sets[LIMIT_RINGS];
    uint64_t volume, volumes;     /* k of n, from 1 */
    char base[DIGEST_TEXT_BYTES]; /* set digest that the other side is taken to have; "" (null):
                                     full */
    size_t package_count;
    struct export_package *packages; /* of all sets, sorted by id, no two alike; owned */
    size_t file_count;
    struct export_file
        *files; /* sorted by path, no two alike; owned. export.p7m itself not listed */
    char exporter[LIMIT_NAME_BYTES + 1];
    char medium_id[LIMIT_NAME_BYTES + 1]; /* VID:PID; "" where not bound: JSON medium null */
    char medium_serial[129], medium_filesystem[65];
    int64_t created_us;
};

/* Reads signed JSON. The document is initialised here; export_clear() it in every case.
 * ERROR_BAD_DOCUMENT names the member and what was expected. */
int export_parse(struct bytes_view json, struct export_document *export,
                 struct error *err) ERROR_MUST_CHECK;
void export_clear(struct export_document *export);

/* The row of a package; NULL when the export has none of this id. */
const struct export_package *export_find_package(const struct export_document *export,
                                                 const uint8_t id[static DIGEST_BYTES]);
/* Canonical JSON (libmediawrite); json is initialised here, bytes_clear() it in every case. What
 * export_parse would refuse is refused here. */
int export_write(const struct export_document *export, struct bytes *json,
                 struct error *err) ERROR_MUST_CHECK;

#endif
