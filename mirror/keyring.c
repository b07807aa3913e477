/* SPDX-License-Identifier: ISC */
#include "mirror/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/base/passphrase.h"

#define CERTIFICATES_BYTES (LIMIT_CHAIN_CERTIFICATES * LIMIT_CERTIFICATE_BYTES)

struct keyring {
    const struct repository *repository;
    struct passphrase_source source;
    char *passphrase;      /* once it was asked for */
    struct key *timestamp; /* once it was opened */
};

struct keyring *keyring_new(const struct repository *repository,
                            const struct command_invocation *invocation, const char *prefix)
{
    struct keyring *keyring = bytes_allocate(1, sizeof(*keyring));
    struct passphrase_source *source = &keyring->source;
    char file_option[64], fd_option[64];

    keyring->repository = repository;
    snprintf(file_option, sizeof(file_option), "%spassphrase-file", prefix);
    snprintf(fd_option, sizeof(fd_option), "%spassphrase-fd", prefix);
    source->file = command_text(invocation, file_option);
    source->has_fd = command_number(invocation, fd_option, &source->fd);
    source->prompt = !command_flag(invocation, "json") && isatty(STDIN_FILENO) == 1;
    source->what = "the repository's keys";
    source->option = prefix[0] != '\0' ? "--keys-passphrase-file" : "--passphrase-file";
    return keyring;
}

void keyring_free(struct keyring *keyring)
{
    if (keyring == NULL)
        return;
    passphrase_free(keyring->passphrase);
    key_free(keyring->timestamp);
    free(keyring);
}

static int need_passphrase(struct keyring *keyring, struct error *err)
{
    if (keyring->passphrase != NULL)
        return 0;
    return passphrase_read(&keyring->source, false, &keyring->passphrase, err);
}

/* Certificates are public and the operator's own, so any path of mirror.conf is read as it is. */
static int read_certificates(const char *path, struct bytes *pem, struct error *err)
{
    char folder[LIMIT_PATH_BYTES + 1];
    const char *slash = strrchr(path, '/');
    int fd, result;

    bytes_init(pem, CERTIFICATES_BYTES);
    snprintf(folder, sizeof(folder), "%.*s", slash == NULL ? 1 : (int)(slash - path + 1),
             slash == NULL ? "." : path);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", path);
    result = path_read(fd, slash == NULL ? path : slash + 1, CERTIFICATES_BYTES - 1, pem, err);
    (void)close(fd);
    if (result == 0)
        pem->ceiling = CERTIFICATES_BYTES;
    return result == 0 ? bytes_put_u8(pem, 0, err) : result;
}

/* Without a passphrase first: a key that needs none must not ask for one. */
static int open_with(struct keyring *keyring, const char *locator, const char *pem,
                     struct key **key, struct error *err)
{
    struct error first = {.code = ERROR_OK};
    int result = key_open(locator, pem, NULL, key, &first);

    if (result == 0 || first.code != ERROR_SECRET_NEEDED) {
        if (result < 0)
            *err = first;
        return result;
    }
    result = need_passphrase(keyring, err);
    if (result == 0)
        result = key_open(locator, pem, keyring->passphrase, key, err);
    return result;
}

int keyring_open(struct keyring *keyring, const char *locator, const char *certificates,
                 struct key **key, struct error *err)
{
    bool token = strncmp(locator, "pkcs11:", 7) == 0;
    char *place =
        token ? bytes_copy_string(locator) : repository_path(keyring->repository, locator);
    struct bytes pem;
    int result = keyring_certificates(keyring->repository, certificates, &pem, err);

    if (result == 0)
        result = open_with(keyring, place, (const char *)pem.data, key, err);
    if (result < 0)
        error_context(err, "%s", locator);
    bytes_clear(&pem);
    free(place);
    return result;
}

/* A key file outside mirror.conf: "…/NAME.key" with its certificates in "…/NAME.pem". Relative to
 * where the caller stands, as any file of the command line. */
static int open_file(struct keyring *keyring, const char *file, struct key **key, struct error *err)
{
    size_t size = strlen(file);
    char *absolute, *certificates;
    int result;

    if (size < 5 || strcmp(file + size - 4, ".key") != 0 || strncmp(file, "pkcs11:", 7) == 0)
        return error_set(err, ERROR_NOT_FOUND,
                         "no key %s in %s, and it is no file NAME.key with NAME.pem beside it",
                         file, SETTINGS_FILE);
    absolute = realpath(file, NULL);
    if (absolute == NULL)
        return error_set_errno(err, ERROR_NOT_FOUND, errno, "%s", file);
    certificates = bytes_copy_string(absolute);
    memcpy(certificates + strlen(certificates) - 4, ".pem", 4);
    result = keyring_open(keyring, absolute, certificates, key, err);
    free(absolute);
    free(certificates);
    return result;
}

static int open_chosen(struct keyring *keyring, enum document_role role, const char *chosen,
                       struct key **key, struct error *err)
{
    const struct settings_key *known = settings_find_key(&keyring->repository->settings, chosen);

    if (known == NULL)
        return open_file(keyring, chosen, key, err);
    if (known->role != role)
        return error_set(err, ERROR_WRONG_ROLE, "key %s is for the role %s, not %s", known->name,
                         document_role_row(known->role)->name, document_role_row(role)->name);
    return keyring_open(keyring, known->locator, known->certificates, key, err);
}

int keyring_key(struct keyring *keyring, enum document_role role, const char *chosen,
                struct key **key, struct error *err)
{
    const struct settings *settings = &keyring->repository->settings;
    struct error refused;
    int result;

    *key = NULL;
    if (chosen != NULL)
        return open_chosen(keyring, role, chosen, key, err);
    result = error_set(&refused, ERROR_NOT_FOUND, "%s names no key of the role %s", SETTINGS_FILE,
                       document_role_row(role)->name);
    for (size_t i = 0; i < settings->key_count; i++) {
        if (settings->keys[i].role != role)
            continue;
        result = keyring_open(keyring, settings->keys[i].locator, settings->keys[i].certificates,
                              key, &refused);
        /* Each key holder has a passphrase of their own: another key may be this one's. */
        if (result == 0 || refused.code != ERROR_WRONG_SECRET)
            break;
    }
    if (result < 0)
        *err = refused;
    return result;
}

int keyring_certificates(const struct repository *repository, const char *certificates,
                         struct bytes *pem, struct error *err)
{
    char *path = repository_path(repository, certificates);
    int result = read_certificates(path, pem, err);

    free(path);
    return result;
}

int keyring_passphrase(struct keyring *keyring, const char **passphrase, struct error *err)
{
    int result = 0;

    *passphrase = NULL;
    if (keyring->repository->settings.unprotected)
        return 0;
    result = need_passphrase(keyring, err);
    *passphrase = keyring->passphrase;
    return result;
}

int keyring_timestamper(struct keyring *keyring, int64_t not_before_us,
                        struct sign_timestamper *timestamper, struct error *err)
{
    const struct settings *settings = &keyring->repository->settings;
    int result = 0;

    *timestamper = (struct sign_timestamper){.not_before_us = not_before_us};
    if (settings->tsa_url != NULL) {
        timestamper->url = settings->tsa_url;
        timestamper->ca_file = settings->tsa_ca;
        return 0;
    }
    if (keyring->timestamp == NULL)
        result = keyring_key(keyring, ROLE_TIMESTAMP, NULL, &keyring->timestamp, err);
    timestamper->key = keyring->timestamp;
    return result;
}

int keyring_content_keys(struct keyring *keyring, struct enrolment *keys, struct error *err)
{
    const char *passphrase = KEYRING_NO_PASSPHRASE;
    struct bytes file;
    int result = 0;

    *keys = (struct enrolment){0};
    if (!keyring->repository->settings.unprotected) {
        result = need_passphrase(keyring, err);
        if (result < 0)
            return result;
        passphrase = keyring->passphrase;
    }
    result =
        path_read(keyring->repository->fd, KEYRING_CONTENT_KEYS, LIMIT_ENROLMENT_BYTES, &file, err);
    if (result == 0)
        result = enrolment_open(bytes_view(&file), passphrase, keys, err);
    if (result < 0)
        error_context(err, "%s", KEYRING_CONTENT_KEYS);
    bytes_clear(&file);
    return result;
}
