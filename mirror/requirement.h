/* SPDX-License-Identifier: ISC
 *
 * What a package requires (sallyport-set(5), 3.4): content that builds on content of another type is
 * good for nothing with less of that than it was made and tested with.
 */
#ifndef MIRROR_REQUIREMENT_H
#define MIRROR_REQUIREMENT_H

#include "media/package.h"
#include "media/set.h"
#include "media/trust.h"
#include "mirror/repository.h"

/* Writes into a document of document->type what the type builds on (media/content-type.h), as the
 * first ring holds it now; nothing where the ring holds none of it. */
int requirement_write(const struct repository *repository, struct trust *trust,
                      struct package_document *document, struct error *err) ERROR_MUST_CHECK;

/* The first of these requirements that packages of a set do not meet; NULL: all are met. */
const struct package_requirement *requirement_unmet(const struct package_requirement *wanted,
                                                    size_t wanted_count,
                                                    const struct set_package *packages,
                                                    size_t package_count);

#endif
