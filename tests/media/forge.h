/* SPDX-License-Identifier: ISC
 *
 * The forge: builds certificates, CMS documents, timestamp tokens and CRLs from parts, each of
 * which a test may replace before or after signing. It writes DER with its own few lines, so that
 * it shares no mistake with media/, and it will write anything: that is its use. Test code only.
 *
 * Everything that a forge makes lives until forge_free(). What can't fail in a test is assumed not
 * to: the process aborts.
 */
#ifndef TESTS_MEDIA_FORGE_H
#define TESTS_MEDIA_FORGE_H

#include <gnutls/abstract.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/document.h"

struct forge;

struct forge *forge_new(void);
void forge_free(struct forge *forge);

/* ---- DER ---- */

struct bytes_view forge_bytes(struct forge *forge, const void *data, size_t size);
struct bytes_view forge_join(struct forge *forge, const struct bytes_view *parts, size_t count);
struct bytes_view forge_value(struct forge *forge, uint8_t tag, const struct bytes_view *parts,
                              size_t count);
/* Sorted as a DER SET OF must be. */
struct bytes_view forge_set_of(struct forge *forge, uint8_t tag, const struct bytes_view *parts,
                               size_t count);
struct bytes_view forge_oid(struct forge *forge, const char *dotted);
struct bytes_view forge_integer(struct forge *forge, int64_t value);
struct bytes_view forge_primitive(struct forge *forge, uint8_t tag, const void *data, size_t size);
struct bytes_view forge_time(struct forge *forge, int64_t instant_us);  /* UTCTime, or from 2050 */
struct bytes_view forge_general(struct forge *forge, const char *text); /* GeneralizedTime */
/* GeneralizedTime, with the fraction that it has. */
struct bytes_view forge_general_time(struct forge *forge, int64_t instant_us);
struct bytes_view forge_name(struct forge *forge, const char *common_name);
struct bytes_view forge_algorithm(struct forge *forge, const char *oid); /* without parameters */
struct bytes_view forge_sha384(struct forge *forge, struct bytes_view data); /* 48 bytes */
struct bytes_view forge_flip(struct forge *forge, struct bytes_view data, size_t at);

/* Edits of one value in a well-formed structure; lengths around it are made to fit again. */
enum forge_edit {
    FORGE_DELETE,
    FORGE_DOUBLE, /* the value stands twice */
    FORGE_RETAG,  /* another tag, same content */
    FORGE_EMPTY,  /* same tag, no content */
    FORGE_FOLLOW, /* an ENUMERATED 0 follows */
    FORGE_EDITS
};

/* Counts the values of a structure, the outermost first, without looking into OCTET STRINGs. */
size_t forge_count(struct bytes_view whole);
struct bytes_view forge_edit(struct forge *forge, struct bytes_view whole, size_t node,
                             enum forge_edit edit);

#define FORGE_VIEWS(...)                                                                           \
    (struct bytes_view[]){__VA_ARGS__},                                                            \
        sizeof((struct bytes_view[]){__VA_ARGS__}) / sizeof(struct bytes_view)
#define FORGE_SEQUENCE(forge, ...)    forge_value(forge, 0x30, FORGE_VIEWS(__VA_ARGS__))
#define FORGE_TAGGED(forge, tag, ...) forge_value(forge, tag, FORGE_VIEWS(__VA_ARGS__))

/* ---- keys and certificates ---- */

struct forge_key {
    gnutls_privkey_t handle;
    struct bytes_view spki;
    gnutls_sign_algorithm_t algorithm; /* what it signs with */
    const char *signature_oid;
};

enum forge_key_kind { FORGE_P384, FORGE_P256, FORGE_RSA, FORGE_P384_SHA1, FORGE_P384_SHA256 };

const struct forge_key *forge_key(struct forge *forge, enum forge_key_kind kind);
/* Over the digest that its algorithm names. */
struct bytes_view forge_sign_data(struct forge *forge, const struct forge_key *key,
                                  struct bytes_view data);

#define FORGE_EXTENSIONS 24

/* What a certificate is made of; forge_profile() fills it, a test changes it. Views that are empty
 * are left out. */
struct forge_profile {
    const char *name;
    const struct forge_key *key;
    const struct forge_certificate *issuer;                   /* NULL: self-signed */
    struct bytes_view version, serial, not_before, not_after; /* DER */
    struct bytes_view algorithm, outer_algorithm;             /* DER; of the issuer's key */
    struct bytes_view spki, issuer_name, subject_name;        /* DER */
    struct bytes_view extensions[FORGE_EXTENSIONS];           /* DER */
    size_t extension_count;
    struct bytes_view after_spki; /* DER: unique identifiers */
    bool bad_signature;
};

struct forge_certificate {
    struct bytes_view der, name, serial, tbs;
    const struct forge_key *key;
    const struct forge_certificate *issuer;
    struct bytes_view key_identifier;
};

enum forge_place { FORGE_ROOT, FORGE_ISSUER, FORGE_LEAF };

/* Places of the extensions in a profile made by forge_profile(). */
enum {
    FORGE_BASIC_CONSTRAINTS,
    FORGE_KEY_USAGE,
    FORGE_SUBJECT_KEY_ID,
    FORGE_AUTHORITY_KEY_ID,
    FORGE_EXTENDED_KEY_USAGE
};

/* A good profile: with a new P-384 key, valid 2026-01-01 to 2027-01-01 (roots and issuers to 2036).
 * Role counts for leaves only. */
struct forge_profile forge_profile(struct forge *forge, enum forge_place place, const char *name,
                                   const struct forge_certificate *issuer, enum document_role role);
const struct forge_certificate *forge_certify(struct forge *forge,
                                              const struct forge_profile *profile);
/* Both in one. */
const struct forge_certificate *forge_certificate(struct forge *forge, enum forge_place place,
                                                  const char *name,
                                                  const struct forge_certificate *issuer,
                                                  enum document_role role);
struct bytes_view forge_extension(struct forge *forge, const char *oid, bool critical,
                                  struct bytes_view value);
struct bytes_view forge_basic_constraints(struct forge *forge, bool critical, bool ca,
                                          int path_length);
/* `bits` as CERTIFICATE_DIGITAL_SIGNATURE and so on. */
struct bytes_view forge_key_usage(struct forge *forge, bool critical, uint16_t bits);
struct bytes_view forge_extended_key_usage(struct forge *forge, bool critical,
                                           const char *const *oids, size_t count);
/* A root, its issuing CA, and leaves: what most tests start from. */
struct forge_site {
    struct forge *forge;
    const struct forge_certificate *root, *issuer;
    const struct forge_certificate *leaves[ROLE_COUNT]; /* all but ROLE_ROOT's from issuer */
};
struct forge_site forge_site(void);
/* PEM text, NUL-terminated in memory. */
const char *forge_pem(struct forge *forge, const struct forge_certificate *certificate);
/* The private key, for other programs. */
const char *forge_key_pem(struct forge *forge, const struct forge_key *key);

/* ---- documents ---- */

#define FORGE_PARTS 72

struct forge_signer {
    const struct forge_certificate *certificate;
    const struct forge_key *key; /* signs; the certificate's */
    struct bytes_view version, sid, digest_algorithm;
    struct bytes_view attributes[8];
    size_t attribute_count;
    struct bytes_view signed_attributes; /* A0 ...; made by forge_sign */
    struct bytes_view signature_algorithm;
    struct bytes_view signature;           /* value; made by forge_sign */
    struct bytes_view unsigned_attributes; /* A1 ...; made by forge_stamp */
};

/* Places in `attributes`. */
enum {
    FORGE_CONTENT_TYPE,
    FORGE_MESSAGE_DIGEST,
    FORGE_SIGNING_CERTIFICATE,
    FORGE_SIGNING_TIME /* last, so that it can be dropped */
};

struct forge_document {
    struct forge *forge;
    const char *content_type;
    struct bytes_view outer_type, version, digest_algorithms, inner_type, content; /* DER */
    struct bytes_view raw_content;
    struct bytes_view crls; /* DER; empty: none */
    size_t signer_count;
    struct forge_signer signers[FORGE_PARTS];
    struct bytes_view certificates[160]; /* path order; made by forge_assemble when empty */
    size_t certificate_count;
    bool no_certificates, unsorted;
};

/* A document without signers. */
struct forge_document *forge_document(struct forge *forge, const char *content_type,
                                      struct bytes_view content);
/* Adds a signer with the four attributes. */
struct forge_signer *forge_add_signer(struct forge_document *document,
                                      const struct forge_certificate *certificate,
                                      int64_t signing_time_us);
struct bytes_view forge_attribute(struct forge *forge, const char *oid, struct bytes_view value);
/* SigningCertificateV2 with SHA-384 and nothing else. */
struct bytes_view forge_signing_certificate(struct forge *forge, struct bytes_view certificate);
/* Makes signed_attributes and signature of every signer. */
void forge_sign(struct forge_document *document);
void forge_sign_one(struct forge_document *document, struct forge_signer *signer);
/* Gives a signer a token as its unsigned attribute. */
void forge_attach(struct forge_document *document, struct forge_signer *signer,
                  struct bytes_view token);
/* A good token of an authority over every signer's signature. */
void forge_stamp(struct forge_document *document, const struct forge_certificate *authority,
                 int64_t time_us);
struct bytes_view forge_assemble(struct forge_document *document);
/* One good document in one call; authority NULL: no token. */
struct bytes_view forge_whole(struct forge *forge, const char *content_type,
                              struct bytes_view content,
                              const struct forge_certificate *const *signers, size_t count,
                              const struct forge_certificate *authority, int64_t time_us);

/* ---- tokens ---- */

#define FORGE_INFO_PARTS 12

/* TSTInfo's fields in order, DER; empty: absent. */
enum {
    FORGE_INFO_VERSION,
    FORGE_INFO_POLICY,
    FORGE_INFO_IMPRINT,
    FORGE_INFO_SERIAL,
    FORGE_INFO_TIME,
    FORGE_INFO_ACCURACY,
    FORGE_INFO_ORDERING,
    FORGE_INFO_NONCE,
    FORGE_INFO_TSA,
    FORGE_INFO_EXTENSIONS,
    FORGE_INFO_MORE
};

struct forge_info {
    struct bytes_view parts[FORGE_INFO_PARTS];
};

struct forge_info forge_info(struct forge *forge, struct bytes_view signature, int64_t time_us);
struct bytes_view forge_info_der(struct forge *forge, const struct forge_info *info);
/* An unsigned document around a TSTInfo, for tests that change it. */
struct forge_document *forge_token(struct forge *forge, const struct forge_certificate *authority,
                                   const struct forge_info *info, int64_t time_us);

/* ---- CRLs ---- */

struct forge_crl {
    const struct forge_certificate *issuer;
    struct bytes_view version, algorithm, name, this_update, next_update; /* DER */
    struct bytes_view entries[8];                                         /* DER */
    size_t entry_count;
    bool empty_entries;
    struct bytes_view extensions[4]; /* DER: authorityKeyIdentifier, cRLNumber */
    size_t extension_count;
    struct bytes_view all_entries; /* content of revokedCertificates in place of entries */
    bool bad_signature;
};

struct forge_crl forge_crl(struct forge *forge, const struct forge_certificate *issuer,
                           int64_t number, int64_t this_update_us);
/* serial: DER. reason < 0 and since_us 0: absent. */
struct bytes_view forge_crl_entry(struct forge *forge, struct bytes_view serial, int64_t revoked_us,
                                  int reason, int64_t since_us);
struct bytes_view forge_crl_der(struct forge *forge, const struct forge_crl *crl);

/* 2026-06-01T00:00:00Z: when things are signed, unless a test says otherwise. */
#define FORGE_NOON_US INT64_C(1780272000000000)

#endif
