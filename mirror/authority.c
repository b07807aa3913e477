/* SPDX-License-Identifier: ISC */
#include "mirror/authority.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/pem.h"
#include "media/root.h"
#include "mirror/revocation-list.h"

#define AUTHORITIES 256 /* names in the folder: three a root, and a root-sign leaf each two years */
#define PEM_BYTES   (LIMIT_CHAIN_CERTIFICATES * 2 * LIMIT_CERTIFICATE_BYTES)
#define PEM_END     "-----END CERTIFICATE-----\n"

static const char *const names[] = {
    [AUTHORITY_ROOT] = "root",
    [AUTHORITY_ISSUING] = "issuing",
    [AUTHORITY_ROOT_SIGN] = "root-sign",
};

const char *authority_name(enum authority_kind kind, unsigned number, char out[static 32])
{
    if (number > 1)
        snprintf(out, 32, "%s-%u", names[kind], number);
    else
        snprintf(out, 32, "%s", names[kind]);
    return out;
}

/* The file's first certificate: the one that the name stands for. */
static int parse_first(struct authority *row, struct error *err)
{
    const char *text = (const char *)row->pem.data;
    const char *end = strstr(text, PEM_END);
    char *first;
    int result;

    if (end == NULL)
        return error_set(err, ERROR_BAD_CERTIFICATE, "no PEM certificate");
    first = bytes_copy_string(text);
    first[end - text + (ptrdiff_t)strlen(PEM_END)] = '\0';
    result = pem_read(first, "CERTIFICATE", LIMIT_CERTIFICATE_BYTES, &row->der, err);
    free(first);
    if (result == 0)
        result = certificate_parse(bytes_view(&row->der), &row->certificate, err);
    if (result < 0)
        return result;
    certificate_key_id(&row->certificate, row->key_id);
    if (!row->certificate.is_ca)
        row->kind = AUTHORITY_ROOT_SIGN;
    else
        row->kind =
            certificate_is_self_issued(&row->certificate) ? AUTHORITY_ROOT : AUTHORITY_ISSUING;
    return 0;
}

static int read_row(int fd, const char *file, struct authority *row, struct error *err)
{
    size_t size = strlen(file) - strlen(".pem");
    int result;

    row->name = bytes_copy_string(file);
    row->name[size] = '\0';
    result = path_read(fd, file, PEM_BYTES - 1, &row->pem, err);
    if (result < 0)
        return result;
    row->pem.ceiling = PEM_BYTES;
    result = bytes_put_u8(&row->pem, 0, err);
    return result < 0 ? result : parse_first(row, err);
}

static bool is_pem(const char *name)
{
    size_t size = strlen(name);

    return size > 4 && strcmp(name + size - 4, ".pem") == 0;
}

static int read_rows(struct authority_folder *authorities, struct error *err)
{
    char **files = NULL;
    size_t count = 0;
    int result = path_list(authorities->fd, AUTHORITIES, &files, &count, err);

    authorities->rows = bytes_allocate(count + 1, sizeof(*authorities->rows));
    for (size_t i = 0; i < count && result == 0; i++) {
        if (!is_pem(files[i]))
            continue;
        result = read_row(authorities->fd, files[i], &authorities->rows[authorities->count++], err);
        if (result < 0)
            error_context(err, "%s/%s", authorities->path, files[i]);
    }
    path_free_names(files, count);
    return result;
}

int authority_open(const struct repository *repository, const char *folder,
                   struct authority_folder *authorities, struct error *err)
{
    char *chosen = folder != NULL ? bytes_copy_string(folder)
                                  : repository_path(repository, REPOSITORY_ROOT_KEYS);
    int result = 0;

    *authorities = (struct authority_folder){.fd = -1};
    authorities->path = realpath(chosen, NULL);
    if (authorities->path != NULL)
        authorities->fd = open(authorities->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (authorities->fd < 0)
        result = error_set(err, ERROR_NOT_FOUND,
                           "%s: no such folder; bring the root and issuing keys and give "
                           "--root-key-dir DIR",
                           chosen);
    free(chosen);
    return result < 0 ? result : read_rows(authorities, err);
}

void authority_close(struct authority_folder *authorities)
{
    for (size_t i = 0; i < authorities->count; i++) {
        free(authorities->rows[i].name);
        bytes_clear(&authorities->rows[i].pem);
        bytes_clear(&authorities->rows[i].der);
    }
    free(authorities->rows);
    free(authorities->path);
    if (authorities->fd >= 0)
        (void)close(authorities->fd);
    *authorities = (struct authority_folder){.fd = -1};
}

int authority_key(const struct authority_folder *authorities, const struct authority *row,
                  struct keyring *keyring, struct key **key, struct error *err)
{
    size_t size = strlen(authorities->path) + strlen(row->name) + 6;
    char *locator = bytes_allocate(1, size);
    char *certificates = bytes_allocate(1, size);
    int result;

    snprintf(locator, size, "%s/%s.key", authorities->path, row->name);
    snprintf(certificates, size, "%s/%s.pem", authorities->path, row->name);
    result = keyring_open(keyring, locator, certificates, key, err);
    free(locator);
    free(certificates);
    return result;
}

const struct authority *authority_issuer(const struct authority_folder *authorities,
                                         const struct certificate *certificate)
{
    struct error ignored = {.code = ERROR_OK};

    for (size_t i = 0; i < authorities->count; i++) {
        const struct authority *row = &authorities->rows[i];

        if (row->kind != AUTHORITY_ROOT_SIGN &&
            certificate_names_issuer(certificate, &row->certificate) &&
            certificate_verify(certificate, &row->certificate, &ignored) == 0)
            return row;
    }
    return NULL;
}

int authority_root_index(const struct authority *row, const struct root_document *root)
{
    for (size_t i = 0; i < root->root_count; i++) {
        struct certificate above;
        struct error ignored = {.code = ERROR_OK};

        if (row->kind == AUTHORITY_ROOT
                ? bytes_equal(bytes_view(&row->der), bytes_view(&root->roots[i]))
                : certificate_parse(bytes_view(&root->roots[i]), &above, &ignored) == 0 &&
                      certificate_names_issuer(&row->certificate, &above) &&
                      certificate_verify(&row->certificate, &above, &ignored) == 0)
            return (int)i;
    }
    return -1;
}

/* By the list of the root that issued it. Damage counts as revoked: nothing is signed by doubt. */
static bool is_revoked(const struct repository *repository, const struct root_document *root,
                       size_t index, const struct authority *row, int64_t at_us)
{
    struct error ignored = {.code = ERROR_OK};
    struct certificate issuer;
    bool revoked = true;

    if (row->kind == AUTHORITY_ROOT)
        return false;
    if (certificate_parse(bytes_view(&root->roots[index]), &issuer, &ignored) == 0 &&
        revocation_list_judge(repository, &issuer, &row->certificate, ROLE_ROOT, at_us, &ignored) ==
            0)
        revoked = false;
    return revoked;
}

const struct authority *authority_newest(const struct authority_folder *authorities,
                                         const struct repository *repository,
                                         const struct root_document *root, size_t root_index,
                                         enum authority_kind kind, int64_t at_us)
{
    const struct authority *newest = NULL;

    for (size_t i = 0; i < authorities->count; i++) {
        const struct authority *row = &authorities->rows[i];
        int index;

        if (row->kind != kind || at_us < row->certificate.not_before_us ||
            at_us > row->certificate.not_after_us)
            continue;
        if (newest != NULL && row->certificate.not_before_us <= newest->certificate.not_before_us)
            continue;
        index = authority_root_index(row, root);
        if (index < 0 || (root_index != AUTHORITY_ANY_ROOT && (size_t)index != root_index) ||
            is_revoked(repository, root, (size_t)index, row, at_us))
            continue;
        newest = row;
    }
    return newest;
}

unsigned authority_free_number(const struct authority_folder *authorities)
{
    unsigned number = 1;
    bool taken = true;

    for (; taken; number += taken) {
        taken = false;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !taken; i++) {
            char name[32], file[48];

            snprintf(file, sizeof(file), "%s.pem",
                     authority_name((enum authority_kind)i, number, name));
            taken = faccessat(authorities->fd, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
            snprintf(file, sizeof(file), "%s.key", name);
            taken = taken || faccessat(authorities->fd, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
        }
    }
    return number;
}
