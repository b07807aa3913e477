/* SPDX-License-Identifier: ISC */
#include "media/cms.h"

#include <string.h>

#include "media/der.h"
#include "media/oid.h"
#include "media/signature.h"

static int take(struct bytes_view *view, uint8_t tag, const char *what, struct der_value *value,
                struct error *err)
{
    return der_get_tag(view, tag, ERROR_BAD_CMS, what, value, err);
}

static int end(struct bytes_view view, const char *what, struct error *err)
{
    return der_end(view, ERROR_BAD_CMS, what, err);
}

static int take_version(struct bytes_view *view, int64_t expected, struct error *err)
{
    struct der_value value;
    int64_t version;

    if (take(view, DER_INTEGER, "version", &value, err) < 0)
        return -(int)err->code;
    if (der_integer(value.content, &version) < 0 || version != expected)
        return error_set(err, ERROR_BAD_CMS, "version is not %d", (int)expected);
    return 0;
}

static int take_sha384(struct bytes_view *view, const char *what, struct error *err)
{
    struct der_value value;

    if (take(view, DER_SEQUENCE, what, &value, err) < 0)
        return -(int)err->code;
    if (!signature_is_sha384(value.whole))
        return error_set(err, ERROR_WEAK_ALGORITHM, "%s is not SHA-384", what);
    return 0;
}

struct cms_profile cms_profile_of(enum document_kind kind)
{
    const struct document_row *row = document_row(kind);

    return (struct cms_profile){
        .content_type = row->oid,
        .limit = row->limit,
        .depth = LIMIT_DER_DEPTH_DOCUMENT,
        .token_demanded = row->timestamped,
        .self_signed = row->role == ROLE_ENDPOINT,
    };
}

/* ---- signed attributes: each parser gets the attribute's one value ---- */

struct attribute_target {
    const struct cms_profile *profile;
    struct cms_signer *signer;
};

static int parse_content_type(const struct der_value *value, const struct attribute_target *target,
                              struct error *err)
{
    if (value->tag != DER_OID || !der_oid_is(value->content, target->profile->content_type))
        return error_set(err, ERROR_ATTRIBUTE_MISMATCH, "is not the content's type");
    return 0;
}

static int parse_message_digest(const struct der_value *value,
                                const struct attribute_target *target, struct error *err)
{
    if (value->tag != DER_OCTET_STRING || value->content.size != DIGEST_BYTES)
        return error_set(err, ERROR_ATTRIBUTE_MISMATCH, "is not a SHA-384");
    target->signer->message_digest = value->content;
    return 0;
}

static int parse_signing_time(const struct der_value *value, const struct attribute_target *target,
                              struct error *err)
{
    struct cms_signer *signer = target->signer;

    if (der_time(value, &signer->signing_time_us) < 0)
        return error_set(err, ERROR_BAD_CMS, "is not a time");
    signer->has_signing_time = true;
    return 0;
}

/* IssuerSerial (RFC 5035 5.4.1.1): SEQUENCE { GeneralNames { directoryName }, INTEGER } */
static int parse_issuer_serial(struct bytes_view view, struct cms_signer *signer, struct error *err)
{
    struct der_value pair, names, directory, name, serial;

    if (take(&view, DER_SEQUENCE, "issuerSerial", &pair, err) < 0 ||
        end(view, "issuerSerial", err) < 0 ||
        take(&pair.content, DER_SEQUENCE, "issuer", &names, err) < 0 ||
        take(&names.content, DER_CONTEXT_OF(4), "directoryName", &directory, err) < 0 ||
        end(names.content, "directoryName", err) < 0 ||
        take(&directory.content, DER_SEQUENCE, "directoryName", &name, err) < 0 ||
        end(directory.content, "directoryName", err) < 0 ||
        take(&pair.content, DER_INTEGER, "serialNumber", &serial, err) < 0 ||
        end(pair.content, "serialNumber", err) < 0)
        return -(int)err->code;
    signer->ess_issuer = name.whole;
    signer->ess_serial = serial.content;
    return 0;
}

/* SigningCertificateV2 (RFC 5035 3) with one ESSCertIDv2. An absent hashAlgorithm means SHA-256. */
static int parse_signing_certificate(const struct der_value *value,
                                     const struct attribute_target *target, struct error *err)
{
    struct bytes_view view = value->whole;
    struct der_value outer, list, id, hash;

    if (take(&view, DER_SEQUENCE, "value", &outer, err) < 0 ||
        take(&outer.content, DER_SEQUENCE, "certs", &list, err) < 0 ||
        end(outer.content, "certs", err) < 0 ||
        take(&list.content, DER_SEQUENCE, "ESSCertIDv2", &id, err) < 0 ||
        end(list.content, "the first ESSCertIDv2", err) < 0)
        return -(int)err->code;
    if (!der_next_is(id.content, DER_SEQUENCE))
        return error_set(err, ERROR_WEAK_ALGORITHM, "hashAlgorithm is the default, SHA-256");
    if (take_sha384(&id.content, "hashAlgorithm", err) < 0 ||
        take(&id.content, DER_OCTET_STRING, "certHash", &hash, err) < 0)
        return -(int)err->code;
    if (hash.content.size != DIGEST_BYTES)
        return error_set(err, ERROR_ATTRIBUTE_MISMATCH, "certHash is not a SHA-384");
    target->signer->certificate_hash = hash.content;
    if (target->profile->foreign && id.content.size > 0)
        return parse_issuer_serial(id.content, target->signer, err);
    return end(id.content, "certHash", err);
}

/* sallyport-set(5) 2.4 */
enum { ATTRIBUTE_SIGNING_TIME = 2 };

static const struct attribute_row {
    const char *oid;
    const char *name;
    int (*parse)(const struct der_value *value, const struct attribute_target *target,
                 struct error *err);
} attribute_rows[] = {
    {OID_CONTENT_TYPE, "contentType", parse_content_type},
    {OID_MESSAGE_DIGEST, "messageDigest", parse_message_digest},
    [ATTRIBUTE_SIGNING_TIME] = {OID_SIGNING_TIME, "signingTime", parse_signing_time},
    {OID_SIGNING_CERTIFICATE, "signing-certificate-v2", parse_signing_certificate},
};

#define ATTRIBUTE_ROWS (sizeof(attribute_rows) / sizeof(attribute_rows[0]))

/* Takes Attribute { type, SET OF one value } from the front. */
static int take_attribute(struct bytes_view *view, struct bytes_view *type, struct der_value *value,
                          struct error *err)
{
    struct der_value attribute, oid, set;

    if (take(view, DER_SEQUENCE, "attribute", &attribute, err) < 0 ||
        take(&attribute.content, DER_OID, "attribute type", &oid, err) < 0 ||
        take(&attribute.content, DER_SET, "attribute values", &set, err) < 0 ||
        end(attribute.content, "attribute values", err) < 0)
        return -(int)err->code;
    if (!der_take(&set.content, value))
        return error_set(err, ERROR_ATTRIBUTE_MISSING, "an attribute has no value");
    *type = oid.content;
    return der_end(set.content, ERROR_ATTRIBUTE_DUPLICATE, "an attribute's first value", err);
}

static int parse_signed_attribute(struct bytes_view type, const struct der_value *value,
                                  const struct attribute_target *target, unsigned *seen,
                                  struct error *err)
{
    for (size_t i = 0; i < ATTRIBUTE_ROWS; i++) {
        if (!der_oid_is(type, attribute_rows[i].oid))
            continue;
        if (*seen & 1U << i)
            return error_set(err, ERROR_ATTRIBUTE_DUPLICATE, "%s", attribute_rows[i].name);
        *seen |= 1U << i;
        if (attribute_rows[i].parse(value, target, err) < 0)
            return error_context(err, "%s", attribute_rows[i].name);
        return 0;
    }
    return error_set(err, ERROR_BAD_CMS, "an attribute that the profile does not have");
}

static int check_attributes_seen(unsigned seen, bool foreign, struct error *err)
{
    if (foreign)
        seen |= 1U << ATTRIBUTE_SIGNING_TIME;
    for (size_t i = 0; i < ATTRIBUTE_ROWS; i++) {
        if (!(seen & 1U << i))
            return error_set(err, ERROR_ATTRIBUTE_MISSING, "%s", attribute_rows[i].name);
    }
    return 0;
}

static int parse_signed_attributes(struct bytes_view content, const struct attribute_target *target,
                                   struct error *err)
{
    struct bytes_view left = content, type;
    struct der_value value;
    unsigned seen = 0;

    while (left.size > 0) {
        if (take_attribute(&left, &type, &value, err) < 0 ||
            parse_signed_attribute(type, &value, target, &seen, err) < 0)
            return error_context(err, "signedAttrs");
    }
    if (check_attributes_seen(seen, target->profile->foreign, err) < 0 ||
        der_check_set(content, "signedAttrs", err) < 0)
        return error_context(err, "signer");
    return 0;
}

/* unsignedAttrs: one signature-time-stamp where the profile asks for it, else nothing at all, not
 * even an empty set (sallyport-set(5) 2.5). */
static int parse_unsigned_attributes(struct bytes_view *view, const struct cms_profile *profile,
                                     struct cms_signer *signer, struct error *err)
{
    struct der_value attributes, token;
    struct bytes_view type;

    if (!profile->token_demanded)
        return 0;
    if (!der_take_tag(view, DER_CONTEXT_OF(1), &attributes))
        return error_set(err, ERROR_TIMESTAMP_MISSING, "a signer has no unsignedAttrs");
    if (take_attribute(&attributes.content, &type, &token, err) < 0)
        return -(int)err->code;
    if (!der_oid_is(type, OID_TIMESTAMP_TOKEN))
        return error_set(err, ERROR_TIMESTAMP_MISSING,
                         "unsignedAttrs begins with another attribute");
    if (token.whole.size > LIMIT_TOKEN_BYTES)
        return error_set(err, ERROR_LIMIT, "token of %zu bytes: more than TOKEN_BYTES",
                         token.whole.size);
    signer->token = token.whole;
    return end(attributes.content, "the timestamp in unsignedAttrs", err);
}

/* ---- signer infos ---- */

static int parse_signer_id(struct bytes_view *view, struct cms_signer *signer, struct error *err)
{
    struct der_value id, issuer, serial;

    if (take(view, DER_SEQUENCE, "issuerAndSerialNumber", &id, err) < 0 ||
        take(&id.content, DER_SEQUENCE, "issuer", &issuer, err) < 0 ||
        take(&id.content, DER_INTEGER, "serialNumber", &serial, err) < 0 ||
        end(id.content, "serialNumber", err) < 0)
        return -(int)err->code;
    signer->issuer = issuer.whole;
    signer->serial = serial.content;
    return 0;
}

static int parse_signer(struct bytes_view info, const struct cms_profile *profile,
                        struct cms_signer *signer, struct error *err)
{
    const struct attribute_target target = {profile, signer};
    struct der_value attributes, algorithm, signature;

    if (take_version(&info, 1, err) < 0 || parse_signer_id(&info, signer, err) < 0 ||
        take_sha384(&info, "digestAlgorithm", err) < 0)
        return -(int)err->code;
    /* Without signedAttrs the signature would cover the content itself, and the attributes of any
     * other signature could be passed off as content. */
    if (!der_take_tag(&info, DER_CONTEXT_OF(0), &attributes))
        return error_set(err, ERROR_ATTRIBUTE_MISSING, "no signedAttrs at all");
    if (parse_signed_attributes(attributes.content, &target, err) < 0 ||
        take(&info, DER_SEQUENCE, "signatureAlgorithm", &algorithm, err) < 0)
        return -(int)err->code;
    if (!signature_is_ecdsa_sha384(algorithm.whole))
        return error_set(err, ERROR_WEAK_ALGORITHM, "signatureAlgorithm is not ecdsa-with-SHA384");
    if (take(&info, DER_OCTET_STRING, "signature", &signature, err) < 0 ||
        parse_unsigned_attributes(&info, profile, signer, err) < 0 ||
        end(info, "the signer's last field", err) < 0)
        return -(int)err->code;
    signer->attributes = attributes.whole;
    signer->signature = signature.content;
    return 0;
}

static int parse_signers(struct bytes_view set, const struct cms_profile *profile, struct cms *cms,
                         struct error *err)
{
    struct der_value info;

    if (set.size == 0)
        return error_set(err, ERROR_BAD_CMS, "no signer");
    while (set.size > 0) {
        if (cms->signer_count == LIMIT_SIGNERS)
            return error_set(err, ERROR_LIMIT, "more than SIGNERS (%d)", LIMIT_SIGNERS);
        if (take(&set, DER_SEQUENCE, "signerInfo", &info, err) < 0 ||
            parse_signer(info.content, profile, &cms->signers[cms->signer_count], err) < 0)
            return error_context(err, "signers[%zu]", cms->signer_count);
        /* COVERAGE-EXEMPT: libtasn1 is known to refuse none that parse_signer passed. */
        if (der_check_twice("SALLYPORT.SignerInfo", info.whole, err) < 0)
            return error_context(err, "signers[%zu]", cms->signer_count);
        cms->signer_count++;
    }
    return 0;
}

/* ---- certificates and who is on whose path ---- */

static int parse_certificates(struct bytes_view list, struct cms *cms, struct error *err)
{
    struct der_value value;
    struct certificate *certificate;

    while (list.size > 0) {
        if (cms->certificate_count == LIMIT_CERTIFICATES)
            return error_set(err, ERROR_LIMIT, "more than CERTIFICATES (%d)", LIMIT_CERTIFICATES);
        certificate = &cms->certificates[cms->certificate_count];
        if (take(&list, DER_SEQUENCE, "certificate", &value, err) < 0 ||
            certificate_parse(value.whole, certificate, err) < 0)
            return error_context(err, "certificates[%zu]", cms->certificate_count);
        for (size_t i = 0; i < cms->certificate_count; i++) {
            if (bytes_equal(cms->certificates[i].der, certificate->der))
                return error_set(err, ERROR_EXTRA_CERTIFICATE, "certificates[%zu] occurs twice", i);
        }
        cms->certificate_count++;
    }
    return 0;
}

/* Roots come from the root document only. A receipt's certificate is its own root. */
static int check_self_signed(const struct cms *cms, bool self_signed, struct error *err)
{
    for (size_t i = 0; i < cms->certificate_count; i++) {
        if (certificate_is_self_issued(&cms->certificates[i]) != self_signed)
            return error_set(err, ERROR_EXTRA_CERTIFICATE, "certificates[%zu] is %s", i,
                             self_signed ? "not self-signed" : "a root");
    }
    return 0;
}

static int find_leaf(const struct cms *cms, struct cms_signer *signer, struct error *err)
{
    for (size_t i = 0; i < cms->certificate_count; i++) {
        if (bytes_equal(cms->certificates[i].issuer, signer->issuer) &&
            bytes_equal(cms->certificates[i].serial, signer->serial)) {
            signer->path[0] = i;
            signer->path_count = 1;
            return 0;
        }
    }
    return error_set(err, ERROR_SIGNER_UNKNOWN, "no certificate has a signer's issuer and serial");
}

/* The certificate that issued certificates[of], or certificate_count. */
static size_t find_issuer(const struct cms *cms, size_t of)
{
    size_t i = 0;

    while (i < cms->certificate_count &&
           !certificate_names_issuer(&cms->certificates[of], &cms->certificates[i]))
        i++;
    return i;
}

static int find_path(const struct cms *cms, struct cms_signer *signer, bool self_signed,
                     struct error *err)
{
    size_t issuer;

    if (find_leaf(cms, signer, err) < 0)
        return -(int)err->code;
    issuer = self_signed ? cms->certificate_count : find_issuer(cms, signer->path[0]);
    while (issuer < cms->certificate_count) {
        /* One place is the root's. A loop of issuers ends here, too. */
        if (signer->path_count == LIMIT_CHAIN_CERTIFICATES - 1)
            return error_set(err, ERROR_LIMIT, "path longer than CHAIN_CERTIFICATES (%d)",
                             LIMIT_CHAIN_CERTIFICATES);
        signer->path[signer->path_count++] = issuer;
        issuer = find_issuer(cms, issuer);
    }
    return 0;
}

/* First whether all belong to somebody, then whether they stand in path order (sallyport-set(5)
 * 2.7). */
static int check_paths(const struct cms *cms, struct error *err)
{
    bool used[LIMIT_CERTIFICATES] = {false};
    size_t position[LIMIT_CERTIFICATES], count = 0;

    for (size_t i = 0; i < cms->signer_count; i++) {
        for (size_t k = 0; k < cms->signers[i].path_count; k++) {
            size_t index = cms->signers[i].path[k];

            if (!used[index])
                position[index] = count++;
            used[index] = true;
        }
    }
    for (size_t i = 0; i < cms->certificate_count; i++) {
        if (!used[i])
            return error_set(err, ERROR_EXTRA_CERTIFICATE, "certificates[%zu] is on no path", i);
    }
    for (size_t i = 0; i < cms->certificate_count; i++) {
        if (position[i] != i)
            return error_set(err, ERROR_CHAIN_ORDER, "certificates[%zu] belongs at place %zu", i,
                             position[i]);
    }
    return 0;
}

static int resolve_paths(struct cms *cms, bool self_signed, struct error *err)
{
    if (check_self_signed(cms, self_signed, err) < 0)
        return -(int)err->code;
    for (size_t i = 0; i < cms->signer_count; i++) {
        if (find_path(cms, &cms->signers[i], self_signed, err) < 0)
            return error_context(err, "signers[%zu]", i);
    }
    return check_paths(cms, err);
}

/* ---- SignedData, sallyport-set(5) 2.2 ---- */

static int parse_content(struct bytes_view *view, const struct cms_profile *profile,
                         struct cms *cms, struct error *err)
{
    struct der_value info, type, wrapper, content;

    if (take(view, DER_SEQUENCE, "encapContentInfo", &info, err) < 0 ||
        take(&info.content, DER_OID, "eContentType", &type, err) < 0)
        return -(int)err->code;
    if (!der_oid_is(type.content, profile->content_type))
        return error_set(err, ERROR_WRONG_KIND, "eContentType is not %s", profile->content_type);
    if (take(&info.content, DER_CONTEXT_OF(0), "eContent", &wrapper, err) < 0 ||
        end(info.content, "eContent", err) < 0 ||
        take(&wrapper.content, DER_OCTET_STRING, "eContent", &content, err) < 0 ||
        end(wrapper.content, "eContent", err) < 0)
        return -(int)err->code;
    cms->content = content.content;
    return 0;
}

static int parse_signed_data(struct bytes_view data, const struct cms_profile *profile,
                             struct cms *cms, struct error *err)
{
    struct der_value algorithms, certificates, signers;

    if (take_version(&data, 3, err) < 0 ||
        take(&data, DER_SET, "digestAlgorithms", &algorithms, err) < 0 ||
        take_sha384(&algorithms.content, "digestAlgorithms", err) < 0 ||
        end(algorithms.content, "the first of digestAlgorithms", err) < 0 ||
        parse_content(&data, profile, cms, err) < 0 ||
        take(&data, DER_CONTEXT_OF(0), "certificates", &certificates, err) < 0 ||
        take(&data, DER_SET, "signerInfos", &signers, err) < 0 ||
        end(data, "signerInfos", err) < 0 ||
        parse_signers(signers.content, profile, cms, err) < 0 ||
        parse_certificates(certificates.content, cms, err) < 0)
        return -(int)err->code;
    return resolve_paths(cms, profile->self_signed, err);
}

static int parse_content_info(struct bytes_view document, const struct cms_profile *profile,
                              struct cms *cms, struct error *err)
{
    struct der_value info, type, wrapper, data;

    if (take(&document, DER_SEQUENCE, "contentInfo", &info, err) < 0 ||
        take(&info.content, DER_OID, "contentType", &type, err) < 0)
        return -(int)err->code;
    if (!der_oid_is(type.content, OID_SIGNED_DATA))
        return error_set(err, ERROR_BAD_CMS, "contentType is not signedData");
    if (take(&info.content, DER_CONTEXT_OF(0), "content", &wrapper, err) < 0 ||
        end(info.content, "content", err) < 0 ||
        take(&wrapper.content, DER_SEQUENCE, "signedData", &data, err) < 0 ||
        end(wrapper.content, "signedData", err) < 0 ||
        parse_signed_data(data.content, profile, cms, err) < 0)
        return -(int)err->code;
    return der_check_twice("SALLYPORT.SignedData", data.whole, err);
}

int cms_parse(const struct cms_profile *profile, struct bytes_view document, struct cms *cms,
              struct error *err)
{
    memset(cms, 0, sizeof(*cms));
    if (document.size > profile->limit)
        return error_set(err, ERROR_LIMIT, "%zu bytes, at most %zu are allowed", document.size,
                         profile->limit);
    if (der_walk(document, profile->depth, err) < 0)
        return -(int)err->code;
    return parse_content_info(document, profile, cms, err);
}

/* ---- verification ---- */

static int check_keys_differ(const struct cms *cms, size_t signer, struct error *err)
{
    const struct certificate *mine = &cms->certificates[cms->signers[signer].path[0]];

    for (size_t i = 0; i < signer; i++) {
        if (bytes_equal(cms->certificates[cms->signers[i].path[0]].spki, mine->spki))
            return error_set(err, ERROR_SAME_KEY_TWICE, "same key as signers[%zu]", i);
    }
    return 0;
}

static int check_signing_certificate(const struct cms_signer *signer,
                                     const struct certificate *certificate, struct error *err)
{
    uint8_t digest[DIGEST_BYTES];

    certificate_digest(certificate, digest);
    if (memcmp(signer->certificate_hash.data, digest, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_ATTRIBUTE_MISMATCH,
                         "signing-certificate-v2 is of another certificate");
    if (signer->ess_issuer.size > 0 && (!bytes_equal(signer->ess_issuer, certificate->issuer) ||
                                        !bytes_equal(signer->ess_serial, certificate->serial)))
        return error_set(err, ERROR_ATTRIBUTE_MISMATCH,
                         "signing-certificate-v2 names another certificate");
    return 0;
}

/* The signature is over the attributes as the SET OF that they are without their implicit tag. */
static void digest_attributes(struct bytes_view attributes, uint8_t out[static DIGEST_BYTES])
{
    static const uint8_t tag = DER_SET;
    struct digest *digest = digest_new();

    digest_add(digest, &tag, 1);
    digest_add(digest, attributes.data + 1, attributes.size - 1);
    digest_finish(digest, out);
}

static int verify_signer(const struct cms *cms, size_t index,
                         const uint8_t content_digest[static DIGEST_BYTES], struct error *err)
{
    const struct cms_signer *signer = &cms->signers[index];
    const struct certificate *certificate = &cms->certificates[signer->path[0]];
    uint8_t digest[DIGEST_BYTES];

    if (memcmp(signer->message_digest.data, content_digest, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_ATTRIBUTE_MISMATCH, "messageDigest is of another content");
    if (check_keys_differ(cms, index, err) < 0 ||
        check_signing_certificate(signer, certificate, err) < 0)
        return -(int)err->code;
    digest_attributes(signer->attributes, digest);
    return signature_verify(certificate->spki, digest, signer->signature, err);
}

int cms_verify(const struct cms *cms, struct error *err)
{
    uint8_t content_digest[DIGEST_BYTES];

    digest_of(cms->content.data, cms->content.size, content_digest);
    for (size_t i = 0; i < cms->signer_count; i++) {
        if (verify_signer(cms, i, content_digest, err) < 0)
            return error_context(err, "signers[%zu]", i);
    }
    return 0;
}

size_t cms_path(const struct cms *cms, size_t signer,
                const struct certificate *path[static LIMIT_CHAIN_CERTIFICATES])
{
    const struct cms_signer *of = &cms->signers[signer];

    for (size_t i = 0; i < of->path_count; i++)
        path[i] = &cms->certificates[of->path[i]];
    return of->path_count;
}
