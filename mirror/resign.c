/* SPDX-License-Identifier: ISC */
#include "mirror/resign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirror/belief.h"
#include "mirror/delta-carry.h"
#include "mirror/decision.h"
#include "mirror/package-issue.h"
#include "mirror/pending.h"

/* A package under its old id, and what takes its place. */
struct replaced {
    uint8_t id[DIGEST_BYTES];
    struct set_package row;
};

struct work {
    const struct ring_signer *signer;
    const char *content_key;
    bool issuing;
    struct package_issue issue;
    const json_t *evidence; /* why; NULL: sign only what has to be */
    struct resign *done;
    struct decision_withdrawn *withdrawn; /* known-bad content gets no new name */
    size_t withdrawn_count;
    size_t replaced_count;
    struct replaced replaced[LIMIT_SET_PACKAGES * 4];
};

/* Judges a package as it stands. *good false: it has to be signed again. */
static int look_at_package(const struct work *work, const struct set_package *row, bool *good,
                           struct error *err)
{
    struct package_document package;
    int result = belief_package(work->signer->repository, work->signer->trust, row->type, row->id,
                                &package, NULL, err);

    package_clear(&package);
    *good = result == 0;
    return result < 0 && !belief_overtaken(err->code) ? result : 0;
}

/* The keys are opened for the first package that needs them. */
static int begin_issuing(struct work *work, struct error *err)
{
    if (work->issuing)
        return 0;
    work->issuing = true;
    work->issue = (struct package_issue){.repository = work->signer->repository,
                                         .trust = work->signer->trust,
                                         .keyring = work->signer->keyring};
    return package_issue_begin(&work->issue, work->content_key, err);
}

static int issue_again(struct work *work, const struct set_package *old, struct set_package *new,
                       struct error *err)
{
    struct package_document package;
    struct catalog_package entry;
    int result = belief_past_package(work->signer->repository, old->type, old->id, &package, err);

    if (result == 0)
        result = begin_issuing(work, err);
    if (result == 0)
        result = delta_carry_describe(work->signer->repository, old->id, false, &package, err);
    if (result == 0)
        result = package_issue_number(&work->issue, old->type, &package.issue, err);
    if (result == 0)
        result = package_issue_sign(&work->issue, &package, &entry, err);
    if (result == 0)
        result = catalog_add_package(work->signer->repository->catalog, &entry, err);
    if (result == 0)
        result =
            delta_carry_enter(work->signer->repository->catalog, old->id, &package, entry.id, err);
    package_clear(&package);
    if (result < 0)
        return error_context(err, "%s %s", old->type, old->version);
    *new = *old;
    memcpy(new->id, entry.id, DIGEST_BYTES);
    new->issue = entry.issue;
    new->size = entry.size;
    return 0;
}

/* Replaces a row by its new issue, made once for all rings. */
static int replace_row(struct work *work, struct set_package *row, struct error *err)
{
    struct replaced *place = &work->replaced[work->replaced_count];
    int result;

    for (size_t i = 0; i < work->replaced_count; i++) {
        if (memcmp(work->replaced[i].id, row->id, DIGEST_BYTES) == 0) {
            *row = work->replaced[i].row;
            return 0;
        }
    }
    if (work->replaced_count == sizeof(work->replaced) / sizeof(work->replaced[0]))
        return error_set(err, ERROR_LIMIT, "too many packages at once; run this again");
    memcpy(place->id, row->id, DIGEST_BYTES);
    result = issue_again(work, row, &place->row, err);
    if (result < 0)
        return result;
    *row = place->row;
    work->replaced_count++;
    work->done->package_count++;
    return 0;
}

static int replace_rows(struct work *work, struct set_document *set, bool *changed,
                        struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < set->package_count && result == 0; i++) {
        bool good;

        /* The new set leaves it out by itself. */
        if (decision_find(work->withdrawn, work->withdrawn_count, set->packages[i].id) != NULL)
            continue;
        result = look_at_package(work, &set->packages[i], &good, err);
        if (result < 0 || good)
            continue;
        *changed = true;
        result = replace_row(work, &set->packages[i], err);
    }
    return result;
}

/* Whether the set asks for the newest list of each issuer. */
static int asks_for_lists(const struct work *work, const struct set_document *set, bool *asks,
                          struct error *err)
{
    struct set_crl newest[LIMIT_CRLS];
    size_t count = 0;
    int result = belief_crls(work->signer->repository, newest, &count, err);

    *asks = true;
    for (size_t i = 0; i < count && *asks; i++) {
        *asks = false;
        for (size_t j = 0; j < set->crl_count && !*asks; j++)
            *asks = newest[i].number == set->crls[j].number &&
                    memcmp(newest[i].issuer, set->crls[j].issuer, DIGEST_BYTES) == 0;
    }
    return result;
}

static int sign_set(struct work *work, const struct set_document *set, struct error *err)
{
    struct ring_result *made = &work->done->sets[work->done->set_count];
    int result;

    result = ring_sign(work->signer, set->ring, set->packages, set->package_count,
                       work->evidence != NULL ? json_deep_copy(work->evidence) : json_object(),
                       made, err);
    if (result == 0)
        result = ring_release(work->signer->repository, made, err);
    if (result < 0)
        return result;
    work->done->pending_count += made->pending;
    work->done->set_count++;
    return 0;
}

/* What waits for a ring with a signature that counts no more: nobody could cosign it, and verbs that
 * read what waits would stop at it. */
static int drop_dead(struct work *work, const char *ring, struct error *err)
{
    const struct ring_signer *signer = work->signer;
    struct pending *pending;
    struct error why = {.code = ERROR_OK};
    int result = 0;

    if (pending_read(signer->repository, signer->trust, ring, &pending, &why) < 0 &&
        belief_overtaken(why.code)) {
        result = pending_drop(signer->repository, ring, err);
        snprintf(work->done->dropped[work->done->dropped_count++], LIMIT_NAME_BYTES + 1, "%s",
                 ring);
    }
    pending_free(pending);
    return result;
}

/* The newest set of a ring: good as it is with good packages, or made again. */
static int look_at_ring(struct work *work, const char *ring, struct error *err)
{
    struct repository *repository = work->signer->repository;
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct catalog_set known;
    bool found = false, changed = false, asks = true;
    int result = ring_newest(repository, work->signer->trust, ring, set, &known, &found, err);

    if (result < 0 && belief_overtaken(err->code)) {
        changed = true;
        set_clear(set);
        result = belief_past_set(repository, &known, set, err);
    }
    if (result == 0 && found)
        result = replace_rows(work, set, &changed, err);
    if (result == 0 && found && work->evidence != NULL)
        result = asks_for_lists(work, set, &asks, err);
    if (result == 0 && found && (changed || !asks))
        result = sign_set(work, set, err);
    if (result == 0)
        result = drop_dead(work, ring, err);
    set_clear(set);
    free(set);
    return result < 0 ? error_context(err, "ring %s", ring) : 0;
}

int resign_unacceptable(const struct ring_signer *signer, const char *content_key,
                        const json_t *evidence, struct resign *done, struct error *err)
{
    const struct root_document *root = trust_root(signer->trust);
    struct work *work = bytes_allocate(1, sizeof(*work));
    int result;

    *done = (struct resign){.set_count = 0};
    work->signer = signer;
    work->content_key = content_key;
    work->evidence = evidence;
    work->done = done;
    result = decision_all_withdrawn(signer->repository->catalog, &work->withdrawn,
                                    &work->withdrawn_count, err);
    for (size_t i = 0; i < root->ring_count && result == 0; i++)
        result = look_at_ring(work, root->rings[i].name, err);
    if (work->issuing)
        package_issue_end(&work->issue);
    decision_free_withdrawn(work->withdrawn, work->withdrawn_count);
    free(work);
    return result;
}

json_t *resign_dropped(const struct resign *done)
{
    json_t *rings = json_array();

    for (size_t i = 0; i < done->dropped_count; i++)
        json_array_append_new(rings, json_string(done->dropped[i]));
    return rings;
}

void resign_tell(const struct resign *done, const struct report *report)
{
    for (size_t i = 0; i < done->set_count; i++) {
        const struct ring_result *set = &done->sets[i];

        if (set->pending)
            report_line(report,
                        "ring %s, set %llu waits: %llu of %llu signatures; next: sallyport-mirror "
                        "cosign %s --key KEY",
                        set->set.ring, (unsigned long long)set->set.sequence,
                        (unsigned long long)set->signatures, (unsigned long long)set->threshold,
                        set->set.ring);
        else
            report_line(report, "signed again  ring %s, set %llu", set->set.ring,
                        (unsigned long long)set->set.sequence);
    }
    for (size_t i = 0; i < done->dropped_count; i++)
        report_line(report,
                    "ring %s: the set that waited for signatures has one that counts no more; run "
                    "the verb that made it again",
                    done->dropped[i]);
}
