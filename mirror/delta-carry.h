/* SPDX-License-Identifier: ISC
 *
 * A content that is issued again: whoever has the issue before has all of it. Its document names a
 * recipe of copies that says so, beside the recipes that the issue before had.
 */
#ifndef MIRROR_DELTA_CARRY_H
#define MIRROR_DELTA_CARRY_H

#include "media/package.h"
#include "mirror/repository.h"

/* package: the document of the issue `before`, to be signed again. Adds the recipe of copies, and
 * writes it into the tree unless it is only looked at. Nothing for sealed content, and where the
 * document has no room for one more. */
int delta_carry_describe(const struct repository *repository,
                         const uint8_t before[static DIGEST_BYTES], bool dry_run,
                         struct package_document *package, struct error *err) ERROR_MUST_CHECK;

/* Once it is signed as `id`: which of the recipes that it names are here. */
int delta_carry_enter(struct catalog *catalog, const uint8_t before[static DIGEST_BYTES],
                      const struct package_document *package, const uint8_t id[static DIGEST_BYTES],
                      struct error *err) ERROR_MUST_CHECK;

#endif
