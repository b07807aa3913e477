/* SPDX-License-Identifier: ISC */
#include "mirror/sync-trust.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/crl.h"
#include "media/root.h"
#include "mirror/belief.h"

#define DOC_MODE 0644

int sync_trust_begin(const struct repository *repository, struct sync_trust *sync,
                     struct error *err)
{
    int result = 0;

    *sync = (struct sync_trust){.repository = repository};
    if (repository != NULL)
        result = belief_trust(repository, &sync->trust, err);
    if (sync->trust != NULL)
        sync->known = trust_root(sync->trust)->version;
    return result;
}

void sync_trust_end(struct sync_trust *sync)
{
    trust_free(sync->trust);
    for (size_t i = 0; i < sync->root_count; i++)
        bytes_clear(&sync->roots[i]);
    free(sync->roots);
    for (size_t i = 0; i < sync->list_count; i++)
        bytes_clear(&sync->lists[i].der);
    free(sync->lists);
    *sync = (struct sync_trust){0};
}

/* Root documents. */

static void keep_root(struct sync_trust *sync, struct bytes *document)
{
    struct bytes *grown = bytes_allocate(sync->root_count + 1, sizeof(*grown));

    if (sync->root_count > 0)
        memcpy(grown, sync->roots, sync->root_count * sizeof(*grown));
    grown[sync->root_count++] = *document;
    free(sync->roots);
    sync->roots = grown;
    *document = (struct bytes){0};
}

static int judge_root(struct sync_trust *sync, uint64_t number, const struct bytes *document,
                      struct error *err)
{
    int result = sync->trust == NULL ? trust_new(bytes_view(document), &sync->trust, err)
                                     : trust_follow(sync->trust, bytes_view(document), NULL, err);

    if (result == 0 && trust_root(sync->trust)->version != number)
        result = error_set(err, ERROR_WRONG_KIND, "another root document lies in its place");
    return result;
}

/* *more false: there is no such document. */
static int take_root(struct sync_trust *sync, struct upstream *upstream, uint64_t number,
                     bool *more, struct error *err)
{
    const struct volume_name name = {.kind = VOLUME_ROOT_DOCUMENT, .number = number};
    char path[VOLUME_NAME_BYTES];
    struct bytes document;
    struct error problem = {.code = ERROR_OK};
    int result = upstream_read(upstream, &name, LIMIT_ROOT_BYTES, &document, &problem);

    *more = result == 0;
    if (result == 0) {
        result = judge_root(sync, number, &document, &problem);
        if (result < 0)
            error_context(&problem, "%s", volume_format(&name, path));
    }
    if (result == 0 && number > sync->known)
        keep_root(sync, &document);
    bytes_clear(&document);
    if (result == 0 || (problem.code == ERROR_NOT_FOUND && !*more && sync->trust != NULL))
        return 0;
    *err = problem;
    return -(int)err->code;
}

/* None is skipped: a document that follows none of those taken stays out of sight otherwise. */
static int check_gap(const struct sync_trust *sync, struct upstream *upstream, struct error *err)
{
    uint64_t newest = trust_root(sync->trust)->version;
    struct volume_name *names;
    size_t count;
    int result = upstream_list(upstream, "root", VOLUME_ROOT_DOCUMENT, LIMIT_ROOT_DOCUMENTS, &names,
                               &count, err);

    for (size_t i = 0; i < count && result == 0; i++) {
        if (names[i].number > newest)
            result = error_set(err, ERROR_ROOT_GAP, "root document %llu is absent, %llu is there",
                               (unsigned long long)newest + 1, (unsigned long long)names[i].number);
    }
    free(names);
    return result;
}

/* An older tree of the same mirror may end before what is known here, but it begins with the same
 * document. */
static int check_first(const struct sync_trust *sync, struct upstream *upstream, struct error *err)
{
    const struct volume_name name = {.kind = VOLUME_ROOT_DOCUMENT, .number = 1};
    char path[VOLUME_NAME_BYTES];
    struct trust *first = NULL;
    struct bytes here, there;
    int result = upstream_read(upstream, &name, LIMIT_ROOT_BYTES, &there, err);

    volume_format(&name, path);
    bytes_init(&here, 0);
    if (result == 0)
        result = path_read(sync->repository->tree_fd, path, LIMIT_ROOT_BYTES, &here, err);
    if (result == 0)
        result = trust_new(bytes_view(&here), &first, err);
    if (result == 0 && trust_follow(first, bytes_view(&there), NULL, err) < 0)
        result = error_context(err, "%s", path);
    trust_free(first);
    bytes_clear(&here);
    bytes_clear(&there);
    return result;
}

int sync_trust_follow(struct sync_trust *sync, struct upstream *upstream, struct error *err)
{
    uint64_t number = sync->known > 0 ? sync->known : 1;
    bool more = true;
    int result = sync->known > 0 ? check_first(sync, upstream, err) : 0;

    for (; number <= LIMIT_ROOT_DOCUMENTS && more && result == 0; number++)
        result = take_root(sync, upstream, number, &more, err);
    return result == 0 ? check_gap(sync, upstream, err) : result;
}

static int read_anchor(const char *file, struct bytes *out, struct error *err)
{
    static const char pem[] = "-----BEGIN ";
    int result = path_read_named(file, LIMIT_ROOT_BYTES, out, err);

    if (result == 0 && out->size >= sizeof(pem) - 1 && memcmp(out->data, pem, sizeof(pem) - 1) == 0)
        result = error_set(err, ERROR_WRONG_KIND,
                           "a PEM file; a root document is wanted: " VOLUME_ROOT
                           "/root/N.p7m of a tree or medium that you trust");
    return result;
}

/* The document of that number on the way from the first to the newest. */
static int read_followed(const struct sync_trust *sync, const struct repository *repository,
                         uint64_t number, struct bytes *out, struct error *err)
{
    const struct volume_name name = {.kind = VOLUME_ROOT_DOCUMENT, .number = number};
    uint64_t newest = sync->known + sync->root_count;
    char path[VOLUME_NAME_BYTES];

    bytes_init(out, LIMIT_ROOT_BYTES);
    if (number > newest)
        return error_set(err, ERROR_ROOT_GAP,
                         "it is root document %llu, and the source ends at %llu",
                         (unsigned long long)number, (unsigned long long)newest);
    if (number <= sync->known)
        return path_read(repository->tree_fd, volume_format(&name, path), LIMIT_ROOT_BYTES, out,
                         err);
    return bytes_put(out, sync->roots[number - sync->known - 1].data,
                     sync->roots[number - sync->known - 1].size, err);
}

int sync_trust_anchor(const struct sync_trust *sync, const struct repository *repository,
                      const char *file, struct error *err)
{
    struct trust *anchor = NULL;
    struct bytes given, followed;
    int result = read_anchor(file, &given, err);

    bytes_init(&followed, 0);
    if (result == 0)
        result = trust_new(bytes_view(&given), &anchor, err);
    if (result == 0)
        result = read_followed(sync, repository, trust_root(anchor)->version, &followed, err);
    /* Same number and same content, or this refuses. */
    if (result == 0)
        result = trust_follow(anchor, bytes_view(&followed), NULL, err);
    trust_free(anchor);
    bytes_clear(&given);
    bytes_clear(&followed);
    if (result == 0)
        return 0;
    (void)error_object(err, file);
    return error_context(err, "--root");
}

int sync_trust_write_roots(const struct sync_trust *sync, int tree_fd, struct error *err)
{
    char path[VOLUME_NAME_BYTES];
    int result = 0;

    for (size_t i = 0; i < sync->root_count && result == 0; i++) {
        const struct volume_name name = {.kind = VOLUME_ROOT_DOCUMENT,
                                         .number = sync->known + i + 1};

        result = publish_file(tree_fd, volume_format(&name, path), sync->roots[i].data,
                              sync->roots[i].size, DOC_MODE, err);
    }
    return result;
}

/* Revocation lists. */

static int by_issuer_newest_first(const void *a, const void *b)
{
    const struct volume_name *first = a, *second = b;
    int order = memcmp(first->digest, second->digest, DIGEST_BYTES);

    return order != 0 ? order : (first->number < second->number) - (first->number > second->number);
}

static uint64_t known_number(const struct set_crl *known, size_t count, const uint8_t *issuer)
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(known[i].issuer, issuer, DIGEST_BYTES) == 0)
            return known[i].number;
    }
    return 0;
}

static int take_list(struct sync_trust *sync, struct upstream *upstream,
                     const struct volume_name *name, struct error *err)
{
    struct sync_list *list = &sync->lists[sync->list_count];
    char path[VOLUME_NAME_BYTES];
    struct crl crl;
    int result = upstream_read(upstream, name, LIMIT_CRL_BYTES, &list->der, err);

    sync->list_count++; /* its bytes are freed with the others */
    if (result < 0)
        return result;
    list->name = *name;
    digest_of(list->der.data, list->der.size, list->digest);
    result = crl_parse(bytes_view(&list->der), &crl, err);
    if (result == 0 && (uint64_t)crl.number != name->number)
        result =
            error_set(err, ERROR_BAD_CRL, "list %lld lies in its place", (long long)crl.number);
    if (result == 0)
        result = trust_add_crl(sync->trust, bytes_view(&list->der), err);
    return result < 0 ? error_context(err, "%s", volume_format(name, path)) : 0;
}

int sync_trust_lists(struct sync_trust *sync, const struct repository *repository,
                     struct upstream *upstream, struct error *err)
{
    struct set_crl *known = bytes_allocate(LIMIT_CRLS, sizeof(*known));
    struct volume_name *names = NULL;
    size_t known_count = 0, count = 0;
    int result = belief_crls(repository, known, &known_count, err);

    if (result == 0)
        result =
            upstream_list(upstream, "crl", VOLUME_CRL, LIMIT_FOLDER_NAMES, &names, &count, err);
    if (count > 0)
        qsort(names, count, sizeof(*names), by_issuer_newest_first);
    sync->lists = bytes_allocate(count + 1, sizeof(*sync->lists));
    for (size_t i = 0; i < count && result == 0; i++) {
        bool newest = i == 0 || memcmp(names[i].digest, names[i - 1].digest, DIGEST_BYTES) != 0;

        if (newest && names[i].number > known_number(known, known_count, names[i].digest))
            result = take_list(sync, upstream, &names[i], err);
    }
    free(names);
    free(known);
    return result;
}

/* By its issuer's key it is what its name says. */
static bool is_in_force(const struct sync_trust *sync, const struct sync_list *list)
{
    uint8_t digest[DIGEST_BYTES];
    int64_t number = trust_crl_number(sync->trust, list->name.digest, digest);

    return number >= 0 && (uint64_t)number == list->name.number &&
           memcmp(digest, list->digest, DIGEST_BYTES) == 0;
}

/* A list of an issuer that is no longer asked: the set's signature covers its digest. */
static bool find_named(struct sync_trust *sync, const struct set_crl *row)
{
    for (size_t i = 0; i < sync->list_count; i++) {
        struct sync_list *list = &sync->lists[i];

        if (memcmp(list->digest, row->digest, DIGEST_BYTES) != 0 ||
            memcmp(list->name.digest, row->issuer, DIGEST_BYTES) != 0 ||
            list->name.number != row->number)
            continue;
        list->named = true;
        return true;
    }
    return false;
}

static bool is_in_tree(const struct repository *repository, const struct set_crl *row)
{
    struct volume_name name = {.kind = VOLUME_CRL, .number = row->number};
    struct error ignored;
    char path[VOLUME_NAME_BYTES];
    uint8_t digest[DIGEST_BYTES] = {0};
    struct bytes der;

    memcpy(name.digest, row->issuer, DIGEST_BYTES);
    if (path_read(repository->tree_fd, volume_format(&name, path), LIMIT_CRL_BYTES, &der,
                  &ignored) == 0)
        digest_of(der.data, der.size, digest);
    bytes_clear(&der);
    return memcmp(digest, row->digest, DIGEST_BYTES) == 0;
}

int sync_trust_basis(struct sync_trust *sync, const struct repository *repository,
                     const struct set_document *set, struct error *err)
{
    uint64_t newest = trust_root(sync->trust)->version;
    char issuer[DIGEST_TEXT_BYTES];

    if (set->root_version > newest)
        return error_set(err, ERROR_ROOT_GAP, "made under root document %llu, the newest is %llu",
                         (unsigned long long)set->root_version, (unsigned long long)newest);
    for (size_t i = 0; i < set->crl_count; i++) {
        const struct set_crl *row = &set->crls[i];
        int64_t number = trust_crl_number(sync->trust, row->issuer, NULL);

        if (find_named(sync, row) || is_in_tree(repository, row))
            continue;
        if (number < 0 || (uint64_t)number <= row->number)
            return error_set(err, ERROR_CRL_MISSING, "list %llu of issuer %.16s",
                             (unsigned long long)row->number, digest_text(row->issuer, issuer));
    }
    return 0;
}

static bool is_wanted(const struct sync_trust *sync, const struct sync_list *list)
{
    return list->named || is_in_force(sync, list);
}

size_t sync_trust_list_count(const struct sync_trust *sync)
{
    size_t count = 0;

    for (size_t i = 0; i < sync->list_count; i++)
        count += is_wanted(sync, &sync->lists[i]);
    return count;
}

int sync_trust_write_lists(const struct sync_trust *sync, int tree_fd, struct error *err)
{
    char path[VOLUME_NAME_BYTES];
    int result = 0;

    for (size_t i = 0; i < sync->list_count && result == 0; i++) {
        const struct sync_list *list = &sync->lists[i];

        if (is_wanted(sync, list))
            result = publish_file(tree_fd, volume_format(&list->name, path), list->der.data,
                                  list->der.size, DOC_MODE, err);
    }
    return result;
}
