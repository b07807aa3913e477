/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/media/forge.h"

#include <string.h>

#include "media/oid.h"

static const struct bytes_view none = {0};

struct bytes_view forge_attribute(struct forge *forge, const char *oid, struct bytes_view value)
{
    return FORGE_SEQUENCE(forge, forge_oid(forge, oid), FORGE_TAGGED(forge, 0x31, value));
}

struct bytes_view forge_signing_certificate(struct forge *forge, struct bytes_view certificate)
{
    struct bytes_view hash = forge_sha384(forge, certificate);
    struct bytes_view id = FORGE_SEQUENCE(forge, forge_algorithm(forge, OID_SHA384),
                                          forge_primitive(forge, 0x04, hash.data, hash.size));

    return FORGE_SEQUENCE(forge, FORGE_SEQUENCE(forge, id));
}

struct forge_document *forge_document(struct forge *forge, const char *content_type,
                                      struct bytes_view content)
{
    static const struct forge_document empty = {0};
    struct bytes_view memory = forge_bytes(forge, &empty, sizeof(empty));
    struct forge_document *document = (struct forge_document *)(uintptr_t)memory.data;

    document->forge = forge;
    document->content_type = content_type;
    document->outer_type = forge_oid(forge, OID_SIGNED_DATA);
    document->version = forge_integer(forge, 3);
    document->digest_algorithms = FORGE_TAGGED(forge, 0x31, forge_algorithm(forge, OID_SHA384));
    document->inner_type = forge_oid(forge, content_type);
    document->raw_content = content;
    document->content =
        FORGE_TAGGED(forge, 0xa0, forge_primitive(forge, 0x04, content.data, content.size));
    return document;
}

struct forge_signer *forge_add_signer(struct forge_document *document,
                                      const struct forge_certificate *certificate,
                                      int64_t signing_time_us)
{
    struct forge *forge = document->forge;
    struct forge_signer *signer = &document->signers[document->signer_count++];
    struct bytes_view digest = forge_sha384(forge, document->raw_content);
    struct bytes_view issuer = certificate->issuer ? certificate->issuer->name : certificate->name;

    signer->certificate = certificate;
    signer->key = certificate->key;
    signer->version = forge_integer(forge, 1);
    signer->sid = FORGE_SEQUENCE(forge, issuer, certificate->serial);
    signer->digest_algorithm = forge_algorithm(forge, OID_SHA384);
    signer->signature_algorithm = forge_algorithm(forge, certificate->key->signature_oid);
    signer->attributes[FORGE_CONTENT_TYPE] =
        forge_attribute(forge, OID_CONTENT_TYPE, forge_oid(forge, document->content_type));
    signer->attributes[FORGE_MESSAGE_DIGEST] = forge_attribute(
        forge, OID_MESSAGE_DIGEST, forge_primitive(forge, 0x04, digest.data, digest.size));
    signer->attributes[FORGE_SIGNING_CERTIFICATE] = forge_attribute(
        forge, OID_SIGNING_CERTIFICATE, forge_signing_certificate(forge, certificate->der));
    signer->attributes[FORGE_SIGNING_TIME] =
        forge_attribute(forge, OID_SIGNING_TIME, forge_time(forge, signing_time_us));
    signer->attribute_count = FORGE_SIGNING_TIME + 1;
    return signer;
}

void forge_sign_one(struct forge_document *document, struct forge_signer *signer)
{
    struct forge *forge = document->forge;
    struct bytes_view set;

    if (document->unsorted)
        set = forge_value(forge, 0x31, signer->attributes, signer->attribute_count);
    else
        set = forge_set_of(forge, 0x31, signer->attributes, signer->attribute_count);
    signer->signature = forge_sign_data(forge, signer->key, set);
    signer->signed_attributes = forge_join(
        forge, FORGE_VIEWS(bytes_view_of("\xa0", 1), bytes_view_of(set.data + 1, set.size - 1)));
}

void forge_sign(struct forge_document *document)
{
    for (size_t i = 0; i < document->signer_count; i++)
        forge_sign_one(document, &document->signers[i]);
}

void forge_attach(struct forge_document *document, struct forge_signer *signer,
                  struct bytes_view token)
{
    signer->unsigned_attributes = FORGE_TAGGED(
        document->forge, 0xa1, forge_attribute(document->forge, OID_TIMESTAMP_TOKEN, token));
}

void forge_stamp(struct forge_document *document, const struct forge_certificate *authority,
                 int64_t time_us)
{
    for (size_t i = 0; i < document->signer_count; i++) {
        struct forge_signer *signer = &document->signers[i];
        struct forge_info info = forge_info(document->forge, signer->signature, time_us);
        struct forge_document *token = forge_token(document->forge, authority, &info, time_us);

        forge_sign(token);
        forge_attach(document, signer, forge_assemble(token));
    }
}

static struct bytes_view signer_der(struct forge *forge, const struct forge_signer *signer)
{
    return FORGE_SEQUENCE(
        forge, signer->version, signer->sid, signer->digest_algorithm, signer->signed_attributes,
        signer->signature_algorithm,
        forge_primitive(forge, 0x04, signer->signature.data, signer->signature.size),
        signer->unsigned_attributes);
}

static void add_path(struct forge_document *document, const struct forge_certificate *certificate)
{
    /* The root stays out; a self-signed signer (an endpoint's) is its own and goes in. */
    for (const struct forge_certificate *at = certificate;
         at != NULL && (at->issuer != NULL || at == certificate); at = at->issuer) {
        bool there = false;

        for (size_t i = 0; i < document->certificate_count; i++)
            there |= bytes_equal(document->certificates[i], at->der);
        if (!there)
            document->certificates[document->certificate_count++] = at->der;
    }
}

/* Certificates follow the order in which the signer infos will stand. */
static void add_certificates(struct forge_document *document, const struct bytes_view *infos)
{
    size_t count = document->signer_count;
    bool used[FORGE_PARTS] = {false};

    for (size_t n = 0; n < count; n++) {
        size_t least = count;

        for (size_t i = 0; i < count; i++) {
            size_t size = least == count                      ? 0
                          : infos[i].size < infos[least].size ? infos[i].size
                                                              : infos[least].size;
            if (!used[i] && (least == count || memcmp(infos[i].data, infos[least].data, size) < 0))
                least = i;
        }
        used[least] = true;
        add_path(document, document->signers[least].certificate);
    }
}

struct bytes_view forge_assemble(struct forge_document *document)
{
    struct forge *forge = document->forge;
    struct bytes_view infos[FORGE_PARTS], certificates = none, signers, data;

    for (size_t i = 0; i < document->signer_count; i++)
        infos[i] = signer_der(forge, &document->signers[i]);
    if (document->certificate_count == 0)
        add_certificates(document, infos);
    if (!document->no_certificates)
        certificates =
            forge_value(forge, 0xa0, document->certificates, document->certificate_count);
    signers = forge_set_of(forge, 0x31, infos, document->signer_count);
    data = FORGE_SEQUENCE(forge, document->version, document->digest_algorithms,
                          FORGE_SEQUENCE(forge, document->inner_type, document->content),
                          certificates, document->crls, signers);
    return FORGE_SEQUENCE(forge, document->outer_type, FORGE_TAGGED(forge, 0xa0, data));
}

struct bytes_view forge_whole(struct forge *forge, const char *content_type,
                              struct bytes_view content,
                              const struct forge_certificate *const *signers, size_t count,
                              const struct forge_certificate *authority, int64_t time_us)
{
    struct forge_document *document = forge_document(forge, content_type, content);

    for (size_t i = 0; i < count; i++)
        forge_add_signer(document, signers[i], time_us);
    forge_sign(document);
    if (authority != NULL)
        forge_stamp(document, authority, time_us);
    return forge_assemble(document);
}

/* ---- tokens ---- */

struct forge_info forge_info(struct forge *forge, struct bytes_view signature, int64_t time_us)
{
    struct bytes_view hash = forge_sha384(forge, signature);
    struct forge_info info = {0};

    info.parts[FORGE_INFO_VERSION] = forge_integer(forge, 1);
    info.parts[FORGE_INFO_POLICY] = forge_oid(forge, OID_ARC ".3.1");
    info.parts[FORGE_INFO_IMPRINT] =
        FORGE_SEQUENCE(forge, forge_algorithm(forge, OID_SHA384),
                       forge_primitive(forge, 0x04, hash.data, hash.size));
    info.parts[FORGE_INFO_SERIAL] = forge_primitive(forge, 0x02, hash.data, 16);
    /* A positive serial of 16 bytes without a leading zero. */
    ((uint8_t *)(uintptr_t)info.parts[FORGE_INFO_SERIAL].data)[2] = 0x41;
    info.parts[FORGE_INFO_TIME] = forge_general_time(forge, time_us);
    return info;
}

struct bytes_view forge_info_der(struct forge *forge, const struct forge_info *info)
{
    return forge_value(forge, 0x30, info->parts, FORGE_INFO_PARTS);
}

struct forge_document *forge_token(struct forge *forge, const struct forge_certificate *authority,
                                   const struct forge_info *info, int64_t time_us)
{
    struct forge_document *token = forge_document(forge, OID_TST_INFO, forge_info_der(forge, info));

    forge_add_signer(token, authority, time_us);
    return token;
}

/* ---- CRLs ---- */

struct forge_crl forge_crl(struct forge *forge, const struct forge_certificate *issuer,
                           int64_t number, int64_t this_update_us)
{
    struct forge_crl crl = {.issuer = issuer, .name = issuer->name};
    struct bytes_view id =
        forge_primitive(forge, 0x80, issuer->key_identifier.data, issuer->key_identifier.size);

    crl.version = forge_integer(forge, 1);
    crl.algorithm = forge_algorithm(forge, issuer->key->signature_oid);
    crl.this_update = forge_time(forge, this_update_us);
    crl.next_update = forge_time(forge, this_update_us + INT64_C(2592000000000));
    crl.extensions[0] =
        forge_extension(forge, OID_AUTHORITY_KEY_ID, false, FORGE_SEQUENCE(forge, id));
    crl.extensions[1] = forge_extension(forge, OID_CRL_NUMBER, false, forge_integer(forge, number));
    crl.extension_count = 2;
    return crl;
}

struct bytes_view forge_crl_entry(struct forge *forge, struct bytes_view serial, int64_t revoked_us,
                                  int reason, int64_t since_us)
{
    struct bytes_view extensions = none, code = none, since = none;
    uint8_t number = (uint8_t)reason;

    if (reason >= 0)
        code = forge_extension(forge, OID_REASON_CODE, false,
                               forge_primitive(forge, 0x0a, &number, 1));
    if (since_us != 0) {
        since = forge_general_time(forge, since_us);
        since = forge_extension(forge, OID_INVALIDITY_DATE, false, since);
    }
    if (code.size > 0 || since.size > 0)
        extensions = FORGE_SEQUENCE(forge, code, since);
    return FORGE_SEQUENCE(forge, serial, forge_time(forge, revoked_us), extensions);
}

struct bytes_view forge_crl_der(struct forge *forge, const struct forge_crl *crl)
{
    static const uint8_t whole_bytes[] = {0};
    struct bytes_view entries = none, extensions, tbs, signature;

    if (crl->all_entries.size > 0)
        entries = FORGE_TAGGED(forge, 0x30, crl->all_entries);
    else if (crl->entry_count > 0 || crl->empty_entries)
        entries = forge_value(forge, 0x30, crl->entries, crl->entry_count);
    extensions = forge_value(forge, 0x30, crl->extensions, crl->extension_count);
    tbs = FORGE_SEQUENCE(forge, crl->version, crl->algorithm, crl->name, crl->this_update,
                         crl->next_update, entries, FORGE_TAGGED(forge, 0xa0, extensions));
    signature = forge_sign_data(forge, crl->issuer->key, tbs);
    if (crl->bad_signature)
        signature = forge_flip(forge, signature, signature.size - 1);
    return FORGE_SEQUENCE(forge, tbs, crl->algorithm,
                          FORGE_TAGGED(forge, 0x03, bytes_view_of(whole_bytes, 1), signature));
}
