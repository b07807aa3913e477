/* SPDX-License-Identifier: ISC */
#include "mirror/revocation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "media/base/instant.h"
#include "media/base/path.h"
#include "media/base/text.h"
#include "media/der.h"
#include "mirror/revocation-list.h"
#include "mirror/settings-edit.h"

static void write_serial(const struct certificate *certificate, char *out)
{
    for (size_t i = 0; i < certificate->serial.size && i < LIMIT_SERIAL_BYTES; i++)
        snprintf(out + 2 * i, 3, "%02x", certificate->serial.data[i]);
}

/* Reads a candidate; *matches where wanted is NULL or its serial. */
static int read_candidate(const struct repository *repository, const char *file, const char *wanted,
                          struct revocation *found, bool *matches, struct error *err)
{
    int result = key_view_read(repository, file, &found->view, err);

    *matches = false;
    if (result < 0)
        return result;
    write_serial(&found->view.path[0], found->serial);
    *matches = wanted == NULL || strcasecmp(found->serial, wanted) == 0;
    if (!*matches)
        key_view_clear(&found->view);
    return 0;
}

/* By name, or by serial, among the keys of mirror.conf. */
static int look_in_settings(const struct repository *repository, const char *subject,
                            struct revocation *found, bool *done, struct error *err)
{
    const struct settings *settings = &repository->settings;
    const struct settings_key *named = settings_find_key(settings, subject);
    int result = 0;

    for (size_t i = 0; i < settings->key_count && result == 0 && !*done; i++) {
        const struct settings_key *key = &settings->keys[i];

        if (named != NULL && named != key)
            continue;
        result = read_candidate(repository, key->certificates, named != NULL ? NULL : subject,
                                found, done, err);
    }
    return result;
}

static int look_in_folder(const struct repository *repository,
                          const struct authority_folder *authorities, const char *subject,
                          struct revocation *found, bool *done, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < authorities->count && result == 0 && !*done; i++) {
        const struct authority *row = &authorities->rows[i];
        bool named = strcmp(row->name, subject) == 0;
        char *file;
        size_t size = strlen(authorities->path) + strlen(row->name) + 6;

        file = bytes_allocate(1, size);
        snprintf(file, size, "%s/%s.pem", authorities->path, row->name);
        result = read_candidate(repository, file, named ? NULL : subject, found, done, err);
        free(file);
    }
    return result;
}

/* Keys that mirror.conf names no more lie in keys/ all the same. */
static int look_in_keys(const struct repository *repository, const char *subject,
                        struct revocation *found, bool *done, struct error *err)
{
    char file[LIMIT_PATH_COMPONENT + sizeof(REPOSITORY_KEYS) + 2];
    char **names = NULL;
    size_t count = 0;
    int fd;
    int result = path_open_folder(repository->fd, REPOSITORY_KEYS, &fd, err);

    if (result < 0)
        return result;
    result = path_list(fd, LIMIT_FOLDER_NAMES, &names, &count, err);
    for (size_t i = 0; i < count && result == 0 && !*done; i++) {
        size_t size = strlen(names[i]);

        if (size < 5 || strcmp(names[i] + size - 4, ".pem") != 0)
            continue;
        snprintf(file, sizeof(file), REPOSITORY_KEYS "/%.255s", names[i]);
        result = read_candidate(repository, file, subject, found, done, err);
    }
    path_free_names(names, count);
    (void)close(fd);
    return result;
}

static int look_at_file(const struct repository *repository, const char *subject,
                        struct revocation *found, bool *done, struct error *err)
{
    size_t size = strlen(subject);
    char *absolute;
    int result;

    if (size < 5 || strcmp(subject + size - 4, ".pem") != 0)
        return 0;
    absolute = realpath(subject, NULL);
    if (absolute == NULL)
        return error_set_errno(err, ERROR_NOT_FOUND, errno, "%s", subject);
    result = read_candidate(repository, absolute, NULL, found, done, err);
    free(absolute);
    return result;
}

/* The certificate itself says what it is for. */
static void take_role(struct revocation *found)
{
    const struct certificate *leaf = &found->view.path[0];

    for (int i = 0; i < ROLE_COUNT && !leaf->is_ca; i++) {
        if (der_oid_is(leaf->extended_key_usage, document_role_row((enum document_role)i)->eku)) {
            found->has_role = true;
            found->role = (enum document_role)i;
        }
    }
}

int revocation_find(const struct repository *repository, const struct authority_folder *authorities,
                    const char *subject, struct revocation *found, struct error *err)
{
    bool done = false;
    int result;

    *found = (struct revocation){.issuer = NULL};
    result = look_at_file(repository, subject, found, &done, err);
    if (result == 0 && !done)
        result = look_in_settings(repository, subject, found, &done, err);
    if (result == 0 && !done)
        result = look_in_folder(repository, authorities, subject, found, &done, err);
    if (result == 0 && !done)
        result = look_in_keys(repository, subject, found, &done, err);
    if (result == 0 && !done)
        result = error_set(err, ERROR_NOT_FOUND,
                           "%s is no key of %s, no certificate of %s and no serial of one; give "
                           "its certificate as FILE.pem",
                           subject, SETTINGS_FILE, authorities->path);
    if (result < 0)
        return result;
    take_role(found);
    if (found->view.path[0].is_ca && certificate_is_self_issued(&found->view.path[0]))
        return error_set(err, ERROR_USAGE,
                         "%s is a root CA: nobody can revoke it; rotate-root --new-root, then "
                         "--drop-root",
                         subject);
    found->issuer = authority_issuer(authorities, &found->view.path[0]);
    if (found->issuer == NULL)
        return error_set(err, ERROR_NOT_FOUND, "%s holds no CA that issued %s", authorities->path,
                         subject);
    return 0;
}

void revocation_clear(struct revocation *found)
{
    key_view_clear(&found->view);
}

int revocation_check_rest(const struct repository *repository, const struct root_document *root,
                          const struct revocation *found, struct error *err)
{
    static const enum document_role roles[] = {ROLE_CONTENT, ROLE_RELEASE, ROLE_TIMESTAMP,
                                               ROLE_EXPORT};
    int result = 0;

    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]) && result == 0; i++) {
        if (!found->has_role || found->role == roles[i])
            result = key_view_enough(repository, root, roles[i], &found->view.path[0], err);
    }
    return result;
}

int revocation_publish(const struct repository *repository,
                       const struct authority_folder *authorities, struct keyring *keyring,
                       const struct revocation *found, bool compromised, int64_t since_us,
                       uint64_t *number, bool *changed, struct error *err)
{
    int64_t now_us = instant_clock();
    const struct certify_revocation entry = {.serial = found->view.path[0].serial,
                                             .revoked_us = now_us - now_us % INSTANT_SECOND_US,
                                             .invalid_since_us = since_us,
                                             .key_compromise = compromised};
    struct revocation_list list;
    struct key *issuer = NULL;
    int result = revocation_list_read(repository, found->issuer->key_id, &list, err);

    *changed = false;
    *number = 0;
    if (result == 0) {
        *number = list.der.size > 0 ? (uint64_t)list.crl.number : 0;
        revocation_list_add(&list, &entry, changed);
    }
    if (result == 0 && *changed)
        result = authority_key(authorities, found->issuer, keyring, &issuer, err);
    if (result == 0 && *changed)
        result = revocation_list_publish(&list, issuer, repository->tree_fd, now_us, number, err);
    key_free(issuer);
    revocation_list_clear(&list);
    return result;
}

static int uses(const struct repository *repository, const struct settings_key *key,
                const struct revocation *found, bool *holds, struct error *err)
{
    struct key_view view;
    int result = key_view_read(repository, key->certificates, &view, err);

    *holds = result == 0 && key_view_holds(&view, &found->view.path[0]);
    key_view_clear(&view);
    return result;
}

int revocation_disuse(struct repository *repository, const struct revocation *found,
                      struct error *err)
{
    struct settings *settings = &repository->settings;
    size_t i = 0;
    int result = 0;

    while (i < settings->key_count && result == 0) {
        bool holds;

        result = uses(repository, &settings->keys[i], found, &holds, err);
        if (holds)
            settings_drop_key(settings, i);
        i += !holds;
    }
    return result;
}

int revocation_retire(struct repository *repository, const struct revocation *found,
                      struct error *err)
{
    size_t i = 0;
    int result = settings_edit_reload(repository, err);

    while (i < repository->settings.key_count && result == 0) {
        const struct settings_key *key = &repository->settings.keys[i];
        char name[LIMIT_NAME_BYTES * 2];
        bool holds;

        result = uses(repository, key, found, &holds, err);
        snprintf(name, sizeof(name), "%s", key->name);
        /* The settings are read again then, and their rows move. */
        if (result == 0 && holds)
            result = settings_edit_remove(repository, name, err);
        i += !holds;
    }
    return result;
}
