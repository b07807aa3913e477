/* SPDX-License-Identifier: ISC */
#include "mirror/belief.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/root.h"
#include "media/volume.h"

#define CRL_FOLDER VOLUME_ROOT "/crl"

static const char *root_name(uint64_t number, char out[static VOLUME_NAME_BYTES])
{
    struct volume_name name = {.kind = VOLUME_ROOT_DOCUMENT, .number = number};

    return volume_format(&name, out);
}

/* Calls `visit` with each CRL of the tree. */
static int each_crl(const struct repository *repository,
                    int (*visit)(void *context, const struct volume_name *name,
                                 struct bytes_view der, struct error *err),
                    void *context, struct error *err)
{
    char path[VOLUME_NAME_BYTES];
    struct volume_name name;
    char **names = NULL;
    size_t count = 0;
    int fd;
    int result = path_open_folder(repository->tree_fd, CRL_FOLDER, &fd, err);

    if (result < 0)
        return result;
    result = path_list(fd, LIMIT_FOLDER_NAMES, &names, &count, err);
    for (size_t i = 0; i < count && result == 0; i++) {
        struct bytes der;

        snprintf(path, sizeof(path), CRL_FOLDER "/%.300s", names[i]);
        if (volume_parse(path, &name) < 0 || name.kind != VOLUME_CRL)
            continue;
        result = path_read(repository->tree_fd, path, LIMIT_CRL_BYTES, &der, err);
        if (result == 0)
            result = visit(context, &name, bytes_view(&der), err);
        if (result < 0)
            error_context(err, "%s", path);
        bytes_clear(&der);
    }
    path_free_names(names, count);
    (void)close(fd);
    return result;
}

static int add_crl(void *context, const struct volume_name *name, struct bytes_view der,
                   struct error *err)
{
    return trust_add_crl(context, der, err);
}

static int follow_roots(const struct repository *repository, uint64_t last, struct trust **trust,
                        struct error *err)
{
    char path[VOLUME_NAME_BYTES];
    struct error absent = {.code = ERROR_OK};
    int result = 0;

    for (uint64_t number = 1; number <= last && result == 0; number++) {
        struct bytes document;

        if (path_read(repository->tree_fd, root_name(number, path), LIMIT_ROOT_BYTES, &document,
                      &absent) < 0) {
            if (absent.code == ERROR_NOT_FOUND && number > 1)
                break;
            *err = absent;
            return -(int)absent.code;
        }
        result = number == 1 ? trust_new(bytes_view(&document), trust, err)
                             : trust_follow(*trust, bytes_view(&document), NULL, err);
        if (result < 0)
            error_context(err, "%s", path);
        bytes_clear(&document);
    }
    return result;
}

int belief_trust(const struct repository *repository, struct trust **trust, struct error *err)
{
    int result;

    *trust = NULL;
    result = follow_roots(repository, LIMIT_ROOT_DOCUMENTS, trust, err);
    if (result == 0)
        result = each_crl(repository, add_crl, *trust, err);
    if (result < 0) {
        trust_free(*trust);
        *trust = NULL;
    }
    return result;
}

int belief_roots(const struct repository *repository, uint64_t version, struct trust **trust,
                 struct error *err)
{
    int result;

    *trust = NULL;
    result = follow_roots(repository, version, trust, err);
    if (result < 0) {
        trust_free(*trust);
        *trust = NULL;
    }
    return result;
}

int belief_past(const struct repository *repository, enum document_kind kind, const char *ring,
                const char *name, struct trust **trust, struct error *err)
{
    int result = belief_roots(repository, LIMIT_ROOT_DOCUMENTS, trust, err);
    uint64_t version = result == 0 ? trust_root(*trust)->version : 0;

    while (result == 0) {
        struct belief *belief;

        result = belief_file(repository, *trust, kind, ring, name, &belief, err);
        belief_free(belief);
        if (result == 0 || --version == 0)
            break;
        trust_free(*trust);
        result = belief_roots(repository, version, trust, err);
    }
    if (result < 0) {
        trust_free(*trust);
        *trust = NULL;
    }
    return result;
}

int belief_file(const struct repository *repository, struct trust *trust, enum document_kind kind,
                const char *ring, const char *name, struct belief **belief, struct error *err)
{
    struct belief *made = bytes_allocate(1, sizeof(*made));
    int result =
        path_read(repository->tree_fd, name, document_row(kind)->limit, &made->document, err);

    *belief = NULL;
    if (result < 0) {
        belief_free(made);
        return result;
    }
    result = trust_judge(trust, kind, ring, bytes_view(&made->document), &made->verdict, err);
    if (result < 0)
        error_context(err, "%s", name);
    *belief = made;
    return result;
}

void belief_free(struct belief *belief)
{
    if (belief == NULL)
        return;
    bytes_clear(&belief->document);
    free(belief);
}

static int check_identity(const struct belief *belief, const uint8_t digest[static DIGEST_BYTES],
                          const char *name, struct error *err)
{
    if (memcmp(belief->verdict.digest, digest, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_BAD_DIGEST, "%s: not the document that the catalog knows",
                         name);
    return 0;
}

/* Gives the belief to whoever asked for it. */
static void hand_over(struct belief *made, struct belief **belief)
{
    if (belief != NULL)
        *belief = made;
    else
        belief_free(made);
}

int belief_package(const struct repository *repository, struct trust *trust, const char *type,
                   const uint8_t id[static DIGEST_BYTES], struct package_document *package,
                   struct belief **belief, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_PACKAGE};
    char path[VOLUME_NAME_BYTES];
    struct belief *made = NULL;
    int result;

    *package = (struct package_document){0};
    snprintf(name.word, sizeof(name.word), "%s", type);
    memcpy(name.digest, id, DIGEST_BYTES);
    volume_format(&name, path);
    result = belief_file(repository, trust, DOCUMENT_PACKAGE, NULL, path, &made, err);
    if (result == 0)
        result = check_identity(made, id, path, err);
    if (result == 0)
        result = package_parse(made->verdict.content, package, err);
    if (result == 0 && strcmp(package->type, type) != 0)
        result = error_set(err, ERROR_BAD_DOCUMENT, "%s: is of type %s", path, package->type);
    hand_over(made, belief);
    return result;
}

int belief_set(const struct repository *repository, struct trust *trust,
               const struct catalog_set *known, struct set_document *set, struct belief **belief,
               struct error *err)
{
    struct volume_name name = {.kind = VOLUME_SET, .number = known->sequence};
    char path[VOLUME_NAME_BYTES];
    struct belief *made = NULL;
    int result;

    *set = (struct set_document){0};
    snprintf(name.word, sizeof(name.word), "%s", known->ring);
    volume_format(&name, path);
    result = belief_file(repository, trust, DOCUMENT_SET, known->ring, path, &made, err);
    if (result == 0)
        result = check_identity(made, known->digest, path, err);
    if (result == 0)
        result = set_parse(made->verdict.content, set, err);
    if (result == 0 && (strcmp(set->ring, known->ring) != 0 || set->sequence != known->sequence))
        result = error_set(err, ERROR_BAD_DOCUMENT, "%s: is set %llu of ring %s", path,
                           (unsigned long long)set->sequence, set->ring);
    hand_over(made, belief);
    return result;
}

bool belief_overtaken(enum error_code code)
{
    return code == ERROR_REVOKED || code == ERROR_UNTRUSTED_ROOT || code == ERROR_THRESHOLD ||
           code == ERROR_EXPIRED;
}

int belief_past_package(const struct repository *repository, const char *type,
                        const uint8_t id[static DIGEST_BYTES], struct package_document *package,
                        struct error *err)
{
    struct volume_name name = {.kind = VOLUME_PACKAGE};
    char path[VOLUME_NAME_BYTES];
    struct trust *past;
    int result;

    *package = (struct package_document){0};
    snprintf(name.word, sizeof(name.word), "%s", type);
    memcpy(name.digest, id, DIGEST_BYTES);
    volume_format(&name, path);
    result = belief_past(repository, DOCUMENT_PACKAGE, NULL, path, &past, err);
    if (result == 0)
        result = belief_package(repository, past, type, id, package, NULL, err);
    trust_free(past);
    return result;
}

int belief_past_set(const struct repository *repository, const struct catalog_set *known,
                    struct set_document *set, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_SET, .number = known->sequence};
    char path[VOLUME_NAME_BYTES];
    struct trust *trust;
    int result;

    *set = (struct set_document){0};
    snprintf(name.word, sizeof(name.word), "%s", known->ring);
    volume_format(&name, path);
    result = belief_past(repository, DOCUMENT_SET, known->ring, path, &trust, err);
    if (result == 0)
        result = belief_set(repository, trust, known, set, NULL, err);
    trust_free(trust);
    return result;
}

struct crl_list {
    struct set_crl *crls;
    size_t count;
};

static int note_crl(void *context, const struct volume_name *name, struct bytes_view der,
                    struct error *err)
{
    struct crl_list *list = context;
    struct set_crl *row = NULL;

    for (size_t i = 0; i < list->count && row == NULL; i++) {
        if (memcmp(list->crls[i].issuer, name->digest, DIGEST_BYTES) == 0)
            row = &list->crls[i];
    }
    if (row == NULL) {
        if (list->count == LIMIT_CRLS)
            return error_set(err, ERROR_LIMIT, "lists of more than %d issuers", LIMIT_CRLS);
        row = &list->crls[list->count++];
        memcpy(row->issuer, name->digest, DIGEST_BYTES);
        row->number = 0;
    }
    if (name->number < row->number)
        return 0;
    row->number = name->number;
    digest_of(der.data, der.size, row->digest);
    return 0;
}

static int by_issuer(const void *a, const void *b)
{
    return memcmp(((const struct set_crl *)a)->issuer, ((const struct set_crl *)b)->issuer,
                  DIGEST_BYTES);
}

int belief_crls(const struct repository *repository, struct set_crl crls[static LIMIT_CRLS],
                size_t *count, struct error *err)
{
    struct crl_list list = {.crls = crls};
    int result = each_crl(repository, note_crl, &list, err);

    if (list.count > 0)
        qsort(crls, list.count, sizeof(*crls), by_issuer);
    *count = list.count;
    return result;
}
