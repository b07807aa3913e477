/* SPDX-License-Identifier: ISC
 *
 * From a package's recipe and the tree's frames back to its files, every byte matched by digest:
 * what promote gives to the driver, and what verify proves.
 */
#ifndef MIRROR_REBUILD_H
#define MIRROR_REBUILD_H

#include "media/package.h"
#include "media/recipe.h"
#include "mirror/repository.h"
#include "mirror/store.h"

/* The package's full recipe, read and matched with the digest that the package names. `data` and
 * `recipe` are initialised here; clear both in every case (recipe first). */
int rebuild_recipe(struct repository *repository, const struct package_document *package,
                   struct bytes *data, struct recipe *recipe, struct error *err) ERROR_MUST_CHECK;

/* The recipe of that digest, which matches it: whoever may sign today, it is what it was. Initialised
 * here and cleared as above. */
int rebuild_recipe_named(const struct repository *repository,
                         const uint8_t digest[static DIGEST_BYTES], struct bytes *data,
                         struct recipe *recipe, struct error *err) ERROR_MUST_CHECK;

/* Writes the package's files beneath folder_fd, which is empty. folder_fd -1: only proves that they
 * could be written. */
int rebuild_files(struct repository *repository, const struct package_document *package,
                  int folder_fd, struct error *err) ERROR_MUST_CHECK;

#endif
