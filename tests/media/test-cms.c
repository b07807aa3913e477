/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/test.h"

#include "media/chain.h"
#include "media/cms.h"
#include "media/der.h"
#include "media/oid.h"
#include "tests/media/forge.h"

static const char json[] = "{\"schema\":\"sallyport.package/1\"}";

static struct forge_site site;
static struct forge *forge;
static struct cms *cms;

static int set_up(void **state)
{
    site = forge_site();
    forge = site.forge;
    cms = bytes_allocate(1, sizeof(*cms));
    return 0;
}

static int tear_down(void **state)
{
    forge_free(site.forge);
    free(cms);
    return 0;
}

static struct forge_document *begin(enum document_kind kind)
{
    return forge_document(forge, document_row(kind)->oid, bytes_view_of(json, sizeof(json) - 1));
}

static int judge(enum document_kind kind, struct bytes_view document, struct error *err)
{
    struct cms_profile profile = cms_profile_of(kind);
    int result = cms_parse(&profile, document, cms, err);

    return result < 0 ? result : cms_verify(cms, err);
}

static const struct forge_certificate *authority(enum document_kind kind)
{
    return document_row(kind)->timestamped ? site.leaves[ROLE_TIMESTAMP] : NULL;
}

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
    const struct row package = {.kind = DOCUMENT_PACKAGE}, export = {.kind = DOCUMENT_EXPORT};

    judge_edits(DOCUMENT_PACKAGE, build(&package));
    judge_edits(DOCUMENT_EXPORT, build(&export));
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
    const struct row package = {.kind = DOCUMENT_PACKAGE};
    struct bytes_view whole = build(&package);
    struct bytes_view token = token_of(DOCUMENT_PACKAGE, whole);
    uint8_t *copy = bytes_allocate(1, whole.size);

    memcpy(copy, whole.data, whole.size);
    for (size_t i = 0; i < 8 * whole.size; i++) {
        copy[i / 8] ^= (uint8_t)(1U << i % 8);
        demand_refusal(DOCUMENT_PACKAGE, bytes_view_of(copy, whole.size), token, "bit", i);
        copy[i / 8] ^= (uint8_t)(1U << i % 8);
    }
    free(copy);
}

static void every_shorter_document_is_refused(void **state)
{
    const struct row export = {.kind = DOCUMENT_EXPORT};
    struct bytes_view whole = build(&export);

    for (size_t size = 0; size < whole.size; size++) {
        struct error err = {0};

        assert_refused(judge(DOCUMENT_EXPORT, bytes_view_of(whole.data, size), &err), &err,
                       ERROR_NOT_DER);
    }
}

static void a_trailing_byte_is_refused(void **state)
{
    const struct row export = {.kind = DOCUMENT_EXPORT};
    struct bytes_view whole = build(&export);
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
        cmocka_unit_test(each_departure_is_refused_with_its_code),
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
