/* SPDX-License-Identifier: ISC
 *
 * Beside a package's full recipe: recipes that make it of the packages of its type before it, for
 * endpoints that have one of those. (mirror.conf: deltas = N)
 */
#ifndef MIRROR_PUBLISH_DELTAS_H
#define MIRROR_PUBLISH_DELTAS_H

#include "media/package-build.h"
#include "media/package.h"
#include "mirror/progress.h"
#include "mirror/repository.h"
#include "mirror/store.h"

/* What came of one base. */
struct publish_delta {
    struct catalog_package base;
    bool kept;                    /* false: the full recipe is hardly larger, or problem says why */
    struct package_recipe recipe; /* where it is kept */
    struct bytes data;            /* the recipe's bytes */
    struct error problem; /* the base can't be read any more (verify tells more), or built on */
};

struct publish_deltas {
    size_t count;
    struct publish_delta rows[LIMIT_RECIPES - 1]; /* newest base first */
};

/* Compares the content in a folder, or in files that are held open, whose full recipe is built, with the
 * last packages of the type: each content once, none that is withdrawn. Frames go to the store's
 * writer; the tree is not touched. deltas is initialised here; publish_deltas_clear() always. */
int publish_deltas_build(struct repository *repository, const char *type, int folder_fd,
                         const struct package_source *held, const struct package_built *built,
                         struct store_writer *store, struct progress *progress,
                         struct publish_deltas *deltas, struct error *err) ERROR_MUST_CHECK;
void publish_deltas_clear(struct publish_deltas *deltas);

/* Adds the recipes to the document, which has the full one, in the order that it asks for. */
void publish_deltas_describe(const struct publish_deltas *deltas, struct package_document *package);

/* Writes the recipes into the tree; then, within a transaction, enters them. */
int publish_deltas_write(const struct publish_deltas *deltas, const struct repository *repository,
                         struct error *err) ERROR_MUST_CHECK;
int publish_deltas_enter(const struct publish_deltas *deltas, struct catalog *catalog,
                         const uint8_t package[static DIGEST_BYTES],
                         struct error *err) ERROR_MUST_CHECK;

#endif
