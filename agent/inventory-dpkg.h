/* SPDX-License-Identifier: ISC
 *
 * The packages that dpkg says are installed, from /var/lib/dpkg/status: paragraphs of "Field: value",
 * apart by empty lines (deb822(5)). Read once, then found by name.
 */
#ifndef AGENT_INVENTORY_DPKG_H
#define AGENT_INVENTORY_DPKG_H

#include <stddef.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

struct inventory_dpkg;

/* text stays the caller's and must outlive it. A paragraph without an installed package, or with a
 * name or version that dpkg would not take, is left out. ERROR_BAD_CONTENT names the line that is
 * neither a field nor the rest of one; ERROR_LIMIT beyond LIMIT_DPKG_PACKAGES. */
int inventory_dpkg_read(struct bytes_view text, struct inventory_dpkg **packages,
                        struct error *err) ERROR_MUST_CHECK;
void inventory_dpkg_free(struct inventory_dpkg *packages);

size_t inventory_dpkg_count(const struct inventory_dpkg *packages);

/* The version of an installed package, borrowed from the text; 0 bytes where there is none. Of
 * several architectures of one package the first counts. */
struct bytes_view inventory_dpkg_version(const struct inventory_dpkg *packages, const char *name);

#endif
