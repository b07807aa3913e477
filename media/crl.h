/* SPDX-License-Identifier: ISC
 *
 * Certificate revocation lists (RFC 5280 5) in our profile, and the decision that they make about a
 * certificate at an instant. Which list of an issuer is the newest is the caller's to keep.
 *
 * A CRL does not carry its issuer's certificate. Whoever takes one in finds the issuer by
 * crl_names_issuer() among the roots and among certificates whose chain has been verified, and does
 * not let a list replace another before crl_verify() has passed.
 */
#ifndef MEDIA_CRL_H
#define MEDIA_CRL_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"
#include "media/certificate.h"
#include "media/document.h"

/* Views borrow from the bytes that were parsed. */
struct crl {
    struct bytes_view tbs;                      /* TBSCertList with its tag */
    struct bytes_view issuer;                   /* Name with its tag */
    struct bytes_view authority_key_identifier; /* its keyIdentifier */
    struct bytes_view signature;
    struct bytes_view entries; /* content of revokedCertificates, all judged */
    size_t entry_count;
    int64_t number; /* cRLNumber */
    int64_t this_update_us, next_update_us;
};

struct crl_entry {
    struct bytes_view serial; /* INTEGER content */
    int64_t revoked_us;       /* revocationDate */
    bool has_invalid_since;
    int64_t invalid_since_us; /* invalidityDate */
    int reason;               /* reasonCode; 0 where absent */
};

/* Parses one CRL that must fill `der`: version 2, ecdsa-with-SHA384, nextUpdate present, cRLNumber
 * exactly once and at most INT64_MAX, authorityKeyIdentifier exactly once, no other extension; in
 * entries only reasonCode and invalidityDate, each at most once, not critical; no serial twice.
 * ERROR_LIMIT (LIMIT_CRL_BYTES, LIMIT_CRL_ENTRIES), ERROR_NOT_DER, ERROR_WEAK_ALGORITHM, else
 * ERROR_BAD_CRL. */
int crl_parse(struct bytes_view der, struct crl *crl, struct error *err) ERROR_MUST_CHECK;

/* Whether the CRL says that it is from this issuer (name by bytes, and key identifiers: a CA may get
 * a new key under its old name). Proves nothing. */
bool crl_names_issuer(const struct crl *crl, const struct certificate *issuer);

/* Verifies that `issuer` signed it: crl_names_issuer, keyUsage cRLSign, signature. ERROR_BAD_CRL;
 * ERROR_INTERNAL when that could not be found out: the list is then neither good nor bad. */
int crl_verify(const struct crl *crl, const struct certificate *issuer,
               struct error *err) ERROR_MUST_CHECK;

/* Takes the next entry off `left`, which begins as crl->entries. Returns false at the end. */
bool crl_next(struct bytes_view *left, struct crl_entry *entry);

/* Finds the entry of a serial. Returns whether there is one. */
bool crl_find(const struct crl *crl, struct bytes_view serial, struct crl_entry *entry);

/* Decides about a certificate of this CRL's issuer (the caller has matched them), used in `role` at
 * at_us. ERROR_REVOKED where at_us >= invalidityDate, else >= revocationDate; at any time where the
 * reason is keyCompromise and there is no invalidityDate, or role is ROLE_TIMESTAMP and the reason
 * is keyCompromise. nextUpdate is never looked at. */
int crl_judge(const struct crl *crl, const struct certificate *certificate, enum document_role role,
              int64_t at_us, struct error *err) ERROR_MUST_CHECK;

#endif
