/* SPDX-License-Identifier: ISC */
#include "agent/verify.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "media/base/path.h"
#include "media/recipe-stream.h"

/* A recipe and the memory that it borrows from. */
struct loaded {
    struct bytes data;
    struct recipe recipe;
};

static int load(int fd, struct loaded *loaded, struct error *err)
{
    struct stat status;
    uint8_t *place;
    int result;

    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size <= 0 ||
        (uint64_t)status.st_size > LIMIT_RECIPE_BYTES)
        return error_set(err, ERROR_BAD_RECIPE, "no file of a recipe's size");
    result = bytes_reserve(&loaded->data, (size_t)status.st_size, &place, err);
    if (result == 0)
        result = path_pread(fd, place, (size_t)status.st_size, 0, err);
    return result < 0 ? result : recipe_parse(bytes_view(&loaded->data), &loaded->recipe, err);
}

static void sum_same(const struct recipe *base, const struct recipe *recipe, uint64_t *files,
                     uint64_t *bytes)
{
    uint32_t *same = recipe_find_same(base, recipe);

    for (uint32_t i = 0; i < recipe->file_count; i++) {
        if (same[i] != RECIPE_NO_ROW) {
            *files += 1;
            *bytes += recipe->files[i].size;
        }
    }
    free(same);
}

/* Asked for the space that an import needs: what can't be read has nothing in common, and is refused
 * by whoever builds on it. */
int verify_compare(struct verify *verify, const uint8_t id[static DIGEST_BYTES], int base_recipe_fd,
                   struct error *err)
{
    const struct verify_package *package = verify_find_package(verify, id);
    struct loaded base = {.recipe = {0}}, fresh = {.recipe = {0}};
    uint64_t files = 0, bytes = 0;
    char text[DIGEST_TEXT_BYTES];
    struct error ignored;

    if (package == NULL)
        return error_set(err, ERROR_PROTOCOL, "a package that no plan said to fetch");
    bytes_init(&base.data, LIMIT_RECIPE_BYTES);
    bytes_init(&fresh.data, LIMIT_RECIPE_BYTES);
    if (load(base_recipe_fd, &base, &ignored) == 0 &&
        load(package->recipe_fd, &fresh, &ignored) == 0)
        sum_same(&base.recipe, &fresh.recipe, &files, &bytes);
    recipe_clear(&base.recipe);
    recipe_clear(&fresh.recipe);
    bytes_clear(&base.data);
    bytes_clear(&fresh.data);
    return verify_report_same(verify, digest_text(id, text), files, bytes, err);
}
