/* SPDX-License-Identifier: ISC
 *
 * What local-rep-data says of a file or a signer, and the key that a signer is looked up by. Shared
 * by what makes the lists and what reads them: both must come to the same key.
 */
#ifndef DRIVERS_REPUTATION_KEY_H
#define DRIVERS_REPUTATION_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "drivers/hash-index.h"
#include "media/base/bytes.h"
#include "media/base/error.h"
#include "media/base/limits.h"

/* The values of both lists. Where sources disagree the higher one counts: bad wins, then good. */
enum reputation_verdict {
    REPUTATION_NEUTRAL, /* known, nothing more */
    REPUTATION_GOOD,
    REPUTATION_BAD,
    REPUTATION_VERDICTS
};

/* "neutral", "good", "bad"; NULL for any other value. */
const char *reputation_verdict_name(uint64_t verdict);
/* Returns 0, or -1 when no verdict has that name. */
int reputation_verdict_from_name(struct bytes_view name,
                                 enum reputation_verdict *verdict) ERROR_MUST_CHECK;

/* Brings a signer into the one form that is hashed; `out` is initialised by the caller, its ceiling
 * at least LIMIT_SIGNER_BYTES. Forms:
 *   spki:HEX           SHA-256 of a SubjectPublicKeyInfo, 64 digits
 *   pkgkey:HEX         fingerprint of a package-signing key, 40 or 64 digits
 *   serial:ISSUER;HEX  issuer's name as its tool prints it (UTF-8 without control characters, taken
 *                      as it is), and the certificate's serial number, 1 to 40 digits
 * Digits become lower case, and zeros before a serial number's first other digit go away.
 * ERROR_BAD_CONTENT says what was expected. */
int reputation_signer_form(struct bytes_view signer, struct bytes *out,
                           struct error *err) ERROR_MUST_CHECK;

/* The key of a signer: SHA-256 of its one form. Errors as above. */
int reputation_signer_key(struct bytes_view signer, uint8_t key[static HASH_INDEX_KEY_BYTES],
                          struct error *err) ERROR_MUST_CHECK;

/* The key of a file: its SHA-256 as 64 hex digits of either case. Returns 0, or -1. */
int reputation_file_key(struct bytes_view hex,
                        uint8_t key[static HASH_INDEX_KEY_BYTES]) ERROR_MUST_CHECK;

#endif
