/* SPDX-License-Identifier: ISC */
#include "mirror/withdrawal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "mirror/belief.h"
#include "mirror/decision.h"
#include "mirror/package-list.h"
#include "mirror/pending.h"
#include "mirror/reissue.h"

/* Keeps those of `all` that have the content of one which has the version. */
static void keep_content(struct withdrawal *withdrawal, const struct catalog_package *all,
                         size_t count)
{
    withdrawal->packages = bytes_allocate(count + 1, sizeof(*withdrawal->packages));
    for (size_t i = 0; i < count; i++) {
        bool bad = false;

        for (size_t j = 0; j < count && !bad; j++)
            bad = strcmp(all[i].type, withdrawal->type) == 0 &&
                  strcmp(all[j].type, withdrawal->type) == 0 &&
                  strcmp(all[j].version, withdrawal->version) == 0 &&
                  memcmp(all[i].recipe, all[j].recipe, DIGEST_BYTES) == 0;
        if (bad)
            withdrawal->packages[withdrawal->count++] = all[i];
    }
}

static bool same_words(const struct withdrawal *withdrawal, const struct decision_withdrawn *row)
{
    return strcmp(withdrawal->reason, row->reason) == 0 &&
           strcmp(withdrawal->link, row->link) == 0 && withdrawal->harmful == row->harmful;
}

/* What an earlier run decided. Its words are signed by now, or soon: they stand. */
static int compare_known(struct withdrawal *withdrawal, const struct decision_withdrawn *rows,
                         size_t count, struct error *err)
{
    const struct decision_withdrawn *before = NULL;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].type, withdrawal->type) == 0 &&
            strcmp(rows[i].version, withdrawal->version) == 0)
            before = &rows[i];
    }
    for (size_t i = 0; i < withdrawal->count; i++)
        withdrawal->known += decision_find(rows, count, withdrawal->packages[i].id) != NULL;
    if (before == NULL && withdrawal->count == 0)
        return error_set(err, ERROR_NOT_FOUND,
                         "no package %s %s (see: sallyport-mirror list packages)", withdrawal->type,
                         withdrawal->version);
    if (before != NULL && withdrawal->known == withdrawal->count && !same_words(withdrawal, before))
        return error_set(err, ERROR_USAGE,
                         "%s %s was withdrawn before, with the reason \"%s\"%s; what was signed "
                         "stands, give the same words to complete it",
                         withdrawal->type, withdrawal->version, before->reason,
                         before->harmful ? " and as harmful" : "");
    return 0;
}

/* A package of the other content that is newer than all that is withdrawn, from an earlier run. */
static void find_replacement(struct withdrawal *withdrawal, const struct catalog_package *all,
                             size_t count, const struct decision_withdrawn *rows, size_t row_count)
{
    uint64_t newest_bad = 0;

    for (size_t i = 0; i < withdrawal->count; i++) {
        if (withdrawal->packages[i].issue > newest_bad)
            newest_bad = withdrawal->packages[i].issue;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i].type, withdrawal->type) == 0 && all[i].issue > newest_bad &&
            memcmp(all[i].recipe, withdrawal->base.recipe, DIGEST_BYTES) == 0 &&
            decision_find(rows, row_count, all[i].id) == NULL) {
            withdrawal->replacement = all[i];
            withdrawal->has_replacement = true;
        }
    }
}

static int find_instead(struct withdrawal *withdrawal, struct catalog *catalog, struct error *err)
{
    int result =
        reissue_find(catalog, withdrawal->type, withdrawal->instead, false, &withdrawal->base, err);

    for (size_t i = 0; i < withdrawal->count && result == 0; i++) {
        if (memcmp(withdrawal->base.recipe, withdrawal->packages[i].recipe, DIGEST_BYTES) == 0)
            result = error_set(err, ERROR_USAGE, "--reissue %s: has the content that is withdrawn",
                               withdrawal->instead);
    }
    return result;
}

int withdrawal_find(struct withdrawal *withdrawal, struct catalog *catalog, struct error *err)
{
    struct catalog_package *all = NULL;
    struct decision_withdrawn *rows = NULL;
    size_t count = 0, row_count = 0;
    int result = catalog_packages(catalog, &all, &count, err);

    withdrawal->count = withdrawal->known = 0;
    withdrawal->packages = NULL;
    withdrawal->has_replacement = false;
    if (result == 0)
        result = decision_all_withdrawn(catalog, &rows, &row_count, err);
    if (result == 0) {
        keep_content(withdrawal, all, count);
        result = compare_known(withdrawal, rows, row_count, err);
    }
    if (result == 0 && withdrawal->instead != NULL) {
        result = find_instead(withdrawal, catalog, err);
        if (result == 0)
            find_replacement(withdrawal, all, count, rows, row_count);
    }
    if (result == 0 && row_count + withdrawal->count - withdrawal->known > LIMIT_WITHDRAWN)
        result = error_set(err, ERROR_LIMIT, "more than %d withdrawn packages", LIMIT_WITHDRAWN);
    decision_free_withdrawn(rows, row_count);
    free(all);
    return result;
}

void withdrawal_clear(struct withdrawal *withdrawal)
{
    free(withdrawal->packages);
    withdrawal->packages = NULL;
}

static int decide_one(const struct withdrawal *withdrawal, const struct catalog_package *package,
                      struct catalog *catalog, struct error *err)
{
    struct decision_withdrawn row = {.issue = package->issue,
                                     .reason = bytes_copy_string(withdrawal->reason),
                                     .link = bytes_copy_string(withdrawal->link),
                                     .harmful = withdrawal->harmful,
                                     .made_us = instant_clock()};
    int result;

    memcpy(row.id, package->id, DIGEST_BYTES);
    memcpy(row.recipe, package->recipe, DIGEST_BYTES);
    snprintf(row.type, sizeof(row.type), "%s", package->type);
    snprintf(row.version, sizeof(row.version), "%s", package->version);
    result = decision_withdraw(catalog, &row, err);
    free(row.reason);
    free(row.link);
    return result;
}

int withdrawal_decide(struct withdrawal *withdrawal, struct catalog *catalog, struct error *err)
{
    struct decision_withdrawn *rows;
    size_t count;
    int result = decision_all_withdrawn(catalog, &rows, &count, err);

    for (size_t i = 0; i < withdrawal->count && result == 0; i++) {
        if (decision_find(rows, count, withdrawal->packages[i].id) == NULL)
            result = decide_one(withdrawal, &withdrawal->packages[i], catalog, err);
    }
    decision_free_withdrawn(rows, count);
    return result;
}

/* Whether a set of the ring ever carried content, as far as the catalog knows its packages. */
static int was_there(const struct ring_signer *signer, const char *ring,
                     const uint8_t recipe[static DIGEST_BYTES], bool *was, struct error *err)
{
    struct catalog *catalog = signer->repository->catalog;
    struct catalog_set *sets = NULL;
    struct error ignored;
    size_t count = 0;
    int result = catalog_sets(catalog, &sets, &count, err);

    *was = false;
    for (size_t i = count; i-- > 0 && result == 0 && !*was;) {
        struct set_document *set;

        if (strcmp(sets[i].ring, ring) != 0)
            continue;
        set = bytes_allocate(1, sizeof(*set));
        /* A set of old need not be acceptable any more; then it says nothing. */
        if (belief_set(signer->repository, signer->trust, &sets[i], set, NULL, &ignored) < 0)
            set->package_count = 0;
        for (size_t j = 0; j < set->package_count && result == 0 && !*was; j++) {
            struct catalog_package package;
            bool found;

            result = catalog_find_package(catalog, set->packages[j].id, &package, &found, err);
            *was = result == 0 && found && memcmp(package.recipe, recipe, DIGEST_BYTES) == 0;
        }
        set_clear(set);
        free(set);
    }
    free(sets);
    return result;
}

static bool holds_this(const struct withdrawal *withdrawal, const struct set_document *set)
{
    for (size_t i = 0; i < withdrawal->count; i++) {
        if (package_list_holds(set, withdrawal->packages[i].id))
            return true;
    }
    return false;
}

/* The ring's packages as they are (what is withdrawn falls out when they are composed), with the
 * replacement where it may stand. */
static int replace(const struct withdrawal *withdrawal, const struct ring_signer *signer,
                   const struct set_document *set, struct package_list *list, bool *replaced,
                   struct error *err)
{
    bool first = strcmp(set->ring, trust_root(signer->trust)->rings[0].name) == 0;
    int result = 0;

    package_list_begin(list, set);
    *replaced = false;
    if (!withdrawal->has_replacement || !holds_this(withdrawal, set))
        return 0;
    if (first)
        *replaced = true;
    else
        result = was_there(signer, set->ring, withdrawal->base.recipe, replaced, err);
    if (result == 0 && *replaced)
        result = package_list_put(list, &withdrawal->replacement, err);
    return result;
}

static json_t *evidence(const struct withdrawal *withdrawal, bool replaced)
{
    json_t *row = json_pack("{s:s, s:s}", "type", withdrawal->type, "version", withdrawal->version);

    if (replaced)
        json_object_set_new(row, "reissued", json_string(withdrawal->instead));
    return json_pack("{s:o}", "withdrew", row);
}

/* What waits for signatures and was made before the decision can't be released any more. */
static int drop_obsolete(const struct ring_signer *signer, const char *ring,
                         struct withdrawal_ring *outcome, struct error *err)
{
    struct pending *pending;
    struct error why = {.code = ERROR_OK};
    int result = 0;

    if (pending_read(signer->repository, signer->trust, ring, &pending, &why) < 0)
        return 0;
    if (pending_check(signer->repository, signer->trust, pending, &why) < 0) {
        outcome->outcome = WITHDRAWAL_OBSOLETE;
        outcome->result.replaces = pending->set.sequence;
        if (!signer->dry_run)
            result = pending_drop(signer->repository, ring, err);
    }
    pending_free(pending);
    return result;
}

static int holds_withdrawn(const struct ring_signer *signer, const struct set_document *set,
                           bool *holds, struct error *err)
{
    struct decision_withdrawn *rows;
    size_t count;
    int result = decision_all_withdrawn(signer->repository->catalog, &rows, &count, err);

    *holds = false;
    for (size_t i = 0; i < set->package_count && result == 0 && !*holds; i++)
        *holds = decision_find(rows, count, set->packages[i].id) != NULL;
    decision_free_withdrawn(rows, count);
    return result;
}

static bool lists(const struct set_document *set, const uint8_t id[static DIGEST_BYTES])
{
    for (size_t i = 0; i < set->withdrawn_count; i++) {
        if (memcmp(set->withdrawn[i].id, id, DIGEST_BYTES) == 0)
            return true;
    }
    return false;
}

/* What a ring's newest set no longer carries may still be in service at its endpoints, or kept there
 * for the way back: they have to be told, and only a set tells them. */
static int owes_word(const struct withdrawal *withdrawal, const struct ring_signer *signer,
                     const struct set_document *set, bool *owes, struct error *err)
{
    int result = 0;

    *owes = false;
    for (size_t i = 0; i < withdrawal->count && result == 0 && !*owes; i++) {
        if (!lists(set, withdrawal->packages[i].id))
            result = was_there(signer, set->ring, withdrawal->packages[i].recipe, owes, err);
    }
    return result;
}

static int sign_next(const struct withdrawal *withdrawal, const struct ring_signer *signer,
                     const struct set_document *set, struct withdrawal_ring *outcome,
                     struct error *err)
{
    struct package_list *list = bytes_allocate(1, sizeof(*list));
    int result = replace(withdrawal, signer, set, list, &outcome->replaced, err);

    if (result == 0)
        result = ring_sign(signer, set->ring, list->packages, list->count,
                           evidence(withdrawal, outcome->replaced), &outcome->result, err);
    if (result == 0)
        result = ring_release(signer->repository, &outcome->result, err);
    outcome->outcome = WITHDRAWAL_SIGNED;
    free(list);
    return result;
}

/* The newest set of a ring. *overtaken: a root document or a revocation has overtaken it, and what
 * was signed again for that, and waits, is obsolete by the decision: the next one takes its place. */
static int find_newest(const struct ring_signer *signer, const char *ring, struct set_document *set,
                       struct catalog_set *known, bool *found, bool *overtaken, struct error *err)
{
    int result = ring_newest(signer->repository, signer->trust, ring, set, known, found, err);

    *overtaken = result < 0 && belief_overtaken(err->code);
    if (!*overtaken)
        return result;
    set_clear(set);
    return belief_past_set(signer->repository, known, set, err);
}

int withdrawal_sign(const struct withdrawal *withdrawal, const struct ring_signer *signer,
                    const char *ring, struct withdrawal_ring *outcome, struct error *err)
{
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct catalog_set known = {0};
    bool found, overtaken, holds = false, owes = false;
    int result = find_newest(signer, ring, set, &known, &found, &overtaken, err);

    *outcome = (struct withdrawal_ring){.result.set = known};
    outcome->outcome = result == 0 && found ? WITHDRAWAL_ABSENT : WITHDRAWAL_EMPTY;
    if (result == 0 && found)
        result = holds_withdrawn(signer, set, &holds, err);
    if (result == 0 && found && !holds)
        result = owes_word(withdrawal, signer, set, &owes, err);
    if (result == 0)
        result = holds || owes || overtaken ? sign_next(withdrawal, signer, set, outcome, err)
                                            : drop_obsolete(signer, ring, outcome, err);
    set_clear(set);
    free(set);
    return result;
}

int withdrawal_is_held(const struct withdrawal *withdrawal, const struct ring_signer *signer,
                       bool *held, struct error *err)
{
    const struct root_document *root = trust_root(signer->trust);
    int result = 0;

    *held = false;
    for (size_t i = 0; i < root->ring_count && result == 0 && !*held; i++) {
        struct set_document *set = bytes_allocate(1, sizeof(*set));
        struct catalog_set known;
        bool found, overtaken;

        result = find_newest(signer, root->rings[i].name, set, &known, &found, &overtaken, err);
        *held = result == 0 && found && holds_this(withdrawal, set);
        set_clear(set);
        free(set);
    }
    return result;
}
