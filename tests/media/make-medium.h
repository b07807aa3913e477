/* SPDX-License-Identifier: ISC
 *
 * A small medium, made with the project's own writers in a folder of its own: chain, root document,
 * revocation lists, packages with recipes and frames, set, pack, export document. Each step leaves
 * its parts where a test can change them before the next. Whatever fails ends the test.
 *
 *   struct medium *medium = medium_new();
 *   medium_add_package(medium, "null", "1", 1, files, count);
 *   medium_write_set(medium);
 *   medium_write_export(medium);
 */
#ifndef TESTS_MEDIA_MAKE_MEDIUM_H
#define TESTS_MEDIA_MAKE_MEDIUM_H

#include "tests/media/site.h"
#include "tests/scratch.h"

#include "media/export.h"
#include "media/package.h"
#include "media/root.h"
#include "media/set.h"
#include "media/volume.h"

#define MEDIUM_RING "public"

struct medium_file {
    const char *name;
    const void *data;
    size_t size;
};

struct medium_frame {
    uint8_t digest[DIGEST_BYTES];
    struct bytes data;
};

struct medium {
    struct site *site;
    struct scratch *scratch;   /* work folder; removed by medium_free */
    int fd;                    /* the folder that holds "sallyport" */
    char path[300];            /* its name */
    struct root_document root; /* as last signed; version 0 before */
    struct bytes root_p7m;     /* newest root document */
    struct set_document *set;  /* the next set: ring, sequence, packages, lists are filled in */
    struct package_document package; /* requires and notes for the next package; then cleared */
    /* What the next package's document and recipe are made into before they are signed; then NULL. */
    void (*change)(struct package_document *package, struct bytes *recipe);
    struct export_document export; /* as last written */
    size_t frame_count;
    struct medium_frame *frames; /* of all packages added so far */
    uint32_t volume, volumes;    /* which frames and number a next export has; 0: all, 1 of 1 */
};

/* Site, folder, FORMAT, root document 1 (rings "internal" and "public"), list 1 of both CAs. */
struct medium *medium_new(void);
void medium_free(struct medium *medium);

/* Signs medium->root as it stands with its version one higher, by the site's first root-sign leaf,
 * and puts it into its place. */
void medium_write_root(struct medium *medium);

/* Revocation list of a CA (site->root or site->issuing), into its place and into medium->set. */
void medium_write_crl(struct medium *medium, const struct key *issuer, uint64_t number,
                      const struct certify_revocation *revocations, size_t count);

/* Builds a package from files: recipe, document and frames; a row of medium->set, in the place of
 * an earlier one of its type. `id` (may be NULL) gets its package-id. */
void medium_add_package(struct medium *medium, const char *type, const char *version,
                        uint64_t issue, const struct medium_file *files, size_t count, uint8_t *id);

/* The same from a document and a recipe of one's own, whose digest and size are in the document. */
void medium_place_package(struct medium *medium, const struct package_document *package,
                          struct bytes_view recipe, uint8_t *id);

/* Signs medium->set for MEDIUM_RING by the site's first release leaf and puts it into its place;
 * medium->set is then the next one (sequence + 1, previous). */
void medium_write_set(struct medium *medium);

/* One pack with all frames, or each n-th where it is volume k of n; then the export document over every file that lies there. A pack and
 * an export document from before are replaced. */
void medium_write_export(struct medium *medium);

/* Signs and places JSON of one's own: path beneath the folder. */
void medium_write_document(struct medium *medium, enum document_kind kind, const struct key *key,
                           struct bytes_view json, const char *path);
/* A file beneath the folder, as it is. */
void medium_write(struct medium *medium, const char *path, const void *data, size_t size);
void medium_remove(struct medium *medium, const char *path);
/* Whole file; the caller's (bytes_clear). */
struct bytes medium_read(struct medium *medium, const char *path);
/* Name in the tree; returns out. */
const char *medium_path(enum volume_kind kind, const char *word, uint64_t number,
                        const uint8_t *digest, char out[static VOLUME_NAME_BYTES]);
/* Two packages of type "null" and "flags-supplement", a set and an export document. */
struct medium *medium_small(void);

#endif
