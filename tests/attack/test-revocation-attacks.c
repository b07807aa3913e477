/* SPDX-License-Identifier: ISC
 *
 * Revocation through the accept point: A16 of the catalogue, and what a revocation list must not
 * be able to do.
 */
#include <config.h>

#include "tests/attack/world.h"

#include "media/base/instant.h"
#include "media/certificate.h"

#define BEFORE_US      (FORGE_NOON_US - INSTANT_HOUR_US)
#define AFTER_US       (FORGE_NOON_US + INSTANT_HOUR_US)
#define NO_REASON      (-1)
#define KEY_COMPROMISE 1
#define SUPERSEDED     4

static struct world world;
static struct forge *forge;
static struct bytes_view package; /* signed and timestamped at noon */

static int set_up(void **state)
{
    world = world_new();
    forge = world.forge;
    package = forge_whole(forge, document_row(DOCUMENT_PACKAGE)->oid, bytes_view_of("{}", 2),
                          &world.site.leaves[ROLE_CONTENT], 1, world.site.leaves[ROLE_TIMESTAMP],
                          FORGE_NOON_US);
    return 0;
}

static int tear_down(void **state)
{
    world_free(&world);
    return 0;
}

static struct bytes_view list_of(const struct forge_certificate *issuer, int64_t number,
                                 const struct forge_certificate *revoked, int64_t revoked_us,
                                 int reason, int64_t since_us)
{
    struct forge_crl crl = forge_crl(forge, issuer, number, BEFORE_US);

    if (revoked != NULL)
        crl.entries[crl.entry_count++] =
            forge_crl_entry(forge, revoked->serial, revoked_us, reason, since_us);
    return forge_crl_der(forge, &crl);
}

static int judge(struct trust *trust, struct error *err)
{
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    int result = trust_judge(trust, DOCUMENT_PACKAGE, NULL, package, verdict, err);

    assert_true(verdict->accepted == (result == 0));
    assert_true(verdict->revocation_checked == (result == 0));
    free(verdict);
    return result;
}

static void revocation_counts_from_its_instant(void **state)
{
    const struct forge_certificate *issuer = world.site.issuer;
    const struct forge_certificate *signer = world.site.leaves[ROLE_CONTENT];
    const struct forge_certificate *authority = world.site.leaves[ROLE_TIMESTAMP];
    const struct {
        const char *name;
        struct bytes_view list;
        enum error_code expected;
    } rows[] = {
        {"nobody", list_of(issuer, 1, NULL, 0, NO_REASON, 0), ERROR_OK},
        {"somebody else", list_of(issuer, 1, world.site.leaves[ROLE_EXPORT], 0, NO_REASON, 0),
         ERROR_OK},
        {"signer before genTime", list_of(issuer, 1, signer, BEFORE_US, NO_REASON, 0),
         ERROR_REVOKED},
        {"signer at genTime", list_of(issuer, 1, signer, FORGE_NOON_US, SUPERSEDED, 0),
         ERROR_REVOKED},
        {"signer after genTime", list_of(issuer, 1, signer, AFTER_US, SUPERSEDED, 0), ERROR_OK},
        {"signer after genTime, invalid before",
         list_of(issuer, 1, signer, AFTER_US, KEY_COMPROMISE, BEFORE_US), ERROR_REVOKED},
        {"signer before genTime, invalid after",
         list_of(issuer, 1, signer, BEFORE_US, KEY_COMPROMISE, AFTER_US), ERROR_OK},
        {"signer's key stolen, nobody knows when",
         list_of(issuer, 1, signer, AFTER_US, KEY_COMPROMISE, 0), ERROR_REVOKED},
        {"authority after genTime", list_of(issuer, 1, authority, AFTER_US, SUPERSEDED, 0),
         ERROR_OK},
        {"authority before genTime", list_of(issuer, 1, authority, BEFORE_US, SUPERSEDED, 0),
         ERROR_REVOKED},
        {"authority's key stolen later",
         list_of(issuer, 1, authority, AFTER_US, KEY_COMPROMISE, AFTER_US), ERROR_REVOKED},
        {"issuing CA before genTime", list_of(world.site.root, 1, issuer, BEFORE_US, NO_REASON, 0),
         ERROR_REVOKED},
        {"issuing CA after genTime", list_of(world.site.root, 1, issuer, AFTER_US, NO_REASON, 0),
         ERROR_OK},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct trust *trust = world_trust(world.root_document);
        struct error err = {0};
        int result;

        assert_ok(trust_add_crl(trust, rows[i].list, &err), &err);
        result = judge(trust, &err);
        if (result != -(int)rows[i].expected)
            fail_msg("A16 %s: %s: %s; expected %s", rows[i].name, error_name(err.code), err.words,
                     error_name(rows[i].expected));
        shows_attack("A16", rows[i].expected, rows[i].name);
        trust_free(trust);
    }
}

static int64_t number_of(struct trust *trust, const struct forge_certificate *issuer)
{
    struct certificate certificate;
    struct error err = {0};
    uint8_t id[DIGEST_BYTES];

    assert_ok(certificate_parse(issuer->der, &certificate, &err), &err);
    certificate_key_id(&certificate, id);
    return trust_crl_number(trust, id, NULL);
}

static void an_older_list_never_replaces_a_newer_one(void **state)
{
    const struct forge_certificate *issuer = world.site.issuer;
    struct trust *trust = world_trust(world.root_document);
    struct error err = {0};

    assert_ok(judge(trust, &err), &err);
    assert_true(number_of(trust, issuer) == -1);
    assert_ok(
        trust_add_crl(trust,
                      list_of(issuer, 7, world.site.leaves[ROLE_CONTENT], BEFORE_US, NO_REASON, 0),
                      &err),
        &err);
    assert_true(number_of(trust, issuer) == 7);
    assert_ok(trust_add_crl(trust, list_of(issuer, 6, NULL, 0, NO_REASON, 0), &err), &err);
    assert_true(number_of(trust, issuer) == 7);
    assert_refused(judge(trust, &err), &err, ERROR_REVOKED);
    assert_ok(trust_add_crl(trust, list_of(issuer, 8, NULL, 0, NO_REASON, 0), &err), &err);
    assert_true(number_of(trust, issuer) == 8);
    trust_free(trust);
    shows_case("A16");
}

/* A list of the issuer's name, made by somebody else, with the highest number there is. */
static void a_forged_list_neither_revokes_nor_stays(void **state)
{
    const struct forge_certificate *root =
        forge_certificate(forge, FORGE_ROOT, "Root CA", NULL, ROLE_ROOT);
    struct forge_profile profile =
        forge_profile(forge, FORGE_ISSUER, "Issuing CA", root, ROLE_ROOT);
    struct trust *trust = world_trust(world.root_document);
    const struct forge_certificate *stranger;
    struct error err = {0};
    struct bytes_view forged;

    stranger = forge_certify(forge, &profile);
    forged = list_of(stranger, INT64_MAX, world.site.leaves[ROLE_CONTENT], BEFORE_US, NO_REASON, 0);
    assert_ok(trust_add_crl(trust, forged, &err), &err); /* waits: its issuer is unknown */
    assert_ok(judge(trust, &err), &err);
    assert_true(number_of(trust, world.site.issuer) == -1);
    assert_ok(trust_add_crl(trust, list_of(world.site.issuer, 1, NULL, 0, NO_REASON, 0), &err),
              &err);
    assert_true(number_of(trust, world.site.issuer) == 1);
    trust_free(trust);
    shows_case("A16");
}

static void a_malformed_list_is_refused(void **state)
{
    struct bytes_view good = list_of(world.site.root, 1, NULL, 0, NO_REASON, 0);
    struct trust *trust = world_trust(world.root_document);
    struct error err = {0};

    assert_refused(trust_add_crl(trust, bytes_view_of(good.data, good.size - 1), &err), &err,
                   ERROR_NOT_DER);
    assert_refused(trust_add_crl(trust, forge_flip(forge, good, good.size - 1), &err), &err,
                   ERROR_BAD_CRL);
    assert_refused(trust_add_crl(trust, bytes_view_of(good.data, LIMIT_CRL_BYTES + 1), &err), &err,
                   ERROR_LIMIT);
    assert_true(number_of(trust, world.site.root) == -1);
    assert_ok(trust_add_crl(trust, good, &err), &err);
    assert_true(number_of(trust, world.site.root) == 1);
    trust_free(trust);
    shows_case("A16");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(revocation_counts_from_its_instant),
        cmocka_unit_test(an_older_list_never_replaces_a_newer_one),
        cmocka_unit_test(a_forged_list_neither_revokes_nor_stays),
        cmocka_unit_test(a_malformed_list_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
