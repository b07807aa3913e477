/* SPDX-License-Identifier: ISC
 *
 * Sets that wait for more signatures, one a ring: pending/RING.p7m. A newer one for the ring takes
 * its place; what has been decided or released since makes it obsolete.
 */
#ifndef MIRROR_PENDING_H
#define MIRROR_PENDING_H

#include "media/set.h"
#include "media/trust.h"
#include "mirror/repository.h"

/* On the heap: large. */
struct pending {
    struct bytes document;
    struct set_document set;
    uint8_t digest[DIGEST_BYTES]; /* of the set */
    struct trust_verdict verdict; /* of the signatures so far; borrows from document */
    uint64_t threshold;           /* how many the ring asks for */
};

/* The name of a ring's file, beneath the repository. Returns out. */
const char *pending_name(const char *ring, char out[static 128]);

/* Reads and judges what waits for a ring: its signatures are good, only too few. *pending is the
 * caller's (pending_free). ERROR_NOT_FOUND when nothing waits. */
int pending_read(const struct repository *repository, struct trust *trust, const char *ring,
                 struct pending **pending, struct error *err) ERROR_MUST_CHECK;
/* The same where nothing need wait: *pending NULL then. */
int pending_find(const struct repository *repository, struct trust *trust, const char *ring,
                 struct pending **pending, struct error *err) ERROR_MUST_CHECK;
void pending_free(struct pending *pending);

/* Whether it could still be released: the next set of its ring, of packages that are here, none of
 * them withdrawn or stopped since. ERROR_USAGE or ERROR_WITHDRAWN say why not. */
int pending_check(const struct repository *repository, struct trust *trust,
                  const struct pending *pending, struct error *err) ERROR_MUST_CHECK;

/* Puts a document there in the place of any other. */
int pending_write(const struct repository *repository, const char *ring, struct bytes_view document,
                  struct error *err) ERROR_MUST_CHECK;
int pending_drop(const struct repository *repository, const char *ring,
                 struct error *err) ERROR_MUST_CHECK;

#endif
