/* SPDX-License-Identifier: ISC
 *
 * What the tests of CMS share: a site of the forge, and a document that is judged. Included once by
 * each test program.
 */
#ifndef TESTS_MEDIA_CMS_SCENE_H
#define TESTS_MEDIA_CMS_SCENE_H

#include "tests/test.h"

#include "media/cms.h"
#include "tests/media/forge.h"

static const char json[] = "{\"schema\":\"sallyport.package/1\"}";

static struct forge_site site;
static struct forge *forge;
static struct cms *cms;

static inline int set_up(void **state)
{
    site = forge_site();
    forge = site.forge;
    cms = bytes_allocate(1, sizeof(*cms));
    return 0;
}

static inline int tear_down(void **state)
{
    forge_free(site.forge);
    free(cms);
    return 0;
}

static inline struct forge_document *begin(enum document_kind kind)
{
    return forge_document(forge, document_row(kind)->oid, bytes_view_of(json, sizeof(json) - 1));
}

static inline int judge(enum document_kind kind, struct bytes_view document, struct error *err)
{
    struct cms_profile profile = cms_profile_of(kind);
    int result = cms_parse(&profile, document, cms, err);

    return result < 0 ? result : cms_verify(cms, err);
}

static inline const struct forge_certificate *authority(enum document_kind kind)
{
    return document_row(kind)->timestamped ? site.leaves[ROLE_TIMESTAMP] : NULL;
}

/* A good document, signed by the content leaf whatever its kind. */
static inline struct bytes_view good(enum document_kind kind)
{
    return forge_whole(forge, document_row(kind)->oid, bytes_view_of(json, sizeof(json) - 1),
                       &site.leaves[ROLE_CONTENT], 1, authority(kind), FORGE_NOON_US);
}

#endif
