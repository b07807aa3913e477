/* SPDX-License-Identifier: ISC */
#include "media/trust.h"

#include <stdlib.h>
#include <string.h>

#include "media/trust-case.h"

void trust_authority_clear(struct trust_authority *authority)
{
    root_clear(&authority->root);
    memset(authority, 0, sizeof(*authority));
}

/* Reads a root document's JSON into an authority. */
static int authority_read(const struct trust_case *judged, struct bytes_view document,
                          struct trust_authority *authority, struct error *err)
{
    int result;

    memset(authority, 0, sizeof(*authority));
    memcpy(authority->digest, judged->verdict->digest, DIGEST_BYTES);
    digest_of(document.data, document.size, authority->document);
    result = root_parse(judged->cms.content, &authority->root, err);
    for (size_t i = 0; i < authority->root.root_count && result == 0; i++) {
        result = chain_add_root(&authority->roots, bytes_view(&authority->root.roots[i]), err);
        if (result != 0)
            error_context(err, "roots[%zu]", i);
    }
    return result;
}

/* How many signers count, and which roots issued one of them. */
struct tally {
    uint64_t count;
    bool issued[LIMIT_ROOT_CERTIFICATES];
};

static void tally_add(struct tally *tally, size_t root)
{
    tally->count++;
    tally->issued[root] = true;
}

/* Whether signer i counts for an authority: its chain, its pin, its revocation, and the same of its
 * token under `token_authority`. NULL: the token's chain isn't asked for. */
static int judge_signer(const struct trust *trust, const struct trust_case *judged,
                        const struct trust_authority *authority,
                        const struct trust_authority *token_authority, size_t i,
                        struct tally *tally, struct error *err)
{
    const struct certificate *path[LIMIT_CHAIN_CERTIFICATES];
    size_t count = cms_path(&judged->cms, i, path);
    size_t root = 0;
    int result = chain_verify(&authority->roots, path, count, ROLE_ROOT, trust_case_time(judged, i),
                              &root, err);

    if (result == 0 && token_authority != NULL)
        result = trust_case_token_chain(judged, token_authority, i, err);
    if (result == 0 && token_authority != NULL)
        result = trust_case_token_pin(judged, &token_authority->root, i, err);
    if (result == 0)
        result = trust_case_pin(judged, &authority->root, i, err);
    if (result == 0)
        result = trust_case_revocation(trust, judged, i, err);
    if (result == 0)
        tally_add(tally, root);
    return result;
}

static int check_own_tally(const struct trust_authority *own, const struct tally *tally,
                           struct error *err)
{
    if (tally->count < own->root.roles[ROLE_ROOT].threshold)
        return error_set(err, ERROR_ROOT_UNSIGNED, "%llu of %llu signatures by its own roots",
                         (unsigned long long)tally->count,
                         (unsigned long long)own->root.roles[ROLE_ROOT].threshold);
    for (size_t i = 0; i < own->roots.count; i++) {
        if (!tally->issued[i])
            return error_set(err, ERROR_ROOT_UNSIGNED, "roots[%zu] issued none of the signers", i);
    }
    return 0;
}

static int check_previous_tally(const struct trust_authority *previous, const struct tally *tally,
                                struct error *err)
{
    if (tally->count >= previous->root.roles[ROLE_ROOT].threshold)
        return 0;
    return error_set(err, ERROR_ROOT_UNSIGNED, "%llu of %llu signatures by root document %llu",
                     (unsigned long long)tally->count,
                     (unsigned long long)previous->root.roles[ROLE_ROOT].threshold,
                     (unsigned long long)previous->root.version);
}

/* The steps that need no authority. */
static int judge_form(struct trust_case *judged, struct bytes_view document, struct error *err)
{
    int result = trust_case_parse(judged, document, err);

    if (result == 0)
        result = trust_case_verify(judged, err);
    if (result == 0)
        result = trust_case_timestamps(judged, err);
    return result;
}

/* A document that its giver trusts already. Signers of the version before are in it too, and their
 * roots may be gone: who doesn't count for its own roots is passed over. */
static int judge_first(struct trust *trust, struct trust_case *judged, struct bytes_view document,
                       struct error *err)
{
    struct tally tally = {0};
    int result = judge_form(judged, document, err);

    if (result == 0)
        result = authority_read(judged, document, &trust->authority, err);
    if (result != 0)
        return result;
    for (size_t i = 0; i < judged->cms.signer_count; i++) {
        struct error ignored = {0};

        (void)!judge_signer(trust, judged, &trust->authority, NULL, i, &tally, &ignored);
    }
    return check_own_tally(&trust->authority, &tally, err);
}

int trust_new(struct bytes_view root_document, struct trust **trust, struct error *err)
{
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    struct trust_case *judged = trust_case_new(DOCUMENT_ROOT, verdict);
    struct trust *made = bytes_allocate(1, sizeof(*made));
    int result = judge_first(made, judged, root_document, err);

    *trust = NULL;
    if (result == 0)
        result = trust_learn_roots(made, err);
    if (result == 0) {
        *trust = made;
        made = NULL;
    }
    trust_free(made);
    trust_case_free(judged);
    free(verdict);
    return result;
}

/* Every signer must count for the old roots or for the new ones. The version before binds a
 * signer's time as well: its token ends in the old roots. For the new side either will do, the
 * content being signed by the old side then. */
static int count_signers(const struct trust *trust, struct trust_case *judged,
                         const struct trust_authority *next, struct error *err)
{
    const struct trust_authority *previous = &trust->authority;
    struct tally old_tally = {0}, own_tally = {0};

    for (size_t i = 0; i < judged->cms.signer_count; i++) {
        struct error first = {0}, ignored = {0};
        bool counts = judge_signer(trust, judged, previous, previous, i, &old_tally, &first) == 0;

        if (judge_signer(trust, judged, next, previous, i, &own_tally, &ignored) == 0 ||
            judge_signer(trust, judged, next, next, i, &own_tally, &ignored) == 0)
            counts = true;
        if (!counts) {
            *err = first;
            return -(int)err->code;
        }
    }
    if (check_previous_tally(previous, &old_tally, err) != 0)
        return -(int)err->code;
    return check_own_tally(next, &own_tally, err);
}

static void accept_root(struct trust_case *judged)
{
    struct trust_verdict *verdict = judged->verdict;

    verdict->chain_verified = verdict->revocation_checked = true;
    verdict->role_verified = verdict->threshold_met = true;
    trust_case_accept(judged);
}

static int follow_next(struct trust *trust, struct trust_case *judged, struct trust_authority *next,
                       struct error *err)
{
    int result = trust_case_window(judged, &trust->authority.root, err);

    if (result == 0)
        result = count_signers(trust, judged, next, err);
    if (result != 0)
        return result;
    trust_authority_clear(&trust->authority);
    trust->authority = *next;
    memset(next, 0, sizeof(*next));
    result = trust_learn_roots(trust, err);
    if (result != 0)
        return result;
    accept_root(judged);
    return 0;
}

/* The newest one again. The very bytes that were trusted need no second judgement. Others with the
 * same content (signed once more, or meddled with) are judged like a stranger's: nothing of them is
 * believed because their content is known. */
static int follow_same(const struct trust *trust, struct trust_case *judged,
                       const struct trust_authority *same, struct error *err)
{
    const struct trust_authority *known = &trust->authority;
    struct tally tally = {0};
    int result;

    if (memcmp(same->digest, known->digest, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_EQUIVOCATION, "another root document %llu is known",
                         (unsigned long long)known->root.version);
    result = trust_case_window(judged, &known->root, err);
    if (result == 0 && memcmp(same->document, known->document, DIGEST_BYTES) != 0) {
        for (size_t i = 0; i < judged->cms.signer_count && result == 0; i++)
            result = judge_signer(trust, judged, known, known, i, &tally, err);
        if (result == 0)
            result = check_own_tally(known, &tally, err);
    }
    if (result == 0)
        accept_root(judged);
    return result;
}

/* Which of the documents is it? Its JSON has to be read to know, before its signers are known to
 * count: it is strict and bounded, and nothing is taken from it but the version. */
static int follow(struct trust *trust, struct trust_case *judged, struct bytes_view document,
                  struct error *err)
{
    struct trust_authority *next = bytes_allocate(1, sizeof(*next));
    int result = judge_form(judged, document, err);
    uint64_t known = trust->authority.root.version;

    if (result == 0)
        result = authority_read(judged, document, next, err);
    if (result != 0)
        goto out;
    if (next->root.version == known)
        result = follow_same(trust, judged, next, err);
    else if (next->root.version == known + 1)
        result = follow_next(trust, judged, next, err);
    else if (next->root.version > known)
        result = error_set(err, ERROR_ROOT_GAP, "root document %llu after %llu",
                           (unsigned long long)next->root.version, (unsigned long long)known);
out:
    trust_authority_clear(next);
    free(next);
    return result;
}

int trust_follow(struct trust *trust, struct bytes_view root_document,
                 struct trust_verdict *verdict, struct error *err)
{
    struct trust_verdict *own = verdict != NULL ? NULL : bytes_allocate(1, sizeof(*own));
    struct trust_case *judged = trust_case_new(DOCUMENT_ROOT, verdict != NULL ? verdict : own);
    int result = follow(trust, judged, root_document, err);

    judged->verdict->code = result == 0 ? ERROR_OK : err->code;
    trust_case_free(judged);
    free(own);
    return result;
}
