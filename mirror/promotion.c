/* SPDX-License-Identifier: ISC */
#include "mirror/promotion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/path.h"
#include "mirror/belief.h"
#include "mirror/content-check.h"
#include "mirror/rebuild.h"

static const struct set_package *find(const struct set_document *set, const char *type)
{
    for (size_t i = 0; i < set->package_count; i++) {
        if (strcmp(set->packages[i].type, type) == 0)
            return &set->packages[i];
    }
    return NULL;
}

/* Adds in order; both sets are sorted, so the result is. */
static void add(struct promotion *promotion, const struct set_package *package, bool changed)
{
    if (promotion->count == LIMIT_SET_PACKAGES)
        return; /* ring_sign refuses: sets hold no more than that each, but two may differ */
    promotion->packages[promotion->count] = *package;
    promotion->changed[promotion->count] = changed;
    promotion->count++;
    promotion->changes += changed;
}

/* One type of the union: from the ring before where it is wanted and newer, else as it is. */
static void merge_type(struct promotion *promotion, const struct set_package *ours,
                       const struct set_package *theirs, bool is_wanted)
{
    if (theirs == NULL || !is_wanted || (ours != NULL && ours->issue >= theirs->issue)) {
        if (ours != NULL)
            add(promotion, ours, false);
        return;
    }
    add(promotion, theirs, true);
}

static void merge(struct promotion *promotion, const struct set_document *ours,
                  const struct set_document *theirs,
                  bool (*wanted)(const void *context, const char *type), const void *context)
{
    size_t i = 0, j = 0;

    while (i < ours->package_count || j < theirs->package_count) {
        const char *a = i < ours->package_count ? ours->packages[i].type : NULL;
        const char *b = j < theirs->package_count ? theirs->packages[j].type : NULL;
        const char *type = b == NULL || (a != NULL && strcmp(a, b) < 0) ? a : b;

        merge_type(promotion, find(ours, type), find(theirs, type), wanted(context, type));
        i += a != NULL && strcmp(a, type) == 0;
        j += b != NULL && strcmp(b, type) == 0;
    }
}

int promotion_plan(const struct ring_signer *signer, const char *ring,
                   bool (*wanted)(const void *context, const char *type), const void *context,
                   struct promotion *promotion, struct error *err)
{
    const struct root_ring *row, *before;
    struct set_document *ours = bytes_allocate(1, sizeof(*ours));
    struct set_document *theirs = bytes_allocate(1, sizeof(*theirs));
    struct catalog_set known;
    bool found = false;
    int result = ring_find(signer->trust, ring, &row, &before, err);

    if (result == 0 && before == NULL)
        result = error_set(err, ERROR_USAGE, "ring %s is the first: publish enters it", ring);
    if (result == 0) {
        snprintf(promotion->ring, sizeof(promotion->ring), "%s", row->name);
        snprintf(promotion->before, sizeof(promotion->before), "%s", before->name);
        result = ring_newest(signer->repository, signer->trust, before->name, theirs,
                             &promotion->from, &found, err);
    }
    if (result == 0 && !found)
        result = error_set(err, ERROR_NOT_FOUND, "ring %s, which is promoted to %s, is empty",
                           promotion->before, ring);
    if (result == 0)
        result = ring_newest(signer->repository, signer->trust, ring, ours, &known, &found, err);
    if (result == 0)
        merge(promotion, ours, theirs, wanted, context);
    set_clear(ours);
    set_clear(theirs);
    free(ours);
    free(theirs);
    return result;
}

/* The content key that a sealed package names. */
static int find_key(struct keyring *keyring, const char *id, struct enrolment *keys,
                    struct driver_run_key *key, struct error *err)
{
    int result = keyring_content_keys(keyring, keys, err);

    if (result < 0)
        return result;
    for (size_t i = 0; i < keys->key_count; i++) {
        if (strcmp(keys->keys[i].id, id) == 0) {
            key->id = keys->keys[i].id;
            key->key = bytes_view_of(keys->keys[i].key, sizeof(keys->keys[i].key));
            return 0;
        }
    }
    return error_set(err, ERROR_NOT_FOUND, "no content key %s", id);
}

static int check_content(const struct ring_signer *signer, const char *libexec,
                         const struct package_document *package, int folder_fd, struct error *err)
{
    const struct content_type *type = content_type_find(package->type);
    struct driver_run_key key;
    struct enrolment keys = {0};
    bool sealed = package->sealed[0] != '\0';
    int result = 0;

    if (type == NULL)
        return error_set(err, ERROR_DRIVER_MISSING, "no content type %s", package->type);
    if (sealed)
        result = find_key(signer->keyring, package->sealed, &keys, &key, err);
    if (result == 0)
        result = content_check(libexec, type, folder_fd, sealed ? &key : NULL, err);
    enrolment_clear(&keys);
    return result;
}

static int rebuild_and_check(const struct ring_signer *signer, const char *libexec,
                             const struct package_document *package, struct error *err)
{
    int scratch_fd = signer->repository->scratch_fd;
    int fd = -1;
    int result = path_remove(scratch_fd, package->type, err);

    if (result == 0)
        result = path_make_folders(scratch_fd, package->type, 0700, err);
    if (result == 0)
        result = path_open_folder(scratch_fd, package->type, &fd, err);
    if (result == 0)
        result = rebuild_files(signer->repository, package, fd, err);
    if (result == 0)
        result = check_content(signer, libexec, package, fd, err);
    if (fd >= 0)
        (void)close(fd);
    if (result == 0)
        result = path_remove(scratch_fd, package->type, err);
    return result;
}

int promotion_check(const struct ring_signer *signer, const char *libexec,
                    const struct promotion *promotion, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < promotion->count && result == 0; i++) {
        const struct set_package *row = &promotion->packages[i];
        struct package_document package;

        result = belief_package(signer->repository, signer->trust, row->type, row->id, &package,
                                NULL, err);
        if (result == 0 && promotion->changed[i])
            result = rebuild_and_check(signer, libexec, &package, err);
        package_clear(&package);
    }
    return result;
}

json_t *promotion_evidence(const struct promotion *promotion)
{
    char digest[DIGEST_TEXT_BYTES];

    return json_pack("{s:{s:s, s:I, s:s}}", "promoted_from", "ring", promotion->before, "sequence",
                     (json_int_t)promotion->from.sequence, "set",
                     digest_text(promotion->from.digest, digest));
}
