/* SPDX-License-Identifier: ISC */
#include "mirror/pending.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/cms.h"
#include "media/root.h"
#include "mirror/belief.h"
#include "mirror/decision.h"
#include "mirror/package-list.h"
#include "mirror/ring.h"

#define DOC_MODE 0644

const char *pending_name(const char *ring, char out[static 128])
{
    snprintf(out, 128, REPOSITORY_PENDING "/%s.p7m", ring);
    return out;
}

/* The JSON of a document that has too few signatures to be accepted: trust_judge() keeps it back. */
static int parse_unaccepted(struct pending *pending, struct error *err)
{
    struct cms_profile profile = cms_profile_of(DOCUMENT_SET);
    struct cms *cms = bytes_allocate(1, sizeof(*cms));
    int result = cms_parse(&profile, bytes_view(&pending->document), cms, err);

    if (result == 0)
        result = cms_verify(cms, err);
    if (result == 0) {
        digest_of(cms->content.data, cms->content.size, pending->digest);
        result = set_parse(cms->content, &pending->set, err);
    }
    free(cms);
    return result;
}

static int judge(struct trust *trust, const char *ring, struct pending *pending, struct error *err)
{
    const struct root_ring *row = root_ring(trust_root(trust), ring);
    struct error refused = {.code = ERROR_OK};

    if (row == NULL)
        return error_set(err, ERROR_NOT_FOUND, "no ring %s", ring);
    pending->threshold = row->threshold;
    if (trust_judge(trust, DOCUMENT_SET, ring, bytes_view(&pending->document), &pending->verdict,
                    &refused) < 0 &&
        refused.code != ERROR_THRESHOLD) {
        *err = refused;
        return -(int)refused.code;
    }
    return 0;
}

int pending_read(const struct repository *repository, struct trust *trust, const char *ring,
                 struct pending **pending, struct error *err)
{
    struct pending *made = bytes_allocate(1, sizeof(*made));
    char name[128];
    int result =
        path_read(repository->fd, pending_name(ring, name), LIMIT_SET_BYTES, &made->document, err);

    *pending = NULL;
    if (result < 0 && err->code == ERROR_NOT_FOUND)
        error_set(err, ERROR_NOT_FOUND, "ring %s: no set waits for a signature", ring);
    if (result == 0) {
        result = parse_unaccepted(made, err);
        if (result == 0 && strcmp(made->set.ring, ring) != 0)
            result = error_set(err, ERROR_BAD_DOCUMENT, "a set of ring %s", made->set.ring);
        if (result == 0)
            result = judge(trust, ring, made, err);
        if (result < 0)
            error_context(err, "%s", name);
    }
    if (result < 0)
        pending_free(made);
    else
        *pending = made;
    return result;
}

int pending_find(const struct repository *repository, struct trust *trust, const char *ring,
                 struct pending **pending, struct error *err)
{
    struct error why = {.code = ERROR_OK};
    int result = pending_read(repository, trust, ring, pending, &why);

    if (result < 0 && why.code == ERROR_NOT_FOUND)
        return 0;
    if (result < 0)
        *err = why;
    return result;
}

void pending_free(struct pending *pending)
{
    if (pending == NULL)
        return;
    bytes_clear(&pending->document);
    set_clear(&pending->set);
    free(pending);
}

static int check_place(const struct set_document *set, const struct catalog_set *known, bool found,
                       struct error *err)
{
    if (set->has_previous == found &&
        (!found || (set->sequence > known->sequence &&
                    memcmp(set->previous, known->digest, DIGEST_BYTES) == 0)))
        return 0;
    return error_set(err, ERROR_USAGE,
                     "ring %s has moved on since set %llu was made: it is obsolete; run the verb "
                     "that made it again",
                     set->ring, (unsigned long long)set->sequence);
}

static bool names_withdrawn(const struct set_document *set, const uint8_t id[static DIGEST_BYTES])
{
    for (size_t i = 0; i < set->withdrawn_count; i++) {
        if (memcmp(set->withdrawn[i].id, id, DIGEST_BYTES) == 0)
            return true;
    }
    return false;
}

/* From the decision on every set names what is withdrawn; and none carries what it names. */
static int check_withdrawn(const struct repository *repository, const struct set_document *set,
                           struct error *err)
{
    struct decision_withdrawn *rows;
    size_t count;
    int result = decision_all_withdrawn(repository->catalog, &rows, &count, err);

    for (size_t i = 0; i < count && result == 0; i++) {
        if (!names_withdrawn(set, rows[i].id))
            result = error_set(err, ERROR_WITHDRAWN,
                               "set %llu of ring %s was made before %s %s was withdrawn (%s): it "
                               "is obsolete; run the verb that made it again",
                               (unsigned long long)set->sequence, set->ring, rows[i].type,
                               rows[i].version, rows[i].reason);
    }
    decision_free_withdrawn(rows, count);
    return result;
}

/* Packages that are here and, where they are new to the ring, stopped by no aborted set. */
static int check_packages(const struct repository *repository, struct trust *trust,
                          const struct set_document *set, const struct set_document *newest,
                          struct error *err)
{
    struct decision_aborted *aborted;
    size_t count;
    int result = decision_all_aborted(repository->catalog, &aborted, &count, err);

    for (size_t i = 0; i < set->package_count && result == 0; i++) {
        const struct set_package *row = &set->packages[i];
        const struct decision_aborted *stop =
            decision_stops(aborted, count, trust_root(trust), set->ring, row->id);
        struct package_document package;

        if (stop != NULL && !package_list_holds(newest, row->id)) {
            result =
                error_set(err, ERROR_USAGE,
                          "set %llu of ring %s carries %s %s, which set %s/%llu brought, and "
                          "that is aborted (%s): it is obsolete; promote again",
                          (unsigned long long)set->sequence, set->ring, row->type, row->version,
                          stop->set.ring, (unsigned long long)stop->set.sequence, stop->reason);
            break;
        }
        result = belief_package(repository, trust, row->type, row->id, &package, NULL, err);
        package_clear(&package);
    }
    decision_free_aborted(aborted, count);
    return result;
}

int pending_check(const struct repository *repository, struct trust *trust,
                  const struct pending *pending, struct error *err)
{
    const struct set_document *set = &pending->set;
    struct set_document *newest = bytes_allocate(1, sizeof(*newest));
    struct catalog_set known = {0};
    bool found;
    int result = ring_newest_past(repository, trust, set->ring, newest, &known, &found, err);

    if (result == 0)
        result = check_place(set, &known, found, err);
    if (result == 0)
        result = check_withdrawn(repository, set, err);
    if (result == 0)
        result = check_packages(repository, trust, set, newest, err);
    set_clear(newest);
    free(newest);
    return result;
}

int pending_write(const struct repository *repository, const char *ring, struct bytes_view document,
                  struct error *err)
{
    char name[128];
    int result = path_make_folders(repository->fd, REPOSITORY_PENDING, 0755, err);

    if (result < 0)
        return result;
    return publish_file(repository->fd, pending_name(ring, name), document.data, document.size,
                        DOC_MODE, err);
}

int pending_drop(const struct repository *repository, const char *ring, struct error *err)
{
    char name[128];

    return path_remove(repository->fd, pending_name(ring, name), err);
}
