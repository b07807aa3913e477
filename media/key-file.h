/* SPDX-License-Identifier: ISC
 *
 * Private keys at rest (libmediawrite): PKCS#8 PEM, encrypted as PBES2 with PBKDF2-HMAC-SHA512 and
 * AES-256-CBC. For key.c only. We encode both ourselves: GnuTLS 3.7 offers PBKDF2-HMAC-SHA1 with
 * about 5,000 iterations and nothing else, and its PKCS#8 encoder leaves copies of the private key
 * in freed memory (tests/media/test-secrets). It reads ours, and so does openssl.
 */
#ifndef MEDIA_KEY_FILE_H
#define MEDIA_KEY_FILE_H

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

/* Reads and opens a key file. ERROR_SECRET_NEEDED when it is encrypted and secret is NULL,
 * ERROR_WRONG_SECRET when secret does not open it. The key is the caller's. */
int key_file_open(const char *name, const char *secret, gnutls_x509_privkey_t *key,
                  struct error *err) ERROR_MUST_CHECK;

/* Appends the PEM form of a P-384 key, encrypted where secret is not NULL. ERROR_USAGE when the key
 * can't be exported. */
int key_file_write(gnutls_privkey_t key, const char *secret, struct bytes *pem,
                   struct error *err) ERROR_MUST_CHECK;

#endif
