/* SPDX-License-Identifier: ISC
 *
 * The export document's JSON, sallyport.export/1: who exported what onto which medium, every file
 * listed. Parsing here; export_write in libmediawrite only.
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

struct export_document {
    size_t set_count;
    struct export_set sets[LIMIT_RINGS];
    uint64_t volume, volumes;     /* k of n, from 1 */
    char base[DIGEST_TEXT_BYTES]; /* set digest that the other side is taken to have; "" (null):
                                     full */
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
/* Canonical JSON (libmediawrite); json is initialised here, bytes_clear() it in every case. What
 * export_parse would refuse is refused here. */
int export_write(const struct export_document *export, struct bytes *json,
                 struct error *err) ERROR_MUST_CHECK;

#endif
