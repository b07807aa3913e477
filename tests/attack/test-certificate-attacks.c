/* SPDX-License-Identifier: ISC
 *
 * Attacks by certificates: usage, path, profile, strangers, validity at genTime. One row a case: the
 * catalogue's number, what is wrong, the reason code that it must give.
 */
#include <config.h>

#include "tests/attack/attack.h"

#include "media/base/instant.h"
#include "media/certificate.h"
#include "media/der.h"
#include "media/oid.h"

static struct world world;
static struct forge *forge;

static int set_up(void **state)
{
    world = world_new();
    forge = world.forge;
    return 0;
}

static int tear_down(void **state)
{
    world_free(&world);
    return 0;
}

static struct bytes_view some_null(void)
{
    return forge_primitive(forge, DER_NULL, "", 0);
}

static void add(struct forge_profile *profile, const char *oid, bool critical)
{
    profile->extensions[profile->extension_count++] =
        forge_extension(forge, oid, critical, some_null());
}

static void set_eku(struct forge_profile *profile, bool critical, const char *first,
                    const char *second)
{
    const char *oids[] = {first, second};

    profile->extensions[FORGE_EXTENDED_KEY_USAGE] =
        forge_extended_key_usage(forge, critical, oids, second == NULL ? 1 : 2);
}

static void no_eku(struct forge_profile *profile)
{
    profile->extension_count = FORGE_EXTENDED_KEY_USAGE;
}

static void any_eku(struct forge_profile *profile)
{
    set_eku(profile, true, "2.5.29.37.0", NULL);
}

static void code_signing_eku(struct forge_profile *profile)
{
    set_eku(profile, true, "1.3.6.1.5.5.7.3.3", NULL);
}

static void uncritical_eku(struct forge_profile *profile)
{
    set_eku(profile, false, document_role_row(ROLE_CONTENT)->eku, NULL);
}

static void two_ekus(struct forge_profile *profile)
{
    set_eku(profile, true, document_role_row(ROLE_CONTENT)->eku,
            document_role_row(ROLE_RELEASE)->eku);
}

static void key_agreement(struct forge_profile *profile)
{
    profile->extensions[FORGE_KEY_USAGE] = forge_key_usage(forge, true, 0x0800);
}

static void ca_bit(struct forge_profile *profile)
{
    profile->extensions[FORGE_BASIC_CONSTRAINTS] = forge_basic_constraints(forge, true, true, -1);
}

static void no_ca_bit(struct forge_profile *profile)
{
    profile->extensions[FORGE_BASIC_CONSTRAINTS] = forge_basic_constraints(forge, true, false, -1);
}

static void no_cert_sign(struct forge_profile *profile)
{
    profile->extensions[FORGE_KEY_USAGE] = forge_key_usage(forge, true, CERTIFICATE_CRL_SIGN);
}

static void name_constraints(struct forge_profile *profile)
{
    add(profile, OID_NAME_CONSTRAINTS, true);
}

static void unknown_critical(struct forge_profile *profile)
{
    add(profile, "1.2.3.4", true);
}

static void extension_twice(struct forge_profile *profile)
{
    add(profile, "1.2.3.4", false);
    add(profile, "1.2.3.4", false);
}

static void version_1(struct forge_profile *profile)
{
    profile->version = bytes_view_of(NULL, 0);
}

static void negative_serial(struct forge_profile *profile)
{
    profile->serial = forge_integer(forge, -1);
}

static void long_serial(struct forge_profile *profile)
{
    profile->serial = forge_primitive(forge, DER_INTEGER, "AAAAAAAAAAAAAAAAAAAAA", 21);
}

static void many_extensions(struct forge_profile *profile)
{
    char oid[16];

    while (profile->extension_count <= LIMIT_CERTIFICATE_EXTENSIONS) {
        snprintf(oid, sizeof(oid), "1.2.3.%zu", profile->extension_count);
        add(profile, oid, false);
    }
}

static void thousands_of_names(struct forge_profile *profile)
{
    static const uint8_t names[LIMIT_CERTIFICATE_BYTES];

    profile->extensions[profile->extension_count++] =
        forge_extension(forge, "2.5.29.17", false, bytes_view_of(names, sizeof(names)));
}

static void key_of(struct forge_profile *profile, enum forge_key_kind kind)
{
    profile->key = forge_key(forge, kind);
    profile->spki = profile->key->spki;
}

static void p256(struct forge_profile *profile)
{
    key_of(profile, FORGE_P256);
}

static void rsa(struct forge_profile *profile)
{
    key_of(profile, FORGE_RSA);
}

static void signs_sha1(struct forge_profile *profile)
{
    key_of(profile, FORGE_P384_SHA1);
}

static void signs_sha256(struct forge_profile *profile)
{
    key_of(profile, FORGE_P384_SHA256);
}

static void valid(struct forge_profile *profile, const char *from, const char *until)
{
    profile->not_before = forge_primitive(forge, DER_UTC_TIME, from, 13);
    profile->not_after = forge_primitive(forge, DER_UTC_TIME, until, 13);
}

static void expired_a_day_before(struct forge_profile *profile)
{
    valid(profile, "260101000000Z", "260531000000Z");
}

static void valid_a_day_later(struct forge_profile *profile)
{
    valid(profile, "260602000000Z", "270101000000Z");
}

static void bad_signature(struct forge_profile *profile)
{
    profile->bad_signature = true;
}

/* The path under another root, of the same names. */
static void of_a_stranger(struct forge_profile *profile)
{
    const struct forge_certificate *root =
        forge_certificate(forge, FORGE_ROOT, "Root CA", NULL, ROLE_ROOT);

    *profile = forge_profile(forge, FORGE_LEAF, "signer",
                             forge_certificate(forge, FORGE_ISSUER, "Issuing CA", root, ROLE_ROOT),
                             ROLE_CONTENT);
}

static void from_the_root_itself(struct forge_profile *profile)
{
    *profile = forge_profile(forge, FORGE_LEAF, "signer", world.site.root, ROLE_CONTENT);
}

/* An issuing CA (pathLen 0) below the issuing CA (pathLen 0). */
static void one_issuer_too_deep(struct forge_profile *profile)
{
    *profile =
        forge_profile(forge, FORGE_LEAF, "signer",
                      forge_certificate(forge, FORGE_ISSUER, "below", world.site.issuer, ROLE_ROOT),
                      ROLE_CONTENT);
}

static void too_many_issuers(struct forge_profile *profile)
{
    const struct forge_certificate *issuer = world.site.root;
    char name[16];

    for (int i = 0; i < LIMIT_CHAIN_CERTIFICATES; i++) {
        snprintf(name, sizeof(name), "issuer %d", i);
        issuer = forge_certificate(forge, FORGE_ISSUER, name, issuer, ROLE_ROOT);
    }
    *profile = forge_profile(forge, FORGE_LEAF, "signer", issuer, ROLE_CONTENT);
}

/* ---- the rows ---- */

#define A_PACKAGE .kind = DOCUMENT_PACKAGE, .role = ROLE_CONTENT
#define A_SET     .kind = DOCUMENT_SET, .role = ROLE_RELEASE

static const struct attack attacks[] = {
    {"A6", "P-256 key", ERROR_WEAK_ALGORITHM, A_PACKAGE, .leaf = p256},
    {"A6", "RSA key", ERROR_WEAK_ALGORITHM, A_PACKAGE, .leaf = rsa},
    {"A6", "ecdsa-with-SHA1", ERROR_WEAK_ALGORITHM, A_PACKAGE, .leaf = signs_sha1},
    {"A6", "ecdsa-with-SHA256", ERROR_WEAK_ALGORITHM, A_PACKAGE, .leaf = signs_sha256},
    {"A6", "issuer signs with SHA-1", ERROR_WEAK_ALGORITHM, A_PACKAGE, .issuer = signs_sha1},
    {"A6", "issuer is P-256", ERROR_WEAK_ALGORITHM, A_PACKAGE, .issuer = p256},
    {"A7", "no EKU", ERROR_WRONG_USAGE, A_PACKAGE, .leaf = no_eku},
    {"A7", "any EKU", ERROR_WRONG_ROLE, A_PACKAGE, .leaf = any_eku},
    {"A7", "EKU codeSigning", ERROR_WRONG_ROLE, A_PACKAGE, .leaf = code_signing_eku},
    {"A7", "EKU not critical", ERROR_WRONG_USAGE, A_PACKAGE, .leaf = uncritical_eku},
    {"A7", "two EKUs", ERROR_WRONG_USAGE, A_PACKAGE, .leaf = two_ekus},
    {"A7", "keyUsage keyAgreement", ERROR_WRONG_USAGE, A_PACKAGE, .leaf = key_agreement},
    {"A7", "signer is a CA", ERROR_BAD_CERTIFICATE, A_PACKAGE, .leaf = ca_bit},
    {"A8", "issuer below a pathLen 0", ERROR_PATH_LENGTH, A_PACKAGE, .leaf = one_issuer_too_deep},
    {"A8", "leaf from the root itself", ERROR_PATH_LENGTH, A_PACKAGE, .leaf = from_the_root_itself},
    {"A8", "chain too long", ERROR_LIMIT, A_PACKAGE, .leaf = too_many_issuers},
    {"A8", "issuer is no CA", ERROR_BAD_CERTIFICATE, A_PACKAGE, .issuer = no_ca_bit},
    {"A8", "issuer without keyCertSign", ERROR_WRONG_USAGE, A_PACKAGE, .issuer = no_cert_sign},
    {"A9", "name constraints", ERROR_BAD_CERTIFICATE, A_PACKAGE, .issuer = name_constraints},
    {"A9", "unknown critical extension", ERROR_BAD_CERTIFICATE, A_PACKAGE,
     .leaf = unknown_critical},
    {"A9", "extension twice", ERROR_BAD_CERTIFICATE, A_PACKAGE, .leaf = extension_twice},
    {"A9", "CA of version 1", ERROR_BAD_CERTIFICATE, A_PACKAGE, .issuer = version_1},
    {"A9", "negative serial", ERROR_BAD_CERTIFICATE, A_PACKAGE, .leaf = negative_serial},
    {"A9", "serial of 21 bytes", ERROR_BAD_CERTIFICATE, A_PACKAGE, .leaf = long_serial},
    {"A10", "seventeen extensions", ERROR_LIMIT, A_PACKAGE, .leaf = many_extensions},
    {"A10", "thousands of names", ERROR_LIMIT, A_PACKAGE, .leaf = thousands_of_names},
    {"A15", "chain of a stranger", ERROR_UNTRUSTED_ROOT, A_PACKAGE, .leaf = of_a_stranger},
    {"A15", "leaf not signed by its issuer", ERROR_BAD_SIGNATURE, A_PACKAGE, .leaf = bad_signature},
    {"A15", "issuer not signed by its root", ERROR_UNTRUSTED_ROOT, A_PACKAGE,
     .issuer = bad_signature},
    {"B12", "signer expired at genTime", ERROR_NOT_VALID_THEN, A_PACKAGE,
     .leaf = expired_a_day_before},
    {"B12", "signer not yet valid", ERROR_NOT_VALID_THEN, A_PACKAGE, .leaf = valid_a_day_later},
    {"B12", "issuer expired at genTime", ERROR_NOT_VALID_THEN, A_PACKAGE,
     .issuer = expired_a_day_before},
};

static void each_attack_is_refused_with_its_code(void **state)
{
    const size_t count = sizeof(attacks) / sizeof(attacks[0]);

    for (size_t i = 0; i < count; i++)
        attack_run(&world, &attacks[i]);
    print_message("%zu attacks by certificates\n", count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_attack_is_refused_with_its_code),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
