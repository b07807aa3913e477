/* SPDX-License-Identifier: ISC
 *
 * The next root document: what changes in it, who signs it, and its place in the tree. Every version
 * stays there: endpoints walk from theirs to the newest and skip none.
 */
#ifndef MIRROR_ROTATION_H
#define MIRROR_ROTATION_H

#include "media/root.h"
#include "mirror/authority.h"

struct rotation_ring {
    const char *name;
    bool added;         /* a new ring, before `before` (NULL: after all others) */
    const char *before; /* a ring that is there */
    uint64_t threshold; /* 0: as it is; of a new ring: the release role's */
    bool has_production, production;
};

struct rotation {
    uint64_t days; /* until the document expires */
    size_t ring_count;
    struct rotation_ring rings[2 * LIMIT_RINGS];
    size_t reset_count;
    struct root_floor_reset resets[LIMIT_FLOOR_RESETS];
    const uint8_t *drop_root; /* SHA-384 of a root's key; NULL: none */
};

/* The document that follows `before` with these changes. No reset is carried on: each is for one
 * version. next is initialised here; root_clear() in every case. ERROR_USAGE, ERROR_NOT_FOUND name
 * the ring or root; ERROR_LIMIT. */
int rotation_describe(const struct root_document *before, const struct rotation *rotation,
                      int64_t now_us, struct root_document *next,
                      struct error *err) ERROR_MUST_CHECK;

/* What a new root is: its CA, an issuing CA and a root-sign leaf, each with its key. */
struct rotation_root {
    struct key *root, *issuing, *root_sign;
    struct bytes root_pem, issuing_pem, root_sign_pem; /* zero-terminated */
};

/* Makes them, and writes them into the offline folder under the next free number. rotation_root_clear
 * in every case. */
int rotation_root_make(const struct authority_folder *authorities, const char *organisation,
                       const char *passphrase, int64_t now_us, struct rotation_root *made,
                       struct error *err) ERROR_MUST_CHECK;
void rotation_root_clear(struct rotation_root *made);

/* Signs next with a root-sign leaf of each root of `next` and as many of `before` as it asks for,
 * follows it on a trust of its own as an endpoint would, and writes it into the tree: from then on
 * it counts. made may be NULL. */
int rotation_publish(struct repository *repository, const struct authority_folder *authorities,
                     struct keyring *keyring, const struct root_document *before,
                     const struct root_document *next, const struct rotation_root *made,
                     uint8_t digest[static DIGEST_BYTES], struct error *err) ERROR_MUST_CHECK;

/* What follows from the newest root document and is made again where a cut left it out: root.pem,
 * and a revocation list of every authority whose key is in the folder that has none, or one that is
 * over before long. */
int rotation_settle(struct repository *repository, const struct authority_folder *authorities,
                    struct keyring *keyring, const struct root_document *root,
                    struct error *err) ERROR_MUST_CHECK;

#endif
