/* SPDX-License-Identifier: ISC */
#include "mirror/resign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/publish.h"
#include "media/package.h"
#include "media/sign.h"
#include "media/volume.h"
#include "mirror/belief.h"

#define TYPE_SUBJECT "type"

/* A package under its old id, and what takes its place. */
struct replaced {
    uint8_t id[DIGEST_BYTES];
    struct set_package row;
};

struct work {
    const struct ring_signer *signer;
    const char *content_key;
    bool count_only;
    struct resign *done;
    size_t replaced_count;
    struct replaced replaced[LIMIT_SET_PACKAGES * 4];
};

/* Codes of a document that was good once: its signers or their number no longer count. Anything else
 * is damage, and damage is not signed again. */
static bool was_good(enum error_code code)
{
    return code == ERROR_REVOKED || code == ERROR_UNTRUSTED_ROOT || code == ERROR_THRESHOLD ||
           code == ERROR_EXPIRED;
}

/* Judges a package as it stands. *good false: it has to be signed again. */
static int look_at_package(const struct work *work, const struct set_package *row, bool *good,
                           struct error *err)
{
    struct package_document package;
    int result = belief_package(work->signer->repository, work->signer->trust, row->type, row->id,
                                &package, NULL, err);

    package_clear(&package);
    *good = result == 0;
    return result < 0 && !was_good(err->code) ? result : 0;
}

/* The document of the package as an earlier root document, and no list, would have it. */
static int read_past_package(const struct repository *repository, const struct set_package *row,
                             struct package_document *package, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_PACKAGE};
    char path[VOLUME_NAME_BYTES];
    struct trust *past;
    int result;

    *package = (struct package_document){.issue = 0};
    snprintf(name.word, sizeof(name.word), "%s", row->type);
    memcpy(name.digest, row->id, DIGEST_BYTES);
    result =
        belief_past(repository, DOCUMENT_PACKAGE, NULL, volume_format(&name, path), &past, err);
    if (result == 0)
        result = belief_package(repository, past, row->type, row->id, package, NULL, err);
    trust_free(past);
    return result;
}

static int judge_signed(const struct work *work, struct bytes_view document, struct error *err)
{
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    int result = trust_judge(work->signer->trust, DOCUMENT_PACKAGE, NULL, document, verdict, err);

    free(verdict);
    return result < 0 ? error_context(err, "the package that was just signed") : 0;
}

/* Signs the document under its new issue and writes it into the tree. */
static int sign_package(const struct work *work, const struct package_document *package,
                        int64_t last_us, struct catalog_package *entry, struct error *err)
{
    const struct ring_signer *signer = work->signer;
    struct volume_name name = {.kind = VOLUME_PACKAGE};
    char path[VOLUME_NAME_BYTES];
    struct sign_timestamper timestamper;
    struct bytes json, document;
    struct key *key = NULL;
    int result = package_write(package, &json, err);

    bytes_init(&document, LIMIT_PACKAGE_BYTES);
    if (result == 0)
        result = keyring_key(signer->keyring, ROLE_CONTENT, work->content_key, &key, err);
    if (result == 0)
        result = keyring_timestamper(signer->keyring, last_us, &timestamper, err);
    if (result == 0) {
        const struct key *const keys[] = {key};

        result = sign_document(DOCUMENT_PACKAGE, bytes_view(&json), keys, 1, &timestamper,
                               &document, &entry->time_us, err);
    }
    if (result == 0)
        result = catalog_note_time(signer->repository->catalog, TYPE_SUBJECT, package->type,
                                   entry->time_us, err);
    if (result == 0)
        result = judge_signed(work, bytes_view(&document), err);
    if (result == 0) {
        entry->issue = package->issue;
        entry->size = json.size;
        digest_of(json.data, json.size, entry->id);
        memcpy(name.digest, entry->id, DIGEST_BYTES);
        snprintf(name.word, sizeof(name.word), "%s", package->type);
        result = publish_new_file(signer->repository->tree_fd, volume_format(&name, path),
                                  document.data, document.size, 0644, err);
    }
    key_free(key);
    bytes_clear(&json);
    bytes_clear(&document);
    return result;
}

static int issue_again(const struct work *work, const struct set_package *old,
                       struct set_package *new, struct error *err)
{
    struct catalog *catalog = work->signer->repository->catalog;
    struct package_document package;
    struct catalog_package entry;
    int64_t last_us = 0;
    bool found = false;
    int result = read_past_package(work->signer->repository, old, &package, err);

    if (result == 0)
        result = catalog_find_package(catalog, old->id, &entry, &found, err);
    if (result == 0 && !found)
        result = error_set(err, ERROR_NOT_FOUND, "the catalog does not know this package");
    if (result == 0)
        result = catalog_reserve(catalog, TYPE_SUBJECT, old->type, &package.issue, &last_us, err);
    if (result == 0)
        result = sign_package(work, &package, last_us, &entry, err);
    if (result == 0)
        result = catalog_add_package(catalog, &entry, err);
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
    int result = 0;

    for (size_t i = 0; i < work->replaced_count; i++) {
        if (memcmp(work->replaced[i].id, row->id, DIGEST_BYTES) == 0) {
            *row = work->replaced[i].row;
            return 0;
        }
    }
    if (work->replaced_count == sizeof(work->replaced) / sizeof(work->replaced[0]))
        return error_set(err, ERROR_LIMIT, "too many packages at once; run this again");
    memcpy(place->id, row->id, DIGEST_BYTES);
    if (!work->count_only)
        result = issue_again(work, row, &place->row, err);
    else
        place->row = *row;
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

        result = look_at_package(work, &set->packages[i], &good, err);
        if (result < 0 || good)
            continue;
        *changed = true;
        result = replace_row(work, &set->packages[i], err);
    }
    return result;
}

static int sign_set(struct work *work, struct trust *past, const struct set_document *set,
                    struct error *err)
{
    struct ring_signer signer = *work->signer;
    struct ring_result *made = &work->done->sets[work->done->set_count];
    int result = 0;

    signer.reading = past;
    if (!work->count_only)
        result = ring_sign(&signer, set->ring, set->packages, set->package_count, json_object(),
                           made, err);
    if (result == 0 && !work->count_only)
        result = ring_enter(signer.repository, made, err);
    if (result == 0 && !work->count_only)
        result = ring_show(signer.repository, made, err);
    if (result < 0)
        return result;
    work->done->pending_count += made->pending;
    work->done->set_count++;
    return 0;
}

/* The newest set of a ring: good as it is with good packages, or made again. */
static int look_at_ring(struct work *work, const char *ring, struct error *err)
{
    struct repository *repository = work->signer->repository;
    struct volume_name name = {.kind = VOLUME_SET};
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct trust *past = NULL;
    char path[VOLUME_NAME_BYTES];
    struct catalog_set known;
    bool found, changed = false;
    int result = ring_newest(repository, work->signer->trust, ring, set, &known, &found, err);

    if (result < 0 && was_good(err->code)) {
        changed = true;
        set_clear(set);
        name.number = known.sequence;
        snprintf(name.word, sizeof(name.word), "%s", ring);
        result =
            belief_past(repository, DOCUMENT_SET, ring, volume_format(&name, path), &past, err);
        if (result == 0)
            result = belief_set(repository, past, &known, set, NULL, err);
    }
    if (result == 0 && found)
        result = replace_rows(work, set, &changed, err);
    if (result == 0 && changed)
        result = sign_set(work, past, set, err);
    trust_free(past);
    set_clear(set);
    free(set);
    return result < 0 ? error_context(err, "ring %s", ring) : 0;
}

static int go_through(const struct ring_signer *signer, const char *content_key, bool count_only,
                      struct resign *done, struct error *err)
{
    const struct root_document *root = trust_root(signer->trust);
    struct work *work = bytes_allocate(1, sizeof(*work));
    int result = 0;

    *done = (struct resign){.set_count = 0};
    work->signer = signer;
    work->content_key = content_key;
    work->count_only = count_only;
    work->done = done;
    for (size_t i = 0; i < root->ring_count && result == 0; i++)
        result = look_at_ring(work, root->rings[i].name, err);
    free(work);
    return result;
}

int resign_unacceptable(const struct ring_signer *signer, const char *content_key,
                        struct resign *done, struct error *err)
{
    return go_through(signer, content_key, false, done, err);
}

int resign_count(const struct ring_signer *signer, struct resign *plan, struct error *err)
{
    return go_through(signer, NULL, true, plan, err);
}
