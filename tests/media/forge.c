/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/media/forge.h"

#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "media/digest.h"
#include "media/oid.h"

struct block {
    struct block *next;
    gnutls_privkey_t key; /* NULL: only memory */
    max_align_t memory[];
};

struct forge {
    struct block *blocks;
    int64_t next_serial;
};

struct forge *forge_new(void)
{
    struct forge *forge = bytes_allocate(1, sizeof(*forge));

    forge->next_serial = 0x1000;
    return forge;
}

void forge_free(struct forge *forge)
{
    while (forge->blocks != NULL) {
        struct block *block = forge->blocks;

        forge->blocks = block->next;
        gnutls_privkey_deinit(block->key);
        free(block);
    }
    free(forge);
}

static void must(int status, const char *what)
{
    if (status < 0) {
        fprintf(stderr, "forge: %s: %d %s\n", what, status, gnutls_strerror(status));
        abort();
    }
}

static void *take_memory(struct forge *forge, size_t size)
{
    struct block *block = bytes_allocate(1, sizeof(*block) + size);

    block->next = forge->blocks;
    forge->blocks = block;
    return block->memory;
}

/* ---- DER ---- */

struct bytes_view forge_bytes(struct forge *forge, const void *data, size_t size)
{
    uint8_t *copy = take_memory(forge, size);

    if (size > 0)
        memcpy(copy, data, size);
    return bytes_view_of(copy, size);
}

struct bytes_view forge_join(struct forge *forge, const struct bytes_view *parts, size_t count)
{
    size_t size = 0, at = 0;
    uint8_t *out;

    for (size_t i = 0; i < count; i++)
        size += parts[i].size;
    out = take_memory(forge, size);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size > 0)
            memcpy(out + at, parts[i].data, parts[i].size);
        at += parts[i].size;
    }
    return bytes_view_of(out, size);
}

struct bytes_view forge_value(struct forge *forge, uint8_t tag, const struct bytes_view *parts,
                              size_t count)
{
    struct bytes_view content = forge_join(forge, parts, count);
    uint8_t header[6] = {tag};
    size_t size = 2, bytes = 0;

    if (content.size < 0x80) {
        header[1] = (uint8_t)content.size;
    } else {
        for (size_t left = content.size; left > 0; left >>= 8)
            bytes++;
        header[1] = (uint8_t)(0x80 | bytes);
        for (size_t i = 0; i < bytes; i++)
            header[2 + i] = (uint8_t)(content.size >> (8 * (bytes - 1 - i)));
        size += bytes;
    }
    return forge_join(forge, FORGE_VIEWS(bytes_view_of(header, size), content));
}

static int compare_encodings(const void *a, const void *b)
{
    const struct bytes_view *left = a, *right = b;
    size_t size = left->size < right->size ? left->size : right->size;
    int order = memcmp(left->data, right->data, size);

    return order != 0 ? order : (left->size > right->size) - (left->size < right->size);
}

struct bytes_view forge_set_of(struct forge *forge, uint8_t tag, const struct bytes_view *parts,
                               size_t count)
{
    struct bytes_view *sorted = take_memory(forge, count * sizeof(*sorted));

    if (count > 0)
        memcpy(sorted, parts, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), compare_encodings);
    return forge_value(forge, tag, sorted, count);
}

struct bytes_view forge_primitive(struct forge *forge, uint8_t tag, const void *data, size_t size)
{
    return forge_value(forge, tag, FORGE_VIEWS(bytes_view_of(data, size)));
}

struct bytes_view forge_oid(struct forge *forge, const char *dotted)
{
    uint8_t out[64];
    size_t size = 0;
    char *end;
    unsigned long arc = strtoul(dotted, &end, 10) * 40;

    for (bool first = true; *end == '.'; first = false) {
        unsigned shift = 28;

        arc = (first ? arc : 0) + strtoul(end + 1, &end, 10);
        while (shift > 0 && arc >> shift == 0)
            shift -= 7;
        for (;; shift -= 7) {
            out[size++] = (uint8_t)((arc >> shift & 0x7f) | (shift > 0 ? 0x80 : 0));
            if (shift == 0)
                break;
        }
    }
    return forge_primitive(forge, 0x06, out, size);
}

struct bytes_view forge_integer(struct forge *forge, int64_t value)
{
    uint8_t out[8];
    size_t skip = 0;

    for (size_t i = 0; i < sizeof(out); i++)
        out[i] = (uint8_t)((uint64_t)value >> (56 - 8 * i));
    while (skip < 7 && ((out[skip] == 0 && out[skip + 1] < 0x80) ||
                        (out[skip] == 0xff && out[skip + 1] >= 0x80)))
        skip++;
    return forge_primitive(forge, 0x02, out + skip, sizeof(out) - skip);
}

struct bytes_view forge_general(struct forge *forge, const char *text)
{
    return forge_primitive(forge, 0x18, text, strlen(text));
}

struct bytes_view forge_general_time(struct forge *forge, int64_t instant_us)
{
    time_t seconds = instant_us / 1000000;
    char text[40];
    struct tm tm;
    size_t size;

    gmtime_r(&seconds, &tm);
    size = strftime(text, sizeof(text), "%Y%m%d%H%M%S", &tm);
    if (instant_us % 1000000 != 0) {
        size += (size_t)snprintf(text + size, sizeof(text) - size, ".%06ld",
                                 (long)(instant_us % 1000000));
        while (text[size - 1] == '0')
            size--;
    }
    snprintf(text + size, sizeof(text) - size, "Z");
    return forge_general(forge, text);
}

struct bytes_view forge_time(struct forge *forge, int64_t instant_us)
{
    struct bytes_view general = forge_general_time(forge, instant_us - instant_us % 1000000);

    if (memcmp(general.data + 2, "205", 3) >= 0)
        return general;
    return forge_primitive(forge, 0x17, general.data + 4, general.size - 4);
}

struct bytes_view forge_name(struct forge *forge, const char *common_name)
{
    struct bytes_view value = forge_primitive(forge, 0x0c, common_name, strlen(common_name));

    value = FORGE_SEQUENCE(forge, forge_oid(forge, "2.5.4.3"), value);
    return FORGE_SEQUENCE(forge, FORGE_TAGGED(forge, 0x31, value));
}

struct bytes_view forge_algorithm(struct forge *forge, const char *oid)
{
    return FORGE_SEQUENCE(forge, forge_oid(forge, oid));
}

struct bytes_view forge_sha384(struct forge *forge, struct bytes_view data)
{
    uint8_t digest[DIGEST_BYTES];

    digest_of(data.data, data.size, digest);
    return forge_bytes(forge, digest, sizeof(digest));
}

struct bytes_view forge_flip(struct forge *forge, struct bytes_view data, size_t at)
{
    uint8_t *copy = take_memory(forge, data.size);

    memcpy(copy, data.data, data.size);
    copy[at] ^= 1;
    return bytes_view_of(copy, data.size);
}

/* ---- keys ---- */

static const struct {
    gnutls_pk_algorithm_t pk;
    unsigned bits;
    gnutls_sign_algorithm_t algorithm;
    const char *oid;
} key_rows[] = {
    [FORGE_P384] = {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1),
                    GNUTLS_SIGN_ECDSA_SHA384, OID_ECDSA_WITH_SHA384},
    [FORGE_P256] = {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
                    GNUTLS_SIGN_ECDSA_SHA384, OID_ECDSA_WITH_SHA384},
    [FORGE_RSA] = {GNUTLS_PK_RSA, 2048, GNUTLS_SIGN_RSA_SHA384, "1.2.840.113549.1.1.12"},
    [FORGE_P384_SHA1] = {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1),
                         GNUTLS_SIGN_ECDSA_SHA1, "1.2.840.10045.4.1"},
    [FORGE_P384_SHA256] = {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1),
                           GNUTLS_SIGN_ECDSA_SHA256, "1.2.840.10045.4.3.2"},
};

const struct forge_key *forge_key(struct forge *forge, enum forge_key_kind kind)
{
    struct forge_key *key = take_memory(forge, sizeof(*key));
    gnutls_pubkey_t public_key;
    gnutls_datum_t spki;

    must(gnutls_privkey_init(&key->handle), "key");
    forge->blocks->key = key->handle;
    must(gnutls_privkey_generate(key->handle, key_rows[kind].pk, key_rows[kind].bits, 0),
         "generate");
    must(gnutls_pubkey_init(&public_key), "public key");
    must(gnutls_pubkey_import_privkey(public_key, key->handle, 0, 0), "public key");
    must(gnutls_pubkey_export2(public_key, GNUTLS_X509_FMT_DER, &spki), "public key");
    key->spki = forge_bytes(forge, spki.data, spki.size);
    key->algorithm = key_rows[kind].algorithm;
    key->signature_oid = key_rows[kind].oid;
    gnutls_free(spki.data);
    gnutls_pubkey_deinit(public_key);
    return key;
}

struct bytes_view forge_sign_data(struct forge *forge, const struct forge_key *key,
                                  struct bytes_view data)
{
    gnutls_digest_algorithm_t algorithm = gnutls_sign_get_hash_algorithm(key->algorithm);
    uint8_t digest[64];
    gnutls_datum_t hash = {digest, gnutls_hash_get_len((gnutls_digest_algorithm_t)algorithm)};
    gnutls_datum_t signature;
    struct bytes_view result;

    must(gnutls_hash_fast(algorithm, data.data, data.size, digest), "hash");
    must(gnutls_privkey_sign_hash2(key->handle, key->algorithm, 0, &hash, &signature), "sign");
    result = forge_bytes(forge, signature.data, signature.size);
    gnutls_free(signature.data);
    return result;
}

/* ---- certificates ---- */

struct bytes_view forge_extension(struct forge *forge, const char *oid, bool critical,
                                  struct bytes_view value)
{
    static const uint8_t yes[] = {0x01, 0x01, 0xff};

    return FORGE_SEQUENCE(forge, forge_oid(forge, oid), bytes_view_of(yes, critical ? 3 : 0),
                          forge_primitive(forge, 0x04, value.data, value.size));
}

struct bytes_view forge_basic_constraints(struct forge *forge, bool critical, bool ca,
                                          int path_length)
{
    static const uint8_t yes[] = {0x01, 0x01, 0xff};
    struct bytes_view length = {0};

    if (path_length >= 0)
        length = forge_integer(forge, path_length);
    return forge_extension(forge, OID_BASIC_CONSTRAINTS, critical,
                           FORGE_SEQUENCE(forge, bytes_view_of(yes, ca ? 3 : 0), length));
}

struct bytes_view forge_key_usage(struct forge *forge, bool critical, uint16_t bits)
{
    uint8_t content[3] = {0, (uint8_t)(bits >> 8), (uint8_t)bits};
    size_t size = content[2] ? 3 : 2;

    while (!(content[size - 1] >> content[0] & 1))
        content[0]++;
    return forge_extension(forge, OID_KEY_USAGE, critical,
                           forge_primitive(forge, 0x03, content, size));
}

struct bytes_view forge_extended_key_usage(struct forge *forge, bool critical,
                                           const char *const *oids, size_t count)
{
    struct bytes_view purposes[8];

    for (size_t i = 0; i < count; i++)
        purposes[i] = forge_oid(forge, oids[i]);
    return forge_extension(forge, OID_EXTENDED_KEY_USAGE, critical,
                           forge_value(forge, 0x30, purposes, count));
}

static struct bytes_view key_identifier(struct forge *forge, const struct forge_key *key)
{
    struct bytes_view digest = forge_sha384(forge, key->spki);

    return bytes_view_of(digest.data, 20);
}

static void add_extensions(struct forge *forge, struct forge_profile *profile,
                           enum forge_place place, enum document_role role)
{
    static const uint16_t ca_usage = 0x0600, leaf_usage = 0x8000;
    struct bytes_view own = key_identifier(forge, profile->key);
    struct bytes_view issuers = profile->issuer ? profile->issuer->key_identifier : own;
    bool ca = place != FORGE_LEAF;
    const char *eku = document_role_row(role)->eku;

    profile->extensions[FORGE_BASIC_CONSTRAINTS] =
        forge_basic_constraints(forge, true, ca, place == FORGE_ISSUER ? 0 : -1);
    profile->extensions[FORGE_KEY_USAGE] = forge_key_usage(forge, true, ca ? ca_usage : leaf_usage);
    profile->extensions[FORGE_SUBJECT_KEY_ID] = forge_extension(
        forge, OID_SUBJECT_KEY_ID, false, forge_primitive(forge, 0x04, own.data, own.size));
    profile->extensions[FORGE_AUTHORITY_KEY_ID] = forge_extension(
        forge, OID_AUTHORITY_KEY_ID, false,
        FORGE_SEQUENCE(forge, forge_primitive(forge, 0x80, issuers.data, issuers.size)));
    if (!ca)
        profile->extensions[FORGE_EXTENDED_KEY_USAGE] =
            forge_extended_key_usage(forge, true, &eku, 1);
    profile->extension_count = ca ? FORGE_EXTENDED_KEY_USAGE : FORGE_EXTENDED_KEY_USAGE + 1;
}

struct forge_profile forge_profile(struct forge *forge, enum forge_place place, const char *name,
                                   const struct forge_certificate *issuer, enum document_role role)
{
    struct forge_profile profile = {.name = name, .issuer = issuer};
    const char *oid;

    profile.key = forge_key(forge, FORGE_P384);
    oid = (issuer ? issuer->key : profile.key)->signature_oid;
    profile.version = FORGE_TAGGED(forge, 0xa0, forge_integer(forge, 2));
    profile.serial = forge_integer(forge, forge->next_serial++);
    profile.not_before = forge_primitive(forge, 0x17, "260101000000Z", 13);
    profile.not_after =
        forge_primitive(forge, 0x17, place == FORGE_LEAF ? "270101000000Z" : "360101000000Z", 13);
    profile.algorithm = profile.outer_algorithm = forge_algorithm(forge, oid);
    profile.spki = profile.key->spki;
    profile.subject_name = forge_name(forge, name);
    profile.issuer_name = issuer ? issuer->name : profile.subject_name;
    add_extensions(forge, &profile, place, role);
    return profile;
}

const struct forge_certificate *forge_certify(struct forge *forge,
                                              const struct forge_profile *profile)
{
    struct forge_certificate *certificate = take_memory(forge, sizeof(*certificate));
    const struct forge_key *key = profile->issuer ? profile->issuer->key : profile->key;
    struct bytes_view extensions = {0}, signature, bits;
    static const uint8_t whole_bytes[] = {0};

    if (profile->extension_count > 0) {
        extensions = forge_value(forge, 0x30, profile->extensions, profile->extension_count);
        extensions = FORGE_TAGGED(forge, 0xa3, extensions);
    }
    certificate->tbs = FORGE_SEQUENCE(
        forge, profile->version, profile->serial, profile->algorithm, profile->issuer_name,
        FORGE_SEQUENCE(forge, profile->not_before, profile->not_after), profile->subject_name,
        profile->spki, profile->after_spki, extensions);
    signature = forge_sign_data(forge, key, certificate->tbs);
    if (profile->bad_signature)
        signature = forge_flip(forge, signature, signature.size - 1);
    bits = FORGE_TAGGED(forge, 0x03, bytes_view_of(whole_bytes, 1), signature);
    certificate->der = FORGE_SEQUENCE(forge, certificate->tbs, profile->outer_algorithm, bits);
    certificate->name = profile->subject_name;
    certificate->serial = profile->serial;
    certificate->key = profile->key;
    certificate->issuer = profile->issuer;
    certificate->key_identifier = key_identifier(forge, profile->key);
    return certificate;
}

const struct forge_certificate *forge_certificate(struct forge *forge, enum forge_place place,
                                                  const char *name,
                                                  const struct forge_certificate *issuer,
                                                  enum document_role role)
{
    struct forge_profile profile = forge_profile(forge, place, name, issuer, role);

    return forge_certify(forge, &profile);
}

struct forge_site forge_site(void)
{
    struct forge_site site = {.forge = forge_new()};

    site.root = forge_certificate(site.forge, FORGE_ROOT, "Root CA", NULL, ROLE_ROOT);
    site.issuer = forge_certificate(site.forge, FORGE_ISSUER, "Issuing CA", site.root, ROLE_ROOT);
    for (int role = 0; role < ROLE_COUNT; role++)
        site.leaves[role] = forge_certificate(
            site.forge, FORGE_LEAF, document_role_row((enum document_role)role)->name,
            role == ROLE_ROOT ? site.root : site.issuer, (enum document_role)role);
    return site;
}

const char *forge_pem(struct forge *forge, const struct forge_certificate *certificate)
{
    gnutls_datum_t der = {(unsigned char *)(uintptr_t)certificate->der.data,
                          (unsigned)certificate->der.size};
    gnutls_datum_t pem;
    struct bytes_view copy;

    must(gnutls_pem_base64_encode2("CERTIFICATE", &der, &pem), "PEM");
    copy = forge_bytes(forge, pem.data, pem.size + 1); /* GnuTLS ends it with NUL */
    gnutls_free(pem.data);
    return (const char *)copy.data;
}

const char *forge_key_pem(struct forge *forge, const struct forge_key *key)
{
    gnutls_x509_privkey_t exported;
    gnutls_datum_t pem;
    struct bytes_view copy;

    must(gnutls_privkey_export_x509(key->handle, &exported), "export");
    must(gnutls_x509_privkey_export2(exported, GNUTLS_X509_FMT_PEM, &pem), "export");
    copy = forge_bytes(forge, pem.data, pem.size + 1);
    gnutls_free(pem.data);
    gnutls_x509_privkey_deinit(exported);
    return (const char *)copy.data;
}
