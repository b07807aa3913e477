/* SPDX-License-Identifier: ISC */
#include "tests/media/trust-fixture.h"

#define ROTATIONS 12

static int follow(struct fixture *fixture, struct bytes_view document, struct error *err)
{
    return trust_follow(fixture->trust, document, &fixture->verdict, err);
}

/* Refused, and the trust is as it was. */
static void refused(struct fixture *fixture, struct bytes_view document, enum error_code code)
{
    uint64_t before = trust_root(fixture->trust)->version;
    struct error err = {0};

    assert_refused(follow(fixture, document, &err), &err, code);
    assert_false(fixture->verdict.accepted);
    assert_int_equal(fixture->verdict.code, code);
    assert_int_equal(trust_root(fixture->trust)->version, before);
    assert_ok(trust_judge(fixture->trust, DOCUMENT_PACKAGE, NULL,
                          fixture_good(fixture, DOCUMENT_PACKAGE), &fixture->verdict, &err),
              &err);
}

static void followed(struct fixture *fixture, struct bytes_view document)
{
    struct error err = {0};

    assert_ok(follow(fixture, document, &err), &err);
    assert_true(fixture->verdict.accepted);
    assert_int_equal(fixture->verdict.code, ERROR_OK);
}

static void refused_at_first(struct bytes_view document, enum error_code code)
{
    struct trust *trust = (struct trust *)1;
    struct error err = {0};

    assert_refused(trust_new(document, &trust, &err), &err, code);
    assert_null(trust);
}

/* ---- the first one ---- */

static void a_first_root_document_is_its_own_authority(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(trust_root(fixture->trust)->version, 1);
    assert_int_equal(trust_root(fixture->trust)->ring_count, 2);
}

static void a_first_root_document_must_be_one(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_signature signature = {fixture->site.leaves[ROLE_ROOT],
                                          fixture->site.leaves[ROLE_TIMESTAMP], FORGE_NOON_US,
                                          FORGE_NOON_US};

    refused_at_first(bytes_view_of("", 0), ERROR_NOT_DER);
    refused_at_first(fixture_good(fixture, DOCUMENT_SET), ERROR_WRONG_KIND);
    refused_at_first(
        fixture_document(fixture, DOCUMENT_ROOT, bytes_view_of("{}", 2), &signature, 1),
        ERROR_BAD_DOCUMENT);
}

static void a_root_that_signed_nothing_is_not_named(void **state)
{
    struct fixture *fixture = *state;
    struct forge_site other = fixture_other_site(fixture);
    const struct forge_certificate *authority = fixture->site.leaves[ROLE_TIMESTAMP];
    const struct forge_certificate *roots[] = {fixture->site.root, other.root};
    const struct forge_certificate *signers[] = {fixture->site.leaves[ROLE_ROOT],
                                                 other.leaves[ROLE_ROOT]};
    struct error err = {0};

    fixture_set_roots(&fixture->root, roots, 2);
    refused_at_first(fixture_root(fixture, &fixture->root, signers, 1, authority),
                     ERROR_ROOT_UNSIGNED);
    trust_free(fixture->trust);
    assert_ok(trust_new(fixture_root(fixture, &fixture->root, signers, 2, authority),
                        &fixture->trust, &err),
              &err);
}

static void only_root_sign_leaves_sign_roots(void **state)
{
    struct fixture *fixture = *state;

    refused_at_first(fixture_root(fixture, &fixture->root, &fixture->site.leaves[ROLE_RELEASE], 1,
                                  fixture->site.leaves[ROLE_TIMESTAMP]),
                     ERROR_ROOT_UNSIGNED);
}

static void what_is_no_root_certificate_is_refused(void **state)
{
    struct fixture *fixture = *state;

    fixture_set_roots(&fixture->root, &fixture->site.issuer, 1);
    refused_at_first(fixture_root(fixture, &fixture->root, &fixture->site.leaves[ROLE_ROOT], 1,
                                  fixture->site.leaves[ROLE_TIMESTAMP]),
                     ERROR_BAD_CERTIFICATE);
}

static void a_threshold_of_roots_holds_for_the_first(void **state)
{
    struct fixture *fixture = *state;

    fixture->root.roles[ROLE_ROOT].threshold = 2;
    refused_at_first(fixture_root(fixture, &fixture->root, &fixture->site.leaves[ROLE_ROOT], 1,
                                  fixture->site.leaves[ROLE_TIMESTAMP]),
                     ERROR_ROOT_UNSIGNED);
}

/* ---- the next one ---- */

static struct bytes_view next_by(struct fixture *fixture,
                                 const struct forge_certificate *const *signers, size_t count)
{
    return fixture_root(fixture, &fixture->root, signers, count,
                        fixture->site.leaves[ROLE_TIMESTAMP]);
}

static void the_same_roots_may_say_something_new(void **state)
{
    struct fixture *fixture = *state;

    fixture->root.version = 2;
    fixture->root.ring_count = 1;
    followed(fixture, next_by(fixture, &fixture->site.leaves[ROLE_ROOT], 1));
    assert_int_equal(trust_root(fixture->trust)->version, 2);
    assert_null(root_ring(trust_root(fixture->trust), "public"));
}

static void the_next_needs_both_sides(void **state)
{
    struct fixture *fixture = *state;
    struct forge_site other = fixture_other_site(fixture);
    const struct forge_certificate *both[] = {fixture->site.leaves[ROLE_ROOT],
                                              other.leaves[ROLE_ROOT]};

    fixture->root.version = 2;
    fixture_set_roots(&fixture->root, &other.root, 1);
    refused(fixture, next_by(fixture, &both[0], 1), ERROR_ROOT_UNSIGNED);
    refused(fixture, next_by(fixture, &both[1], 1), ERROR_ROOT_UNSIGNED);
    followed(fixture, next_by(fixture, both, 2));
}

static void the_next_needs_the_threshold_of_both_sides(void **state)
{
    struct fixture *fixture = *state;
    const struct forge_certificate *both[] = {fixture->site.leaves[ROLE_ROOT],
                                              fixture->second[ROLE_ROOT]};

    fixture->root.version = 2;
    fixture->root.roles[ROLE_ROOT].threshold = 2;
    refused(fixture, next_by(fixture, both, 1), ERROR_ROOT_UNSIGNED);
    followed(fixture, next_by(fixture, both, 2));
    fixture->root.version = 3;
    fixture->root.roles[ROLE_ROOT].threshold = 1;
    refused(fixture, next_by(fixture, both, 1), ERROR_ROOT_UNSIGNED);
    followed(fixture, next_by(fixture, both, 2));
}

static void a_stranger_among_the_signers_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct forge_site other = fixture_other_site(fixture);
    const struct forge_certificate *both[] = {fixture->site.leaves[ROLE_ROOT],
                                              other.leaves[ROLE_ROOT]};

    fixture->root.version = 2;
    refused(fixture, next_by(fixture, both, 2), ERROR_UNTRUSTED_ROOT);
}

/* Who holds a stolen old key and a timestamp authority of his own can't choose its time. */
static void the_old_side_is_timed_by_the_old_roots(void **state)
{
    struct fixture *fixture = *state;
    struct forge_site other = fixture_other_site(fixture);
    const struct forge_certificate *both[] = {fixture->site.leaves[ROLE_ROOT],
                                              other.leaves[ROLE_ROOT]};

    fixture->root.version = 2;
    fixture_set_roots(&fixture->root, &other.root, 1);
    refused(fixture, fixture_root(fixture, &fixture->root, both, 2, other.leaves[ROLE_TIMESTAMP]),
            ERROR_UNTRUSTED_ROOT);
}

static void pins_of_the_old_side_hold(void **state)
{
    struct fixture *fixture = *state;
    struct root_role *role = &fixture->root.roles[ROLE_ROOT];
    struct bytes_view spki = fixture->site.leaves[ROLE_ROOT]->key->spki;

    role->pins = bytes_allocate(1, DIGEST_BYTES);
    role->pin_count = 1;
    digest_of(spki.data, spki.size, role->pins[0]);
    fixture_trust(fixture);
    fixture->root.version = 2;
    refused(fixture, next_by(fixture, &fixture->second[ROLE_ROOT], 1), ERROR_WRONG_ROLE);
    followed(fixture, next_by(fixture, &fixture->site.leaves[ROLE_ROOT], 1));
}

static void a_revoked_root_sign_leaf_signs_no_more(void **state)
{
    struct fixture *fixture = *state;
    struct forge_crl crl = forge_crl(fixture->forge, fixture->site.root, 1, FORGE_NOON_US);
    struct error err = {0};

    crl.entries[0] = forge_crl_entry(fixture->forge, fixture->site.leaves[ROLE_ROOT]->serial,
                                     FORGE_NOON_US, -1, 0);
    crl.entry_count = 1;
    assert_ok(trust_add_crl(fixture->trust, forge_crl_der(fixture->forge, &crl), &err), &err);
    fixture->root.version = 2;
    refused(fixture, next_by(fixture, &fixture->site.leaves[ROLE_ROOT], 1), ERROR_REVOKED);
    followed(fixture, next_by(fixture, &fixture->second[ROLE_ROOT], 1));
}

static void the_window_holds_for_roots(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_signature signature = {fixture->site.leaves[ROLE_ROOT],
                                          fixture->site.leaves[ROLE_TIMESTAMP],
                                          FORGE_NOON_US - INSTANT_DAY_US, FORGE_NOON_US};
    struct error err = {0};
    struct bytes json;

    fixture->root.version = 2;
    assert_ok(root_write(&fixture->root, &json, &err), &err);
    refused(fixture, fixture_document(fixture, DOCUMENT_ROOT, bytes_view(&json), &signature, 1),
            ERROR_TIMESTAMP_WINDOW);
    bytes_clear(&json);
}

/* ---- which one ---- */

static void versions_are_neither_skipped_nor_lowered(void **state)
{
    struct fixture *fixture = *state;
    const struct forge_certificate *const *signer = &fixture->site.leaves[ROLE_ROOT];
    struct error err = {0};
    struct bytes_view first, other;

    first = next_by(fixture, signer, 1);
    followed(fixture, first);
    fixture->root.expires_us++;
    other = next_by(fixture, signer, 1);
    refused(fixture, other, ERROR_EQUIVOCATION);
    fixture->root.version = 3;
    refused(fixture, next_by(fixture, signer, 1), ERROR_ROOT_GAP);
    fixture->root.version = 2;
    followed(fixture, next_by(fixture, signer, 1));
    assert_ok(follow(fixture, first, &err), &err);
    assert_false(fixture->verdict.accepted);
    assert_int_equal(trust_root(fixture->trust)->version, 2);
    assert_ok(trust_follow(fixture->trust, other, NULL, &err), &err);
}

/* Strangers may not hide behind content that is known. */
static void known_content_in_other_bytes_is_judged_anew(void **state)
{
    struct fixture *fixture = *state;
    struct forge_site other = fixture_other_site(fixture);
    const struct forge_certificate *with_stranger[] = {fixture->site.leaves[ROLE_ROOT],
                                                       other.leaves[ROLE_ROOT]};
    struct bytes_view first = next_by(fixture, &fixture->site.leaves[ROLE_ROOT], 1);

    followed(fixture, first);
    followed(fixture, first);
    assert_true(fixture->verdict.chain_verified && fixture->verdict.threshold_met);
    followed(fixture, next_by(fixture, &fixture->site.leaves[ROLE_ROOT], 1));
    refused(fixture, next_by(fixture, &other.leaves[ROLE_ROOT], 1), ERROR_UNTRUSTED_ROOT);
    refused(fixture, next_by(fixture, with_stranger, 2), ERROR_UNTRUSTED_ROOT);
    refused(fixture, next_by(fixture, &fixture->site.leaves[ROLE_RELEASE], 1), ERROR_WRONG_ROLE);
}

/* The newest one again: the same bytes, or signed anew by whoever may; never by a stranger. */
static void the_newest_one_in_other_bytes_is_judged(void **state)
{
    struct fixture *fixture = *state;
    struct forge_site other = fixture_other_site(fixture);
    const struct forge_certificate *both[] = {fixture->second[ROLE_ROOT], other.leaves[ROLE_ROOT]};
    struct fixture_signature late = {fixture->site.leaves[ROLE_ROOT],
                                     fixture->site.leaves[ROLE_TIMESTAMP],
                                     FORGE_NOON_US - INSTANT_DAY_US, FORGE_NOON_US};
    struct error err = {0};
    struct bytes json;

    followed(fixture, next_by(fixture, &fixture->site.leaves[ROLE_ROOT], 1));
    followed(fixture, next_by(fixture, both, 1));
    refused(fixture, next_by(fixture, both, 2), ERROR_UNTRUSTED_ROOT);
    refused(fixture, next_by(fixture, &fixture->site.leaves[ROLE_RELEASE], 1), ERROR_WRONG_ROLE);
    assert_ok(root_write(&fixture->root, &json, &err), &err);
    refused(fixture, fixture_document(fixture, DOCUMENT_ROOT, bytes_view(&json), &late, 1),
            ERROR_TIMESTAMP_WINDOW);
    bytes_clear(&json);
}

static void the_newest_one_by_strangers_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct forge_site other = fixture_other_site(fixture), third = fixture_other_site(fixture);
    const struct forge_certificate *strangers[] = {other.leaves[ROLE_ROOT],
                                                   third.leaves[ROLE_ROOT]};

    refused(fixture, next_by(fixture, strangers, 2), ERROR_UNTRUSTED_ROOT);
}

static void the_newest_one_needs_its_threshold_again(void **state)
{
    struct fixture *fixture = *state;
    const struct forge_certificate *both[] = {fixture->site.leaves[ROLE_ROOT],
                                              fixture->second[ROLE_ROOT]};

    fixture->root.version = 2;
    fixture->root.roles[ROLE_ROOT].threshold = 2;
    followed(fixture, next_by(fixture, both, 2));
    refused(fixture, next_by(fixture, both, 1), ERROR_ROOT_UNSIGNED);
}

/* During an overlap the new side's tokens may be the new authority's. */
static void an_overlap_takes_the_new_authority(void **state)
{
    struct fixture *fixture = *state;
    struct forge_site other = fixture_other_site(fixture);
    const struct forge_certificate *roots[] = {fixture->site.root, other.root};
    struct fixture_signature signatures[] = {
        {fixture->site.leaves[ROLE_ROOT], fixture->site.leaves[ROLE_TIMESTAMP], FORGE_NOON_US,
         FORGE_NOON_US},
        {other.leaves[ROLE_ROOT], other.leaves[ROLE_TIMESTAMP], FORGE_NOON_US, FORGE_NOON_US},
    };
    struct error err = {0};
    struct bytes json;

    fixture->root.version = 2;
    fixture_set_roots(&fixture->root, roots, 2);
    assert_ok(root_write(&fixture->root, &json, &err), &err);
    followed(fixture, fixture_document(fixture, DOCUMENT_ROOT, bytes_view(&json), signatures, 2));
    bytes_clear(&json);
}

static void what_is_no_document_is_not_followed(void **state)
{
    struct fixture *fixture = *state;

    refused(fixture, bytes_view_of("x", 1), ERROR_NOT_DER);
    refused(fixture, fixture_good(fixture, DOCUMENT_ROOT), ERROR_BAD_DOCUMENT);
}

static void twelve_rotations_in_a_row(void **state)
{
    struct fixture *fixture = *state;
    struct forge_site before = fixture->site;
    struct bytes_view old = fixture_good(fixture, DOCUMENT_PACKAGE);
    struct error err = {0};

    for (int i = 0; i < ROTATIONS; i++) {
        struct forge_site next = fixture_other_site(fixture);
        const struct forge_certificate *both[] = {before.leaves[ROLE_ROOT], next.leaves[ROLE_ROOT]};

        fixture->root.version++;
        fixture_set_roots(&fixture->root, &next.root, 1);
        followed(fixture,
                 fixture_root(fixture, &fixture->root, both, 2, before.leaves[ROLE_TIMESTAMP]));
        before = next;
    }
    assert_int_equal(trust_root(fixture->trust)->version, ROTATIONS + 1);
    assert_refused(
        trust_judge(fixture->trust, DOCUMENT_PACKAGE, NULL, old, &fixture->verdict, &err), &err,
        ERROR_UNTRUSTED_ROOT);
    fixture->site = before;
    err = (struct error){0};
    assert_ok(trust_judge(fixture->trust, DOCUMENT_PACKAGE, NULL,
                          fixture_good(fixture, DOCUMENT_PACKAGE), &fixture->verdict, &err),
              &err);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_first_root_document_is_its_own_authority),
        CASE(a_first_root_document_must_be_one),
        CASE(a_root_that_signed_nothing_is_not_named),
        CASE(only_root_sign_leaves_sign_roots),
        CASE(what_is_no_root_certificate_is_refused),
        CASE(a_threshold_of_roots_holds_for_the_first),
        CASE(the_same_roots_may_say_something_new),
        CASE(the_next_needs_both_sides),
        CASE(the_next_needs_the_threshold_of_both_sides),
        CASE(a_stranger_among_the_signers_is_refused),
        CASE(the_old_side_is_timed_by_the_old_roots),
        CASE(pins_of_the_old_side_hold),
        CASE(a_revoked_root_sign_leaf_signs_no_more),
        CASE(the_window_holds_for_roots),
        CASE(versions_are_neither_skipped_nor_lowered),
        CASE(known_content_in_other_bytes_is_judged_anew),
        CASE(the_newest_one_in_other_bytes_is_judged),
        CASE(the_newest_one_by_strangers_is_refused),
        CASE(the_newest_one_needs_its_threshold_again),
        CASE(an_overlap_takes_the_new_authority),
        CASE(what_is_no_document_is_not_followed),
        CASE(twelve_rotations_in_a_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
