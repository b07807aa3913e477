/* SPDX-License-Identifier: ISC
 *
 * What a mirror holds: packages, the packs with their frames, the sets of each ring, endpoints, and
 * how far each type and ring has come. A SQLite database beside the tree. Files are always there
 * before the catalog speaks of them, so after a cut it never promises what is missing.
 */
#ifndef MIRROR_CATALOG_H
#define MIRROR_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/digest.h"

struct catalog;
struct db;

struct catalog_package {
    uint8_t id[DIGEST_BYTES];
    char type[LIMIT_NAME_BYTES + 1];
    char version[LIMIT_VERSION_BYTES + 1];
    uint64_t issue;
    int64_t time_us;              /* genTime */
    uint8_t recipe[DIGEST_BYTES]; /* of the full recipe */
    uint64_t size;                /* bytes of the package document's JSON */
    uint64_t files, bytes, packed;
};

struct catalog_set {
    char ring[LIMIT_NAME_BYTES + 1];
    uint64_t sequence;
    uint8_t digest[DIGEST_BYTES];
    int64_t time_us;
};

struct catalog_pack {
    int64_t number; /* of this catalog only */
    uint8_t id[DIGEST_BYTES];
    uint64_t size;
};

struct catalog_frame {
    int64_t pack; /* catalog_pack.number */
    uint64_t offset;
    uint32_t length;
};

struct catalog_endpoint {
    char name[LIMIT_NAME_BYTES + 1];
    char ring[LIMIT_NAME_BYTES + 1];
    uint8_t serial[16];
    uint8_t token[32]; /* checks the HMAC of the first receipt */
    int64_t made_us;
};

/* ERROR_CATALOG_CORRUPT: it is damaged, as for all below. */
int catalog_open(const char *path, struct catalog **catalog, struct error *err) ERROR_MUST_CHECK;
void catalog_close(struct catalog *catalog);
/* For the modules that have tables of their own in it (mirror/decision.h, mirror/pruning.h). */
struct db *catalog_db(struct catalog *catalog);

/* One transaction at a time. */
int catalog_begin(struct catalog *catalog, struct error *err) ERROR_MUST_CHECK;
int catalog_commit(struct catalog *catalog, struct error *err) ERROR_MUST_CHECK;
void catalog_rollback(struct catalog *catalog);

/* The next number of a "type" or "ring": one more than any given out before, committed at once, so
 * that no number is ever used for two documents, whatever happens after. `last_us` gets the newest
 * time of that subject (0: none). */
int catalog_reserve(struct catalog *catalog, const char *subject, const char *name,
                    uint64_t *number, int64_t *last_us, struct error *err) ERROR_MUST_CHECK;
/* How far a subject has come: the last number given out and the newest time; both 0: none yet. */
int catalog_progress(struct catalog *catalog, const char *subject, const char *name,
                     uint64_t *number, int64_t *last_us, struct error *err) ERROR_MUST_CHECK;
/* Says that a document of that subject carries this genTime; committed at once. */
int catalog_note_time(struct catalog *catalog, const char *subject, const char *name,
                      int64_t time_us, struct error *err) ERROR_MUST_CHECK;

/* Raises both to at least these, in the caller's transaction: for documents that others numbered. */
int catalog_raise(struct catalog *catalog, const char *subject, const char *name, uint64_t number,
                  int64_t time_us, struct error *err) ERROR_MUST_CHECK;

int catalog_add_package(struct catalog *catalog, const struct catalog_package *package,
                        struct error *err) ERROR_MUST_CHECK;
int catalog_add_set(struct catalog *catalog, const struct catalog_set *set,
                    struct error *err) ERROR_MUST_CHECK;
/* *number is the pack's in this catalog. */
int catalog_add_pack(struct catalog *catalog, const uint8_t id[static DIGEST_BYTES], uint64_t size,
                     int64_t *number, struct error *err) ERROR_MUST_CHECK;
int catalog_add_frame(struct catalog *catalog, const uint8_t digest[static DIGEST_BYTES],
                      const struct catalog_frame *frame, struct error *err) ERROR_MUST_CHECK;
/* ERROR_USAGE when an endpoint of that name is there and replace is false. */
int catalog_add_endpoint(struct catalog *catalog, const struct catalog_endpoint *endpoint,
                         bool replace, struct error *err) ERROR_MUST_CHECK;

/* *found false: no such thing. */
int catalog_find_package(struct catalog *catalog, const uint8_t id[static DIGEST_BYTES],
                         struct catalog_package *package, bool *found,
                         struct error *err) ERROR_MUST_CHECK;
/* By type and issue, which no two packages share. */
int catalog_find_issue(struct catalog *catalog, const char *type, uint64_t issue,
                       struct catalog_package *package, bool *found,
                       struct error *err) ERROR_MUST_CHECK;
/* The highest issue of a type; or of that version of it. */
int catalog_newest_package(struct catalog *catalog, const char *type, const char *version,
                           struct catalog_package *package, bool *found,
                           struct error *err) ERROR_MUST_CHECK;
/* The highest issue of a type with this content. */
int catalog_newest_content(struct catalog *catalog, const char *type,
                           const uint8_t recipe[static DIGEST_BYTES],
                           struct catalog_package *package, bool *found,
                           struct error *err) ERROR_MUST_CHECK;
int catalog_newest_set(struct catalog *catalog, const char *ring, struct catalog_set *set,
                       bool *found, struct error *err) ERROR_MUST_CHECK;
int catalog_find_frame(struct catalog *catalog, const uint8_t digest[static DIGEST_BYTES],
                       struct catalog_frame *frame, bool *found,
                       struct error *err) ERROR_MUST_CHECK;
int catalog_find_pack(struct catalog *catalog, int64_t number, struct catalog_pack *pack,
                      bool *found, struct error *err) ERROR_MUST_CHECK;

/* All of them: packages by type and issue, sets by ring and sequence, packs by number, endpoints by
 * name. The array is the caller's (free). */
int catalog_packages(struct catalog *catalog, struct catalog_package **packages, size_t *count,
                     struct error *err) ERROR_MUST_CHECK;
int catalog_sets(struct catalog *catalog, struct catalog_set **sets, size_t *count,
                 struct error *err) ERROR_MUST_CHECK;
int catalog_packs(struct catalog *catalog, struct catalog_pack **packs, size_t *count,
                  struct error *err) ERROR_MUST_CHECK;
int catalog_endpoints(struct catalog *catalog, struct catalog_endpoint **endpoints, size_t *count,
                      struct error *err) ERROR_MUST_CHECK;

/* Whether the catalog knows a file of the tree by its name: a recipe or pack by digest, a set by ring
 * and sequence. */
enum catalog_kind { CATALOG_RECIPE, CATALOG_PACK, CATALOG_SET };
int catalog_knows(struct catalog *catalog, enum catalog_kind kind, const char *ring,
                  uint64_t sequence, const uint8_t digest[static DIGEST_BYTES], bool *known,
                  struct error *err) ERROR_MUST_CHECK;

/* How many frames the catalog places in a pack. */
int catalog_pack_frames(struct catalog *catalog, int64_t pack, uint64_t *count,
                        struct error *err) ERROR_MUST_CHECK;

#endif
