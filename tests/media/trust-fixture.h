/* SPDX-License-Identifier: ISC
 *
 * What the tests of the accept point start from: a forged site whose clock is FORGE_NOON_US, a root
 * document over it, and short ways to make documents with chosen signers and times.
 */
#ifndef TESTS_MEDIA_TRUST_FIXTURE_H
#define TESTS_MEDIA_TRUST_FIXTURE_H

#include "tests/test.h"

#include "media/base/instant.h"
#include "media/root.h"
#include "media/trust.h"
#include "tests/media/forge.h"

/* One signature of a document. */
struct fixture_signature {
    const struct forge_certificate *signer;
    const struct forge_certificate *authority; /* NULL: no token */
    int64_t signing_time_us, time_us;
};

struct fixture {
    struct forge_site site;
    struct forge *forge;
    const struct forge_certificate *second[ROLE_COUNT]; /* more leaves of the same issuers */
    struct root_document root; /* version 1, rings "internal" (1) and "public" (2) */
    struct trust *trust;       /* made of it by fixture_trust */
    struct trust_verdict verdict;
};

/* cmocka setup and teardown. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* A second root, issuing CA and leaves in the same forge. */
struct forge_site fixture_other_site(struct fixture *fixture);
/* Puts the certificates of these roots into a root document in place of what is there. */
void fixture_set_roots(struct root_document *root, const struct forge_certificate *const *roots,
                       size_t count);

struct bytes_view fixture_document(struct fixture *fixture, enum document_kind kind,
                                   struct bytes_view content,
                                   const struct fixture_signature *signatures, size_t count);
/* A root document, signed by these leaves at noon with tokens of that authority. */
struct bytes_view fixture_root(struct fixture *fixture, const struct root_document *root,
                               const struct forge_certificate *const *signers, size_t count,
                               const struct forge_certificate *authority);
/* Trust of fixture->root, signed by the site's root-sign leaf. In place of the one before. */
void fixture_trust(struct fixture *fixture);

/* A document of a kind by the site's leaf for it, at noon. */
struct bytes_view fixture_good(struct fixture *fixture, enum document_kind kind);
/* trust_judge into fixture->verdict. */
int fixture_judge(struct fixture *fixture, enum document_kind kind, const char *ring,
                  struct bytes_view document, struct error *err);

#endif
