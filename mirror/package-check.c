/* SPDX-License-Identifier: ISC */
#include "mirror/package-check.h"

#include <string.h>
#include <unistd.h>

#include "media/base/path.h"
#include "mirror/content-check.h"
#include "mirror/rebuild.h"

/* The content key that a sealed package names. */
static int find_key(struct keyring *keyring, const char *id, struct enrolment *keys,
                    struct driver_run_key *key, struct error *err)
{
    int result = keyring_content_keys(keyring, keys, err);

    if (result < 0)
        return result;
    for (size_t i = 0; i < keys->key_count; i++) {
        if (strcmp(keys->keys[i].id, id) == 0) {
            key->id = keys->keys[i].id;
            key->key = bytes_view_of(keys->keys[i].key, sizeof(keys->keys[i].key));
            return 0;
        }
    }
    return error_set(err, ERROR_NOT_FOUND, "no content key %s", id);
}

static int check_content(const struct ring_signer *signer, const char *libexec,
                         const struct package_document *package, int folder_fd, struct error *err)
{
    const struct content_type *type = content_type_find(package->type);
    struct driver_run_key key;
    struct enrolment keys = {0};
    bool sealed = package->sealed[0] != '\0';
    int result = 0;

    if (type == NULL)
        return error_set(err, ERROR_DRIVER_MISSING, "no content type %s", package->type);
    if (sealed)
        result = find_key(signer->keyring, package->sealed, &keys, &key, err);
    if (result == 0)
        result = content_check(libexec, type, folder_fd, sealed ? &key : NULL, err);
    enrolment_clear(&keys);
    return result;
}

int package_check(const struct ring_signer *signer, const char *libexec,
                  const struct package_document *package, struct error *err)
{
    int scratch_fd = signer->repository->scratch_fd;
    int fd = -1;
    int result = path_remove(scratch_fd, package->type, err);

    if (result == 0)
        result = path_make_folders(scratch_fd, package->type, 0700, err);
    if (result == 0)
        result = path_open_folder(scratch_fd, package->type, &fd, err);
    if (result == 0)
        result = rebuild_files(signer->repository, package, fd, err);
    if (result == 0)
        result = check_content(signer, libexec, package, fd, err);
    if (fd >= 0)
        (void)close(fd);
    if (result == 0)
        result = path_remove(scratch_fd, package->type, err);
    return result;
}
