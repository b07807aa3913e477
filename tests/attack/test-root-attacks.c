/* SPDX-License-Identifier: ISC
 *
 * Attacks on root documents, and what rotation must allow: I1 to I6 and B11 of the catalogue.
 */
#include <config.h>

#include "tests/attack/world.h"

#include "media/base/instant.h"
#include "media/der.h"
#include "media/root.h"

#define ROTATIONS 12

static struct world world;
static struct forge *forge;

/* What belongs to one root. */
struct side {
    const struct forge_certificate *root, *issuer, *signer, *second, *authority, *content;
};

static struct side a, b;

static struct side side_new(const char *name)
{
    struct side side;
    char issuer[32];

    snprintf(issuer, sizeof(issuer), "%s issuer", name);
    side.root = forge_certificate(forge, FORGE_ROOT, name, NULL, ROLE_ROOT);
    side.issuer = forge_certificate(forge, FORGE_ISSUER, issuer, side.root, ROLE_ROOT);
    side.signer = forge_certificate(forge, FORGE_LEAF, "signer", side.root, ROLE_ROOT);
    side.second = forge_certificate(forge, FORGE_LEAF, "second", side.root, ROLE_ROOT);
    side.authority = forge_certificate(forge, FORGE_LEAF, "authority", side.issuer, ROLE_TIMESTAMP);
    side.content = forge_certificate(forge, FORGE_LEAF, "content", side.issuer, ROLE_CONTENT);
    return side;
}

static int set_up(void **state)
{
    world = world_new();
    forge = world.forge;
    a = (struct side){world.site.root,
                      world.site.issuer,
                      world.site.leaves[ROLE_ROOT],
                      forge_certificate(forge, FORGE_LEAF, "second", world.site.root, ROLE_ROOT),
                      world.site.leaves[ROLE_TIMESTAMP],
                      world.site.leaves[ROLE_CONTENT]};
    b = side_new("Root B");
    return 0;
}

static int tear_down(void **state)
{
    world_free(&world);
    return 0;
}

static int judge_package(struct trust *trust, const struct side *side, struct error *err)
{
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    struct bytes_view package =
        forge_whole(forge, document_row(DOCUMENT_PACKAGE)->oid, bytes_view_of("{}", 2),
                    &side->content, 1, side->authority, FORGE_NOON_US);
    int result = trust_judge(trust, DOCUMENT_PACKAGE, NULL, package, verdict, err);

    free(verdict);
    return result;
}

/* ---- one row a case ---- */

static void each_attack_on_a_root_document_is_refused_with_its_code(void **state)
{
    const struct forge_certificate *low =
        forge_certificate(forge, FORGE_LEAF, "low", a.issuer, ROLE_ROOT);
    const struct side c = side_new("Root C");
    const struct {
        const char *number, *name;
        enum error_code expected;
        uint64_t before; /* threshold of root document 1 */
        struct world_root root;
    } rows[] = {
        {"-",
         "rotation to a new root",
         ERROR_OK,
         1,
         {2, 1, {b.root}, 1, {a.signer, b.signer}, 2, a.authority, 0}},
        {"-",
         "a second root beside the first",
         ERROR_OK,
         1,
         {2, 1, {a.root, b.root}, 2, {a.signer, b.signer}, 2, a.authority, 0}},
        {"-",
         "threshold raised to two",
         ERROR_OK,
         1,
         {2, 2, {a.root}, 1, {a.signer, a.second}, 2, a.authority, 0}},
        {"-",
         "threshold lowered by two",
         ERROR_OK,
         2,
         {2, 1, {a.root}, 1, {a.signer, a.second}, 2, a.authority, 0}},
        {"I1",
         "signed by the new root only",
         ERROR_ROOT_UNSIGNED,
         1,
         {2, 1, {b.root}, 1, {b.signer}, 1, a.authority, 0}},
        {"I1",
         "signed and timestamped by the new root only",
         ERROR_ROOT_UNSIGNED,
         1,
         {2, 1, {b.root}, 1, {b.signer}, 1, b.authority, 0}},
        {"I1",
         "signed by the old root only",
         ERROR_ROOT_UNSIGNED,
         1,
         {2, 1, {b.root}, 1, {a.signer}, 1, a.authority, 0}},
        {"I1",
         "one of two new roots did not sign",
         ERROR_ROOT_UNSIGNED,
         1,
         {2, 1, {a.root, b.root}, 2, {a.signer}, 1, a.authority, 0}},
        {"I1",
         "signed by a stranger",
         ERROR_UNTRUSTED_ROOT,
         1,
         {2, 1, {b.root}, 1, {c.signer}, 1, a.authority, 0}},
        {"I1",
         "a stranger among the signers",
         ERROR_UNTRUSTED_ROOT,
         1,
         {2, 1, {b.root}, 1, {a.signer, b.signer, c.signer}, 3, a.authority, 0}},
        {"I1",
         "old side timestamped by the new root",
         ERROR_UNTRUSTED_ROOT,
         1,
         {2, 1, {b.root}, 1, {a.signer, b.signer}, 2, b.authority, 0}},
        {"I1",
         "timestamped by a stranger",
         ERROR_UNTRUSTED_ROOT,
         1,
         {2, 1, {b.root}, 1, {a.signer, b.signer}, 2, c.authority, 0}},
        {"I1",
         "signed by a content key",
         ERROR_WRONG_ROLE,
         1,
         {2, 1, {a.root}, 1, {a.content}, 1, a.authority, 0}},
        {"I1",
         "root-sign certificate of an issuing CA",
         ERROR_PATH_LENGTH,
         1,
         {2, 1, {a.root}, 1, {low}, 1, a.authority, 0}},
        {"I1",
         "no timestamp",
         ERROR_TIMESTAMP_MISSING,
         1,
         {2, 1, {b.root}, 1, {a.signer, b.signer}, 2, NULL, 0}},
        {"I2",
         "version 3 after 1",
         ERROR_ROOT_GAP,
         1,
         {3, 1, {b.root}, 1, {a.signer, b.signer}, 2, a.authority, 0}},
        {"I2",
         "another version 1",
         ERROR_EQUIVOCATION,
         1,
         {1, 1, {a.root, b.root}, 2, {a.signer, b.signer}, 2, a.authority, 0}},
        {"I4",
         "one of two old signatures",
         ERROR_ROOT_UNSIGNED,
         2,
         {2, 1, {a.root}, 1, {a.signer}, 1, a.authority, 0}},
        {"I4",
         "one of two new signatures",
         ERROR_ROOT_UNSIGNED,
         1,
         {2, 2, {a.root}, 1, {a.signer}, 1, a.authority, 0}},
        {"I4",
         "one key twice for a threshold of two",
         ERROR_SAME_KEY_TWICE,
         1,
         {2, 2, {a.root}, 1, {a.signer, a.signer}, 2, a.authority, 0}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world_root first = {1, rows[i].before, {a.root},     1, {a.signer, a.second},
                                   2, a.authority,    FORGE_NOON_US};
        struct trust *trust = world_trust(world_root(&world, &first));
        struct world_root next = rows[i].root;
        struct error err = {0};
        int result;

        next.time_us = FORGE_NOON_US + INSTANT_DAY_US;
        result = trust_follow(trust, world_root(&world, &next), NULL, &err);
        if (result != -(int)rows[i].expected)
            fail_msg("%s %s: %s: %s; expected %s", rows[i].number, rows[i].name,
                     error_name(err.code), err.words, error_name(rows[i].expected));
        /* I3: a root document that failed leaves nothing behind. */
        assert_int_equal(trust_root(trust)->version, result == 0 ? 2 : 1);
        if (result != 0)
            assert_ok(judge_package(trust, &a, &err), &err);
        if (rows[i].number[0] != '-')
            shows_attack(rows[i].number, rows[i].expected, rows[i].name);
        if (result != 0)
            shows_attack("I3", rows[i].expected, rows[i].name);
        trust_free(trust);
    }
}

static void the_same_and_older_versions_change_nothing(void **state)
{
    struct trust *trust = world_trust(world.root_document);
    struct world_root spec = {2, 1,           {b.root},     1, {a.signer, b.signer},
                              2, a.authority, FORGE_NOON_US};
    struct bytes_view second = world_root(&world, &spec);
    struct error err = {0};

    assert_ok(trust_follow(trust, world.root_document, NULL, &err), &err);
    assert_int_equal(trust_root(trust)->version, 1);
    assert_ok(trust_follow(trust, second, NULL, &err), &err);
    assert_ok(trust_follow(trust, second, NULL, &err), &err);
    assert_ok(trust_follow(trust, world.root_document, NULL, &err), &err);
    assert_int_equal(trust_root(trust)->version, 2);
    trust_free(trust);
}

/* I5: an endpoint that was offline for three years, one stick. */
static void twelve_rotations_in_a_row_are_followed(void **state)
{
    struct trust *trust = world_trust(world.root_document);
    struct side before = a;
    struct error err = {0};

    for (uint64_t i = 0; i < ROTATIONS; i++) {
        char name[32];
        struct side next;
        struct world_root spec;

        snprintf(name, sizeof(name), "Root %d", (int)i + 2);
        next = side_new(name);
        spec = (struct world_root){i + 2,
                                   1,
                                   {next.root},
                                   1,
                                   {before.signer, next.signer},
                                   2,
                                   before.authority,
                                   FORGE_NOON_US + (int64_t)i * INSTANT_DAY_US};
        assert_ok(trust_follow(trust, world_root(&world, &spec), NULL, &err), &err);
        before = next;
    }
    assert_int_equal(trust_root(trust)->version, 1 + ROTATIONS);
    assert_ok(judge_package(trust, &before, &err), &err);
    assert_refused(judge_package(trust, &a, &err), &err, ERROR_UNTRUSTED_ROOT);
    trust_free(trust);
    shows_case("C9");
    shows_case("I5");
}

/* ---- B11, I6: what has expired since ---- */

static const struct forge_certificate *valid_to(enum forge_place place, const char *name,
                                                const struct forge_certificate *issuer,
                                                enum document_role role, const char *until)
{
    struct forge_profile profile = forge_profile(forge, place, name, issuer, role);

    profile.not_before = forge_primitive(forge, DER_UTC_TIME, "100101000000Z", 13);
    profile.not_after = forge_primitive(forge, DER_UTC_TIME, until, 13);
    return forge_certify(forge, &profile);
}

static void an_authority_that_has_expired_since_is_believed(void **state)
{
    const int64_t in_2012_us = INT64_C(1325376000) * INSTANT_SECOND_US;
    const char *long_gone = "150101000000Z", *today = "491231235959Z";
    struct side old;
    struct world_root spec = {.version = 1, .threshold = 1, .root_count = 1, .signer_count = 1};
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    struct error err = {0};
    struct bytes_view package;
    struct trust *trust;

    old.root = valid_to(FORGE_ROOT, "Old Root", NULL, ROLE_ROOT, today);
    old.issuer = valid_to(FORGE_ISSUER, "Old Issuer", old.root, ROLE_ROOT, long_gone);
    old.authority = valid_to(FORGE_LEAF, "tsa", old.issuer, ROLE_TIMESTAMP, long_gone);
    old.content = valid_to(FORGE_LEAF, "lab", old.issuer, ROLE_CONTENT, long_gone);
    spec.roots[0] = old.root;
    spec.signers[0] = valid_to(FORGE_LEAF, "signer", old.root, ROLE_ROOT, long_gone);
    spec.authority = old.authority;
    spec.time_us = in_2012_us;
    trust = world_trust(world_root(&world, &spec));
    package = forge_whole(forge, document_row(DOCUMENT_PACKAGE)->oid, bytes_view_of("{}", 2),
                          &old.content, 1, old.authority, in_2012_us);
    assert_ok(trust_judge(trust, DOCUMENT_PACKAGE, NULL, package, verdict, &err), &err);
    assert_true(verdict->time_us == in_2012_us);
    assert_refused(judge_package(trust, &old, &err), &err, ERROR_NOT_VALID_THEN);
    trust_free(trust);
    free(verdict);
    shows_case("B11");
}

static void tokens_of_an_authority_s_key_before_the_last_count(void **state)
{
    struct side later = a;
    struct error err = {0};

    later.authority = forge_certificate(forge, FORGE_LEAF, "authority", a.issuer, ROLE_TIMESTAMP);
    assert_ok(judge_package(world.trust, &later, &err), &err);
    assert_ok(judge_package(world.trust, &a, &err), &err);
    shows_case("I6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_attack_on_a_root_document_is_refused_with_its_code),
        cmocka_unit_test(the_same_and_older_versions_change_nothing),
        cmocka_unit_test(twelve_rotations_in_a_row_are_followed),
        cmocka_unit_test(an_authority_that_has_expired_since_is_believed),
        cmocka_unit_test(tokens_of_an_authority_s_key_before_the_last_count),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
