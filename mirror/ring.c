/* SPDX-License-Identifier: ISC */
#include "mirror/ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/cms.h"
#include "media/volume.h"
#include "mirror/belief.h"

#define SUBJECT  "ring"
#define DOC_MODE 0644

const char *ring_pending_name(const char *ring, char out[static 128])
{
    snprintf(out, 128, REPOSITORY_PENDING "/%s.p7m", ring);
    return out;
}

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

/* What a new set takes over from the one before. Moved, so that each is owned once. */
static void take_over(struct set_document *set, struct set_document *before,
                      const struct catalog_set *known)
{
    set->has_previous = true;
    memcpy(set->previous, known->digest, DIGEST_BYTES);
    set->withdrawn = before->withdrawn;
    set->withdrawn_count = before->withdrawn_count;
    set->flags = json_incref(before->flags);
    before->withdrawn = NULL;
    before->withdrawn_count = 0;
}

static void set_waves(struct set_document *set, const struct root_ring *ring)
{
    snprintf(set->waves[0].type, sizeof(set->waves[0].type), "default");
    set->waves[0].plan = ring->waves;
    set->wave_count = 1;
}

/* Everything but the sequence, which is reserved only when nothing can be refused any more. */
static int compose(const struct ring_signer *signer, const char *name,
                   const struct set_package *packages, size_t count, json_t *evidence,
                   struct set_document *set, struct error *err)
{
    const struct root_ring *ring, *first;
    struct set_document *before = bytes_allocate(1, sizeof(*before));
    struct catalog_set known;
    bool found;
    int result = ring_find(signer->trust, name, &ring, &first, err);

    set->evidence = evidence;
    if (result == 0)
        result = ring_newest(signer->repository,
                             signer->reading != NULL ? signer->reading : signer->trust, name,
                             before, &known, &found, err);
    if (result == 0 && count > LIMIT_SET_PACKAGES)
        result = error_set(err, ERROR_LIMIT, "more than %d packages in a set", LIMIT_SET_PACKAGES);
    if (result == 0) {
        snprintf(set->ring, sizeof(set->ring), "%s", name);
        if (found)
            take_over(set, before, &known);
        else
            set->flags = json_object();
        if (signer->flags != NULL) {
            json_decref(set->flags);
            set->flags = json_deep_copy(signer->flags);
        }
        memcpy(set->packages, packages, count * sizeof(*packages));
        set->package_count = count;
        set_waves(set, ring);
        set->root_version = trust_root(signer->trust)->version;
        set->expires_us =
            instant_clock() + (int64_t)signer->repository->settings.set_days * INSTANT_DAY_US;
        set->expires_us -= set->expires_us % INSTANT_SECOND_US;
        result = belief_crls(signer->repository, set->crls, &set->crl_count, err);
    }
    set_clear(before);
    free(before);
    return result;
}

static void fill_result(const struct set_document *set, struct bytes_view json, int64_t time_us,
                        struct ring_result *result)
{
    snprintf(result->set.ring, sizeof(result->set.ring), "%s", set->ring);
    result->set.sequence = set->sequence;
    result->set.time_us = time_us;
    digest_of(json.data, json.size, result->set.digest);
}

static int write_pending(const struct ring_signer *signer, const char *ring,
                         struct bytes_view document, struct error *err)
{
    char name[128];
    int code = path_make_folders(signer->repository->fd, REPOSITORY_PENDING, 0755, err);

    if (code < 0)
        return code;
    return publish_file(signer->repository->fd, ring_pending_name(ring, name), document.data,
                        document.size, DOC_MODE, err);
}

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
        code = publish_new_file(repository->tree_fd, volume_format(&name, path), document.data,
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
static int put_away(const struct ring_signer *signer, struct bytes_view document,
                    struct ring_result *result, struct error *err)
{
    int code = catalog_note_time(signer->repository->catalog, SUBJECT, result->set.ring,
                                 result->set.time_us, err);

    if (code == 0)
        code = judge_signed(signer, document, result, err);
    if (code < 0)
        return code;
    if (result->pending)
        return write_pending(signer, result->set.ring, document, err);
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
        code = put_away(signer, bytes_view(&document), result, err);
    }
    key_free(key);
    bytes_clear(&json);
    bytes_clear(&document);
    return code;
}

int ring_sign(const struct ring_signer *signer, const char *ring,
              const struct set_package *packages, size_t count, json_t *evidence,
              struct ring_result *result, struct error *err)
{
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    int code = compose(signer, ring, packages, count, evidence, set, err);

    *result = (struct ring_result){0};
    if (code == 0)
        code = sign_composed(signer, set, result, err);
    set_clear(set);
    free(set);
    return code < 0 ? error_context(err, "ring %s", ring) : 0;
}

int ring_pending(const struct repository *repository, const char *ring, struct bytes *document,
                 struct set_document *set, size_t *signatures, struct error *err)
{
    struct cms_profile profile = cms_profile_of(DOCUMENT_SET);
    struct cms *cms = bytes_allocate(1, sizeof(*cms));
    char name[128];
    int code =
        path_read(repository->fd, ring_pending_name(ring, name), LIMIT_SET_BYTES, document, err);

    *set = (struct set_document){0};
    if (code < 0 && err->code == ERROR_NOT_FOUND)
        error_set(err, ERROR_NOT_FOUND, "ring %s: no set waits for a signature", ring);
    if (code == 0)
        code = cms_parse(&profile, bytes_view(document), cms, err);
    if (code == 0)
        code = cms_verify(cms, err);
    if (code == 0)
        code = set_parse(cms->content, set, err);
    *signatures = code == 0 ? cms->signer_count : 0;
    free(cms);
    return code;
}

/* What was pending must still be the next set of its ring, with packages that are here. */
static int check_pending(const struct ring_signer *signer, const struct set_document *set,
                         const char *ring, struct error *err)
{
    struct package_document package;
    struct catalog_set known;
    bool found;
    int code = catalog_newest_set(signer->repository->catalog, ring, &known, &found, err);

    if (code < 0)
        return code;
    if (strcmp(set->ring, ring) != 0 || set->has_previous != found ||
        (found && (set->sequence <= known.sequence ||
                   memcmp(set->previous, known.digest, DIGEST_BYTES) != 0)))
        return error_set(err, ERROR_USAGE,
                         "the ring has moved on since this set was made; promote again");
    for (size_t i = 0; i < set->package_count && code == 0; i++) {
        code = belief_package(signer->repository, signer->trust, set->packages[i].type,
                              set->packages[i].id, &package, NULL, err);
        package_clear(&package);
    }
    return code;
}

/* The document with one more signature, judged. content: its JSON, once it is accepted. */
static int sign_once_more(const struct ring_signer *signer, const char *ring,
                          struct bytes_view before, struct bytes *document,
                          struct trust_verdict *verdict, struct error *err)
{
    struct sign_timestamper timestamper;
    struct catalog_set known;
    struct key *key = NULL;
    bool found;
    int code = keyring_key(signer->keyring, ROLE_RELEASE, signer->key, &key, err);

    if (code == 0)
        code = catalog_newest_set(signer->repository->catalog, ring, &known, &found, err);
    if (code == 0)
        code = keyring_timestamper(signer->keyring, found ? known.time_us : 0, &timestamper, err);
    if (code == 0)
        code = sign_again(DOCUMENT_SET, before, key, &timestamper, document, NULL, err);
    if (code == 0)
        code = trust_judge(signer->trust, DOCUMENT_SET, ring, bytes_view(document), verdict, err);
    key_free(key);
    return code;
}

/* Adds the signature and puts the set where it then belongs. */
static int cosign_checked(const struct ring_signer *signer, const struct set_document *set,
                          struct bytes_view before, struct ring_result *result, struct error *err)
{
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    struct error refused = {.code = ERROR_OK};
    struct bytes document;
    int code;

    bytes_init(&document, LIMIT_SET_BYTES);
    code = sign_once_more(signer, set->ring, before, &document, verdict, &refused);
    if (code == 0)
        fill_result(set, verdict->content, verdict->time_us, result);
    if (code < 0 && refused.code != ERROR_THRESHOLD)
        *err = refused;
    if (code < 0 && refused.code == ERROR_THRESHOLD) {
        snprintf(result->set.ring, sizeof(result->set.ring), "%s", set->ring);
        result->set.sequence = set->sequence;
        code = 0;
    }
    if (code == 0)
        code = put_away(signer, bytes_view(&document), result, err);
    bytes_clear(&document);
    free(verdict);
    return code;
}

int ring_cosign(const struct ring_signer *signer, const char *ring, struct ring_result *result,
                struct error *err)
{
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct bytes before;
    size_t signatures;
    int code = ring_pending(signer->repository, ring, &before, set, &signatures, err);

    *result = (struct ring_result){0};
    /* Checked before the key touches it: nobody signs what they have not been shown to be sound. */
    if (code == 0)
        code = check_pending(signer, set, ring, err);
    if (code == 0)
        code = cosign_checked(signer, set, bytes_view(&before), result, err);
    bytes_clear(&before);
    set_clear(set);
    free(set);
    return code;
}

int ring_enter(struct repository *repository, const struct ring_result *result, struct error *err)
{
    return result->pending ? 0 : catalog_add_set(repository->catalog, &result->set, err);
}

int ring_show(const struct repository *repository, const struct ring_result *result,
              struct error *err)
{
    struct volume_name name = {.kind = VOLUME_SET, .number = result->set.sequence};
    char path[VOLUME_NAME_BYTES], pending[128];
    struct bytes document;
    int code;

    if (result->pending)
        return 0;
    snprintf(name.word, sizeof(name.word), "%s", result->set.ring);
    code =
        path_read(repository->tree_fd, volume_format(&name, path), LIMIT_SET_BYTES, &document, err);
    name.kind = VOLUME_SET_NEWEST;
    if (code == 0)
        code = publish_file(repository->tree_fd, volume_format(&name, path), document.data,
                            document.size, DOC_MODE, err);
    if (code == 0)
        code = path_remove(repository->fd, ring_pending_name(result->set.ring, pending), err);
    bytes_clear(&document);
    return code;
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

int ring_settle(const struct repository *repository, const struct trust *trust, struct error *err)
{
    const struct root_document *root = trust_root(trust);
    int code = 0;

    for (size_t i = 0; i < root->ring_count && code == 0; i++) {
        struct ring_result newest = {0};
        bool found;

        code =
            catalog_newest_set(repository->catalog, root->rings[i].name, &newest.set, &found, err);
        if (code == 0 && found && !is_shown(repository, &newest.set))
            code = ring_show(repository, &newest, err);
    }
    return code;
}
