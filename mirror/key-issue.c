/* SPDX-License-Identifier: ISC */
#include "mirror/key-issue.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/instant.h"
#include "media/base/path.h"
#include "media/certify.h"
#include "mirror/key-store.h"
#include "mirror/key-view.h"
#include "mirror/revocation-list.h"
#include "mirror/settings-edit.h"

#define GENERATIONS 999

bool key_issue_supersedes(const struct root_document *root, enum document_role role)
{
    if (root->roles[role].threshold > 1)
        return true;
    for (size_t i = 0; i < root->ring_count && role == ROLE_RELEASE; i++) {
        if (root->rings[i].threshold > 1)
            return true;
    }
    return false;
}

static bool is_token(const char *locator)
{
    return strncmp(locator, "pkcs11:", 7) == 0;
}

/* One passphrase for two holders would be one person. A token is not tried: it would lock. */
static int check_secret(const struct key_issue *issue, struct error *err)
{
    const struct settings *settings = &issue->repository->settings;

    for (size_t i = 0; i < settings->key_count; i++) {
        const struct settings_key *other = &settings->keys[i];
        struct error ignored = {.code = ERROR_OK};
        struct key *key = NULL;
        char *path;
        bool opens;

        if (other->role != issue->role || other == issue->like || is_token(other->locator) ||
            issue->secret == NULL)
            continue;
        path = repository_path(issue->repository, other->locator);
        opens = key_open(path, NULL, NULL, &key, &ignored) < 0 &&
                ignored.code == ERROR_SECRET_NEEDED &&
                key_open(path, NULL, issue->secret, &key, &ignored) == 0;
        key_free(key);
        free(path);
        if (opens)
            return error_set(err, ERROR_USAGE,
                             "this passphrase also opens the key %s: each holder has one of "
                             "their own",
                             other->name);
    }
    return 0;
}

static int find_issuer(const struct key_issue *issue, struct key **key, struct bytes *pem,
                       struct error *err)
{
    const struct authority *row =
        authority_newest(issue->authorities, issue->repository, issue->root, AUTHORITY_ANY_ROOT,
                         AUTHORITY_ISSUING, instant_clock());

    if (row == NULL)
        return error_set(err, ERROR_NOT_FOUND,
                         "%s holds no issuing CA that a root of root document %llu issued and "
                         "that is good now",
                         issue->authorities->path, (unsigned long long)issue->root->version);
    if (bytes_put(pem, row->pem.data, row->pem.size - 1, err) < 0)
        return -(int)err->code;
    return authority_key(issue->authorities, row, issue->keyring, key, err);
}

static int64_t lifetime(const struct key_issue *issue)
{
    uint64_t days = issue->days;

    if (days == 0)
        days = issue->role == ROLE_TIMESTAMP ? KEY_STORE_TIMESTAMP_DAYS : KEY_STORE_LEAF_DAYS;
    return (int64_t)days * INSTANT_DAY_US;
}

/* The leaf, then its issuing CA. */
static int certify(struct key_issue *issue, struct key *key, struct bytes *certificates,
                   struct error *err)
{
    int64_t now_us = instant_clock();
    struct certify_request asked = {.organisation = issue->repository->settings.organisation,
                                    .name = issue->name,
                                    .not_before_us = now_us - INSTANT_HOUR_US,
                                    .not_after_us = now_us + lifetime(issue)};
    struct key *issuer = NULL;
    struct bytes issuer_pem;
    int result;

    bytes_init(&issuer_pem, KEY_STORE_PEM_BYTES);
    result = find_issuer(issue, &issuer, &issuer_pem, err);
    if (result == 0)
        result = certify_leaf(issuer, key, issue->role, &asked, certificates, err);
    if (result == 0)
        result = bytes_put(certificates, issuer_pem.data, issuer_pem.size, err);
    if (result == 0)
        result = bytes_put_u8(certificates, 0, err);
    if (result == 0)
        result = key_set_path(key, (const char *)certificates->data, err);
    issue->not_after_us = asked.not_after_us - asked.not_after_us % INSTANT_SECOND_US;
    key_free(issuer);
    bytes_clear(&issuer_pem);
    return result;
}

static bool is_there(int fd, const char *name, const char *ending)
{
    char file[2 * LIMIT_NAME_BYTES + 32];

    snprintf(file, sizeof(file), "%s%s", name, ending);
    return faccessat(fd, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* "release", "release-2", ...: no file of keys/ is written over. */
static int free_file(const struct key_issue *issue, int fd, char *out, size_t size,
                     struct error *err)
{
    for (unsigned i = 1; i <= GENERATIONS; i++) {
        if (i == 1)
            snprintf(out, size, "%s", issue->name);
        else
            snprintf(out, size, "%s-%u", issue->name, i);
        if (!is_there(fd, out, ".key") && !is_there(fd, out, ".pem"))
            return 0;
    }
    return error_set(err, ERROR_LIMIT, "%s/ holds more than %d keys %s", REPOSITORY_KEYS,
                     GENERATIONS, issue->name);
}

/* "release.1", ...: the name of the one before from now on. */
static void free_name(struct key_issue *issue)
{
    for (unsigned i = 1; i <= GENERATIONS; i++) {
        snprintf(issue->renamed, sizeof(issue->renamed), "%.*s.%u", LIMIT_NAME_BYTES - 5,
                 issue->name, i);
        if (settings_find_key(&issue->repository->settings, issue->renamed) == NULL)
            return;
    }
}

/* The key that was there is on the list from now on: what it has signed stays good. */
static int supersede(struct key_issue *issue, struct error *err)
{
    int64_t now_us = instant_clock();
    const struct authority *row = NULL;
    struct revocation_list list = {.count = 0};
    struct key *issuer = NULL;
    struct key_view view;
    uint64_t number;
    bool changed = false;
    int result = key_view_read(issue->repository, issue->like->certificates, &view, err);

    if (result == 0)
        row = authority_issuer(issue->authorities, &view.path[0]);
    if (result == 0 && row == NULL)
        result = error_set(err, ERROR_NOT_FOUND,
                           "%s holds no key of the CA that issued %s, which must not sign beside "
                           "its successor",
                           issue->authorities->path, issue->like->name);
    if (result == 0)
        result = revocation_list_read(issue->repository, row->key_id, &list, err);
    if (result == 0)
        result = authority_key(issue->authorities, row, issue->keyring, &issuer, err);
    if (result == 0) {
        const struct certify_revocation entry = {.serial = view.path[0].serial,
                                                 .revoked_us = now_us};

        revocation_list_add(&list, &entry, &changed);
        if (changed)
            result = revocation_list_publish(&list, issuer, issue->repository->tree_fd, now_us,
                                             &number, err);
    }
    issue->revoked_before = result == 0;
    key_free(issuer);
    revocation_list_clear(&list);
    key_view_clear(&view);
    return result;
}

/* Into keys/; then mirror.conf, which makes it count. */
static int keep(struct key_issue *issue, const struct key *key, const struct bytes *certificates,
                struct error *err)
{
    char file[2 * LIMIT_NAME_BYTES + 16], beside[sizeof(file) + 16];
    struct settings_key row = {.has_role = true, .role = issue->role};
    int fd;
    int result = path_open_folder(issue->repository->fd, REPOSITORY_KEYS, &fd, err);

    if (result < 0)
        return result;
    result = free_file(issue, fd, file, sizeof(file), err);
    snprintf(beside, sizeof(beside), REPOSITORY_KEYS "/%s.pem", file);
    snprintf(issue->locator, sizeof(issue->locator), REPOSITORY_KEYS "/%s.key", file);
    if (result == 0 && issue->token == NULL)
        result = key_store_write(fd, file, key, issue->secret, certificates, err);
    else if (result == 0)
        result = key_store_write_certificates(fd, file, certificates, err);
    (void)close(fd);
    if (issue->token != NULL)
        snprintf(issue->locator, sizeof(issue->locator), "%s", issue->token);
    if (result < 0)
        return result;
    /* A copy of the name: mirror.conf is read again meanwhile, and the name may be of its rows. */
    row.name = bytes_copy_string(issue->name);
    row.locator = issue->locator;
    row.certificates = beside;
    result = settings_edit_add(issue->repository, &row,
                               issue->renamed[0] != '\0' ? issue->renamed : NULL, err);
    free(row.name);
    return result;
}

int key_issue_leaf(struct key_issue *issue, struct error *err)
{
    struct bytes certificates;
    struct key *key = NULL;
    int result = 0;

    bytes_init(&certificates, KEY_STORE_PEM_BYTES);
    if (issue->like != NULL)
        free_name(issue);
    /* One more release key is for one more person, also before a ring asks for both. */
    if (key_issue_supersedes(issue->root, issue->role) ||
        (issue->role == ROLE_RELEASE && issue->like == NULL))
        result = check_secret(issue, err);
    if (result == 0)
        result = issue->token != NULL ? key_open(issue->token, NULL, issue->secret, &key, err)
                                      : key_generate(&key, err);
    if (result == 0)
        result = certify(issue, key, &certificates, err);
    if (result == 0 && issue->like != NULL && key_issue_supersedes(issue->root, issue->role))
        result = supersede(issue, err);
    if (result == 0)
        result = keep(issue, key, &certificates, err);
    key_free(key);
    bytes_clear(&certificates);
    return result;
}

static int issue_root_sign(const struct key_issue *issue, const struct authority *root,
                           struct error *err)
{
    int64_t now_us = instant_clock();
    char name[32];
    struct certify_request asked = {
        .organisation = issue->repository->settings.organisation,
        .name =
            authority_name(AUTHORITY_ROOT_SIGN, authority_free_number(issue->authorities), name),
        .not_before_us = now_us - INSTANT_HOUR_US,
        .not_after_us = now_us + lifetime(issue)};
    struct key *issuer = NULL, *key = NULL;
    struct bytes pem;
    int result = authority_key(issue->authorities, root, issue->keyring, &issuer, err);

    bytes_init(&pem, KEY_STORE_PEM_BYTES);
    if (result == 0)
        result = key_generate(&key, err);
    if (result == 0)
        result = certify_leaf(issuer, key, ROLE_ROOT, &asked, &pem, err);
    if (result == 0)
        result = bytes_put_u8(&pem, 0, err);
    if (result == 0)
        result = key_set_path(key, (const char *)pem.data, err);
    if (result == 0)
        result = key_store_write(issue->authorities->fd, name, key, issue->secret, &pem, err);
    key_free(issuer);
    key_free(key);
    bytes_clear(&pem);
    return result;
}

int key_issue_root_sign(const struct key_issue *issue, size_t *count, struct error *err)
{
    int result = 0;

    *count = 0;
    for (size_t i = 0; i < issue->authorities->count && result == 0; i++) {
        const struct authority *row = &issue->authorities->rows[i];

        if (row->kind != AUTHORITY_ROOT || authority_root_index(row, issue->root) < 0)
            continue;
        result = issue_root_sign(issue, row, err);
        *count += result == 0;
    }
    if (result == 0 && *count == 0)
        result = error_set(err, ERROR_NOT_FOUND, "%s holds no root CA of root document %llu",
                           issue->authorities->path, (unsigned long long)issue->root->version);
    return result;
}
