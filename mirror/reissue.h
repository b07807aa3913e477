/* SPDX-License-Identifier: ISC
 *
 * Old content under a new issue and time: the way back, for endpoints refuse what is older than
 * what they have seen. The recipe and its frames are in the tree; only the document is new.
 */
#ifndef MIRROR_REISSUE_H
#define MIRROR_REISSUE_H

#include "mirror/ring.h"

/* The package that a version of a type is re-issued from: its newest issue. despite: also when it
 * is withdrawn, else ERROR_WITHDRAWN. ERROR_NOT_FOUND. */
int reissue_find(struct catalog *catalog, const char *type, const char *version, bool despite,
                 struct catalog_package *base, struct error *err) ERROR_MUST_CHECK;

/* Judges, rebuilds and checks it, then signs and writes the new document. content_key: --key for
 * the content role, or NULL; notes: of the new one, NULL: as they were. *entry is what the catalog
 * gets. With the signer's dry run nothing is signed, and entry has the issue that it would have. */
int reissue_sign(const struct ring_signer *signer, const char *content_key, const char *libexec,
                 const struct catalog_package *base, const char *notes,
                 struct catalog_package *entry, struct error *err) ERROR_MUST_CHECK;

#endif
