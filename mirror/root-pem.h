/* SPDX-License-Identifier: ISC
 *
 * root.pem: the roots of the newest root document as text, for judges that know nothing of ours.
 */
#ifndef MIRROR_ROOT_PEM_H
#define MIRROR_ROOT_PEM_H

#include "media/root.h"
#include "mirror/repository.h"

/* What the file says under that root document. text is initialised here. */
int root_pem_text(const struct root_document *root, struct bytes *text,
                  struct error *err) ERROR_MUST_CHECK;

/* Writes it where the file says anything else: after a new root document, and after a cut. */
int root_pem_settle(const struct repository *repository, const struct root_document *root,
                    struct error *err) ERROR_MUST_CHECK;

#endif
