/* SPDX-License-Identifier: ISC */
#include "mirror/publish-deltas.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/delta-build.h"
#include "media/volume.h"
#include "mirror/decision.h"
#include "mirror/delta-table.h"
#include "mirror/folder-stream.h"
#include "mirror/rebuild.h"
#include "mirror/store-stream.h"

#define FILE_MODE 0644

/* Kept only where it saves a quarter. */
#define WORTH_OF(bytes) ((bytes) / 4 * 3)

/* Frames wait in a nameless file until it is known whether the recipe is worth it. */
struct spool {
    int fd;
    uint64_t size;
    struct bytes rows; /* struct spooled, one after the other */
    struct progress *progress;
};

struct spooled {
    uint8_t digest[DIGEST_BYTES];
    uint64_t offset;
    uint32_t length;
};

static int spool_open(struct spool *spool, const struct repository *repository, struct error *err)
{
    bytes_init(&spool->rows, (size_t)LIMIT_CHUNKS * sizeof(struct spooled));
    spool->fd = openat(repository->scratch_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (spool->fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "a temporary file");
    return 0;
}

static void spool_close(struct spool *spool)
{
    if (spool->fd >= 0)
        (void)close(spool->fd);
    bytes_clear(&spool->rows);
}

static int spool_put(void *context, const uint8_t digest[static DIGEST_BYTES],
                     struct bytes_view packed, struct error *err)
{
    struct spool *spool = context;
    struct spooled row = {.offset = spool->size, .length = (uint32_t)packed.size};
    int result = path_write(spool->fd, packed.data, packed.size, err);

    if (result < 0)
        return result;
    memcpy(row.digest, digest, DIGEST_BYTES);
    spool->size += packed.size;
    return bytes_put(&spool->rows, &row, sizeof(row), err);
}

static void spool_progress(void *context, uint64_t bytes)
{
    struct spool *spool = context;

    if (spool->progress != NULL)
        progress_add(spool->progress, bytes);
}

static int spool_move(const struct spool *spool, struct store_writer *store, struct error *err)
{
    const struct spooled *rows = (const void *)spool->rows.data;
    uint8_t *frame = bytes_allocate(1, LIMIT_FRAME_BYTES);
    int result = 0;

    for (size_t i = 0; i < spool->rows.size / sizeof(*rows) && result == 0; i++) {
        result = path_pread(spool->fd, frame, rows[i].length, rows[i].offset, err);
        if (result == 0)
            result = store_put(store, rows[i].digest, bytes_view_of(frame, rows[i].length), err);
    }
    free(frame);
    return result;
}

/* What all comparisons of one package share. */
struct comparing {
    struct repository *repository;
    const struct package_built *built;
    struct delta_side fresh;
    struct store_writer *store;
    struct progress *progress;
};

static int keep(const struct comparing *comparing, const struct spool *spool,
                struct delta_built *built, struct publish_delta *delta, struct error *err)
{
    delta->kept = true;
    delta->recipe = (struct package_recipe){
        .has_base = true, .size = built->recipe.size, .packed_size = built->packed};
    memcpy(delta->recipe.base, delta->base.id, DIGEST_BYTES);
    memcpy(delta->recipe.digest, built->recipe_digest, DIGEST_BYTES);
    delta->data = built->recipe;
    bytes_init(&built->recipe, 0);
    return spool_move(spool, comparing->store, err);
}

static int compare_sides(const struct comparing *comparing, const struct delta_side *base,
                         struct publish_delta *delta, struct error *err)
{
    uint64_t worth = WORTH_OF(comparing->built->packed + comparing->built->recipe.size);
    struct spool spool = {.progress = comparing->progress};
    struct delta_build_options options = {
        .limit = worth, .store = spool_put, .progress = spool_progress, .context = &spool};
    struct delta_built built;
    int result = spool_open(&spool, comparing->repository, err);

    if (result < 0)
        return result;
    result = delta_build(base, &comparing->fresh, &options, &built, err);
    if (result == 0 && built.worth && built.packed + built.recipe.size < worth)
        result = keep(comparing, &spool, &built, delta, err);
    delta_built_clear(&built);
    spool_close(&spool);
    return result;
}

/* What no recipe can say. */
static bool has_no_recipe(enum error_code code)
{
    return code == ERROR_BAD_RECIPE || code == ERROR_LIMIT;
}

/* A base that can't be read or built on is no reason not to publish: the others, and the full recipe,
 * do. */
static int compare_with(const struct comparing *comparing, struct publish_delta *delta,
                        struct error *err)
{
    struct store_stream *stream = NULL;
    struct recipe recipe;
    struct bytes data;
    bool unreadable = false;
    int result =
        rebuild_recipe_named(comparing->repository, delta->base.recipe, &data, &recipe, err);

    if (result < 0) {
        unreadable = true;
    } else {
        stream = store_stream_new(comparing->repository, &recipe);
        result = compare_sides(
            comparing,
            &(struct delta_side){.recipe = &recipe, .read = store_stream_read, .context = stream},
            delta, err);
        unreadable = store_stream_failed(stream);
    }
    if (result < 0 && (unreadable || has_no_recipe(err->code))) {
        delta->problem = *err;
        delta->kept = false;
        result = 0;
    }
    store_stream_free(stream);
    recipe_clear(&recipe);
    bytes_clear(&data);
    return result;
}

static int compare_all(const struct comparing *comparing, struct publish_deltas *deltas,
                       struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < deltas->count && result == 0; i++) {
        if (comparing->progress != NULL)
            progress_begin(comparing->progress, deltas->rows[i].base.version,
                           comparing->fresh.recipe->bytes);
        result = compare_with(comparing, &deltas->rows[i], err);
        if (comparing->progress != NULL)
            progress_end(comparing->progress);
    }
    return result;
}

static bool is_new_content(const struct publish_deltas *deltas,
                           const struct catalog_package *package)
{
    for (size_t i = 0; i < deltas->count; i++) {
        if (memcmp(package->recipe, deltas->rows[i].base.recipe, DIGEST_BYTES) == 0)
            return false;
    }
    return true;
}

/* The last packages of the type; they are in order of type and issue. */
static int choose_bases(struct repository *repository, const char *type,
                        struct publish_deltas *deltas, struct error *err)
{
    struct catalog_package *packages = NULL;
    struct decision_withdrawn *withdrawn = NULL;
    size_t count = 0, withdrawn_count = 0;
    int result = catalog_packages(repository->catalog, &packages, &count, err);

    if (result == 0)
        result = decision_all_withdrawn(repository->catalog, &withdrawn, &withdrawn_count, err);
    for (size_t i = count; i-- > 0 && result == 0;) {
        if (deltas->count == repository->settings.deltas)
            break;
        if (strcmp(packages[i].type, type) == 0 &&
            decision_find(withdrawn, withdrawn_count, packages[i].id) == NULL &&
            is_new_content(deltas, &packages[i]))
            deltas->rows[deltas->count++].base = packages[i];
    }
    decision_free_withdrawn(withdrawn, withdrawn_count);
    free(packages);
    return result;
}

int publish_deltas_build(struct repository *repository, const char *type, int folder_fd,
                         const struct package_source *held, const struct package_built *built,
                         struct store_writer *store, struct progress *progress,
                         struct publish_deltas *deltas, struct error *err)
{
    struct comparing comparing = {
        .repository = repository, .built = built, .store = store, .progress = progress};
    struct recipe recipe;
    int result;

    *deltas = (struct publish_deltas){0};
    result = choose_bases(repository, type, deltas, err);
    if (result < 0 || deltas->count == 0)
        return result;
    result = recipe_parse(bytes_view(&built->recipe), &recipe, err);
    if (result == 0) {
        comparing.fresh =
            (struct delta_side){.recipe = &recipe,
                                .read = folder_stream_read,
                                .context = folder_stream_new(folder_fd, held, &recipe)};
        result = compare_all(&comparing, deltas, err);
        folder_stream_free(comparing.fresh.context);
    }
    recipe_clear(&recipe);
    return result;
}

void publish_deltas_clear(struct publish_deltas *deltas)
{
    for (size_t i = 0; i < deltas->count; i++)
        bytes_clear(&deltas->rows[i].data);
    deltas->count = 0;
}

static int by_base(const void *a, const void *b)
{
    return memcmp(((const struct package_recipe *)a)->base,
                  ((const struct package_recipe *)b)->base, DIGEST_BYTES);
}

void publish_deltas_describe(const struct publish_deltas *deltas, struct package_document *package)
{
    size_t first = package->recipe_count;

    for (size_t i = 0; i < deltas->count; i++) {
        if (deltas->rows[i].kept)
            package->recipes[package->recipe_count++] = deltas->rows[i].recipe;
    }
    qsort(package->recipes + first, package->recipe_count - first, sizeof(package->recipes[0]),
          by_base);
}

int publish_deltas_write(const struct publish_deltas *deltas, const struct repository *repository,
                         struct error *err)
{
    struct volume_name name = {.kind = VOLUME_RECIPE};
    char path[VOLUME_NAME_BYTES];
    int result = 0;

    for (size_t i = 0; i < deltas->count && result == 0; i++) {
        const struct publish_delta *delta = &deltas->rows[i];

        if (!delta->kept)
            continue;
        memcpy(name.digest, delta->recipe.digest, DIGEST_BYTES);
        result = publish_new_file(repository->tree_fd, volume_format(&name, path), delta->data.data,
                                  delta->data.size, FILE_MODE, err);
    }
    return result;
}

int publish_deltas_enter(const struct publish_deltas *deltas, struct catalog *catalog,
                         const uint8_t package[static DIGEST_BYTES], struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < deltas->count && result == 0; i++) {
        if (deltas->rows[i].kept)
            result = delta_table_add(catalog, package, &deltas->rows[i].recipe, err);
    }
    return result;
}
