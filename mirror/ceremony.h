/* SPDX-License-Identifier: ISC
 *
 * The key ceremony of init: root CA, issuing CA, one leaf for each role, their revocation lists,
 * root document 1 and the first content key. (sallyport-mirror.8, Keys)
 */
#ifndef MIRROR_CEREMONY_H
#define MIRROR_CEREMONY_H

#include <stdbool.h>

#include "media/base/limits.h"
#include "media/digest.h"
#include "mirror/settings.h"

struct ceremony {
    const char *organisation;
    size_t ring_count;
    const char *rings[LIMIT_RINGS]; /* in release order; the last is production */
    const char *passphrase;         /* NULL: unprotected */
    bool two_person;                /* a second release key; the last ring asks for both */
    const char *second_passphrase;  /* of its holder; NULL: unprotected */
};

/* Makes everything and writes it: keys/, root.pem, mirror.conf and the tree with FORMAT, CRLs and
 * root document 1 beneath folder_fd; root, issuing and root-sign keys into offline_fd. settings is
 * filled with what mirror.conf says: preset its timestamp authority. root_digest: identity of the
 * root document, for people to compare. */
int ceremony_hold(const struct ceremony *ceremony, int folder_fd, int offline_fd,
                  struct settings *settings, uint8_t root_digest[static DIGEST_BYTES],
                  struct error *err) ERROR_MUST_CHECK;

#endif
