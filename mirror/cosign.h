/* SPDX-License-Identifier: ISC
 *
 * One more signature for a set that waits in pending/.
 */
#ifndef MIRROR_COSIGN_H
#define MIRROR_COSIGN_H

#include "mirror/pending.h"
#include "mirror/ring.h"

/* Adds one more signature to what waits for a ring; with enough of them the set is written to the
 * tree, to be entered and shown. It is checked as if it were made now (pending_check) before the
 * key touches it: nobody signs what they have not been shown to be sound. With a dry run that is
 * all. *before is what was there: the caller's (pending_free), NULL when it can't be read.
 * ERROR_NOT_FOUND when nothing waits. */
int cosign_pending(const struct ring_signer *signer, const char *ring, struct pending **before,
                   struct ring_result *result, struct error *err) ERROR_MUST_CHECK;

#endif
