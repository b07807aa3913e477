/* SPDX-License-Identifier: ISC */
#include "mirror/rotation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/instant.h"
#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/certify.h"
#include "media/sign.h"
#include "media/volume.h"
#include "mirror/belief.h"
#include "mirror/key-store.h"
#include "mirror/revocation-list.h"
#include "mirror/root-pem.h"

#define LIST_SOON_US (180 * INSTANT_DAY_US) /* a list that is over within this is made again */
#define SIGNERS      (2 * LIMIT_ROOT_CERTIFICATES)

/* By way of its text: every part is its own. */
static int copy_document(const struct root_document *from, struct root_document *to,
                         struct error *err)
{
    struct bytes json;
    int result = root_write(from, &json, err);

    *to = (struct root_document){.version = 0};
    if (result == 0)
        result = root_parse(bytes_view(&json), to, err);
    bytes_clear(&json);
    return result;
}

static int find_ring(const struct root_document *root, const char *name, size_t *index,
                     struct error *err)
{
    for (*index = 0; *index < root->ring_count; ++*index) {
        if (strcmp(root->rings[*index].name, name) == 0)
            return 0;
    }
    return error_set(err, ERROR_NOT_FOUND, "no ring %s in root document %llu", name,
                     (unsigned long long)root->version);
}

/* A ring between two others takes nothing from any endpoint: they know theirs by name. */
static int add_ring(struct root_document *root, const struct rotation_ring *change,
                    struct error *err)
{
    size_t index = root->ring_count;
    struct root_ring *ring;
    int result = 0;

    if (root_ring(root, change->name) != NULL)
        return error_set(err, ERROR_USAGE, "ring %s is there already", change->name);
    if (root->ring_count == LIMIT_RINGS)
        return error_set(err, ERROR_LIMIT, "more than %d rings (RINGS)", LIMIT_RINGS);
    if (change->before != NULL)
        result = find_ring(root, change->before, &index, err);
    if (result < 0)
        return result;
    ring = &root->rings[index];
    memmove(ring + 1, ring, (root->ring_count - index) * sizeof(*ring));
    *ring = (struct root_ring){.threshold = root->roles[ROLE_RELEASE].threshold,
                               .production = change->before == NULL};
    snprintf(ring->name, sizeof(ring->name), "%s", change->name);
    wave_everyone(&ring->waves);
    root->ring_count++;
    return 0;
}

static int change_ring(struct root_document *root, const struct rotation_ring *change,
                       struct error *err)
{
    size_t index = 0;
    int result = change->added ? add_ring(root, change, err) : 0;

    if (result == 0)
        result = find_ring(root, change->name, &index, err);
    if (result < 0)
        return result;
    if (change->threshold > 0)
        root->rings[index].threshold = change->threshold;
    if (change->has_production)
        root->rings[index].production = change->production;
    return 0;
}

static int drop_root(struct root_document *root, const uint8_t id[static DIGEST_BYTES],
                     struct error *err)
{
    for (size_t i = 0; i < root->root_count; i++) {
        struct certificate certificate;
        uint8_t key[DIGEST_BYTES];
        int result = certificate_parse(bytes_view(&root->roots[i]), &certificate, err);

        if (result < 0)
            return result;
        certificate_key_id(&certificate, key);
        if (memcmp(key, id, DIGEST_BYTES) != 0)
            continue;
        if (root->root_count == 1)
            return error_set(err, ERROR_USAGE, "the only root can't be dropped; first --new-root");
        bytes_clear(&root->roots[i]);
        root->root_count--;
        memmove(&root->roots[i], &root->roots[i + 1],
                (root->root_count - i) * sizeof(root->roots[0]));
        root->roots[root->root_count] = (struct bytes){0};
        return 0;
    }
    return error_set(err, ERROR_NOT_FOUND, "root document %llu names no such root",
                     (unsigned long long)root->version);
}

static void put_resets(struct root_document *root, const struct rotation *rotation)
{
    free(root->resets);
    root->resets = bytes_allocate(rotation->reset_count + 1, sizeof(*root->resets));
    memcpy(root->resets, rotation->resets, rotation->reset_count * sizeof(*root->resets));
    root->reset_count = rotation->reset_count;
}

int rotation_describe(const struct root_document *before, const struct rotation *rotation,
                      int64_t now_us, struct root_document *next, struct error *err)
{
    int result = copy_document(before, next, err);

    if (result < 0)
        return result;
    if (before->version == LIMIT_ROOT_DOCUMENTS)
        return error_set(err, ERROR_LIMIT, "more than ROOT_DOCUMENTS (%d)", LIMIT_ROOT_DOCUMENTS);
    next->version++;
    next->expires_us =
        now_us - now_us % INSTANT_SECOND_US + (int64_t)rotation->days * INSTANT_DAY_US;
    put_resets(next, rotation);
    for (size_t i = 0; i < rotation->ring_count && result == 0; i++)
        result = change_ring(next, &rotation->rings[i], err);
    if (result == 0 && rotation->drop_root != NULL)
        result = drop_root(next, rotation->drop_root, err);
    return result;
}

static struct certify_request ask(const char *organisation, const char *name, int64_t now_us,
                                  int days)
{
    return (struct certify_request){.organisation = organisation,
                                    .name = name,
                                    .not_before_us = now_us - INSTANT_HOUR_US,
                                    .not_after_us = now_us + days * INSTANT_DAY_US};
}

static int end_pem(struct key *key, struct bytes *pem, struct error *err)
{
    int result = bytes_put_u8(pem, 0, err);

    return result < 0 ? result : key_set_path(key, (const char *)pem->data, err);
}

static int certify_new(const char *organisation, unsigned number, int64_t now_us,
                       struct rotation_root *made, struct error *err)
{
    char names[3][CERTIFY_SUBJECT_BYTES];
    struct certify_request root, issuing, leaf;
    int result;

    /* Of its own name each: a chain must not be ambiguous about which root it ends in. */
    snprintf(names[0], sizeof(names[0]), "Sallyport root CA %u", number);
    snprintf(names[1], sizeof(names[1]), "Sallyport issuing CA %u", number);
    snprintf(names[2], sizeof(names[2]), "root-sign %u", number);
    root = ask(organisation, names[0], now_us, KEY_STORE_ROOT_DAYS);
    issuing = ask(organisation, names[1], now_us, KEY_STORE_ISSUER_DAYS);
    leaf = ask(organisation, names[2], now_us, KEY_STORE_LEAF_DAYS);
    result = certify_root(made->root, &root, &made->root_pem, err);
    if (result == 0)
        result = end_pem(made->root, &made->root_pem, err);
    if (result == 0)
        result = certify_issuer(made->root, made->issuing, &issuing, &made->issuing_pem, err);
    if (result == 0)
        result = end_pem(made->issuing, &made->issuing_pem, err);
    if (result == 0)
        result =
            certify_leaf(made->root, made->root_sign, ROLE_ROOT, &leaf, &made->root_sign_pem, err);
    return result < 0 ? result : end_pem(made->root_sign, &made->root_sign_pem, err);
}

static int write_new(int fd, unsigned number, const char *passphrase,
                     const struct rotation_root *made, struct error *err)
{
    const struct {
        enum authority_kind kind;
        const struct key *key;
        const struct bytes *pem;
    } rows[] = {
        {AUTHORITY_ROOT, made->root, &made->root_pem},
        {AUTHORITY_ISSUING, made->issuing, &made->issuing_pem},
        {AUTHORITY_ROOT_SIGN, made->root_sign, &made->root_sign_pem},
    };
    int result = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && result == 0; i++) {
        char name[32];

        result = key_store_write(fd, authority_name(rows[i].kind, number, name), rows[i].key,
                                 passphrase, rows[i].pem, err);
    }
    return result;
}

int rotation_root_make(const struct authority_folder *authorities, const char *organisation,
                       const char *passphrase, int64_t now_us, struct rotation_root *made,
                       struct error *err)
{
    unsigned number = authority_free_number(authorities);
    int result;

    *made = (struct rotation_root){.root = NULL};
    bytes_init(&made->root_pem, KEY_STORE_PEM_BYTES);
    bytes_init(&made->issuing_pem, KEY_STORE_PEM_BYTES);
    bytes_init(&made->root_sign_pem, KEY_STORE_PEM_BYTES);
    result = key_generate(&made->root, err);
    if (result == 0)
        result = key_generate(&made->issuing, err);
    if (result == 0)
        result = key_generate(&made->root_sign, err);
    if (result == 0)
        result = certify_new(organisation, number, now_us, made, err);
    if (result == 0)
        result = write_new(authorities->fd, number, passphrase, made, err);
    return result < 0 ? error_context(err, "new root") : 0;
}

void rotation_root_clear(struct rotation_root *made)
{
    key_free(made->root);
    key_free(made->issuing);
    key_free(made->root_sign);
    bytes_clear(&made->root_pem);
    bytes_clear(&made->issuing_pem);
    bytes_clear(&made->root_sign_pem);
}

/* Keys that sign a root document; which of them are ours to free. */
struct signers {
    size_t count, opened;
    const struct authority *rows[SIGNERS];
    struct key *keys[SIGNERS];
};

static void signers_clear(struct signers *signers)
{
    for (size_t i = 0; i < signers->opened; i++)
        key_free(signers->keys[i]);
}

/* Adds the newest root-sign leaf of a root, once. */
static int add_signer(struct signers *signers, const struct repository *repository,
                      const struct authority_folder *authorities, const struct root_document *root,
                      size_t index, int64_t now_us, struct error *err)
{
    const struct authority *row =
        authority_newest(authorities, repository, root, index, AUTHORITY_ROOT_SIGN, now_us);

    if (row == NULL)
        return error_set(err, ERROR_NOT_FOUND,
                         "%s holds no root-sign key of root %zu of root document %llu that is good "
                         "now; next: sallyport-mirror keys issue root",
                         authorities->path, index + 1, (unsigned long long)root->version);
    for (size_t i = 0; i < signers->count; i++) {
        if (signers->rows[i] == row)
            return 0;
    }
    signers->rows[signers->count++] = row;
    return 0;
}

static bool root_is_listed(const struct root_document *root, const struct bytes *der)
{
    for (size_t i = 0; i < root->root_count; i++) {
        if (bytes_equal(bytes_view(&root->roots[i]), bytes_view(der)))
            return true;
    }
    return false;
}

/* A leaf of each root of the new document. Those of the old one sign too: one that both list does
 * for both. */
static int choose_signers(struct signers *signers, const struct repository *repository,
                          const struct authority_folder *authorities,
                          const struct root_document *before, const struct root_document *next,
                          const struct rotation_root *made, int64_t now_us, struct error *err)
{
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];
    int result = 0;

    if (made != NULL)
        key_path(made->root, path);
    for (size_t i = 0; i < before->root_count && result == 0; i++) {
        struct error absent = {.code = ERROR_OK};

        result = add_signer(signers, repository, authorities, before, i, now_us, &absent);
        /* A root that is dropped may be lost: then the others must be enough. */
        if (result < 0 && !root_is_listed(next, &before->roots[i]))
            result = 0;
        if (result < 0)
            *err = absent;
    }
    for (size_t i = 0; i < next->root_count && result == 0; i++) {
        if (made == NULL || !bytes_equal(bytes_view(&next->roots[i]), path[0]))
            result = add_signer(signers, repository, authorities, next, i, now_us, err);
    }
    return result;
}

static int open_signers(struct signers *signers, const struct authority_folder *authorities,
                        struct keyring *keyring, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < signers->count && result == 0; i++) {
        result = authority_key(authorities, signers->rows[i], keyring, &signers->keys[i], err);
        signers->opened += result == 0;
    }
    return result;
}

static int sign_next(const struct signers *signers, const struct rotation_root *made,
                     struct keyring *keyring, struct bytes_view json, struct bytes *document,
                     struct error *err)
{
    const struct key *keys[SIGNERS + 1];
    struct sign_timestamper timestamper;
    size_t count = signers->count;
    int result = keyring_timestamper(keyring, 0, &timestamper, err);

    for (size_t i = 0; i < count; i++)
        keys[i] = signers->keys[i];
    if (made != NULL)
        keys[count++] = made->root_sign;
    if (result == 0)
        result = sign_document(DOCUMENT_ROOT, json, keys, count, &timestamper, document, NULL, err);
    return result;
}

/* As an endpoint at the version before would take it. */
static int check_follows(const struct repository *repository, struct bytes_view document,
                         struct error *err)
{
    struct trust *trust;
    int result = belief_trust(repository, &trust, err);

    if (result == 0)
        result = trust_follow(trust, document, NULL, err);
    trust_free(trust);
    return result < 0 ? error_context(err, "the root document that was just signed") : 0;
}

int rotation_publish(struct repository *repository, const struct authority_folder *authorities,
                     struct keyring *keyring, const struct root_document *before,
                     const struct root_document *next, const struct rotation_root *made,
                     uint8_t digest[static DIGEST_BYTES], struct error *err)
{
    struct volume_name name = {.kind = VOLUME_ROOT_DOCUMENT, .number = next->version};
    struct signers signers = {.count = 0};
    char path[VOLUME_NAME_BYTES];
    struct bytes json, document;
    int result = root_write(next, &json, err);

    bytes_init(&document, LIMIT_ROOT_BYTES);
    if (result == 0)
        result = choose_signers(&signers, repository, authorities, before, next, made,
                                instant_clock(), err);
    if (result == 0)
        result = open_signers(&signers, authorities, keyring, err);
    if (result == 0)
        result = sign_next(&signers, made, keyring, bytes_view(&json), &document, err);
    if (result == 0)
        result = check_follows(repository, bytes_view(&document), err);
    if (result == 0) {
        digest_of(json.data, json.size, digest);
        result = publish_file(repository->tree_fd, volume_format(&name, path), document.data,
                              document.size, 0644, err);
    }
    signers_clear(&signers);
    bytes_clear(&json);
    bytes_clear(&document);
    return result;
}

static int settle_list(struct repository *repository, const struct authority_folder *authorities,
                       const struct authority *row, struct keyring *keyring, struct error *err)
{
    int64_t now_us = instant_clock();
    struct revocation_list list;
    struct key *key = NULL;
    uint64_t number;
    int result = revocation_list_read(repository, row->key_id, &list, err);

    if (result == 0 && (list.der.size == 0 || list.crl.next_update_us < now_us + LIST_SOON_US)) {
        result = authority_key(authorities, row, keyring, &key, err);
        if (result == 0)
            result = revocation_list_publish(&list, key, repository->tree_fd, now_us, &number, err);
    }
    key_free(key);
    revocation_list_clear(&list);
    return result;
}

int rotation_settle(struct repository *repository, const struct authority_folder *authorities,
                    struct keyring *keyring, const struct root_document *root, struct error *err)
{
    int result = root_pem_settle(repository, root, err);

    for (size_t i = 0; i < authorities->count && result == 0; i++) {
        const struct authority *row = &authorities->rows[i];

        if (row->kind != AUTHORITY_ROOT_SIGN && authority_root_index(row, root) >= 0)
            result = settle_list(repository, authorities, row, keyring, err);
    }
    return result;
}
