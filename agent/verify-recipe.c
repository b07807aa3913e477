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

    if (result == 0 && recipe.has_base != row->has_base)
        result = error_set(err, ERROR_BAD_RECIPE, "%s",
                           recipe.has_base ? "the full recipe builds on a base"
                                           : "the recipe on a base builds on none");
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

/* What a medium without this recipe is: a volume that lacks it, or an export that takes it for
 * granted that something else is there. */
static int explain_missing(const struct verify *verify, const struct verify_package *package,
                           struct error *err)
{
    const struct export_document *export = &verify->export;

    if (err->code != ERROR_VOLUME_MISSING || !verify->has_export || export->base[0] == '\0')
        return -(int)err->code;
    return error_set(err, ERROR_BASE_MISSING,
                     "%s %s comes as a change to content that is not here (set %.16s...): ask the "
                     "mirror for a full export, or for one since a set that was imported",
                     package->document.type, package->document.version, export->base);
}

static int take_recipe(struct verify *verify, struct verify_package *package,
                       const struct package_recipe *row, struct error *err)
{
    struct bytes data;
    int result = read_recipe(verify, row, &data, err);

    if (result == 0)
        result = check_recipe(&package->document, row, &data, err);
    if (result == 0)
        result = seal(&data, &package->recipe_fd, err);
    if (result == 0)
        package->recipe = row;
    bytes_clear(&data);
    return result;
}

/* Of those that build on what is there, in the order of the document: the mirror names the newest
 * base first. One that this medium lacks is passed over. */
int verify_recipe(struct verify *verify, struct verify_package *package, struct error *err)
{
    const struct package_document *document = &package->document;
    int result;

    for (size_t i = 0; i < document->recipe_count; i++) {
        const struct package_recipe *row = &document->recipes[i];

        if (!row->has_base || !verify_request_has_base(&verify->request, document->type, row->base))
            continue;
        result = take_recipe(verify, package, row, err);
        if (result != -(int)ERROR_VOLUME_MISSING)
            return result;
    }
    result = take_recipe(verify, package, package_full_recipe(document), err);
    return result < 0 ? explain_missing(verify, package, err) : 0;
}
