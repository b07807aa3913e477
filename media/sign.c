/* SPDX-License-Identifier: ISC */
#include "media/sign.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/cms.h"
#include "media/der.h"
#include "media/sign-cms.h"
#include "media/sign-timestamp.h"
#include "media/timestamp.h"

/* One signing in progress. infos[] owns what signers[] borrows from. */
struct signing {
    const struct document_row *row;
    size_t count;
    struct bytes infos[LIMIT_SIGNERS];
    struct sign_signer signers[LIMIT_SIGNERS];
};

static struct signing *signing_new(enum document_kind kind)
{
    struct signing *signing = bytes_allocate(1, sizeof(*signing));

    signing->row = document_row(kind);
    return signing;
}

static void signing_free(struct signing *signing)
{
    for (size_t i = 0; i < signing->count; i++)
        bytes_clear(&signing->infos[i]);
    free(signing);
}

static int check_leaf(const struct key *key, const struct document_row *row, struct error *err)
{
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];
    struct certificate leaf;
    int result;

    if (key_path(key, path) == 0)
        return error_set(err, ERROR_USAGE, "the signing key came without its certificate");
    result = certificate_parse(path[0], &leaf, err);
    if (result < 0)
        return result;
    if (leaf.extended_key_usage_count != 1 ||
        !der_oid_is(leaf.extended_key_usage, document_role_row(row->role)->eku))
        return error_set(err, ERROR_WRONG_ROLE, "a %s is signed by the role %s, not by this key",
                         row->name, document_role_row(row->role)->name);
    return 0;
}

static int add_info(struct signing *signing, const struct sign_statement *statement,
                    const struct sign_timestamper *timestamper, struct error *err)
{
    struct bytes *info = &signing->infos[signing->count];
    struct bytes signature, token;
    int result;

    bytes_init(info, SIGN_INFO_BYTES);
    bytes_init(&signature, SIGN_SIGNATURE_BYTES);
    bytes_init(&token, LIMIT_TOKEN_BYTES);
    result = sign_cms_statement(statement, &signature, err);
    if (result == 0 && signing->row->timestamped)
        result = sign_timestamp(timestamper, bytes_view(&signature), &token, err);
    if (result == 0)
        result = sign_cms_info(statement, bytes_view(&signature), bytes_view(&token), info, err);
    if (result == 0) {
        struct sign_signer *signer = &signing->signers[signing->count++];

        signer->info = bytes_view(info);
        signer->path_count = key_path(statement->key, signer->path);
    } else {
        bytes_clear(info);
    }
    bytes_clear(&signature);
    bytes_clear(&token);
    return result;
}

static int add_signature(struct signing *signing, const struct key *key, struct bytes_view json,
                         const struct sign_timestamper *timestamper, struct error *err)
{
    struct sign_statement statement = {
        .key = key, .content_type = signing->row->oid, .signing_time_us = instant_clock()};
    int result;

    if (signing->count == LIMIT_SIGNERS)
        return error_set(err, ERROR_LIMIT, "more than SIGNERS, %d", LIMIT_SIGNERS);
    if (signing->row->timestamped && timestamper == NULL)
        return error_set(err, ERROR_TIMESTAMP_MISSING, "no timestamp authority was named");
    result = check_leaf(key, signing->row, err);
    if (result < 0)
        return result;
    digest_of(json.data, json.size, statement.content_digest);
    return add_info(signing, &statement, timestamper, err);
}

static int check_certificates(const struct certificate *const *path, size_t count, int64_t time_us,
                              struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (time_us < path[i]->not_before_us || time_us > path[i]->not_after_us)
            return error_set(err, ERROR_NOT_VALID_THEN,
                             "certificate %zu of the path is not valid now", i + 1);
        if (i + 1 < count) {
            int result = certificate_verify(path[i], path[i + 1], err);

            if (result < 0)
                return error_context(err, "certificate %zu of the path", i + 1);
        }
    }
    return 0;
}

/* The time that counts for one signer: its token's, else its own claim. */
static int check_signer(const struct cms *cms, size_t signer, int64_t *time_us, struct error *err)
{
    const struct certificate *path[LIMIT_CHAIN_CERTIFICATES];
    const struct cms_signer *from = &cms->signers[signer];
    struct timestamp *timestamp = NULL;
    int result = 0;

    *time_us = from->signing_time_us;
    if (from->token.size > 0) {
        timestamp = bytes_allocate(1, sizeof(*timestamp));
        result = timestamp_parse(from->token, timestamp, err);
        if (result == 0)
            result = timestamp_verify(timestamp, from->signature, err);
        if (result == 0)
            result = timestamp_check_window(timestamp->info.time_us, from->signing_time_us,
                                            SIGN_WINDOW_BEFORE_US, SIGN_WINDOW_AFTER_US, err);
        *time_us = timestamp->info.time_us;
        if (result == 0)
            result = check_certificates(path, timestamp_path(timestamp, path), *time_us, err);
    }
    if (result == 0)
        result = check_certificates(path, cms_path(cms, signer, path), *time_us, err);
    free(timestamp);
    return result;
}

/* Nothing is handed out that the reading side would refuse. Only the root is unknown here. */
static int check_result(enum document_kind kind, struct bytes_view document, int64_t *time_us,
                        struct error *err)
{
    struct cms_profile profile = cms_profile_of(kind);
    struct cms *cms = bytes_allocate(1, sizeof(*cms));
    int64_t earliest_us = INT64_MAX;
    int result = cms_parse(&profile, document, cms, err);

    if (result == 0)
        result = cms_verify(cms, err);
    for (size_t i = 0; result == 0 && i < cms->signer_count; i++) {
        int64_t signer_us = 0;

        result = check_signer(cms, i, &signer_us, err);
        if (signer_us < earliest_us)
            earliest_us = signer_us;
    }
    if (result == 0 && time_us != NULL)
        *time_us = earliest_us;
    free(cms);
    return result < 0 ? error_context(err, "own %s", document_row(kind)->name) : 0;
}

static int finish(struct signing *signing, struct bytes_view json, struct bytes *document,
                  int64_t *time_us, struct error *err)
{
    struct bytes whole;
    int result;

    bytes_init(&whole, signing->row->limit);
    result = sign_cms_whole(signing->row->oid, json, signing->signers, signing->count, &whole, err);
    if (result < 0)
        result = error_context(err, "%s document", signing->row->name);
    if (result == 0)
        result = check_result(signing->row->kind, bytes_view(&whole), time_us, err);
    if (result == 0)
        result = bytes_put(document, whole.data, whole.size, err);
    bytes_clear(&whole);
    return result;
}

static int check_distinct(const struct key *const *keys, size_t count, struct error *err)
{
    uint8_t ids[LIMIT_SIGNERS][DIGEST_BYTES];

    if (count == 0 || count > LIMIT_SIGNERS)
        return error_set(err, ERROR_LIMIT, "%zu signing keys; 1 to SIGNERS, %d", count,
                         LIMIT_SIGNERS);
    for (size_t i = 0; i < count; i++) {
        int result = key_id(keys[i], ids[i], err);

        if (result < 0)
            return result;
        for (size_t j = 0; j < i; j++) {
            if (memcmp(ids[i], ids[j], DIGEST_BYTES) == 0)
                return error_set(err, ERROR_SAME_KEY_TWICE, "keys %zu and %zu are the same", j + 1,
                                 i + 1);
        }
    }
    return 0;
}

int sign_document(enum document_kind kind, struct bytes_view json, const struct key *const *keys,
                  size_t key_count, const struct sign_timestamper *timestamper,
                  struct bytes *document, int64_t *time_us, struct error *err)
{
    struct signing *signing = signing_new(kind);
    int result = check_distinct(keys, key_count, err);

    for (size_t i = 0; result == 0 && i < key_count; i++)
        result = add_signature(signing, keys[i], json, timestamper, err);
    if (result == 0)
        result = finish(signing, json, document, time_us, err);
    signing_free(signing);
    return result;
}

/* The SignerInfos of a document that cms_parse has taken: they stand in the order of cms->signers.
 */
static int find_infos(struct bytes_view document, struct bytes_view *infos, struct error *err)
{
    struct der_value value = {0};
    struct bytes_view inside = document;
    int result = der_get_tag(&inside, DER_SEQUENCE, ERROR_BAD_CMS, "ContentInfo", &value, err);

    inside = value.content;
    if (result == 0)
        result = der_get_tag(&inside, DER_OID, ERROR_BAD_CMS, "contentType", &value, err);
    if (result == 0)
        result = der_get_tag(&inside, DER_CONTEXT_OF(0), ERROR_BAD_CMS, "content", &value, err);
    inside = value.content;
    if (result == 0)
        result = der_get_tag(&inside, DER_SEQUENCE, ERROR_BAD_CMS, "SignedData", &value, err);
    inside = value.content;
    while (result == 0 && inside.size > 0)
        result = der_get(&inside, &value, err); /* signerInfos is the last field */
    *infos = value.content;
    return result;
}

static int take_signer(struct signing *signing, const struct cms *cms, struct bytes_view info,
                       const uint8_t new_key[static DIGEST_BYTES], struct error *err)
{
    const struct certificate *path[LIMIT_CHAIN_CERTIFICATES];
    struct sign_signer *signer = &signing->signers[signing->count];
    struct bytes *copy = &signing->infos[signing->count];
    uint8_t id[DIGEST_BYTES];
    int result;

    signer->path_count = cms_path(cms, signing->count, path);
    for (size_t i = 0; i < signer->path_count; i++)
        signer->path[i] = path[i]->der;
    certificate_key_id(path[0], id);
    if (memcmp(id, new_key, DIGEST_BYTES) == 0)
        return error_set(err, ERROR_SAME_KEY_TWICE, "this key has signed the document before");
    bytes_init(copy, SIGN_INFO_BYTES);
    signing->count++;
    result = bytes_put(copy, info.data, info.size, err);
    signer->info = bytes_view(copy);
    return result;
}

static int take_signers(struct signing *signing, struct bytes_view before, const struct cms *cms,
                        const struct key *key, struct error *err)
{
    uint8_t new_key[DIGEST_BYTES];
    struct bytes_view infos = {0};
    struct der_value info;
    int result = key_id(key, new_key, err);

    if (result == 0)
        result = find_infos(before, &infos, err);
    while (result == 0 && infos.size > 0) {
        result = der_get(&infos, &info, err);
        if (result == 0)
            result = take_signer(signing, cms, info.whole, new_key, err);
    }
    return result;
}

int sign_again(enum document_kind kind, struct bytes_view before, const struct key *key,
               const struct sign_timestamper *timestamper, struct bytes *document, int64_t *time_us,
               struct error *err)
{
    struct cms_profile profile = cms_profile_of(kind);
    struct signing *signing = signing_new(kind);
    struct cms *cms = bytes_allocate(1, sizeof(*cms));
    int result = cms_parse(&profile, before, cms, err);

    /* Nobody adds a name to what does not verify. */
    if (result == 0)
        result = cms_verify(cms, err);
    if (result == 0)
        result = take_signers(signing, before, cms, key, err);
    if (result == 0)
        result = add_signature(signing, key, cms->content, timestamper, err);
    if (result == 0)
        result = finish(signing, cms->content, document, time_us, err);
    signing_free(signing);
    free(cms);
    return result;
}
