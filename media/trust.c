/* SPDX-License-Identifier: ISC */
#include "media/trust.h"

#include <stdlib.h>

#include "media/base/instant.h"
#include "media/trust-case.h"

/* What a step may look at. */
struct judgement {
    struct trust *trust;
    struct trust_case *judged;
    const char *ring;
    struct bytes_view document;
};

static int step_parse(struct judgement *at, struct error *err)
{
    return trust_case_parse(at->judged, at->document, err);
}

static int step_verify(struct judgement *at, struct error *err)
{
    return trust_case_verify(at->judged, err);
}

static int step_timestamps(struct judgement *at, struct error *err)
{
    return trust_case_timestamps(at->judged, err);
}

static int step_window(struct judgement *at, struct error *err)
{
    return trust_case_window(at->judged, &at->trust->authority.root, err);
}

static int step_chain(struct judgement *at, struct error *err)
{
    struct trust_verdict *verdict = at->judged->verdict;
    int result = 0;

    for (size_t i = 0; i < verdict->signer_count && result == 0; i++) {
        result = trust_case_chain(at->judged, &at->trust->authority, i, NULL, err);
        if (result == 0)
            result = trust_learn_case(at->trust, at->judged, i, err);
    }
    verdict->chain_verified = result == 0;
    return result;
}

static int step_revocation(struct judgement *at, struct error *err)
{
    struct trust_verdict *verdict = at->judged->verdict;
    int result = 0;

    for (size_t i = 0; i < verdict->signer_count && result == 0; i++)
        result = trust_case_revocation(at->trust, at->judged, i, err);
    verdict->revocation_checked = result == 0;
    return result;
}

/* A root document bounds what may be signed under it; compared with the document's own time, never
 * with a clock. */
static int check_root_expiry(const struct judgement *at, struct error *err)
{
    const struct root_document *root = &at->trust->authority.root;
    char text[INSTANT_TEXT_BYTES];

    if (at->judged->verdict->time_us <= root->expires_us)
        return 0;
    return error_set(err, ERROR_EXPIRED, "signed after root document %llu expired at %s",
                     (unsigned long long)root->version, instant_format(root->expires_us, text));
}

static int step_role(struct judgement *at, struct error *err)
{
    const struct root_document *root = &at->trust->authority.root;
    struct trust_verdict *verdict = at->judged->verdict;
    int result = 0;

    for (size_t i = 0; i < verdict->signer_count && result == 0; i++)
        result = trust_case_pin(at->judged, root, i, err);
    for (size_t i = 0; i < verdict->signer_count && result == 0; i++)
        result = trust_case_token_pin(at->judged, root, i, err);
    if (result == 0)
        result = check_root_expiry(at, err);
    verdict->role_verified = result == 0;
    return result;
}

static int step_threshold(struct judgement *at, struct error *err)
{
    const struct root_document *root = &at->trust->authority.root;
    struct trust_verdict *verdict = at->judged->verdict;
    uint64_t threshold = root->roles[document_row(verdict->kind)->role].threshold;

    if (verdict->kind == DOCUMENT_SET) {
        const struct root_ring *ring = at->ring != NULL ? root_ring(root, at->ring) : NULL;

        if (ring == NULL)
            return error_set(err, ERROR_WRONG_RING, "root document %llu knows no such ring",
                             (unsigned long long)root->version);
        threshold = ring->threshold;
    }
    /* Keys are distinct (trust_case_verify): signers are people. */
    if (verdict->signer_count < threshold)
        return error_set(err, ERROR_THRESHOLD, "%zu of %llu signatures", verdict->signer_count,
                         (unsigned long long)threshold);
    verdict->threshold_met = true;
    return 0;
}

/* sallyport-architecture.7, What makes a document good: in that order. Each step sets its own flags. */
static int (*const steps[])(struct judgement *at, struct error *err) = {
    step_parse, step_verify,     step_timestamps, step_window,
    step_chain, step_revocation, step_role,       step_threshold,
};

static int judge(struct judgement *at, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && result == 0; i++)
        result = steps[i](at, err);
    if (result == 0)
        trust_case_accept(at->judged);
    return result;
}

int trust_judge(struct trust *trust, enum document_kind kind, const char *ring,
                struct bytes_view document, struct trust_verdict *verdict, struct error *err)
{
    struct judgement at = {.trust = trust, .ring = ring, .document = document};
    int result;

    at.judged = trust_case_new(kind, verdict);
    if (kind == DOCUMENT_PACKAGE || kind == DOCUMENT_SET || kind == DOCUMENT_EXPORT)
        result = judge(&at, err);
    else
        result = error_set(err, ERROR_WRONG_KIND, "a %s document is not judged here",
                           document_row(kind)->name);
    if (result != 0)
        verdict->code = err->code;
    trust_case_free(at.judged);
    return result;
}

void trust_free(struct trust *trust)
{
    if (trust == NULL)
        return;
    trust_clear_lists(trust);
    trust_authority_clear(&trust->authority);
    free(trust);
}

const struct root_document *trust_root(const struct trust *trust)
{
    return &trust->authority.root;
}
