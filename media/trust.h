/* SPDX-License-Identifier: ISC
 *
 * The accept point. Everything that is believed about a document was decided in trust_judge():
 * size, strict DER and CMS profile, signatures, timestamps, chains at genTime, revocation, role and
 * threshold. Default no: a verdict says yes only when its last check has passed.
 * Not here: floors (agent/floor.h), file contents (recipe.h), JSON schemas (root.h, package.h,
 * ...).
 */
#ifndef MEDIA_TRUST_H
#define MEDIA_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"
#include "media/base/limits.h"
#include "media/digest.h"
#include "media/document.h"

struct trust; /* newest root document, its roots, the newest CRL of each issuer */
struct root_document;

/* Who signed, as shown to people. Text is from the certificate: escape before showing. */
struct trust_signer {
    char name[256];               /* subject, RFC 4514 */
    uint8_t key_id[DIGEST_BYTES]; /* SHA-384 of the SubjectPublicKeyInfo */
    int64_t signing_time_us;      /* a claim */
    int64_t timestamp_us;         /* genTime; 0 for kinds without a token */
    struct bytes_view signature;  /* the signature value; borrowed from the document's bytes */
    struct bytes_view token;      /* DER token; borrowed; empty for kinds without one */
};

/* One past-tense flag a check; set only when the check passed for every signer. Checks run in this
 * order and the first that fails ends it. timestamp_verified and window_checked stay false for
 * kinds without tokens. */
struct trust_verdict {
    enum document_kind kind;
    bool size_checked, der_checked, profile_checked;
    bool signature_verified, timestamp_verified, window_checked;
    bool chain_verified, revocation_checked, role_verified, threshold_met;
    bool accepted;        /* set at one place, last */
    enum error_code code; /* of the first check that failed; ERROR_OK when accepted */
    int64_t time_us;      /* earliest genTime (root, package, set), else earliest signingTime */
    uint8_t digest[DIGEST_BYTES]; /* SHA-384 of the eContent: the document's identity */
    struct bytes_view
        content; /* the JSON; borrowed from the document's bytes; set only when accepted */
    size_t signer_count;
    struct trust_signer signers[LIMIT_SIGNERS];
};

/* Starts from a root document that the caller already trusts (enrolment, state, --root FILE): it is
 * checked for well-formedness, its own signatures and that it names the roots that it was signed
 * under. *trust is the caller's (trust_free). */
int trust_new(struct bytes_view root_document, struct trust **trust,
              struct error *err) ERROR_MUST_CHECK;
void trust_free(struct trust *trust);

/* Takes root document n + 1: signed by n's threshold and by its own ("signed by root-sign
 * leaves issued by each root"). ERROR_ROOT_GAP, ERROR_ROOT_UNSIGNED, ... leave the trust as it was.
 * `verdict` (may be NULL) is filled either way. Same version and same digest: success, nothing
 * done; same version, other digest: ERROR_EQUIVOCATION; lower version: success, nothing done (media
 * carry all). A signer counts for n when its chain and its token's end in a root of n; each root of
 * n + 1 must have issued one of the signers that count for n + 1. */
int trust_follow(struct trust *trust, struct bytes_view root_document,
                 struct trust_verdict *verdict, struct error *err) ERROR_MUST_CHECK;

/* The newest root document; borrowed until the next trust_follow. */
const struct root_document *trust_root(const struct trust *trust);

/* Takes a DER CRL; copied. The newest number of each issuer is kept, an older one never replaces it
 * (success, nothing done). A list whose issuer is not known yet waits: it decides nothing and has
 * no number until a document's verified chain shows the issuer's certificate and its signature
 * holds (trust_judge). ERROR_BAD_CRL, ERROR_LIMIT and what crl_parse says. */
int trust_add_crl(struct trust *trust, struct bytes_view crl, struct error *err) ERROR_MUST_CHECK;

/* Number of the newest CRL of the issuer whose SPKI has this SHA-384; -1 when there is none.
 * Numbers above INT64_MAX are refused by trust_add_crl. *digest (may be NULL) is of the DER. */
int64_t trust_crl_number(const struct trust *trust, const uint8_t issuer[static DIGEST_BYTES],
                         uint8_t *digest);

/* A list in force: verified, the newest of its issuer. Borrowed until the next call that takes a
 * document or list. */
struct trust_crl {
    uint8_t issuer[DIGEST_BYTES]; /* SHA-384 of the issuer's SPKI */
    uint64_t number;
    int64_t next_update_us; /* never refuses anything: shown with its age */
    struct bytes_view der;
};

/* List i in force. Returns false past the last. */
bool trust_crl(const struct trust *trust, size_t i, struct trust_crl *crl);

/* Judges one document of a kind (not DOCUMENT_ROOT: trust_follow). Fills the verdict always;
 * returns 0 exactly when verdict->accepted. `ring` decides the threshold of a set (its release
 * threshold in the root document, ERROR_WRONG_RING when it has none); NULL for other kinds. The
 * verdict borrows from `document`. Remembers the issuers of chains that were verified, so that
 * lists that wait for them come into force before revocation is checked. ERROR_EXPIRED where the
 * document was signed after the root document's own expiry. */
int trust_judge(struct trust *trust, enum document_kind kind, const char *ring,
                struct bytes_view document, struct trust_verdict *verdict,
                struct error *err) ERROR_MUST_CHECK;

#endif
