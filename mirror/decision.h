/* SPDX-License-Identifier: ISC
 *
 * What people decided against: packages that are withdrawn, sets that are aborted. In the catalog
 * before anything is signed by it, so that no later verb, and no second run after a cut, forgets.
 */
#ifndef MIRROR_DECISION_H
#define MIRROR_DECISION_H

#include "media/root.h"
#include "mirror/catalog.h"

/* A package that no set carries from now on, and that every set names as known-bad. */
struct decision_withdrawn {
    uint8_t id[DIGEST_BYTES];
    char type[LIMIT_NAME_BYTES + 1];
    char version[LIMIT_VERSION_BYTES + 1];
    uint64_t issue;
    uint8_t recipe[DIGEST_BYTES]; /* its content, so that it is known again when it comes back */
    char *reason, *link;          /* owned; link "" when none */
    bool harmful;                 /* endpoints unload it even where they have nothing before it */
    int64_t made_us;
};

/* A set that goes no further: its packages enter no ring that does not hold them. */
struct decision_aborted {
    struct catalog_set set; /* time_us is not known here: 0 */
    char *reason;           /* owned */
    int64_t made_us;
    size_t count;                 /* packages of the set, as it was judged then: it need not be */
    uint8_t (*ids)[DIGEST_BYTES]; /* acceptable for ever; owned */
};

/* Within the caller's transaction. */
int decision_withdraw(struct catalog *catalog, const struct decision_withdrawn *row,
                      struct error *err) ERROR_MUST_CHECK;
int decision_abort(struct catalog *catalog, const struct decision_aborted *row,
                   struct error *err) ERROR_MUST_CHECK;

/* All of them, withdrawn ones by id, aborted ones by ring and sequence. The arrays are the caller's:
 * decision_free_*(). */
int decision_all_withdrawn(struct catalog *catalog, struct decision_withdrawn **rows, size_t *count,
                           struct error *err) ERROR_MUST_CHECK;
void decision_free_withdrawn(struct decision_withdrawn *rows, size_t count);
int decision_all_aborted(struct catalog *catalog, struct decision_aborted **rows, size_t *count,
                         struct error *err) ERROR_MUST_CHECK;
void decision_free_aborted(struct decision_aborted *rows, size_t count);

/* The row of a package, or NULL. */
const struct decision_withdrawn *decision_find(const struct decision_withdrawn *rows, size_t count,
                                               const uint8_t id[static DIGEST_BYTES]);

/* The aborted set that keeps a package out of a ring: one of an earlier ring that carries it; or
 * NULL. A ring that holds the package already keeps it: that is the caller's to see. */
const struct decision_aborted *decision_stops(const struct decision_aborted *rows, size_t count,
                                              const struct root_document *root, const char *ring,
                                              const uint8_t id[static DIGEST_BYTES]);

#endif
