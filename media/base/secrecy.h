/* SPDX-License-Identifier: ISC
 *
 * For programs that hold keys or passphrases (sallyport-mirror, the monitor): no core file, and no
 * other process of the same user may read this one's memory. Children that we start in a sandbox
 * get the same from sandbox_enter().
 */
#ifndef MEDIA_BASE_SECRECY_H
#define MEDIA_BASE_SECRECY_H

#include "media/base/error.h"

/* To be called first in main(), before a secret is read. Kept across fork, lost by exec. Memory is
 * not locked: where swap is not encrypted, keys belong into a PKCS#11 token. */
int secrecy_begin(struct error *err) ERROR_MUST_CHECK;

#endif
