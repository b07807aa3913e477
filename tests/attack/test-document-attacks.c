/* SPDX-License-Identifier: ISC
 *
 * Attacks on signed documents: CMS, attributes, algorithms, signers, encodings, roles. One row a case: the
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

/* The path under another root, of the same names. */
static void of_a_stranger(struct forge_profile *profile)
{
    const struct forge_certificate *root =
        forge_certificate(forge, FORGE_ROOT, "Root CA", NULL, ROLE_ROOT);

    *profile = forge_profile(forge, FORGE_LEAF, "signer",
                             forge_certificate(forge, FORGE_ISSUER, "Issuing CA", root, ROLE_ROOT),
                             ROLE_CONTENT);
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

static void no_content_type(struct forge_document *document, struct forge_signer *signer)
{
    drop(signer, FORGE_CONTENT_TYPE);
}

static void no_message_digest(struct forge_document *document, struct forge_signer *signer)
{
    drop(signer, FORGE_MESSAGE_DIGEST);
}

static void no_signing_certificate(struct forge_document *document, struct forge_signer *signer)
{
    drop(signer, FORGE_SIGNING_CERTIFICATE);
}

static void no_signing_time(struct forge_document *document, struct forge_signer *signer)
{
    drop(signer, FORGE_SIGNING_TIME);
}

static void twice(struct forge_signer *signer, const char *oid, struct bytes_view other)
{
    signer->attributes[signer->attribute_count++] = forge_attribute(forge, oid, other);
}

static void content_type_twice(struct forge_document *document, struct forge_signer *signer)
{
    twice(signer, OID_CONTENT_TYPE, forge_oid(forge, document_row(DOCUMENT_SET)->oid));
}

static void message_digest_twice(struct forge_document *document, struct forge_signer *signer)
{
    twice(signer, OID_MESSAGE_DIGEST, zeros(48));
}

static void signing_time_twice(struct forge_document *document, struct forge_signer *signer)
{
    twice(signer, OID_SIGNING_TIME, forge_time(forge, 0));
}

static void signing_certificate_twice(struct forge_document *document, struct forge_signer *signer)
{
    twice(signer, OID_SIGNING_CERTIFICATE,
          forge_signing_certificate(forge, world.site.issuer->der));
}

static void other_content_type(struct forge_document *document, struct forge_signer *signer)
{
    signer->attributes[FORGE_CONTENT_TYPE] =
        forge_attribute(forge, OID_CONTENT_TYPE, forge_oid(forge, document_row(DOCUMENT_SET)->oid));
}

static void other_message_digest(struct forge_document *document, struct forge_signer *signer)
{
    signer->attributes[FORGE_MESSAGE_DIGEST] =
        forge_attribute(forge, OID_MESSAGE_DIGEST, zeros(48));
}

static void other_signing_certificate(struct forge_document *document, struct forge_signer *signer)
{
    signer->attributes[FORGE_SIGNING_CERTIFICATE] = forge_attribute(
        forge, OID_SIGNING_CERTIFICATE, forge_signing_certificate(forge, world.site.issuer->der));
}

static void no_attributes(struct forge_document *document, struct forge_signer *signer)
{
    signer->signature = forge_sign_data(forge, signer->key, document->raw_content);
    signer->signed_attributes = bytes_view_of(NULL, 0);
}

static void attributes_as_content(struct forge_document *document, struct forge_signer *signer)
{
    struct bytes_view set =
        forge_join(forge, FORGE_VIEWS(bytes_view_of("\x31", 1),
                                      bytes_view_of(signer->signed_attributes.data + 1,
                                                    signer->signed_attributes.size - 1)));

    document->content = FORGE_TAGGED(forge, DER_CONTEXT_OF(0),
                                     forge_primitive(forge, DER_OCTET_STRING, set.data, set.size));
    signer->signed_attributes = bytes_view_of(NULL, 0);
}

static void other_content(struct forge_document *document, struct forge_signer *signer)
{
    document->content = FORGE_TAGGED(forge, DER_CONTEXT_OF(0), zeros(4));
}

static void unsorted(struct forge_document *document, struct forge_signer *signer)
{
    struct bytes_view first = signer->attributes[0];

    signer->attributes[0] = signer->attributes[FORGE_SIGNING_CERTIFICATE];
    signer->attributes[FORGE_SIGNING_CERTIFICATE] = first;
    document->unsorted = true;
}

static void digest_sha1(struct forge_document *document, struct forge_signer *signer)
{
    signer->digest_algorithm = forge_algorithm(forge, "1.3.14.3.2.26");
}

static void digest_sha512(struct forge_document *document, struct forge_signer *signer)
{
    signer->digest_algorithm = forge_algorithm(forge, "2.16.840.1.101.3.4.2.3");
}

static void no_signer(struct forge_document *document, struct forge_signer *signer)
{
    document->certificates[document->certificate_count++] = signer->certificate->der;
    document->signer_count = 0;
}

static void no_signature(struct forge_document *document, struct forge_signer *signer)
{
    signer->signature = bytes_view_of(NULL, 0);
}

static void r_zero(struct forge_document *document, struct forge_signer *signer)
{
    signer->signature = FORGE_SEQUENCE(forge, forge_integer(forge, 0), forge_integer(forge, 1));
}

static void both_one(struct forge_document *document, struct forge_signer *signer)
{
    signer->signature = FORGE_SEQUENCE(forge, forge_integer(forge, 1), forge_integer(forge, 1));
}

static void signature_padded(struct forge_document *document, struct forge_signer *signer)
{
    signer->signature = FORGE_SEQUENCE(forge, forge_primitive(forge, DER_INTEGER, "\0\1", 2),
                                       forge_integer(forge, 1));
}

static void signature_trails(struct forge_document *document, struct forge_signer *signer)
{
    signer->signature = forge_join(forge, FORGE_VIEWS(signer->signature, bytes_view_of("\0", 1)));
}

static void signed_by_another(struct forge_document *document, struct forge_signer *signer)
{
    signer->key = world.site.leaves[ROLE_CONTENT]->key;
}

static void second_signer(struct forge_document *document, const struct forge_certificate *second)
{
    forge_add_signer(document, second, FORGE_NOON_US);
}

static void with_a_second_release_key(struct forge_document *document, struct forge_signer *signer)
{
    second_signer(document, world.site.leaves[ROLE_RELEASE]);
}

static void with_a_rogue(struct forge_document *document, struct forge_signer *signer)
{
    second_signer(document, attack_certificate(forge, FORGE_LEAF, "rogue", world.site.issuer,
                                               ROLE_RELEASE, of_a_stranger));
}

static void with_a_wrong_role(struct forge_document *document, struct forge_signer *signer)
{
    second_signer(document, world.site.leaves[ROLE_CONTENT]);
}

static void with_a_forged_second(struct forge_document *document, struct forge_signer *signer)
{
    forge_add_signer(document, world.site.leaves[ROLE_RELEASE], FORGE_NOON_US)->key = signer->key;
}

static void with_itself(struct forge_document *document, struct forge_signer *signer)
{
    forge_add_signer(document, signer->certificate, FORGE_NOON_US + INSTANT_SECOND_US);
}

static void with_a_second_certificate_of_its_key(struct forge_document *document,
                                                 struct forge_signer *signer)
{
    struct forge_profile profile =
        forge_profile(forge, FORGE_LEAF, "twin", world.site.issuer, ROLE_RELEASE);

    profile.key = signer->certificate->key;
    profile.spki = profile.key->spki;
    second_signer(document, forge_certify(forge, &profile));
}

static void add_certificate(struct forge_document *document, struct bytes_view der, size_t place)
{
    if (document->certificate_count == 0)
        (void)forge_assemble(document);
    for (size_t i = document->certificate_count++; i > place; i--)
        document->certificates[i] = document->certificates[i - 1];
    document->certificates[place] = der;
}

static void extra_in_front(struct forge_document *document, struct forge_signer *signer)
{
    add_certificate(document, world.site.leaves[ROLE_EXPORT]->der, 0);
}

static void extra_behind(struct forge_document *document, struct forge_signer *signer)
{
    add_certificate(document, world.site.leaves[ROLE_EXPORT]->der, 2);
}

static void root_carried(struct forge_document *document, struct forge_signer *signer)
{
    add_certificate(document, world.site.root->der, 2);
}

static void reversed(struct forge_document *document, struct forge_signer *signer)
{
    add_certificate(document, world.site.issuer->der, 0);
    document->certificate_count = 2;
}

static struct bytes_view nothing(struct bytes_view whole)
{
    return bytes_view_of(whole.data, 0);
}

static struct bytes_view over_the_limit(struct bytes_view whole)
{
    return bytes_view_of(whole.data, LIMIT_PACKAGE_BYTES + 1); /* nothing past it may be read */
}

static struct bytes_view cut(struct bytes_view whole)
{
    return bytes_view_of(whole.data, whole.size - 1);
}

static struct bytes_view trailing(struct bytes_view whole)
{
    return forge_join(forge, FORGE_VIEWS(whole, bytes_view_of("\0", 1)));
}

/* The outermost length in three bytes, with indefinite length, with a high tag. */
static struct bytes_view long_length(struct bytes_view whole)
{
    return forge_join(forge, FORGE_VIEWS(bytes_view_of("\x30\x83\x00", 3),
                                         bytes_view_of(whole.data + 2, whole.size - 2)));
}

static struct bytes_view indefinite(struct bytes_view whole)
{
    return forge_join(forge, FORGE_VIEWS(bytes_view_of("\x30\x80", 2),
                                         bytes_view_of(whole.data + 4, whole.size - 4),
                                         bytes_view_of("\0\0", 2)));
}

static struct bytes_view high_tag(struct bytes_view whole)
{
    return forge_join(forge, FORGE_VIEWS(bytes_view_of("\x3f\x10", 2),
                                         bytes_view_of(whole.data + 1, whole.size - 1)));
}

/* ---- the rows ---- */

#define A_PACKAGE .kind = DOCUMENT_PACKAGE, .role = ROLE_CONTENT
#define A_SET     .kind = DOCUMENT_SET, .role = ROLE_RELEASE

static const struct attack attacks[] = {
    {"-", "a good package", ERROR_OK, A_PACKAGE},
    {"-", "a good set", ERROR_OK, A_SET},
    {"A1", "empty", ERROR_NOT_DER, A_PACKAGE, .whole = nothing},
    {"A1", "no signer", ERROR_BAD_CMS, A_PACKAGE, .after_stamping = no_signer},
    {"A1", "empty signature", ERROR_NOT_DER, A_PACKAGE, .after_signing = no_signature},
    {"A3", "over the limit", ERROR_LIMIT, A_PACKAGE, .whole = over_the_limit},
    {"A3", "length past the end", ERROR_NOT_DER, A_PACKAGE, .whole = cut},
    {"A4", "no signed attributes", ERROR_ATTRIBUTE_MISSING, A_PACKAGE,
     .after_signing = no_attributes},
    {"A4", "signed attributes as content", ERROR_ATTRIBUTE_MISSING, A_PACKAGE,
     .after_signing = attributes_as_content},
    {"A5", "no contentType", ERROR_ATTRIBUTE_MISSING, A_PACKAGE, .before_signing = no_content_type},
    {"A5", "no messageDigest", ERROR_ATTRIBUTE_MISSING, A_PACKAGE,
     .before_signing = no_message_digest},
    {"A5", "no signingTime", ERROR_ATTRIBUTE_MISSING, A_PACKAGE, .before_signing = no_signing_time},
    {"A5", "no signing-certificate-v2", ERROR_ATTRIBUTE_MISSING, A_PACKAGE,
     .before_signing = no_signing_certificate},
    {"A5", "contentType twice", ERROR_ATTRIBUTE_DUPLICATE, A_PACKAGE,
     .before_signing = content_type_twice},
    {"A5", "messageDigest twice, one wrong", ERROR_ATTRIBUTE_DUPLICATE, A_PACKAGE,
     .before_signing = message_digest_twice},
    {"A5", "signingTime twice", ERROR_ATTRIBUTE_DUPLICATE, A_PACKAGE,
     .before_signing = signing_time_twice},
    {"A5", "signing-certificate-v2 twice", ERROR_ATTRIBUTE_DUPLICATE, A_PACKAGE,
     .before_signing = signing_certificate_twice},
    {"A5", "contentType of another kind", ERROR_ATTRIBUTE_MISMATCH, A_PACKAGE,
     .before_signing = other_content_type},
    {"A5", "messageDigest of nothing", ERROR_ATTRIBUTE_MISMATCH, A_PACKAGE,
     .before_signing = other_message_digest},
    {"A5", "signing-certificate-v2 of another", ERROR_ATTRIBUTE_MISMATCH, A_PACKAGE,
     .before_signing = other_signing_certificate},
    {"A5", "content exchanged", ERROR_ATTRIBUTE_MISMATCH, A_PACKAGE,
     .after_signing = other_content},
    {"A6", "digestAlgorithm SHA-1", ERROR_WEAK_ALGORITHM, A_PACKAGE, .after_signing = digest_sha1},
    {"A6", "digestAlgorithm differs", ERROR_WEAK_ALGORITHM, A_PACKAGE,
     .after_signing = digest_sha512},
    {"A11", "extra certificate in front", ERROR_EXTRA_CERTIFICATE, A_PACKAGE,
     .after_stamping = extra_in_front},
    {"A11", "extra certificate behind", ERROR_EXTRA_CERTIFICATE, A_PACKAGE,
     .after_stamping = extra_behind},
    {"A11", "root carried", ERROR_EXTRA_CERTIFICATE, A_PACKAGE, .after_stamping = root_carried},
    {"A11", "path reversed", ERROR_CHAIN_ORDER, A_PACKAGE, .after_stamping = reversed},
    {"A12", "a rogue second signer", ERROR_UNTRUSTED_ROOT, A_SET, .before_signing = with_a_rogue},
    {"A12", "a second signer of another role", ERROR_WRONG_ROLE, A_SET,
     .before_signing = with_a_wrong_role},
    {"A12", "a second signature forged", ERROR_BAD_SIGNATURE, A_SET,
     .before_signing = with_a_forged_second},
    {"A13", "two signers", ERROR_OK, A_SET, .before_signing = with_a_second_release_key,
     .ring = "public"},
    {"A13", "one of two signatures", ERROR_THRESHOLD, A_SET, .ring = "public"},
    {"A13", "same certificate twice", ERROR_SAME_KEY_TWICE, A_SET, .before_signing = with_itself,
     .ring = "public"},
    {"A13", "same key in two certificates", ERROR_SAME_KEY_TWICE, A_SET,
     .before_signing = with_a_second_certificate_of_its_key, .ring = "public"},
    {"A14", "trailing byte", ERROR_NOT_DER, A_PACKAGE, .whole = trailing},
    {"A14", "length not minimal", ERROR_NOT_DER, A_PACKAGE, .whole = long_length},
    {"A14", "indefinite length", ERROR_NOT_DER, A_PACKAGE, .whole = indefinite},
    {"A14", "high tag", ERROR_NOT_DER, A_PACKAGE, .whole = high_tag},
    {"A14", "attributes unsorted", ERROR_NOT_DER, A_PACKAGE, .before_signing = unsorted},
    {"A14", "r = 0", ERROR_BAD_SIGNATURE, A_PACKAGE, .after_signing = r_zero},
    {"A14", "r = s = 1", ERROR_BAD_SIGNATURE, A_PACKAGE, .after_signing = both_one},
    {"A14", "r padded", ERROR_NOT_DER, A_PACKAGE, .after_signing = signature_padded},
    {"A14", "signature with a trailing byte", ERROR_NOT_DER, A_PACKAGE,
     .after_signing = signature_trails},
    {"A14", "another key's signature", ERROR_BAD_SIGNATURE, A_PACKAGE,
     .before_signing = signed_by_another},
    {"A17", "release key signs a package", ERROR_WRONG_ROLE, .kind = DOCUMENT_PACKAGE,
     .role = ROLE_RELEASE},
    {"A17", "content key signs a set", ERROR_WRONG_ROLE, .kind = DOCUMENT_SET,
     .role = ROLE_CONTENT},
    {"A17", "export key signs a set", ERROR_WRONG_ROLE, .kind = DOCUMENT_SET, .role = ROLE_EXPORT},
    {"A17", "timestamp key signs a set", ERROR_WRONG_ROLE, .kind = DOCUMENT_SET,
     .role = ROLE_TIMESTAMP},
    {"A17", "a ring that no root document names", ERROR_WRONG_RING, A_SET, .ring = "elsewhere"},
};

static void each_attack_is_refused_with_its_code(void **state)
{
    const size_t count = sizeof(attacks) / sizeof(attacks[0]);

    for (size_t i = 0; i < count; i++)
        attack_run(&world, &attacks[i]);
    print_message("%zu attacks by documents\n", count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_attack_is_refused_with_its_code),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
