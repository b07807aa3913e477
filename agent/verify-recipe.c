/* SPDX-License-Identifier: ISC */
#include "agent/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/recipe.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* The package document is signed and names the digest: nothing is parsed before it matched. */
static int read_recipe(struct verify *verify, const struct package_recipe *row, struct bytes *data,
                       struct error *err)
{
    struct volume_name name = {.kind = VOLUME_RECIPE};
    uint8_t digest[DIGEST_BYTES];
    char path[VOLUME_NAME_BYTES];
    int result;

    memcpy(name.digest, row->digest, DIGEST_BYTES);
    result = verify_read(verify, volume_format(&name, path), (size_t)row->size, data, err);
    if (result == -(int)ERROR_NOT_FOUND)
        return error_set(err, ERROR_VOLUME_MISSING, "%s is not on this volume", path);
    if (result != 0)
        return result;
    digest_of(data->data, data->size, digest);
    if (data->size != row->size || memcmp(digest, row->digest, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_BAD_DIGEST, "%s is not what the package names", path);
    return verify_check_last_read(verify, err);
}

static int check_recipe(const struct package_document *package, const struct package_recipe *row,
                        const struct bytes *data, struct error *err)
{
    struct recipe recipe;
    int result = recipe_parse(bytes_view(data), &recipe, err);

    if (result == 0 && recipe.has_base)
        result = error_set(err, ERROR_BAD_RECIPE, "the full recipe builds on a base");
    if (result == 0 && (recipe.file_count != package->files || recipe.bytes != package->bytes ||
                        recipe.packed != row->packed_size))
        result = error_set(err, ERROR_BAD_RECIPE,
                           "files, bytes or packed size are not what the package says");
    recipe_clear(&recipe);
    return result;
}

/* Sealed, so that whoever it is handed to can rely on it as well. */
static int seal(const struct bytes *data, int *fd, struct error *err)
{
    int made = memfd_create("recipe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int result;

    if (made < 0)
        return error_set_errno(err, ERROR_INTERNAL, errno, "memory for a recipe");
    result = path_write(made, data->data, data->size, err);
    if (result == 0 && fcntl(made, F_ADD_SEALS, SEALS) < 0)
        result = error_set_errno(err, ERROR_INTERNAL, errno, "sealing a recipe");
    if (result != 0)
        close(made);
    else
        *fd = made;
    return result;
}

int verify_recipe(struct verify *verify, struct verify_package *package, struct error *err)
{
    const struct package_recipe *row = package_full_recipe(&package->document);
    struct bytes data;
    int result = read_recipe(verify, row, &data, err);

    if (result == 0)
        result = check_recipe(&package->document, row, &data, err);
    if (result == 0)
        result = seal(&data, &package->recipe_fd, err);
    bytes_clear(&data);
    return result;
}
