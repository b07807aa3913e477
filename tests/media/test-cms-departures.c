/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/media/cms-scene.h"

#include "media/chain.h"
#include "media/der.h"
#include "media/oid.h"

/* ---- what is refused: one row a case ---- */

typedef void change(struct forge_document *document, struct forge_signer *signer);

static void replace_attribute(struct forge_signer *signer, size_t place, const char *oid,
                              struct bytes_view value)
{
    signer->attributes[place] = forge_attribute(forge, oid, value);
}

static void drop_attribute(struct forge_signer *signer, size_t place)
{
    signer->attributes[place] = signer->attributes[--signer->attribute_count];
}

static void add_attribute(struct forge_signer *signer, const char *oid, struct bytes_view value)
{
    replace_attribute(signer, signer->attribute_count++, oid, value);
}

static struct bytes_view octets(const void *data, size_t size)
{
    return forge_primitive(forge, DER_OCTET_STRING, data, size);
}

static struct bytes_view zeros(size_t size)
{
    static const uint8_t zero[64];

    return octets(zero, size);
}

static void no_content_type(struct forge_document *document, struct forge_signer *signer)
{
    drop_attribute(signer, FORGE_CONTENT_TYPE);
}

static void no_message_digest(struct forge_document *document, struct forge_signer *signer)
{
    drop_attribute(signer, FORGE_MESSAGE_DIGEST);
}

static void no_signing_time(struct forge_document *document, struct forge_signer *signer)
{
    drop_attribute(signer, FORGE_SIGNING_TIME);
}

static void no_signing_certificate(struct forge_document *document, struct forge_signer *signer)
{
    drop_attribute(signer, FORGE_SIGNING_CERTIFICATE);
}

static void no_attribute(struct forge_document *document, struct forge_signer *signer)
{
    signer->attribute_count = 0;
}

static void two_content_types(struct forge_document *document, struct forge_signer *signer)
{
    add_attribute(signer, OID_CONTENT_TYPE, forge_oid(forge, document->content_type));
}

static void two_message_digests(struct forge_document *document, struct forge_signer *signer)
{
    add_attribute(signer, OID_MESSAGE_DIGEST, zeros(48));
}

static void two_signing_times(struct forge_document *document, struct forge_signer *signer)
{
    add_attribute(signer, OID_SIGNING_TIME, forge_time(forge, 0));
}

static void two_signing_certificates(struct forge_document *document, struct forge_signer *signer)
{
    add_attribute(signer, OID_SIGNING_CERTIFICATE,
                  forge_signing_certificate(forge, site.issuer->der));
}

static void two_values(struct forge_document *document, struct forge_signer *signer)
{
    struct bytes_view times[] = {forge_time(forge, 0), forge_time(forge, FORGE_NOON_US)};

    signer->attributes[FORGE_SIGNING_TIME] = FORGE_SEQUENCE(
        forge, forge_oid(forge, OID_SIGNING_TIME), forge_set_of(forge, DER_SET, times, 2));
}

static void no_value(struct forge_document *document, struct forge_signer *signer)
{
    signer->attributes[FORGE_SIGNING_TIME] = FORGE_SEQUENCE(
        forge, forge_oid(forge, OID_SIGNING_TIME), forge_value(forge, DER_SET, NULL, 0));
}

static void more_attributes(struct forge_document *document, struct forge_signer *signer)
{
    add_attribute(signer, "1.2.840.113549.1.9.15", FORGE_SEQUENCE(forge, zeros(0)));
}

static void unsorted_attributes(struct forge_document *document, struct forge_signer *signer)
{
    struct bytes_view first = signer->attributes[0];

    /* signing-certificate-v2 is the longest and so the last in a sorted set. */
    signer->attributes[0] = signer->attributes[FORGE_SIGNING_CERTIFICATE];
    signer->attributes[FORGE_SIGNING_CERTIFICATE] = first;
    document->unsorted = true;
}

static void other_content_type(struct forge_document *document, struct forge_signer *signer)
{
    replace_attribute(signer, FORGE_CONTENT_TYPE, OID_CONTENT_TYPE,
                      forge_oid(forge, document_row(DOCUMENT_SET)->oid));
}

static void content_type_of_another_type(struct forge_document *document,
                                         struct forge_signer *signer)
{
    replace_attribute(signer, FORGE_CONTENT_TYPE, OID_CONTENT_TYPE, zeros(4));
}

static void other_message_digest(struct forge_document *document, struct forge_signer *signer)
{
    replace_attribute(signer, FORGE_MESSAGE_DIGEST, OID_MESSAGE_DIGEST, zeros(48));
}

static void short_message_digest(struct forge_document *document, struct forge_signer *signer)
{
    replace_attribute(signer, FORGE_MESSAGE_DIGEST, OID_MESSAGE_DIGEST, zeros(32));
}

static void message_digest_of_another_type(struct forge_document *document,
                                           struct forge_signer *signer)
{
    static const uint8_t zero[48];

    replace_attribute(signer, FORGE_MESSAGE_DIGEST, OID_MESSAGE_DIGEST,
                      forge_primitive(forge, DER_CONTEXT(0), zero, sizeof(zero)));
}

static void signing_time_of_another_type(struct forge_document *document,
                                         struct forge_signer *signer)
{
    replace_attribute(signer, FORGE_SIGNING_TIME, OID_SIGNING_TIME, zeros(3));
}

static void certificate_hash_of_another(struct forge_document *document,
                                        struct forge_signer *signer)
{
    replace_attribute(signer, FORGE_SIGNING_CERTIFICATE, OID_SIGNING_CERTIFICATE,
                      forge_signing_certificate(forge, site.leaves[ROLE_EXPORT]->der));
}

static void certificate_hash(struct forge_signer *signer, struct bytes_view algorithm,
                             struct bytes_view hash, struct bytes_view more)
{
    struct bytes_view id = FORGE_SEQUENCE(forge, algorithm, hash, more);

    replace_attribute(signer, FORGE_SIGNING_CERTIFICATE, OID_SIGNING_CERTIFICATE,
                      FORGE_SEQUENCE(forge, FORGE_SEQUENCE(forge, id)));
}

static void certificate_hash_by_default(struct forge_document *document,
                                        struct forge_signer *signer)
{
    certificate_hash(signer, bytes_view_of(NULL, 0), zeros(32), bytes_view_of(NULL, 0));
}

static void certificate_hash_sha256(struct forge_document *document, struct forge_signer *signer)
{
    certificate_hash(signer, forge_algorithm(forge, "2.16.840.1.101.3.4.2.1"), zeros(32),
                     bytes_view_of(NULL, 0));
}

static void certificate_hash_short(struct forge_document *document, struct forge_signer *signer)
{
    certificate_hash(signer, forge_algorithm(forge, OID_SHA384), zeros(32), bytes_view_of(NULL, 0));
}

static struct bytes_view issuer_serial(const struct forge_certificate *certificate)
{
    struct bytes_view directory = FORGE_TAGGED(forge, DER_CONTEXT_OF(4), certificate->issuer->name);

    return FORGE_SEQUENCE(forge, FORGE_SEQUENCE(forge, directory), certificate->serial);
}

static void issuer_serial_in_a_document(struct forge_document *document,
                                        struct forge_signer *signer)
{
    struct bytes_view hash = forge_sha384(forge, signer->certificate->der);

    certificate_hash(signer, forge_algorithm(forge, OID_SHA384), octets(hash.data, hash.size),
                     issuer_serial(signer->certificate));
}

static void content_changed(struct forge_document *document, struct forge_signer *signer)
{
    struct bytes_view other = octets("{}", 2);

    document->content = FORGE_TAGGED(forge, DER_CONTEXT_OF(0), other);
}

static void content_absent(struct forge_document *document, struct forge_signer *signer)
{
    document->content = bytes_view_of(NULL, 0);
}

static void content_is_data(struct forge_document *document, struct forge_signer *signer)
{
    document->inner_type = forge_oid(forge, "1.2.840.113549.1.7.1");
}

static void outer_is_data(struct forge_document *document, struct forge_signer *signer)
{
    document->outer_type = forge_oid(forge, "1.2.840.113549.1.7.1");
}

static void version_1(struct forge_document *document, struct forge_signer *signer)
{
    document->version = forge_integer(forge, 1);
}

static void version_negative(struct forge_document *document, struct forge_signer *signer)
{
    document->version = forge_integer(forge, -3);
}

static void signer_version_3(struct forge_document *document, struct forge_signer *signer)
{
    signer->version = forge_integer(forge, 3);
}

static void two_digest_algorithms(struct forge_document *document, struct forge_signer *signer)
{
    struct bytes_view both[] = {forge_algorithm(forge, OID_SHA384),
                                forge_algorithm(forge, "2.16.840.1.101.3.4.2.3")};

    document->digest_algorithms = forge_set_of(forge, DER_SET, both, 2);
}

static void no_digest_algorithm(struct forge_document *document, struct forge_signer *signer)
{
    document->digest_algorithms = forge_value(forge, DER_SET, NULL, 0);
}

static void digest_sha1(struct forge_document *document, struct forge_signer *signer)
{
    document->digest_algorithms =
        FORGE_TAGGED(forge, DER_SET, forge_algorithm(forge, "1.3.14.3.2.26"));
}

static void signer_digest_sha1(struct forge_document *document, struct forge_signer *signer)
{
    signer->digest_algorithm = forge_algorithm(forge, "1.3.14.3.2.26");
}

static void signature_sha256(struct forge_document *document, struct forge_signer *signer)
{
    signer->signature_algorithm = forge_algorithm(forge, "1.2.840.10045.4.3.2");
}

static void signature_parameters(struct forge_document *document, struct forge_signer *signer)
{
    signer->signature_algorithm = FORGE_SEQUENCE(forge, forge_oid(forge, OID_ECDSA_WITH_SHA384),
                                                 forge_primitive(forge, DER_NULL, "", 0));
}

static void crls_field(struct forge_document *document, struct forge_signer *signer)
{
    document->crls = forge_value(forge, DER_CONTEXT_OF(1), NULL, 0);
}

static void no_certificates(struct forge_document *document, struct forge_signer *signer)
{
    document->no_certificates = true;
}

static void signer_by_key_id(struct forge_document *document, struct forge_signer *signer)
{
    signer->sid =
        forge_primitive(forge, DER_CONTEXT(0), signer->certificate->key_identifier.data, 20);
    signer->version = forge_integer(forge, 3);
}

static void signer_of_another_serial(struct forge_document *document, struct forge_signer *signer)
{
    signer->sid = FORGE_SEQUENCE(forge, site.issuer->name, forge_integer(forge, 1));
}

static void signer_of_another_issuer(struct forge_document *document, struct forge_signer *signer)
{
    signer->sid = FORGE_SEQUENCE(forge, site.root->name, signer->certificate->serial);
}

static void signed_by_another_key(struct forge_document *document, struct forge_signer *signer)
{
    signer->key = site.leaves[ROLE_EXPORT]->key;
}

static void signature_flipped(struct forge_document *document, struct forge_signer *signer)
{
    signer->signature = forge_flip(forge, signer->signature, signer->signature.size - 1);
}

static void signature_empty(struct forge_document *document, struct forge_signer *signer)
{
    signer->signature = bytes_view_of(NULL, 0);
}

/* The forgery of research section 0: content := somebody's signed attributes, as they were hashed;
 * attributes removed; signature reused. */
static void attributes_as_content(struct forge_document *document, struct forge_signer *signer)
{
    struct bytes_view set =
        forge_join(forge, FORGE_VIEWS(bytes_view_of("\x31", 1),
                                      bytes_view_of(signer->signed_attributes.data + 1,
                                                    signer->signed_attributes.size - 1)));

    document->content = FORGE_TAGGED(forge, DER_CONTEXT_OF(0), octets(set.data, set.size));
    signer->signed_attributes = bytes_view_of(NULL, 0);
}

static void attributes_empty(struct forge_document *document, struct forge_signer *signer)
{
    signer->signed_attributes = forge_value(forge, DER_CONTEXT_OF(0), NULL, 0);
}

static void no_token(struct forge_document *document, struct forge_signer *signer)
{
    signer->unsigned_attributes = bytes_view_of(NULL, 0);
}

static void unsigned_empty(struct forge_document *document, struct forge_signer *signer)
{
    signer->unsigned_attributes = forge_value(forge, DER_CONTEXT_OF(1), NULL, 0);
}

static void unsigned_other(struct forge_document *document, struct forge_signer *signer)
{
    signer->unsigned_attributes = FORGE_TAGGED(
        forge, DER_CONTEXT_OF(1), forge_attribute(forge, "1.2.840.113549.1.9.6", zeros(3)));
}

static void unsigned_two(struct forge_document *document, struct forge_signer *signer)
{
    struct bytes_view attribute = forge_attribute(forge, OID_TIMESTAMP_TOKEN, zeros(3));

    signer->unsigned_attributes =
        FORGE_TAGGED(forge, DER_CONTEXT_OF(1), attribute,
                     forge_attribute(forge, "1.2.840.113549.1.9.6", zeros(3)));
}

static void two_tokens(struct forge_document *document, struct forge_signer *signer)
{
    struct bytes_view both[] = {zeros(3), zeros(4)};

    signer->unsigned_attributes =
        FORGE_TAGGED(forge, DER_CONTEXT_OF(1),
                     FORGE_SEQUENCE(forge, forge_oid(forge, OID_TIMESTAMP_TOKEN),
                                    forge_set_of(forge, DER_SET, both, 2)));
}

static void token_over_its_limit(struct forge_document *document, struct forge_signer *signer)
{
    static const uint8_t zero[LIMIT_TOKEN_BYTES];

    forge_attach(document, signer, octets(zero, sizeof(zero)));
}

static void add_certificate(struct forge_document *document, struct bytes_view der, size_t place)
{
    if (document->certificate_count == 0)
        (void)forge_assemble(document);
    for (size_t i = document->certificate_count++; i > place; i--)
        document->certificates[i] = document->certificates[i - 1];
    document->certificates[place] = der;
}

static void extra_at_the_end(struct forge_document *document, struct forge_signer *signer)
{
    add_certificate(document, site.leaves[ROLE_EXPORT]->der, 2);
}

static void extra_in_front(struct forge_document *document, struct forge_signer *signer)
{
    add_certificate(document, site.leaves[ROLE_EXPORT]->der, 0);
}

static void root_carried(struct forge_document *document, struct forge_signer *signer)
{
    add_certificate(document, site.root->der, 2);
}

static void certificate_twice(struct forge_document *document, struct forge_signer *signer)
{
    add_certificate(document, site.issuer->der, 2);
}

static void certificates_reversed(struct forge_document *document, struct forge_signer *signer)
{
    add_certificate(document, site.issuer->der, 0);
    document->certificate_count = 2;
}

static void leaf_missing(struct forge_document *document, struct forge_signer *signer)
{
    add_certificate(document, site.issuer->der, 0);
    document->certificate_count = 1;
}

static void certificates_empty(struct forge_document *document, struct forge_signer *signer)
{
    document->no_certificates = true;
    document->crls = forge_value(forge, DER_CONTEXT_OF(0), NULL, 0); /* in the field's place */
}

static void certificate_is_not_one(struct forge_document *document, struct forge_signer *signer)
{
    add_certificate(document, FORGE_SEQUENCE(forge, zeros(3)), 2);
}

static void certificate_of_another_choice(struct forge_document *document,
                                          struct forge_signer *signer)
{
    add_certificate(document, forge_value(forge, DER_CONTEXT_OF(3), NULL, 0), 2);
}

/* Two leaves over one key. */
static void one_key_in_two_certificates(struct forge_document *document,
                                        struct forge_signer *signer)
{
    struct forge_profile profile =
        forge_profile(forge, FORGE_LEAF, "twin", site.issuer, ROLE_CONTENT);

    profile.key = site.leaves[ROLE_CONTENT]->key;
    profile.spki = profile.key->spki;
    forge_add_signer(document, forge_certify(forge, &profile), FORGE_NOON_US);
}

static void one_signer_twice(struct forge_document *document, struct forge_signer *signer)
{
    forge_add_signer(document, site.leaves[ROLE_CONTENT], FORGE_NOON_US + INT64_C(1000000));
}

static void two_signers_one_forged(struct forge_document *document, struct forge_signer *signer)
{
    forge_add_signer(document, site.leaves[ROLE_RELEASE], FORGE_NOON_US)->key =
        site.leaves[ROLE_EXPORT]->key;
}

static void no_signer(struct forge_document *document, struct forge_signer *signer)
{
    document->signer_count = 0;
    document->certificates[document->certificate_count++] = site.leaves[ROLE_CONTENT]->der;
}

static const struct row {
    const char *name;
    enum document_kind kind;
    enum error_code expected;
    change *before_signing, *after_signing, *after_stamping;
} rows[] = {
#define SIGNED(function, code)                                                                     \
    {                                                                                              \
#function, DOCUMENT_PACKAGE, code, .before_signing = (function)                            \
    }
#define CHANGED(function, code)                                                                    \
    {                                                                                              \
#function, DOCUMENT_PACKAGE, code, .after_signing = (function)                             \
    }
#define STAMPED(function, code)                                                                    \
    {                                                                                              \
#function, DOCUMENT_PACKAGE, code, .after_stamping = (function)                            \
    }
    SIGNED(no_content_type, ERROR_ATTRIBUTE_MISSING),
    SIGNED(no_message_digest, ERROR_ATTRIBUTE_MISSING),
    SIGNED(no_signing_time, ERROR_ATTRIBUTE_MISSING),
    SIGNED(no_signing_certificate, ERROR_ATTRIBUTE_MISSING),
    SIGNED(no_attribute, ERROR_ATTRIBUTE_MISSING),
    CHANGED(attributes_as_content, ERROR_ATTRIBUTE_MISSING),
    CHANGED(attributes_empty, ERROR_ATTRIBUTE_MISSING),
    SIGNED(no_value, ERROR_ATTRIBUTE_MISSING),
    SIGNED(two_content_types, ERROR_ATTRIBUTE_DUPLICATE),
    SIGNED(two_message_digests, ERROR_ATTRIBUTE_DUPLICATE),
    SIGNED(two_signing_times, ERROR_ATTRIBUTE_DUPLICATE),
    SIGNED(two_signing_certificates, ERROR_ATTRIBUTE_DUPLICATE),
    SIGNED(two_values, ERROR_ATTRIBUTE_DUPLICATE),
    SIGNED(more_attributes, ERROR_BAD_CMS),
    SIGNED(unsorted_attributes, ERROR_NOT_DER),
    SIGNED(other_content_type, ERROR_ATTRIBUTE_MISMATCH),
    SIGNED(content_type_of_another_type, ERROR_ATTRIBUTE_MISMATCH),
    SIGNED(other_message_digest, ERROR_ATTRIBUTE_MISMATCH),
    SIGNED(short_message_digest, ERROR_ATTRIBUTE_MISMATCH),
    SIGNED(message_digest_of_another_type, ERROR_ATTRIBUTE_MISMATCH),
    SIGNED(signing_time_of_another_type, ERROR_BAD_CMS),
    SIGNED(certificate_hash_of_another, ERROR_ATTRIBUTE_MISMATCH),
    SIGNED(certificate_hash_by_default, ERROR_WEAK_ALGORITHM),
    SIGNED(certificate_hash_sha256, ERROR_WEAK_ALGORITHM),
    SIGNED(certificate_hash_short, ERROR_ATTRIBUTE_MISMATCH),
    SIGNED(issuer_serial_in_a_document, ERROR_BAD_CMS),
    CHANGED(content_changed, ERROR_ATTRIBUTE_MISMATCH),
    CHANGED(content_absent, ERROR_BAD_CMS),
    CHANGED(content_is_data, ERROR_WRONG_KIND),
    CHANGED(outer_is_data, ERROR_BAD_CMS),
    CHANGED(version_1, ERROR_BAD_CMS),
    CHANGED(version_negative, ERROR_BAD_CMS),
    CHANGED(signer_version_3, ERROR_BAD_CMS),
    CHANGED(two_digest_algorithms, ERROR_BAD_CMS),
    CHANGED(no_digest_algorithm, ERROR_BAD_CMS),
    CHANGED(digest_sha1, ERROR_WEAK_ALGORITHM),
    CHANGED(signer_digest_sha1, ERROR_WEAK_ALGORITHM),
    CHANGED(signature_sha256, ERROR_WEAK_ALGORITHM),
    CHANGED(signature_parameters, ERROR_WEAK_ALGORITHM),
    CHANGED(crls_field, ERROR_BAD_CMS),
    CHANGED(no_certificates, ERROR_BAD_CMS),
    CHANGED(signer_by_key_id, ERROR_BAD_CMS),
    CHANGED(signer_of_another_serial, ERROR_SIGNER_UNKNOWN),
    CHANGED(signer_of_another_issuer, ERROR_SIGNER_UNKNOWN),
    SIGNED(signed_by_another_key, ERROR_BAD_SIGNATURE),
    CHANGED(signature_flipped, ERROR_BAD_SIGNATURE),
    CHANGED(signature_empty, ERROR_NOT_DER),
    STAMPED(no_token, ERROR_TIMESTAMP_MISSING),
    STAMPED(unsigned_empty, ERROR_BAD_CMS),
    STAMPED(unsigned_other, ERROR_TIMESTAMP_MISSING),
    STAMPED(unsigned_two, ERROR_BAD_CMS),
    STAMPED(two_tokens, ERROR_ATTRIBUTE_DUPLICATE),
    STAMPED(token_over_its_limit, ERROR_LIMIT),
    STAMPED(extra_at_the_end, ERROR_EXTRA_CERTIFICATE),
    STAMPED(extra_in_front, ERROR_EXTRA_CERTIFICATE),
    STAMPED(root_carried, ERROR_EXTRA_CERTIFICATE),
    STAMPED(certificate_twice, ERROR_EXTRA_CERTIFICATE),
    STAMPED(certificates_reversed, ERROR_CHAIN_ORDER),
    STAMPED(leaf_missing, ERROR_SIGNER_UNKNOWN),
    STAMPED(certificates_empty, ERROR_SIGNER_UNKNOWN),
    STAMPED(certificate_is_not_one, ERROR_BAD_CERTIFICATE),
    STAMPED(certificate_of_another_choice, ERROR_BAD_CMS),
    SIGNED(one_key_in_two_certificates, ERROR_SAME_KEY_TWICE),
    SIGNED(one_signer_twice, ERROR_SAME_KEY_TWICE),
    SIGNED(two_signers_one_forged, ERROR_BAD_SIGNATURE),
    STAMPED(no_signer, ERROR_BAD_CMS),
    {"a token where none belongs", DOCUMENT_EXPORT, ERROR_BAD_CMS, .after_stamping = unsigned_two},
    {"an empty set where no token belongs", DOCUMENT_EXPORT, ERROR_BAD_CMS,
     .after_stamping = unsigned_empty},
};

static struct bytes_view build(const struct row *row)
{
    struct forge_document *document = begin(row->kind);
    struct forge_signer *signer =
        forge_add_signer(document, site.leaves[ROLE_CONTENT], FORGE_NOON_US);

    if (row->before_signing != NULL)
        row->before_signing(document, signer);
    forge_sign(document);
    if (row->after_signing != NULL)
        row->after_signing(document, signer);
    if (authority(row->kind) != NULL)
        forge_stamp(document, authority(row->kind), FORGE_NOON_US);
    if (row->after_stamping != NULL)
        row->after_stamping(document, signer);
    return forge_assemble(document);
}

static void each_departure_is_refused_with_its_code(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {0};
        int result = judge(rows[i].kind, build(&rows[i]), &err);

        if (result != -(int)rows[i].expected || err.code != rows[i].expected)
            fail_msg("%s: %s: %s; expected %s", rows[i].name, error_name(err.code), err.words,
                     error_name(rows[i].expected));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_departure_is_refused_with_its_code),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
