/* SPDX-License-Identifier: ISC
 *
 * Attacks on timestamps: imprint, window, authority, its certificate. One row a case: the
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

static void code_signing_eku(struct forge_profile *profile)
{
    set_eku(profile, true, "1.3.6.1.5.5.7.3.3", NULL);
}

static void uncritical_timestamping(struct forge_profile *profile)
{
    set_eku(profile, false, document_role_row(ROLE_TIMESTAMP)->eku, NULL);
}

static void timestamping_not_alone(struct forge_profile *profile)
{
    set_eku(profile, true, document_role_row(ROLE_TIMESTAMP)->eku,
            document_role_row(ROLE_CONTENT)->eku);
}

static void ca_bit(struct forge_profile *profile)
{
    profile->extensions[FORGE_BASIC_CONSTRAINTS] = forge_basic_constraints(forge, true, true, -1);
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

static void valid(struct forge_profile *profile, const char *from, const char *until)
{
    profile->not_before = forge_primitive(forge, DER_UTC_TIME, from, 13);
    profile->not_after = forge_primitive(forge, DER_UTC_TIME, until, 13);
}

static void expired_a_day_before(struct forge_profile *profile)
{
    valid(profile, "260101000000Z", "260531000000Z");
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

static void authority_of_a_stranger(struct forge_profile *profile)
{
    const char *eku = document_role_row(ROLE_TIMESTAMP)->eku;

    of_a_stranger(profile);
    profile->extensions[FORGE_EXTENDED_KEY_USAGE] = forge_extended_key_usage(forge, true, &eku, 1);
}

static struct bytes_view zeros(size_t size)
{
    static const uint8_t zero[64];

    return forge_primitive(forge, DER_OCTET_STRING, zero, size);
}

static void drop(struct forge_signer *signer, size_t place)
{
    signer->attributes[place] = signer->attributes[--signer->attribute_count];
}

static void no_signing_certificate(struct forge_document *document, struct forge_signer *signer)
{
    drop(signer, FORGE_SIGNING_CERTIFICATE);
}

static void other_signing_certificate(struct forge_document *document, struct forge_signer *signer)
{
    signer->attributes[FORGE_SIGNING_CERTIFICATE] = forge_attribute(
        forge, OID_SIGNING_CERTIFICATE, forge_signing_certificate(forge, world.site.issuer->der));
}

static void signed_by_another(struct forge_document *document, struct forge_signer *signer)
{
    signer->key = world.site.leaves[ROLE_CONTENT]->key;
}

static void no_token(struct forge_document *document, struct forge_signer *signer)
{
    signer->unsigned_attributes = bytes_view_of(NULL, 0);
}

static void imprint_of_another(struct forge_info *info)
{
    *info = forge_info(forge, bytes_view_of("another signature", 17), FORGE_NOON_US);
}

static void imprint_sha1(struct forge_info *info)
{
    info->parts[FORGE_INFO_IMPRINT] =
        FORGE_SEQUENCE(forge, forge_algorithm(forge, "1.3.14.3.2.26"), zeros(20));
}

static void nanoseconds(struct forge_info *info)
{
    info->parts[FORGE_INFO_TIME] = forge_general(forge, "20260601000000.000000001Z");
}

static void month_13(struct forge_info *info)
{
    info->parts[FORGE_INFO_TIME] = forge_general(forge, "20261301000000Z");
}

static void critical_extension(struct forge_info *info)
{
    info->parts[FORGE_INFO_EXTENSIONS] =
        FORGE_TAGGED(forge, DER_CONTEXT_OF(1), forge_extension(forge, "1.2.3.4", true, zeros(1)));
}

static void certificate_id_version_1(struct forge_document *token, struct forge_signer *signer)
{
    signer->attributes[FORGE_SIGNING_CERTIFICATE] = forge_attribute(
        forge, "1.2.840.113549.1.9.16.2.12",
        FORGE_SEQUENCE(forge, FORGE_SEQUENCE(forge, FORGE_SEQUENCE(forge, zeros(20)))));
}

/* ---- the rows ---- */

#define A_PACKAGE .kind = DOCUMENT_PACKAGE, .role = ROLE_CONTENT
#define A_SET     .kind = DOCUMENT_SET, .role = ROLE_RELEASE

static const struct attack attacks[] = {
    {"B8", "no token", ERROR_TIMESTAMP_MISSING, A_PACKAGE, .after_stamping = no_token},
    {"B16", "token over another signature", ERROR_TIMESTAMP_IMPRINT, A_PACKAGE,
     .info = imprint_of_another},
    {"B8", "imprint SHA-1", ERROR_WEAK_ALGORITHM, A_PACKAGE, .info = imprint_sha1},
    {"B13", "genTime finer than a microsecond", ERROR_BAD_TIMESTAMP, A_PACKAGE,
     .info = nanoseconds},
    {"B13", "genTime in month 13", ERROR_NOT_DER, A_PACKAGE, .info = month_13},
    {"B8", "critical extension in a token", ERROR_BAD_TIMESTAMP, A_PACKAGE,
     .info = critical_extension},
    {"B16", "old signature, new token", ERROR_TIMESTAMP_WINDOW, A_PACKAGE,
     .token_later_us = 15 * INSTANT_MINUTE_US + 1},
    {"B16", "last moment of the window", ERROR_OK, A_PACKAGE,
     .token_later_us = 15 * INSTANT_MINUTE_US},
    {"B16", "signed after its token", ERROR_TIMESTAMP_WINDOW, A_PACKAGE,
     .token_later_us = -5 * INSTANT_MINUTE_US - 1},
    {"B9", "authority of a stranger", ERROR_UNTRUSTED_ROOT, A_PACKAGE,
     .authority = authority_of_a_stranger},
    {"B9", "authority's EKU not critical", ERROR_WRONG_USAGE, A_PACKAGE,
     .authority = uncritical_timestamping},
    {"B9", "authority's EKU not alone", ERROR_WRONG_USAGE, A_PACKAGE,
     .authority = timestamping_not_alone},
    {"B9", "authority without EKU", ERROR_WRONG_USAGE, A_PACKAGE, .authority = no_eku},
    {"B9", "authority with another EKU", ERROR_WRONG_ROLE, A_PACKAGE,
     .authority = code_signing_eku},
    {"B9", "authority is a CA", ERROR_BAD_CERTIFICATE, A_PACKAGE, .authority = ca_bit},
    {"B9", "authority with a P-256 key", ERROR_WEAK_ALGORITHM, A_PACKAGE, .authority = p256},
    {"B10", "no ESSCertIDv2", ERROR_ATTRIBUTE_MISSING, A_PACKAGE, .token = no_signing_certificate},
    {"B10", "ESSCertID version 1", ERROR_BAD_CMS, A_PACKAGE, .token = certificate_id_version_1},
    {"B10", "ESSCertIDv2 of another", ERROR_ATTRIBUTE_MISMATCH, A_PACKAGE,
     .token = other_signing_certificate},
    {"B10", "token signed by another key", ERROR_BAD_SIGNATURE, A_PACKAGE,
     .token = signed_by_another},
    {"B11", "authority expired at genTime", ERROR_NOT_VALID_THEN, A_PACKAGE,
     .authority = expired_a_day_before},
};

static void each_attack_is_refused_with_its_code(void **state)
{
    const size_t count = sizeof(attacks) / sizeof(attacks[0]);

    for (size_t i = 0; i < count; i++)
        attack_run(&world, &attacks[i]);
    print_message("%zu attacks by timestamps\n", count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_attack_is_refused_with_its_code),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
