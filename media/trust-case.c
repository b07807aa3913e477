/* SPDX-License-Identifier: ISC */
#include "media/trust-case.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"

/* Fewer stolen keys than the threshold can't make an old document look new. */
#define SPREAD_US (7 * INSTANT_DAY_US)

struct trust_case *trust_case_new(enum document_kind kind, struct trust_verdict *verdict)
{
    struct trust_case *judged = bytes_allocate(1, sizeof(*judged));

    memset(verdict, 0, sizeof(*verdict));
    verdict->kind = kind;
    /* Default no: a verdict that nobody finished is no acceptance. */
    verdict->code = ERROR_INTERNAL;
    judged->kind = kind;
    judged->timestamped = document_row(kind)->timestamped;
    judged->verdict = verdict;
    return judged;
}

void trust_case_free(struct trust_case *judged)
{
    free(judged->timestamps);
    free(judged);
}

static void describe_signers(struct trust_case *judged)
{
    struct trust_verdict *verdict = judged->verdict;

    verdict->signer_count = judged->cms.signer_count;
    for (size_t i = 0; i < judged->cms.signer_count; i++) {
        const struct cms_signer *from = &judged->cms.signers[i];
        const struct certificate *leaf = &judged->cms.certificates[from->path[0]];
        struct trust_signer *to = &verdict->signers[i];

        certificate_name(leaf, to->name);
        certificate_key_id(leaf, to->key_id);
        to->signing_time_us = from->signing_time_us;
        to->signature = from->signature;
        to->token = from->token;
    }
}

int trust_case_parse(struct trust_case *judged, struct bytes_view document, struct error *err)
{
    const struct cms_profile profile = cms_profile_of(judged->kind);
    struct trust_verdict *verdict = judged->verdict;
    int result;

    if (document.size > profile.limit)
        return error_set(err, ERROR_LIMIT, "%s document of %zu bytes, the limit is %zu",
                         document_row(judged->kind)->name, document.size, profile.limit);
    verdict->size_checked = true;
    result = cms_parse(&profile, document, &judged->cms, err);
    verdict->der_checked = result != -(int)ERROR_NOT_DER && result != -(int)ERROR_LIMIT;
    if (result != 0)
        return result;
    verdict->profile_checked = true;
    digest_of(judged->cms.content.data, judged->cms.content.size, verdict->digest);
    describe_signers(judged);
    return 0;
}

int trust_case_verify(struct trust_case *judged, struct error *err)
{
    int result = cms_verify(&judged->cms, err);

    judged->verdict->signature_verified = result == 0;
    return result;
}

/* An authority whose key also signs documents could give its own signatures any time. */
static int check_token_key(const struct trust_case *judged, size_t i, struct error *err)
{
    const struct certificate *path[LIMIT_CHAIN_CERTIFICATES];
    uint8_t key_id[DIGEST_BYTES];

    (void)timestamp_path(&judged->timestamps[i], path);
    certificate_key_id(path[0], key_id);
    for (size_t j = 0; j < judged->cms.signer_count; j++) {
        if (memcmp(key_id, judged->verdict->signers[j].key_id, DIGEST_BYTES) == 0)
            return error_set(err, ERROR_SAME_KEY_TWICE, "the timestamp's key signed the document");
    }
    return 0;
}

static int check_token(struct trust_case *judged, size_t i, struct error *err)
{
    struct timestamp *timestamp = &judged->timestamps[i];
    int result = timestamp_parse(judged->cms.signers[i].token, timestamp, err);

    if (result == 0)
        result = timestamp_verify(timestamp, judged->cms.signers[i].signature, err);
    if (result == 0)
        result = check_token_key(judged, i, err);
    if (result == 0)
        judged->verdict->signers[i].timestamp_us = timestamp->info.time_us;
    return result;
}

static void take_earliest(struct trust_case *judged)
{
    struct trust_verdict *verdict = judged->verdict;

    verdict->time_us = trust_case_time(judged, 0);
    for (size_t i = 1; i < judged->cms.signer_count; i++) {
        if (trust_case_time(judged, i) < verdict->time_us)
            verdict->time_us = trust_case_time(judged, i);
    }
}

int trust_case_timestamps(struct trust_case *judged, struct error *err)
{
    int result = 0;

    if (judged->timestamped) {
        judged->timestamps = bytes_allocate(judged->cms.signer_count, sizeof(*judged->timestamps));
        for (size_t i = 0; i < judged->cms.signer_count && result == 0; i++)
            result = check_token(judged, i, err);
        judged->verdict->timestamp_verified = result == 0;
    }
    if (result == 0)
        take_earliest(judged);
    return result;
}

int trust_case_window(const struct trust_case *judged, const struct root_document *root,
                      struct error *err)
{
    int result = 0;

    if (!judged->timestamped)
        return 0;
    for (size_t i = 0; i < judged->cms.signer_count && result == 0; i++) {
        int64_t time_us = trust_case_time(judged, i);

        result = timestamp_check_window(time_us, judged->cms.signers[i].signing_time_us,
                                        root->window_before_us, root->window_after_us, err);
        if (result == 0 && time_us - judged->verdict->time_us > SPREAD_US)
            result = error_set(err, ERROR_TIMESTAMP_WINDOW,
                               "the signers' timestamps lie more than 7 days apart");
    }
    judged->verdict->window_checked = result == 0;
    return result;
}

int64_t trust_case_time(const struct trust_case *judged, size_t i)
{
    return judged->timestamped ? judged->timestamps[i].info.time_us
                               : judged->cms.signers[i].signing_time_us;
}

int trust_case_token_chain(const struct trust_case *judged, const struct trust_authority *authority,
                           size_t i, struct error *err)
{
    const struct certificate *path[LIMIT_CHAIN_CERTIFICATES];
    size_t count;

    if (!judged->timestamped)
        return 0;
    count = timestamp_path(&judged->timestamps[i], path);
    if (chain_verify(&authority->roots, path, count, ROLE_TIMESTAMP, trust_case_time(judged, i),
                     NULL, err) != 0)
        return error_context(err, "timestamp authority");
    return 0;
}

int trust_case_chain(const struct trust_case *judged, const struct trust_authority *authority,
                     size_t i, size_t *root, struct error *err)
{
    const struct certificate *path[LIMIT_CHAIN_CERTIFICATES];
    size_t count = cms_path(&judged->cms, i, path);
    int result = chain_verify(&authority->roots, path, count, document_row(judged->kind)->role,
                              trust_case_time(judged, i), root, err);

    return result != 0 ? result : trust_case_token_chain(judged, authority, i, err);
}

static int check_pin(const struct root_document *root, enum document_role kind,
                     const uint8_t key_id[static DIGEST_BYTES], struct error *err)
{
    const struct root_role *role = &root->roles[kind];

    for (size_t i = 0; i < role->pin_count; i++) {
        if (memcmp(role->pins[i], key_id, DIGEST_BYTES) == 0)
            return 0;
    }
    if (role->pin_count == 0)
        return 0;
    return error_set(err, ERROR_WRONG_ROLE, "the root document does not pin this key for %s",
                     document_role_row(kind)->name);
}

int trust_case_pin(const struct trust_case *judged, const struct root_document *root, size_t i,
                   struct error *err)
{
    return check_pin(root, document_row(judged->kind)->role, judged->verdict->signers[i].key_id,
                     err);
}

int trust_case_token_pin(const struct trust_case *judged, const struct root_document *root,
                         size_t i, struct error *err)
{
    const struct certificate *path[LIMIT_CHAIN_CERTIFICATES];
    uint8_t key_id[DIGEST_BYTES];

    if (!judged->timestamped)
        return 0;
    (void)timestamp_path(&judged->timestamps[i], path);
    certificate_key_id(path[0], key_id);
    return check_pin(root, ROLE_TIMESTAMP, key_id, err);
}

void trust_case_accept(struct trust_case *judged)
{
    struct trust_verdict *verdict = judged->verdict;

    verdict->content = judged->cms.content;
    verdict->code = ERROR_OK;
    verdict->accepted = true;
}
