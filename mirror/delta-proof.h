/* SPDX-License-Identifier: ISC
 *
 * Proving that a package comes out of another one by a recipe that builds on it, as on an endpoint
 * that has that one: every range, frame and file matched, nothing written.
 */
#ifndef MIRROR_DELTA_PROOF_H
#define MIRROR_DELTA_PROOF_H

#include "media/package.h"
#include "mirror/repository.h"

/* recipe: of the package, with a base. ERROR_BAD_RECIPE, ERROR_BAD_DIGEST, ERROR_BAD_FRAME,
 * ERROR_NOT_FOUND. */
int delta_prove(struct repository *repository, const struct package_document *package,
                const struct package_recipe *recipe, struct error *err) ERROR_MUST_CHECK;

#endif
