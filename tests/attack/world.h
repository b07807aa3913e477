/* SPDX-License-Identifier: ISC
 *
 * A site of forged keys under a root document that is trusted, for attacks on the accept point
 * (media/trust.h): everything that only the owner of a key could make can be made here, wrongly.
 */
#ifndef TESTS_ATTACK_WORLD_H
#define TESTS_ATTACK_WORLD_H

#include "tests/test.h"

#include "media/trust.h"
#include "tests/media/forge.h"

struct world {
    struct forge_site site;
    struct forge *forge; /* the site's */
    struct bytes_view root_document;
    struct trust *trust; /* under root document 1: one root, ring "lab" asks for one signature,
                            "public" for two */
};

struct world world_new(void);
void world_free(struct world *world);

/* A root document: JSON with these roots and this threshold of root signatures, signed by these
 * root-sign leaves, timestamped by `authority`. */
struct world_root {
    uint64_t version, threshold;
    const struct forge_certificate *roots[8];
    size_t root_count;
    const struct forge_certificate *signers[8];
    size_t signer_count;
    const struct forge_certificate *authority;
    int64_t time_us;
};
struct bytes_view world_root(struct world *world, const struct world_root *spec);

/* Makes a trust of its own from a root document; ends the test where that fails. */
struct trust *world_trust(struct bytes_view root_document);

#endif
