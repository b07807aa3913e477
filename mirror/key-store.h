/* SPDX-License-Identifier: ISC
 *
 * A key on disk: NAME.key (PKCS#8, under a passphrase or not) with its certificates in NAME.pem; and
 * how long the certificates that we make live.
 */
#ifndef MIRROR_KEY_STORE_H
#define MIRROR_KEY_STORE_H

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/key.h"

#define KEY_STORE_PEM_BYTES (64 * KIB)

#define KEY_STORE_ROOT_DAYS      7300 /* 20 years: outlives every document signed under it */
#define KEY_STORE_ISSUER_DAYS    3650
#define KEY_STORE_LEAF_DAYS      730
#define KEY_STORE_TIMESTAMP_DAYS 456 /* 15 months */
#define KEY_STORE_DOCUMENT_DAYS  730 /* until a root document must have been followed by another */

/* Writes both files into a folder, the key last: a NAME.key has its certificates. secret NULL: the
 * key is not encrypted. certificates is zero-terminated PEM. */
int key_store_write(int fd, const char *name, const struct key *key, const char *secret,
                    const struct bytes *certificates, struct error *err) ERROR_MUST_CHECK;
/* Only NAME.pem: the key is in a token. */
int key_store_write_certificates(int fd, const char *name, const struct bytes *certificates,
                                 struct error *err) ERROR_MUST_CHECK;

#endif
