/* SPDX-License-Identifier: ISC */
#include "mirror/promotion.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirror/belief.h"
#include "mirror/decision.h"
#include "mirror/package-check.h"
#include "mirror/package-list.h"
#include "mirror/requirement.h"

/* What was decided against packages. */
struct decisions {
    struct decision_withdrawn *withdrawn;
    struct decision_aborted *aborted;
    size_t withdrawn_count, aborted_count;
};

__attribute__((format(printf, 3, 4))) static void leave(struct promotion_type *row,
                                                        const char *reason, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(row->words, sizeof(row->words), format, arguments);
    va_end(arguments);
    row->reason = reason;
    row->taken = false;
}

/* In this order: what is asked for, what is newer, what was decided. */
static void weigh(struct promotion_type *row, const struct ring_signer *signer, const char *ring,
                  const struct decisions *decisions, bool is_wanted)
{
    const struct decision_withdrawn *bad;
    const struct decision_aborted *stop;

    row->reason = NULL;
    row->taken = false;
    if (!row->has_theirs ||
        (row->has_ours && memcmp(row->ours.id, row->theirs.id, DIGEST_BYTES) == 0))
        return;
    bad = decision_find(decisions->withdrawn, decisions->withdrawn_count, row->theirs.id);
    stop = decision_stops(decisions->aborted, decisions->aborted_count, trust_root(signer->trust),
                          ring, row->theirs.id);
    if (!is_wanted)
        leave(row, "only", "not asked for (--only)");
    else if (row->has_ours && row->ours.issue >= row->theirs.issue)
        leave(row, "older", "ring %s holds issue %llu, which is newer", ring,
              (unsigned long long)row->ours.issue);
    else if (bad != NULL)
        leave(row, "withdrawn", "withdrawn: %s; publish a newer one, or reissue an earlier one",
              bad->reason);
    else if (stop != NULL)
        leave(row, "aborted",
              "set %s/%llu is aborted: %s; publish a newer one, or reissue an earlier one",
              stop->set.ring, (unsigned long long)stop->set.sequence, stop->reason);
    else
        row->taken = true;
}

/* The packages of the new set. */
static void draw(struct promotion *promotion)
{
    promotion->count = promotion->changes = 0;
    for (size_t i = 0; i < promotion->type_count; i++) {
        const struct promotion_type *row = &promotion->types[i];

        if (!row->taken && !row->has_ours)
            continue;
        promotion->packages[promotion->count] = row->taken ? row->theirs : row->ours;
        promotion->changed[promotion->count] = row->taken;
        promotion->count++;
        promotion->changes += row->taken;
    }
}

/* All types of both sets. Both are sorted, so the rows are. */
static void merge(struct promotion *promotion, const struct set_document *ours,
                  const struct set_document *theirs)
{
    size_t i = 0, j = 0;

    promotion->type_count = 0;
    while (i < ours->package_count || j < theirs->package_count) {
        struct promotion_type *row = &promotion->types[promotion->type_count++];
        const char *a = i < ours->package_count ? ours->packages[i].type : NULL;
        const char *b = j < theirs->package_count ? theirs->packages[j].type : NULL;
        int order = b == NULL ? -1 : a == NULL ? 1 : strcmp(a, b);

        *row = (struct promotion_type){.has_ours = order <= 0, .has_theirs = order >= 0};
        if (row->has_ours)
            row->ours = ours->packages[i++];
        if (row->has_theirs)
            row->theirs = theirs->packages[j++];
    }
}

static int load_decisions(const struct ring_signer *signer, struct decisions *decisions,
                          struct error *err)
{
    int result = decision_all_withdrawn(signer->repository->catalog, &decisions->withdrawn,
                                        &decisions->withdrawn_count, err);

    return result < 0 ? result
                      : decision_all_aborted(signer->repository->catalog, &decisions->aborted,
                                             &decisions->aborted_count, err);
}

static int find_rings(const struct ring_signer *signer, const char *ring,
                      struct promotion *promotion, struct error *err)
{
    const struct root_ring *row, *before;
    int result = ring_find(signer->trust, ring, &row, &before, err);

    if (result < 0)
        return result;
    if (before == NULL)
        return error_set(err, ERROR_USAGE, "ring %s is the first: publish enters it", ring);
    snprintf(promotion->ring, sizeof(promotion->ring), "%s", row->name);
    snprintf(promotion->before, sizeof(promotion->before), "%s", before->name);
    return 0;
}

int promotion_plan(const struct ring_signer *signer, const char *ring,
                   bool (*wanted)(const void *context, const char *type), const void *context,
                   struct promotion *promotion, struct error *err)
{
    struct set_document *ours = bytes_allocate(1, sizeof(*ours));
    struct set_document *theirs = bytes_allocate(1, sizeof(*theirs));
    struct decisions decisions = {0};
    struct catalog_set known;
    bool found = false;
    int result = find_rings(signer, ring, promotion, err);

    if (result == 0)
        result = ring_newest(signer->repository, signer->trust, promotion->before, theirs,
                             &promotion->from, &found, err);
    if (result == 0 && !found)
        result = error_set(err, ERROR_NOT_FOUND, "ring %s, which is promoted to %s, is empty",
                           promotion->before, ring);
    if (result == 0)
        result = ring_newest(signer->repository, signer->trust, ring, ours, &known, &found, err);
    if (result == 0)
        result = load_decisions(signer, &decisions, err);
    if (result == 0) {
        merge(promotion, ours, theirs);
        for (size_t i = 0; i < promotion->type_count; i++) {
            struct promotion_type *row = &promotion->types[i];

            weigh(row, signer, ring, &decisions,
                  wanted(context, row->has_ours ? row->ours.type : row->theirs.type));
        }
        draw(promotion);
    }
    decision_free_withdrawn(decisions.withdrawn, decisions.withdrawn_count);
    decision_free_aborted(decisions.aborted, decisions.aborted_count);
    set_clear(ours);
    set_clear(theirs);
    free(ours);
    free(theirs);
    return result;
}

/* What speaks of one content, and not of the repository. */
static bool is_drivers_word(enum error_code code)
{
    return code == ERROR_DRIVER_MISSING || code == ERROR_DRIVER_REFUSED;
}

static int check_type(const struct ring_signer *signer, const char *libexec,
                      struct promotion *promotion, struct promotion_type *row, struct error *err)
{
    const struct set_package *package = row->taken ? &row->theirs : &row->ours;
    struct package_document document;
    struct error why = {.code = ERROR_OK};
    int result = belief_package(signer->repository, signer->trust, package->type, package->id,
                                &document, NULL, &why);

    if (result == 0 && row->taken) {
        row->requirement_count = document.requirement_count;
        memcpy(row->requirements, document.requirements, sizeof(row->requirements));
        result = package_check(signer, libexec, &document, &why);
        if (result < 0 && is_drivers_word(why.code)) {
            leave(row, error_name(why.code), "%s", why.words);
            promotion->refused++;
            result = 0;
        }
    }
    if (result < 0)
        *err = why;
    package_clear(&document);
    return result;
}

/* Endpoints would refuse it, and tell of it, each of them. False: all that is taken may stay. */
static bool leave_unmet(struct promotion *promotion)
{
    bool left = false;

    for (size_t i = 0; i < promotion->type_count; i++) {
        struct promotion_type *row = &promotion->types[i];
        const struct package_requirement *unmet =
            requirement_unmet(row->requirements, row->taken ? row->requirement_count : 0,
                              promotion->packages, promotion->count);

        if (unmet == NULL)
            continue;
        leave(row, error_name(ERROR_REQUIRES), "needs %s issue %llu or later, which the ring lacks",
              unmet->type, (unsigned long long)unmet->issue);
        promotion->refused++;
        left = true;
    }
    return left;
}

int promotion_check(const struct ring_signer *signer, const char *libexec,
                    struct promotion *promotion, struct error *err)
{
    int result = 0;

    promotion->refused = 0;
    for (size_t i = 0; i < promotion->type_count && result == 0; i++) {
        struct promotion_type *row = &promotion->types[i];

        if (row->taken || row->has_ours)
            result = check_type(signer, libexec, promotion, row, err);
    }
    do
        draw(promotion);
    while (leave_unmet(promotion));
    return result;
}

json_t *promotion_evidence(const struct promotion *promotion)
{
    char digest[DIGEST_TEXT_BYTES];

    return json_pack("{s:{s:s, s:I, s:s}}", "promoted_from", "ring", promotion->before, "sequence",
                     (json_int_t)promotion->from.sequence, "set",
                     digest_text(promotion->from.digest, digest));
}
