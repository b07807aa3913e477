/* SPDX-License-Identifier: ISC
 *
 * Signing a package document: a number of its type that no other document has or had, a time later
 * than any of that type before, judged as an endpoint would, then in the tree. The catalog is told
 * by the caller.
 */
#ifndef MIRROR_PACKAGE_ISSUE_H
#define MIRROR_PACKAGE_ISSUE_H

#include "media/package.h"
#include "media/trust.h"
#include "mirror/keyring.h"
#include "mirror/repository.h"

struct package_issue {
    struct repository *repository; /* these are borrowed */
    struct trust *trust;
    struct keyring *keyring;
    struct key *key; /* opened by begin */
    struct sign_timestamper timestamper;
};

/* Opens the keys, before anything is written. package_issue_end() in every case. */
int package_issue_begin(struct package_issue *issue, const char *key,
                        struct error *err) ERROR_MUST_CHECK;
void package_issue_end(struct package_issue *issue);

/* The next issue of a type. */
int package_issue_number(struct package_issue *issue, const char *type, uint64_t *number,
                         struct error *err) ERROR_MUST_CHECK;

/* Signs the document, which has that number, and writes it. Fills in what the catalog needs of it:
 * id, type, version, issue, time, recipe, sizes. */
int package_issue_sign(struct package_issue *issue, const struct package_document *document,
                       struct catalog_package *entry, struct error *err) ERROR_MUST_CHECK;

/* The next issue of a type without taking it; and the entry of a document that has it, as it would be
 * but for the time, which is 0. For dry runs. */
int package_issue_next(struct repository *repository, const char *type, uint64_t *number,
                       struct error *err) ERROR_MUST_CHECK;
int package_issue_look_ahead(const struct package_document *document, struct catalog_package *entry,
                             struct error *err) ERROR_MUST_CHECK;

#endif
