/* SPDX-License-Identifier: ISC */
#include "mirror/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "mirror/belief.h"
#include "mirror/decision.h"
#include "mirror/release.h"

static int by_id(const void *a, const void *b)
{
    return memcmp(((const struct set_withdrawn *)a)->id, ((const struct set_withdrawn *)b)->id,
                  DIGEST_BYTES);
}

static const struct set_withdrawn *find_withdrawn(const struct set_document *set,
                                                  const uint8_t id[static DIGEST_BYTES])
{
    for (size_t i = 0; i < set->withdrawn_count; i++) {
        if (memcmp(set->withdrawn[i].id, id, DIGEST_BYTES) == 0)
            return &set->withdrawn[i];
    }
    return NULL;
}

/* What the set before withdrew, word for word, and what was decided since. */
static int fill_withdrawn(const struct repository *repository, struct set_document *before,
                          struct set_document *set, struct error *err)
{
    struct decision_withdrawn *rows = NULL;
    size_t count = 0;
    int result = decision_all_withdrawn(repository->catalog, &rows, &count, err);

    set->withdrawn = bytes_allocate(before->withdrawn_count + count + 1, sizeof(*set->withdrawn));
    for (size_t i = 0; i < before->withdrawn_count; i++) {
        set->withdrawn[set->withdrawn_count++] = before->withdrawn[i];
        before->withdrawn[i] = (struct set_withdrawn){.reason = NULL};
    }
    for (size_t i = 0; i < count; i++) {
        struct set_withdrawn *row = &set->withdrawn[set->withdrawn_count];

        if (find_withdrawn(set, rows[i].id) != NULL)
            continue;
        memcpy(row->id, rows[i].id, DIGEST_BYTES);
        row->reason = bytes_copy_string(rows[i].reason);
        row->link = bytes_copy_string(rows[i].link);
        row->harmful = rows[i].harmful;
        set->withdrawn_count++;
    }
    decision_free_withdrawn(rows, count);
    qsort(set->withdrawn, set->withdrawn_count, sizeof(*set->withdrawn), by_id);
    if (result == 0 && set->withdrawn_count > LIMIT_WITHDRAWN)
        result = error_set(err, ERROR_LIMIT, "more than %d withdrawn packages", LIMIT_WITHDRAWN);
    return result;
}

static void fill_packages(const struct set_package *packages, size_t count,
                          struct set_document *set)
{
    for (size_t i = 0; i < count; i++) {
        if (find_withdrawn(set, packages[i].id) == NULL)
            set->packages[set->package_count++] = packages[i];
    }
}

static void fill_flags(const struct ring_signer *signer, const struct set_document *before,
                       struct set_document *set)
{
    const json_t *flags = signer->flags != NULL ? signer->flags : before->flags;

    set->flags = flags != NULL ? json_deep_copy(flags) : json_object();
}

static int fill_waves(const struct ring_signer *signer, const struct root_ring *ring,
                      struct set_document *set, struct error *err)
{
    struct release *release = bytes_allocate(1, sizeof(*release));
    int result = release_read(signer->repository, trust_root(signer->trust), release, err);

    if (result == 0)
        release_waves(release, ring, set);
    free(release);
    return result;
}

static void fill_times(const struct ring_signer *signer, struct set_document *set)
{
    int64_t days = (int64_t)signer->repository->settings.set_days;

    set->root_version = trust_root(signer->trust)->version;
    set->expires_us = instant_clock() + days * INSTANT_DAY_US;
    set->expires_us -= set->expires_us % INSTANT_SECOND_US;
}

static int fill(const struct ring_signer *signer, const struct root_ring *ring,
                const struct set_package *packages, size_t count, struct set_document *before,
                struct set_document *set, struct error *err)
{
    int result = fill_withdrawn(signer->repository, before, set, err);

    if (result < 0)
        return result;
    snprintf(set->ring, sizeof(set->ring), "%s", ring->name);
    fill_packages(packages, count, set);
    fill_flags(signer, before, set);
    fill_times(signer, set);
    result = fill_waves(signer, ring, set, err);
    if (result < 0)
        return result;
    return belief_crls(signer->repository, set->crls, &set->crl_count, err);
}

int compose_set(const struct ring_signer *signer, const char *ring,
                const struct set_package *packages, size_t count, json_t *evidence,
                struct set_document *set, struct error *err)
{
    const struct root_ring *row, *first;
    struct set_document *before = bytes_allocate(1, sizeof(*before));
    struct catalog_set known;
    bool found;
    int result = ring_find(signer->trust, ring, &row, &first, err);

    *set = (struct set_document){.evidence = evidence};
    if (result == 0)
        result =
            ring_newest_past(signer->repository, signer->trust, ring, before, &known, &found, err);
    if (result == 0 && count > LIMIT_SET_PACKAGES)
        result = error_set(err, ERROR_LIMIT, "more than %d packages in a set", LIMIT_SET_PACKAGES);
    if (result == 0) {
        set->has_previous = found;
        if (found)
            memcpy(set->previous, known.digest, DIGEST_BYTES);
        result = fill(signer, row, packages, count, before, set, err);
    }
    set_clear(before);
    free(before);
    return result;
}

int compose_same(struct set_document *set, struct set_document *other, bool *same,
                 struct error *err)
{
    const uint64_t sequence = set->sequence;
    const int64_t expires_us = set->expires_us;
    json_t *evidence = set->evidence;
    struct bytes ours = {0}, theirs = {0};
    int result;

    *same = false;
    set->sequence = other->sequence;
    set->expires_us = other->expires_us;
    set->evidence = other->evidence;
    result = set_write(set, &ours, err);
    if (result == 0)
        result = set_write(other, &theirs, err);
    if (result == 0)
        *same = bytes_equal(bytes_view(&ours), bytes_view(&theirs));
    set->sequence = sequence;
    set->expires_us = expires_us;
    set->evidence = evidence;
    bytes_clear(&ours);
    bytes_clear(&theirs);
    return result;
}
