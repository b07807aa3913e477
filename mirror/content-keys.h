/* SPDX-License-Identifier: ISC
 *
 * The keys of sealed content: the newest seals what is published, those before it stay with the
 * endpoints for what was sealed by them. One sealed file, replaced whole.
 */
#ifndef MIRROR_CONTENT_KEYS_H
#define MIRROR_CONTENT_KEYS_H

#include "media/enrolment.h"
#include "media/trust.h"
#include "mirror/keyring.h"

/* Puts a fresh key in front. id (of LIMIT_NAME_BYTES + 1) gets its name: "content-2".  ERROR_LIMIT
 * past ENROLMENT_KEYS: retire one first. */
int content_keys_add(struct enrolment *keys, char *id, struct error *err) ERROR_MUST_CHECK;

/* Takes one out. ERROR_NOT_FOUND; ERROR_USAGE for the newest. */
int content_keys_retire(struct enrolment *keys, const char *id, struct error *err) ERROR_MUST_CHECK;

/* Whether a package of a newest set is sealed with it: then endpoints still need it. */
int content_keys_in_use(const struct repository *repository, struct trust *trust, const char *id,
                        bool *in_use, struct error *err) ERROR_MUST_CHECK;

/* Writes the file under the repository's passphrase. */
int content_keys_write(const struct repository *repository, struct keyring *keyring,
                       const struct enrolment *keys, struct error *err) ERROR_MUST_CHECK;

#endif
