/* SPDX-License-Identifier: ISC
 *
 * After a revocation or a new root document: what is no longer acceptable is signed again with the
 * keys that are left. A package becomes a new issue of the same content, so that endpoints which
 * have it move forward and fetch nothing new by way of frames; the newest set of each ring is made
 * again with it.
 */
#ifndef MIRROR_RESIGN_H
#define MIRROR_RESIGN_H

#include "mirror/report.h"
#include "mirror/ring.h"

struct resign {
    size_t package_count, set_count, pending_count;
    struct ring_result sets[LIMIT_RINGS]; /* pending ones too */
    size_t dropped_count; /* rings whose waiting set was signed with what counts no more */
    char dropped[LIMIT_RINGS][LIMIT_NAME_BYTES + 1];
};

/* Goes through all rings in order. A set that waits in pending/ and could never be released any more
 * is dropped. Where everything is acceptable nothing is opened, not even a key;
 * with evidence (may be NULL) the newest set of a ring is also made again where it does not ask for the
 * newest revocation lists, and carries it. signer->key
 * is the release key, content_key the content key; NULL: the role's first. Enters and shows what it
 * signs, ring by ring: after a cut the rest is signed by the next call. */
int resign_unacceptable(const struct ring_signer *signer, const char *content_key,
                        const json_t *evidence, struct resign *done,
                        struct error *err) ERROR_MUST_CHECK;

/* The rings whose waiting set was dropped. A new reference. */
json_t *resign_dropped(const struct resign *done);

/* The sets, a line each. */
void resign_tell(const struct resign *done, const struct report *report);

#endif
