/* SPDX-License-Identifier: ISC
 *
 * One attack on a signed document: made wrongly at one place, judged by the accept point, refused
 * with one reason code. A row without changes is a good document.
 */
#ifndef TESTS_ATTACK_ATTACK_H
#define TESTS_ATTACK_ATTACK_H

#include "tests/attack/world.h"

typedef void change_profile(struct forge_profile *profile);
typedef void change_document(struct forge_document *document, struct forge_signer *signer);
typedef void change_info(struct forge_info *info);
typedef struct bytes_view change_bytes(struct bytes_view whole);

struct attack {
    const char *number, *name;
    enum error_code expected;
    enum document_kind kind; /* what it is judged as */
    enum document_role role; /* of the signer's certificate */
    change_profile *issuer, *leaf, *authority;
    change_document *before_signing, *after_signing;
    change_info *info;
    change_document *token, *after_stamping;
    change_bytes *whole;
    int64_t token_later_us; /* genTime after signingTime */
    const char *ring;       /* NULL: "lab" */
};

/* Makes the document, judges it, and fails the test on any other outcome. What is trusted must be
 * what it was: the same root document, no lists. */
void attack_run(struct world *world, const struct attack *attack);

/* A certificate of a changed profile; change may be NULL. */
const struct forge_certificate *attack_certificate(struct forge *forge, enum forge_place place,
                                                   const char *name,
                                                   const struct forge_certificate *issuer,
                                                   enum document_role role, change_profile *change);

#endif
