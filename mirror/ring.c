/* SPDX-License-Identifier: ISC */
#include "mirror/ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/volume.h"
#include "mirror/belief.h"
#include "mirror/root-pem.h"
#include "mirror/compose.h"
#include "mirror/pending.h"
#include "mirror/tree-list.h"

#define SUBJECT  "ring"
#define DOC_MODE 0644

int ring_find(const struct trust *trust, const char *name, const struct root_ring **ring,
              const struct root_ring **before, struct error *err)
{
    const struct root_document *root = trust_root(trust);
    char names[LIMIT_RINGS * (LIMIT_NAME_BYTES + 2)] = "";
    size_t used = 0;

    *before = NULL;
    for (size_t i = 0; i < root->ring_count; i++) {
        *ring = &root->rings[i];
        if (strcmp(root->rings[i].name, name) == 0)
            return 0;
        *before = &root->rings[i];
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "",
                                 root->rings[i].name);
    }
    *ring = *before = NULL;
    return error_set(err, ERROR_NOT_FOUND, "no ring %s; there are: %s", name, names);
}

int ring_newest(const struct repository *repository, struct trust *trust, const char *ring,
                struct set_document *set, struct catalog_set *known, bool *found, struct error *err)
{
    int result = catalog_newest_set(repository->catalog, ring, known, found, err);

    *set = (struct set_document){0};
    if (result == 0 && *found)
        result = belief_set(repository, trust, known, set, NULL, err);
    return result;
}

int ring_newest_past(const struct repository *repository, struct trust *trust, const char *ring,
                     struct set_document *set, struct catalog_set *known, bool *found,
                     struct error *err)
{
    struct error why = {.code = ERROR_OK};
    int result = ring_newest(repository, trust, ring, set, known, found, &why);

    if (result == 0)
        return 0;
    if (!belief_overtaken(why.code)) {
        *err = why;
        return result;
    }
    set_clear(set);
    return belief_past_set(repository, known, set, err);
}

static void fill_result(const struct set_document *set, struct bytes_view json, int64_t time_us,
                        struct ring_result *result)
{
    snprintf(result->set.ring, sizeof(result->set.ring), "%s", set->ring);
    result->set.sequence = set->sequence;
    result->set.time_us = time_us;
    digest_of(json.data, json.size, result->set.digest);
}

/* The number is of this set alone and the catalog does not know it yet: a file of that name is what
 * a cut left of an earlier try, with other signature bytes. */
static int write_set(const struct repository *repository, const struct catalog_set *set,
                     struct bytes_view document, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_SET, .number = set->sequence};
    char path[VOLUME_NAME_BYTES], folder[VOLUME_NAME_BYTES];
    int code;

    snprintf(folder, sizeof(folder), VOLUME_ROOT "/rings/%s", set->ring);
    snprintf(name.word, sizeof(name.word), "%s", set->ring);
    code = path_make_folders(repository->tree_fd, folder, 0755, err);
    if (code == 0)
        code = publish_file(repository->tree_fd, volume_format(&name, path), document.data,
                            document.size, DOC_MODE, err);
    return code;
}

/* Judges what was just signed. Too few signatures are no failure but an answer. */
static int judge_signed(const struct ring_signer *signer, struct bytes_view document,
                        struct ring_result *result, struct error *err)
{
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    const struct root_ring *ring = root_ring(trust_root(signer->trust), result->set.ring);
    struct error refused = {.code = ERROR_OK};
    int code =
        trust_judge(signer->trust, DOCUMENT_SET, result->set.ring, document, verdict, &refused);

    result->signatures = verdict->signer_count;
    result->threshold = ring != NULL ? ring->threshold : 0;
    result->pending = code < 0 && refused.code == ERROR_THRESHOLD;
    free(verdict);
    if (code == 0 || result->pending)
        return 0;
    *err = refused;
    return error_context(err, "the set that was just signed");
}

/* Where a signed set goes: into the tree, or aside until it has enough signatures. */
int ring_put_away(const struct ring_signer *signer, struct bytes_view document,
                  struct ring_result *result, struct error *err)
{
    int code = catalog_note_time(signer->repository->catalog, SUBJECT, result->set.ring,
                                 result->set.time_us, err);

    if (code == 0)
        code = judge_signed(signer, document, result, err);
    if (code < 0)
        return code;
    if (result->pending)
        return pending_write(signer->repository, result->set.ring, document, err);
    return write_set(signer->repository, &result->set, document, err);
}

static int sign_composed(const struct ring_signer *signer, struct set_document *set,
                         struct ring_result *result, struct error *err)
{
    struct sign_timestamper timestamper;
    struct key *key = NULL;
    struct bytes json = {0}, document;
    int64_t last_us, time_us = 0;
    int code = keyring_key(signer->keyring, ROLE_RELEASE, signer->key, &key, err);

    bytes_init(&document, LIMIT_SET_BYTES);
    if (code == 0) /* opened before a number is taken: a wrong passphrase costs none */
        code = keyring_timestamper(signer->keyring, 0, &timestamper, err);
    if (code == 0)
        code = catalog_reserve(signer->repository->catalog, SUBJECT, set->ring, &set->sequence,
                               &last_us, err);
    if (code == 0)
        code = set_write(set, &json, err);
    if (code == 0) {
        const struct key *const keys[] = {key};

        timestamper.not_before_us = last_us;
        code = sign_document(DOCUMENT_SET, bytes_view(&json), keys, 1, &timestamper, &document,
                             &time_us, err);
    }
    if (code == 0) {
        fill_result(set, bytes_view(&json), time_us, result);
        code = ring_put_away(signer, bytes_view(&document), result, err);
    }
    key_free(key);
    bytes_clear(&json);
    bytes_clear(&document);
    return code;
}

/* Whether just this set waits for a signature already, for about as long as a new one would. */
static int compare_waiting(const struct ring_signer *signer, struct set_document *set,
                           struct ring_result *result, struct error *err)
{
    struct pending *pending = NULL;
    struct error why = {.code = ERROR_OK};
    bool same = false;
    int code = 0;

    /* What is there and can't be read is no reason not to sign: it is replaced, or refused by
     * cosign. */
    if (pending_read(signer->repository, signer->trust, set->ring, &pending, &why) < 0)
        return 0;
    if (pending_check(signer->repository, signer->trust, pending, &why) == 0 &&
        set->expires_us - pending->set.expires_us < INSTANT_DAY_US)
        code = compose_same(set, &pending->set, &same, err);
    result->replaces = pending->set.sequence;
    if (code == 0 && same) {
        result->replaces = 0;
        result->pending = result->waits = true;
        result->signatures = pending->verdict.signer_count;
        result->threshold = pending->threshold;
        snprintf(result->set.ring, sizeof(result->set.ring), "%s", set->ring);
        result->set.sequence = pending->set.sequence;
    }
    pending_free(pending);
    return code;
}

/* What would be signed: it must be a document, and it has a number. */
static int look_ahead(const struct ring_signer *signer, struct set_document *set,
                      struct ring_result *result, struct error *err)
{
    const struct root_ring *ring = root_ring(trust_root(signer->trust), set->ring);
    struct bytes json = {0};
    int64_t last_us;
    int code = catalog_progress(signer->repository->catalog, SUBJECT, set->ring, &set->sequence,
                                &last_us, err);

    set->sequence++;
    if (code == 0)
        code = set_write(set, &json, err);
    bytes_clear(&json);
    result->dry_run = true;
    result->threshold = ring != NULL ? ring->threshold : 0;
    snprintf(result->set.ring, sizeof(result->set.ring), "%s", set->ring);
    result->set.sequence = set->sequence;
    return code;
}

int ring_sign(const struct ring_signer *signer, const char *ring,
              const struct set_package *packages, size_t count, json_t *evidence,
              struct ring_result *result, struct error *err)
{
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    int code = compose_set(signer, ring, packages, count, evidence, set, err);

    *result = (struct ring_result){0};
    if (code == 0)
        code = compare_waiting(signer, set, result, err);
    if (code == 0 && !result->waits)
        code = signer->dry_run ? look_ahead(signer, set, result, err)
                               : sign_composed(signer, set, result, err);
    result->dry_run = signer->dry_run;
    set_clear(set);
    free(set);
    return code < 0 ? error_context(err, "ring %s", ring) : 0;
}

int ring_enter(struct repository *repository, const struct ring_result *result, struct error *err)
{
    return result->pending || result->dry_run
               ? 0
               : catalog_add_set(repository->catalog, &result->set, err);
}

int ring_show(const struct repository *repository, const struct ring_result *result,
              struct error *err)
{
    struct volume_name name = {.kind = VOLUME_SET, .number = result->set.sequence};
    char path[VOLUME_NAME_BYTES];
    struct bytes document;
    int code;

    if (result->pending || result->dry_run)
        return 0;
    snprintf(name.word, sizeof(name.word), "%s", result->set.ring);
    code =
        path_read(repository->tree_fd, volume_format(&name, path), LIMIT_SET_BYTES, &document, err);
    name.kind = VOLUME_SET_NEWEST;
    if (code == 0)
        code = publish_file(repository->tree_fd, volume_format(&name, path), document.data,
                            document.size, DOC_MODE, err);
    if (code == 0)
        code = tree_list_write(repository->tree_fd, repository->catalog, err);
    if (code == 0)
        code = pending_drop(repository, result->set.ring, err);
    bytes_clear(&document);
    return code;
}

int ring_release(struct repository *repository, const struct ring_result *result, struct error *err)
{
    int code = ring_enter(repository, result, err);

    return code < 0 ? code : ring_show(repository, result, err);
}

/* Whether set.p7m holds the bytes of the newest set. */
static bool is_shown(const struct repository *repository, const struct catalog_set *set)
{
    struct volume_name name = {.kind = VOLUME_SET, .number = set->sequence};
    struct error ignored = {.code = ERROR_OK};
    char path[VOLUME_NAME_BYTES];
    struct bytes newest, shown;
    bool same;

    snprintf(name.word, sizeof(name.word), "%s", set->ring);
    bytes_init(&shown, 0);
    same = path_read(repository->tree_fd, volume_format(&name, path), LIMIT_SET_BYTES, &newest,
                     &ignored) == 0;
    name.kind = VOLUME_SET_NEWEST;
    same = same &&
           path_read(repository->tree_fd, volume_format(&name, path), LIMIT_SET_BYTES, &shown,
                     &ignored) == 0 &&
           bytes_equal(bytes_view(&newest), bytes_view(&shown));
    bytes_clear(&newest);
    bytes_clear(&shown);
    return same;
}

/* Whether what was released waits still: its signing was cut at the very end. */
static bool still_waits(const struct repository *repository, struct trust *trust,
                        const struct catalog_set *set)
{
    struct error ignored = {.code = ERROR_OK};
    struct pending *pending = NULL;
    bool waits = pending_find(repository, trust, set->ring, &pending, &ignored) == 0 &&
                 pending != NULL && memcmp(pending->digest, set->digest, DIGEST_BYTES) == 0;

    pending_free(pending);
    return waits;
}

int ring_settle(const struct repository *repository, struct trust *trust, bool dry_run,
                struct error *err)
{
    const struct root_document *root = trust_root(trust);
    int code = dry_run ? 0 : root_pem_settle(repository, root, err);

    for (size_t i = 0; i < root->ring_count && code == 0 && !dry_run; i++) {
        struct ring_result newest = {0};
        bool found;

        code =
            catalog_newest_set(repository->catalog, root->rings[i].name, &newest.set, &found, err);
        if (code == 0 && found &&
            (!is_shown(repository, &newest.set) || still_waits(repository, trust, &newest.set)))
            code = ring_show(repository, &newest, err);
    }
    return code;
}
