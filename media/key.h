/* SPDX-License-Identifier: ISC
 *
 * Signing keys (libmediawrite): P-384 private keys in PKCS#8 PEM files (encrypted: PBES2) or behind
 * PKCS#11 URIs, with the certificate path of their role. Never linked into an endpoint program.
 */
#ifndef MEDIA_KEY_H
#define MEDIA_KEY_H

#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"
#include "media/base/limits.h"
#include "media/digest.h"

struct key; /* private key, its certificate and the path to (without) the root */

/* Opens `locator`: a file name, or "pkcs11:..." (a PIN is taken from `secret` and tried once, for
 * tokens lock themselves). `path_pem` is the PEM text of the certificate and its issuers, leaf
 * first, without the root; NULL for a bare key (root CA at init). secret may be NULL;
 * ERROR_SECRET_NEEDED then when the key is encrypted or the token wants a PIN. ERROR_WRONG_SECRET,
 * ERROR_WEAK_ALGORITHM when it is not P-384; ERROR_USAGE for a key that is not encrypted in a file
 * that others can read. */
int key_open(const char *locator, const char *path_pem, const char *secret, struct key **key,
             struct error *err) ERROR_MUST_CHECK;
/* Makes a new P-384 key in memory. */
int key_generate(struct key **key, struct error *err) ERROR_MUST_CHECK;
void key_free(struct key *key);
/* PKCS#8 PEM, encrypted (PBES2: AES-256-CBC, PBKDF2-HMAC-SHA512) when secret is not NULL; appended.
 * ERROR_USAGE for a key in a token. */
int key_export(const struct key *key, const char *secret, struct bytes *pem,
               struct error *err) ERROR_MUST_CHECK;
/* Gives the key its path; copied. ERROR_CHAIN_ORDER when a certificate is not issued by the next,
 * ERROR_BAD_CERTIFICATE when the first one is for another key. */
int key_set_path(struct key *key, const char *path_pem, struct error *err) ERROR_MUST_CHECK;
/* SHA-384 of the SubjectPublicKeyInfo. */
int key_id(const struct key *key, uint8_t id[static DIGEST_BYTES],
           struct error *err) ERROR_MUST_CHECK;
/* DER certificates of the path, leaf first; borrowed. Returns how many. */
size_t key_path(const struct key *key, struct bytes_view path[static LIMIT_CHAIN_CERTIFICATES]);
/* Appends a canonical DER ECDSA-Sig-Value over a SHA-384 digest. It has been verified. */
int key_sign(const struct key *key, const uint8_t digest[static DIGEST_BYTES],
             struct bytes *signature, struct error *err) ERROR_MUST_CHECK;
/* For certify.c: the GnuTLS handles; borrowed. */
struct gnutls_privkey_st *key_handle(const struct key *key);
struct gnutls_pubkey_st *key_public_handle(const struct key *key);

#endif
