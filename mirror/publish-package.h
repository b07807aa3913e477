/* SPDX-License-Identifier: ISC
 *
 * From checked files to a signed package in the tree: frames, recipe, document. The catalog is told
 * in the caller's transaction, after everything is on disk.
 */
#ifndef MIRROR_PUBLISH_PACKAGE_H
#define MIRROR_PUBLISH_PACKAGE_H

#include "media/content-type.h"
#include "media/package-build.h"
#include "media/trust.h"
#include "mirror/keyring.h"
#include "mirror/publish-deltas.h"
#include "mirror/repository.h"
#include "mirror/store.h"

struct publish_package {
    struct repository *repository; /* these are borrowed */
    struct trust *trust;
    struct keyring *keyring;
    const char *key; /* --key for the content role, or NULL */
    const struct content_type *type;
    const char *version;               /* NULL: made from date and issue */
    const char *notes;                 /* "" for none */
    struct progress *progress;         /* of comparing with earlier packages; NULL: nobody looks */
    const struct package_source *held; /* the files, open; NULL: they lie in a folder; borrowed */
    struct seal_key *seal;             /* NULL: not sealed; owned, wiped */
    struct store_writer *store;
    struct package_built built;
    struct publish_deltas deltas;
    struct catalog_package entry; /* what the catalog gets */
};

/* Finds the content key of a sealed type. publish_package_end() in every case. */
int publish_package_begin(struct publish_package *package, struct error *err) ERROR_MUST_CHECK;
void publish_package_end(struct publish_package *package);

/* Cuts, packs and lists the files beneath folder_fd, or those that are held, and compares them with earlier packages unless
 * they are sealed. *unchanged: the type's newest package has just
 * these files (and that version, where one is asked for): entry is that one. ERROR_USAGE when the
 * version is there with other content. */
int publish_package_build(struct publish_package *package, int folder_fd, bool *unchanged,
                          struct error *err) ERROR_MUST_CHECK;

/* Flushes frames and recipe, takes an issue, signs, judges and writes the document. */
int publish_package_sign(struct publish_package *package, struct error *err) ERROR_MUST_CHECK;

/* In the place of publish_package_sign: entry as it would be, but for the time. */
int publish_package_look_ahead(struct publish_package *package, struct error *err) ERROR_MUST_CHECK;

/* Within a transaction. */
int publish_package_enter(struct publish_package *package, struct error *err) ERROR_MUST_CHECK;

#endif
