/* SPDX-License-Identifier: ISC
 *
 * Both sides against each other: what sign.c, certify.c and root-write.c make is what trust.c
 * believes, and what certify_crl revokes it no longer believes.
 */
#include "tests/media/site.h"

#include "media/base/instant.h"
#include "media/base/instant.h"
#include "media/certificate.h"
#include "media/root.h"
#include "media/trust.h"

static struct bytes_view content(void)
{
    return bytes_view_of("{}", 2);
}

/* A root document of the site with two rings; the second wants two release signatures. */
static void write_root(struct site *site, uint64_t version, struct bytes *json)
{
    struct root_document *root = bytes_allocate(1, sizeof(*root));
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];
    struct error err = {0};

    root->version = version;
    root->root_count = 1;
    bytes_init(&root->roots[0], LIMIT_CERTIFICATE_BYTES);
    assert_int_equal(key_path(site->root, path), 1);
    assert_ok(bytes_put(&root->roots[0], path[0].data, path[0].size, &err), &err);
    for (unsigned i = 0; i < ROLE_COUNT; i++)
        root->roles[i].threshold = 1;
    root->ring_count = 2;
    memcpy(root->rings[0].name, "internal", sizeof("internal"));
    memcpy(root->rings[1].name, "public", sizeof("public"));
    root->rings[0].threshold = 1;
    root->rings[1].threshold = 2;
    root->rings[1].production = true;
    wave_everyone(&root->rings[0].waves);
    wave_everyone(&root->rings[1].waves);
    root->window_before_us = 5 * INSTANT_MINUTE_US;
    root->window_after_us = 15 * INSTANT_MINUTE_US;
    root->expires_us = site->not_after_us;
    assert_ok(root_write(root, json, &err), &err);
    root_clear(root);
    free(root);
}

static void sign(struct site *site, enum document_kind kind, struct bytes_view json, size_t count,
                 struct bytes *document)
{
    enum document_role role = document_row(kind)->role;
    struct error err = {0};

    bytes_init(document, document_row(kind)->limit);
    assert_ok(sign_document(kind, json, (const struct key *const *)(void *)site->leaves[role],
                            count, &site->timestamper, document, NULL, &err),
              &err);
}

static struct trust *open_trust(struct site *site)
{
    struct bytes json, document;
    struct trust *trust = NULL;
    struct error err = {0};

    write_root(site, 1, &json);
    sign(site, DOCUMENT_ROOT, bytes_view(&json), 1, &document);
    assert_ok(trust_new(bytes_view(&document), &trust, &err), &err);
    bytes_clear(&json);
    bytes_clear(&document);
    return trust;
}

static void each_kind_is_believed(void **state)
{
    static const enum document_kind kinds[] = {DOCUMENT_PACKAGE, DOCUMENT_SET, DOCUMENT_EXPORT};
    struct site *site = *state;
    struct trust *trust = open_trust(site);
    struct trust_verdict verdict;
    struct error err = {0};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct bytes document;

        sign(site, kinds[i], content(), 1, &document);
        assert_ok(trust_judge(trust, kinds[i], kinds[i] == DOCUMENT_SET ? "internal" : NULL,
                              bytes_view(&document), &verdict, &err),
                  &err);
        assert_true(verdict.accepted);
        assert_true(bytes_equal(verdict.content, content()));
        bytes_clear(&document);
    }
    trust_free(trust);
}

static void a_second_signature_reaches_the_threshold(void **state)
{
    struct site *site = *state;
    struct trust *trust = open_trust(site);
    struct trust_verdict verdict;
    struct error err = {0};
    struct bytes one, two;

    sign(site, DOCUMENT_SET, content(), 1, &one);
    assert_refused(trust_judge(trust, DOCUMENT_SET, "public", bytes_view(&one), &verdict, &err),
                   &err, ERROR_THRESHOLD);
    bytes_init(&two, LIMIT_SET_BYTES);
    assert_ok(sign_again(DOCUMENT_SET, bytes_view(&one), site->leaves[ROLE_RELEASE][1],
                         &site->timestamper, &two, NULL, &err),
              &err);
    assert_ok(trust_judge(trust, DOCUMENT_SET, "public", bytes_view(&two), &verdict, &err), &err);
    bytes_clear(&one);
    bytes_clear(&two);
    trust_free(trust);
}

static void a_newer_root_document_is_followed(void **state)
{
    struct site *site = *state;
    struct trust *trust = open_trust(site);
    struct trust_verdict verdict;
    struct bytes json, document;
    struct error err = {0};

    write_root(site, 2, &json);
    sign(site, DOCUMENT_ROOT, bytes_view(&json), 2, &document);
    assert_ok(trust_follow(trust, bytes_view(&document), &verdict, &err), &err);
    assert_int_equal(trust_root(trust)->version, 2);
    bytes_clear(&json);
    bytes_clear(&document);
    trust_free(trust);
}

static void add_crl(struct site *site, struct trust *trust, const struct key *revoked,
                    int64_t invalid_since_us)
{
    struct certify_revocation entry = {.revoked_us = instant_clock(),
                                       .invalid_since_us = invalid_since_us,
                                       .key_compromise = true};
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];
    struct certificate leaf;
    struct error err = {0};
    struct bytes der;

    bytes_init(&der, LIMIT_CRL_BYTES);
    assert_int_equal(key_path(revoked, path), 2);
    assert_ok(certificate_parse(path[0], &leaf, &err), &err);
    entry.serial = leaf.serial;
    assert_ok(
        certify_crl(site->issuing, 1, instant_clock(), site->not_after_us, &entry, 1, &der, &err),
        &err);
    assert_ok(trust_add_crl(trust, bytes_view(&der), &err), &err);
    bytes_clear(&der);
}

static void judge_package(struct site *site, struct trust *trust, enum error_code expected)
{
    struct trust_verdict verdict;
    struct error err = {0};
    struct bytes document;

    sign(site, DOCUMENT_PACKAGE, content(), 1, &document);
    (void)!trust_judge(trust, DOCUMENT_PACKAGE, NULL, bytes_view(&document), &verdict, &err);
    assert_string_equal(error_name(verdict.code), error_name(expected));
    assert_true(verdict.accepted == (expected == ERROR_OK));
    bytes_clear(&document);
}

static void a_revoked_signer_is_refused_from_then_on(void **state)
{
    struct site *site = *state;
    const struct key *signer = site->leaves[ROLE_CONTENT][0];
    struct trust *trust = open_trust(site);

    add_crl(site, trust, signer, instant_clock() + INSTANT_HOUR_US);
    judge_package(site, trust, ERROR_OK);
    trust_free(trust);
    trust = open_trust(site);
    add_crl(site, trust, signer, instant_clock() - INSTANT_MINUTE_US);
    judge_package(site, trust, ERROR_REVOKED);
    trust_free(trust);
    trust = open_trust(site);
    add_crl(site, trust, signer, 0);
    judge_package(site, trust, ERROR_REVOKED);
    trust_free(trust);
}

static void a_revoked_authority_takes_its_tokens_with_it(void **state)
{
    struct site *site = *state;
    struct trust *trust = open_trust(site);

    add_crl(site, trust, site->leaves[ROLE_TIMESTAMP][0], instant_clock() + INSTANT_HOUR_US);
    judge_package(site, trust, ERROR_REVOKED);
    trust_free(trust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_believed),
        cmocka_unit_test(a_second_signature_reaches_the_threshold),
        cmocka_unit_test(a_newer_root_document_is_followed),
        cmocka_unit_test(a_revoked_signer_is_refused_from_then_on),
        cmocka_unit_test(a_revoked_authority_takes_its_tokens_with_it),
    };

    return cmocka_run_group_tests(tests, site_setup, site_teardown);
}
