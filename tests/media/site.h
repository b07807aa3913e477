/* SPDX-License-Identifier: ISC
 *
 * The keys and certificates of a small site, made in memory with the project's own certify: root
 * CA, issuing CA, one leaf a role and a second one for the roles that may need two signers. What
 * the tests of the trust core start from.
 */
#ifndef TESTS_MEDIA_SITE_H
#define TESTS_MEDIA_SITE_H

#include "tests/test.h"

#include "media/certify.h"
#include "media/key.h"
#include "media/sign.h"

#define SITE_SIGNERS 2

struct site {
    int64_t not_before_us, not_after_us; /* an hour ago, a year from now: of all certificates */
    struct key *root, *issuing;
    struct key *leaves[ROLE_COUNT][SITE_SIGNERS]; /* with their paths; root-sign under the root,
                                                     endpoints self-signed, the rest issued */
    struct bytes root_pem, issuing_pem;           /* NUL-terminated */
    struct sign_timestamper timestamper;          /* the built-in TSA with the timestamp leaf */
};

/* Ends the test when anything fails. site_free(site) also takes NULL. */
struct site *site_new(void);
void site_free(struct site *site);

/* A new key with a new certificate for the role, from this site's issuer of that role. */
struct key *site_leaf(struct site *site, enum document_role role, const char *name);

/* For cmocka's group setup and teardown; *state is the struct site. */
int site_setup(void **state);
int site_teardown(void **state);

#endif
