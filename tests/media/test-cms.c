/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/media/cms-scene.h"

#include "media/chain.h"
#include "media/der.h"
#include "media/oid.h"

/* ---- what is good ---- */

static void a_good_document_gives_its_parts(void **state)
{
    struct error err = {0};
    struct forge_document *document = begin(DOCUMENT_PACKAGE);
    const struct certificate *path[LIMIT_CHAIN_CERTIFICATES];

    forge_add_signer(document, site.leaves[ROLE_CONTENT], FORGE_NOON_US);
    forge_sign(document);
    forge_stamp(document, site.leaves[ROLE_TIMESTAMP], FORGE_NOON_US + 1);
    assert_ok(judge(DOCUMENT_PACKAGE, forge_assemble(document), &err), &err);
    assert_true(bytes_equal(cms->content, bytes_view_of(json, sizeof(json) - 1)));
    assert_int_equal(cms->signer_count, 1);
    assert_true(cms->signers[0].has_signing_time);
    assert_true(cms->signers[0].signing_time_us == FORGE_NOON_US);
    assert_true(bytes_equal(cms->signers[0].signature, document->signers[0].signature));
    assert_true(cms->signers[0].token.size > 500);
    assert_int_equal(cms_path(cms, 0, path), 2);
    assert_true(bytes_equal(path[0]->der, site.leaves[ROLE_CONTENT]->der));
    assert_true(bytes_equal(path[1]->der, site.issuer->der));
}

static void every_kind_has_its_own_good_form(void **state)
{
    static const enum document_kind kinds[] = {DOCUMENT_ROOT, DOCUMENT_PACKAGE, DOCUMENT_SET,
                                               DOCUMENT_EXPORT};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct document_row *row = document_row(kinds[i]);
        struct error err = {0};
        struct bytes_view whole =
            forge_whole(forge, row->oid, bytes_view_of("{}", 2), &site.leaves[row->role], 1,
                        authority(kinds[i]), FORGE_NOON_US);

        assert_ok(judge(kinds[i], whole, &err), &err);
        assert_int_equal(cms->signers[0].token.size > 0, row->timestamped);
        assert_refused(
            judge(kinds[i] == DOCUMENT_SET ? DOCUMENT_PACKAGE : DOCUMENT_SET, whole, &err), &err,
            ERROR_WRONG_KIND);
    }
}

static void a_receipt_carries_its_own_root(void **state)
{
    struct error err = {0};
    const struct forge_certificate *endpoint =
        forge_certificate(forge, FORGE_ROOT, "endpoint", NULL, ROLE_ROOT);
    struct bytes_view whole =
        forge_whole(forge, document_row(DOCUMENT_RECEIPT)->oid, bytes_view_of("{}", 2), &endpoint,
                    1, NULL, FORGE_NOON_US);

    assert_ok(judge(DOCUMENT_RECEIPT, whole, &err), &err);
    assert_int_equal(cms->signers[0].path_count, 1);
    whole = forge_whole(forge, document_row(DOCUMENT_RECEIPT)->oid, bytes_view_of("{}", 2),
                        &site.leaves[ROLE_ENDPOINT], 1, NULL, FORGE_NOON_US);
    assert_refused(judge(DOCUMENT_RECEIPT, whole, &err), &err, ERROR_EXTRA_CERTIFICATE);
}

static void signers_share_their_issuer_certificate(void **state)
{
    struct error err = {0};
    const struct forge_certificate *signers[3] = {
        site.leaves[ROLE_RELEASE], site.leaves[ROLE_CONTENT], site.leaves[ROLE_EXPORT]};
    struct bytes_view whole =
        forge_whole(forge, document_row(DOCUMENT_SET)->oid, bytes_view_of("{}", 2), signers, 3,
                    site.leaves[ROLE_TIMESTAMP], FORGE_NOON_US);

    assert_ok(judge(DOCUMENT_SET, whole, &err), &err);
    assert_int_equal(cms->signer_count, 3);
    assert_int_equal(cms->certificate_count, 4);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(cms->signers[i].path[1], 1);
}

/* ---- limits ---- */

static void a_document_over_its_limit_is_not_looked_into(void **state)
{
    struct error err = {0};
    struct cms_profile profile = cms_profile_of(DOCUMENT_PACKAGE);

    assert_refused(cms_parse(&profile, bytes_view_of(NULL, profile.limit + 1), cms, &err), &err,
                   ERROR_LIMIT);
}

static void more_signers_than_the_limit_are_refused(void **state)
{
    struct error err = {0};
    struct forge_document *document = begin(DOCUMENT_EXPORT);

    for (int64_t i = 0; i < LIMIT_SIGNERS; i++)
        forge_add_signer(document, site.leaves[ROLE_EXPORT], FORGE_NOON_US + i * 1000000);
    forge_sign(document);
    assert_refused(judge(DOCUMENT_EXPORT, forge_assemble(document), &err), &err,
                   ERROR_SAME_KEY_TWICE);
    forge_add_signer(document, site.leaves[ROLE_EXPORT], FORGE_NOON_US - 1000000);
    forge_sign(document);
    assert_refused(judge(DOCUMENT_EXPORT, forge_assemble(document), &err), &err, ERROR_LIMIT);
}

static void more_certificates_than_the_limit_are_refused(void **state)
{
    struct error err = {0};
    struct forge_document *document = begin(DOCUMENT_EXPORT);

    forge_add_signer(document, site.leaves[ROLE_EXPORT], FORGE_NOON_US);
    forge_sign(document);
    (void)forge_assemble(document);
    while (document->certificate_count <= LIMIT_CERTIFICATES) {
        struct forge_profile profile =
            forge_profile(forge, FORGE_LEAF, "one more", site.issuer, ROLE_EXPORT);

        document->certificates[document->certificate_count++] = forge_certify(forge, &profile)->der;
    }
    assert_refused(judge(DOCUMENT_EXPORT, forge_assemble(document), &err), &err, ERROR_LIMIT);
}

static void a_path_longer_than_the_limit_is_refused(void **state)
{
    const struct forge_certificate *issuer = site.root;

    for (int depth = 1; depth <= LIMIT_CHAIN_CERTIFICATES; depth++) {
        struct error err = {0};
        char name[32];
        const struct forge_certificate *leaf;
        struct bytes_view whole;

        snprintf(name, sizeof(name), "issuer %d", depth);
        issuer = forge_certificate(forge, FORGE_ISSUER, name, issuer, ROLE_ROOT);
        leaf = forge_certificate(forge, FORGE_LEAF, "deep leaf", issuer, ROLE_EXPORT);
        whole = forge_whole(forge, document_row(DOCUMENT_EXPORT)->oid, bytes_view_of("{}", 2),
                            &leaf, 1, NULL, FORGE_NOON_US);
        if (depth + 2 <= LIMIT_CHAIN_CERTIFICATES)
            assert_ok(judge(DOCUMENT_EXPORT, whole, &err), &err);
        else
            assert_refused(judge(DOCUMENT_EXPORT, whole, &err), &err, ERROR_LIMIT);
    }
    shows_case("A8");
}

/* A pair of CAs that issued each other's certificate must end in the limit, not in a loop. */
static void a_loop_of_issuers_ends(void **state)
{
    struct error err = {0};
    struct forge_profile a = forge_profile(forge, FORGE_ISSUER, "a", site.root, ROLE_ROOT);
    struct forge_profile b;
    struct forge_document *document = begin(DOCUMENT_EXPORT);
    const struct forge_certificate *leaf, *issuer_a, *issuer_b;

    issuer_b = forge_certificate(forge, FORGE_ISSUER, "b", site.root, ROLE_ROOT);
    b = forge_profile(forge, FORGE_ISSUER, "b", site.root, ROLE_ROOT);
    a.issuer_name = forge_name(forge, "b");
    a.extensions[FORGE_AUTHORITY_KEY_ID] = a.extensions[--a.extension_count];
    issuer_a = forge_certify(forge, &a);
    b.issuer_name = forge_name(forge, "a");
    b.extensions[FORGE_AUTHORITY_KEY_ID] = b.extensions[--b.extension_count];
    issuer_b = forge_certify(forge, &b);
    leaf = forge_certificate(forge, FORGE_LEAF, "leaf of a", issuer_a, ROLE_EXPORT);
    forge_add_signer(document, leaf, FORGE_NOON_US);
    forge_sign(document);
    document->certificates[document->certificate_count++] = leaf->der;
    document->certificates[document->certificate_count++] = issuer_a->der;
    document->certificates[document->certificate_count++] = issuer_b->der;
    assert_refused(judge(DOCUMENT_EXPORT, forge_assemble(document), &err), &err, ERROR_LIMIT);
    shows_case("A8");
}

/* ---- every value of the structure ---- */

static size_t occurrences(struct bytes_view whole, struct bytes_view part)
{
    size_t count = 0;
    const uint8_t *at;

    while (whole.size > 0 && (at = memmem(whole.data, whole.size, part.data, part.size)) != NULL) {
        whole.size -= (size_t)(at - whole.data) + 1;
        whole.data = at + 1;
        count++;
    }
    return count;
}

/* CMS alone doesn't judge what is inside a token or an issuer's certificate; all else it does. */
static void demand_refusal(enum document_kind kind, struct bytes_view whole,
                           struct bytes_view token, const char *what, size_t number)
{
    struct error err = {0};

    if (judge(kind, whole, &err) == 0) {
        /* The token holds the issuer's certificate, too. */
        size_t expected = token.size > 0 ? 2 : 1;

        if (occurrences(whole, site.issuer->der) == expected &&
            (token.size == 0 || occurrences(whole, token) == 1))
            fail_msg("%s %zu: accepted", what, number);
    } else {
        assert_true(err.code != ERROR_OK && err.words[0] != '\0');
    }
}

static struct bytes_view token_of(enum document_kind kind, struct bytes_view whole)
{
    struct error err = {0};

    assert_ok(judge(kind, whole, &err), &err);
    return cms->signers[0].token;
}

static void judge_edits(enum document_kind kind, struct bytes_view whole)
{
    struct bytes_view token = token_of(kind, whole);

    for (size_t node = 0; node < forge_count(whole); node++) {
        for (enum forge_edit edit = 0; edit < FORGE_EDITS; edit++)
            demand_refusal(kind, forge_edit(forge, whole, node, edit), token, "value", node);
    }
}

static void no_value_may_be_absent_doubled_or_of_another_type(void **state)
{
    judge_edits(DOCUMENT_PACKAGE, good(DOCUMENT_PACKAGE));
    judge_edits(DOCUMENT_EXPORT, good(DOCUMENT_EXPORT));
    shows_case("A19");
}

/* The same edits of the signed attributes, signed again: nothing of them is optional. */
static void no_signed_value_may_be_edited_even_by_the_signer(void **state)
{
    for (size_t place = 0; place <= FORGE_SIGNING_TIME; place++) {
        struct forge_document *document = begin(DOCUMENT_EXPORT);
        struct forge_signer *signer =
            forge_add_signer(document, site.leaves[ROLE_EXPORT], FORGE_NOON_US);
        struct bytes_view good = signer->attributes[place];

        for (size_t node = 0; node < forge_count(good); node++) {
            for (enum forge_edit edit = 0; edit < FORGE_EDITS; edit++) {
                struct error err = {0};

                signer->attributes[place] = forge_edit(forge, good, node, edit);
                forge_sign(document);
                if (judge(DOCUMENT_EXPORT, forge_assemble(document), &err) == 0)
                    fail_msg("attribute %zu, value %zu, edit %d: accepted", place, node, (int)edit);
            }
        }
    }
}

static void every_flipped_bit_is_refused(void **state)
{
    struct bytes_view whole = good(DOCUMENT_PACKAGE);
    struct bytes_view token = token_of(DOCUMENT_PACKAGE, whole);
    uint8_t *copy = bytes_allocate(1, whole.size);

    memcpy(copy, whole.data, whole.size);
    for (size_t i = 0; i < 8 * whole.size; i++) {
        copy[i / 8] ^= (uint8_t)(1U << i % 8);
        demand_refusal(DOCUMENT_PACKAGE, bytes_view_of(copy, whole.size), token, "bit", i);
        copy[i / 8] ^= (uint8_t)(1U << i % 8);
    }
    free(copy);
    shows_case("A19");
}

static void every_shorter_document_is_refused(void **state)
{
    struct bytes_view whole = good(DOCUMENT_EXPORT);

    for (size_t size = 0; size < whole.size; size++) {
        struct error err = {0};

        assert_refused(judge(DOCUMENT_EXPORT, bytes_view_of(whole.data, size), &err), &err,
                       ERROR_NOT_DER);
    }
    shows_case("A19");
}

static void a_trailing_byte_is_refused(void **state)
{
    struct bytes_view whole = good(DOCUMENT_EXPORT);
    struct error err = {0};

    whole = forge_join(forge, FORGE_VIEWS(whole, bytes_view_of("\0", 1)));
    assert_refused(judge(DOCUMENT_EXPORT, whole, &err), &err, ERROR_NOT_DER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_document_gives_its_parts),
        cmocka_unit_test(every_kind_has_its_own_good_form),
        cmocka_unit_test(a_receipt_carries_its_own_root),
        cmocka_unit_test(signers_share_their_issuer_certificate),
        cmocka_unit_test(a_document_over_its_limit_is_not_looked_into),
        cmocka_unit_test(more_signers_than_the_limit_are_refused),
        cmocka_unit_test(more_certificates_than_the_limit_are_refused),
        cmocka_unit_test(a_path_longer_than_the_limit_is_refused),
        cmocka_unit_test(a_loop_of_issuers_ends),
        cmocka_unit_test(no_value_may_be_absent_doubled_or_of_another_type),
        cmocka_unit_test(no_signed_value_may_be_edited_even_by_the_signer),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(every_shorter_document_is_refused),
        cmocka_unit_test(a_trailing_byte_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
