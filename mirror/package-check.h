/* SPDX-License-Identifier: ISC
 *
 * The proof that a package of the tree may go on: rebuilt from its frames, every byte matched, and
 * checked by its driver as it is today.
 */
#ifndef MIRROR_PACKAGE_CHECK_H
#define MIRROR_PACKAGE_CHECK_H

#include "media/package.h"
#include "mirror/ring.h"

/* ERROR_DRIVER_MISSING and ERROR_DRIVER_REFUSED speak of this content; what else fails, of the
 * repository or the machine. */
int package_check(const struct ring_signer *signer, const char *libexec,
                  const struct package_document *package, struct error *err) ERROR_MUST_CHECK;

#endif
