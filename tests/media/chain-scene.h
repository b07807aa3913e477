/* SPDX-License-Identifier: ISC
 *
 * What the tests of chains share: a site of the forge, and a path that is judged. Included once by
 * each test program.
 */
#ifndef TESTS_MEDIA_CHAIN_SCENE_H
#define TESTS_MEDIA_CHAIN_SCENE_H

#include "tests/test.h"

#include "media/certificate.h"
#include "media/chain.h"
#include "tests/media/forge.h"

static struct forge_site site;
static struct forge *forge;
static struct chain_roots roots;

static inline int set_up(void **state)
{
    struct error err = {0};

    site = forge_site();
    forge = site.forge;
    return chain_add_root(&roots, site.root->der, &err);
}

static inline int tear_down(void **state)
{
    forge_free(forge);
    return 0;
}

/* Judges the path from a leaf to below its root, each certificate parsed anew. */
static inline int judge_at(const struct forge_certificate *leaf, enum document_role role,
                           int64_t at_us, struct error *err)
{
    struct certificate parsed[LIMIT_CHAIN_CERTIFICATES + 1];
    const struct certificate *path[LIMIT_CHAIN_CERTIFICATES + 1];
    size_t count = 0;

    for (; leaf->issuer != NULL; leaf = leaf->issuer, count++) {
        if (certificate_parse(leaf->der, &parsed[count], err) < 0)
            return -(int)err->code;
        path[count] = &parsed[count];
    }
    return chain_verify(&roots, path, count, role, at_us, NULL, err);
}

static inline int judge(const struct forge_certificate *leaf, enum document_role role,
                        struct error *err)
{
    return judge_at(leaf, role, FORGE_NOON_US, err);
}

static inline struct bytes_view some_null(void)
{
    return forge_primitive(forge, 0x05, "", 0);
}

static inline const char *eku_of(enum document_role role)
{
    return document_role_row(role)->eku;
}

#endif
