/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tests/test.h"

#include "media/chain.h"
#include "media/cms.h"
#include "media/der.h"
#include "media/oid.h"
#include "media/timestamp.h"
#include "tests/media/forge.h"

static const char json[] = "{\"schema\":\"sallyport.package/1\"}";

static struct forge_site site;
static struct cms *cms;

static int set_up(void **state)
{
    site = forge_site();
    cms = bytes_allocate(1, sizeof(*cms));
    return 0;
}

static int tear_down(void **state)
{
    forge_free(site.forge);
    free(cms);
    return 0;
}

/* ---- documents that are good ---- */

static struct forge_document *begin(enum document_kind kind)
{
    return forge_document(site.forge, document_row(kind)->oid,
                          bytes_view_of(json, sizeof(json) - 1));
}

static int judge(enum document_kind kind, struct bytes_view document, struct error *err)
{
    struct cms_profile profile = cms_profile_of(kind);
    int result = cms_parse(&profile, document, cms, err);

    return result < 0 ? result : cms_verify(cms, err);
}

static void a_good_document_gives_its_parts(void **state)
{
    struct error err = {0};
    struct forge_document *document = begin(DOCUMENT_PACKAGE);
    const struct certificate *path[LIMIT_CHAIN_CERTIFICATES];
    struct bytes_view whole;

    forge_add_signer(document, site.leaves[ROLE_CONTENT], FORGE_NOON_US);
    forge_sign(document);
    forge_stamp(document, site.leaves[ROLE_TIMESTAMP], FORGE_NOON_US + 1);
    whole = forge_assemble(document);
    assert_ok(judge(DOCUMENT_PACKAGE, whole, &err), &err);
    assert_true(bytes_equal(cms->content, bytes_view_of(json, sizeof(json) - 1)));
    assert_int_equal(cms->signer_count, 1);
    assert_true(cms->signers[0].has_signing_time);
    assert_true(cms->signers[0].signing_time_us == FORGE_NOON_US);
    assert_true(bytes_equal(cms->signers[0].signature, document->signers[0].signature));
    assert_int_equal(cms_path(cms, 0, path), 2);
    assert_true(bytes_equal(path[0]->der, site.leaves[ROLE_CONTENT]->der));
    assert_true(bytes_equal(path[1]->der, site.issuer->der));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_document_gives_its_parts),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
