/* SPDX-License-Identifier: ISC */
#include "mirror/inventory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/digest-check.h"
#include "media/pack.h"
#include "media/volume.h"
#include "media/root.h"
#include "mirror/belief.h"
#include "mirror/delta-proof.h"
#include "mirror/delta-table.h"
#include "mirror/inventory-shown.h"
#include "mirror/inventory-tree.h"
#include "mirror/rebuild.h"

void inventory_fail(struct inventory *inventory, const struct error *err)
{
    report_data(inventory->report, "FAIL          %s (%s)", err->words, error_name(err->code));
    json_array_append_new(
        inventory->findings,
        json_pack("{s:s, s:o}", "code", error_name(err->code), "message", report_text(err->words)));
    if (inventory->failures++ == 0)
        inventory->first = *err;
}

/* A set or package that a revocation or root document has overtaken is history: judged by what it
 * was good by. What a newest set is or holds must be good as of now. */
static int check_set(struct inventory *inventory, const struct catalog_set *known, bool newest,
                     struct set_document *set, struct error *err)
{
    int result = belief_set(inventory->repository, inventory->trust, known, set, NULL, err);

    if (result < 0 && !newest && belief_overtaken(err->code)) {
        set_clear(set);
        result = belief_past_set(inventory->repository, known, set, err);
    }
    return result;
}

static void check_sets(struct inventory *inventory, const struct catalog_set *sets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct set_document *set = bytes_allocate(1, sizeof(*set));
        struct error err = {.code = ERROR_OK};
        bool newest = i + 1 == count || strcmp(sets[i].ring, sets[i + 1].ring) != 0;

        if (check_set(inventory, &sets[i], newest, set, &err) < 0)
            inventory_fail(inventory, &err);
        else
            inventory->documents++;
        for (size_t j = 0; newest && j < set->package_count; j++)
            memcpy(inventory->held[inventory->held_count++], set->packages[j].id, DIGEST_BYTES);
        set_clear(set);
        free(set);
    }
}

static bool is_held(const struct inventory *inventory, const uint8_t id[static DIGEST_BYTES])
{
    for (size_t i = 0; i < inventory->held_count; i++) {
        if (memcmp(inventory->held[i], id, DIGEST_BYTES) == 0)
            return true;
    }
    return false;
}

static int check_package(struct inventory *inventory, const struct catalog_package *known,
                         struct package_document *package, struct error *err)
{
    int result = belief_package(inventory->repository, inventory->trust, known->type, known->id,
                                package, NULL, err);

    if (result < 0 && !is_held(inventory, known->id) && belief_overtaken(err->code)) {
        package_clear(package);
        result = belief_past_package(inventory->repository, known->type, known->id, package, err);
    }
    return result;
}

/* What is here of a package's recipes is in its document, and does what it is for. */
static int check_delta(const struct inventory *inventory, const struct package_document *package,
                       const struct package_recipe *recipe, struct error *err)
{
    for (size_t i = 0; i < package->recipe_count; i++) {
        const struct package_recipe *row = &package->recipes[i];

        if (row->has_base && memcmp(row->base, recipe->base, DIGEST_BYTES) == 0 &&
            memcmp(row->digest, recipe->digest, DIGEST_BYTES) == 0)
            return delta_prove(inventory->repository, package, row, err);
    }
    return error_set(err, ERROR_CATALOG_CORRUPT, "catalog: a recipe that %s %s does not name",
                     package->type, package->version);
}

static void check_deltas(struct inventory *inventory, const uint8_t id[static DIGEST_BYTES],
                         const struct package_document *package)
{
    struct package_recipe recipes[LIMIT_RECIPES];
    struct error err = {.code = ERROR_OK};
    size_t count = 0;

    if (delta_table_read(inventory->repository->catalog, id, recipes, &count, &err) < 0)
        inventory_fail(inventory, &err);
    for (size_t i = 0; i < count; i++) {
        err = (struct error){.code = ERROR_OK};
        if (check_delta(inventory, package, &recipes[i], &err) < 0)
            inventory_fail(inventory, &err);
        else
            inventory->deltas++;
        progress_add(inventory->progress, package->bytes);
    }
}

/* Judges the document, then rebuilds the content without writing it anywhere. */
static void check_packages(struct inventory *inventory, const struct catalog_package *packages,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct package_document package;
        struct error err = {.code = ERROR_OK};
        int result = check_package(inventory, &packages[i], &package, &err);

        inventory->documents += result == 0;
        if (result == 0)
            result = rebuild_files(inventory->repository, &package, -1, &err);
        if (result < 0) {
            inventory_fail(inventory, &err);
        } else {
            inventory->packages++;
            inventory->bytes += package.bytes;
            progress_add(inventory->progress, package.bytes);
            check_deltas(inventory, packages[i].id, &package);
        }
        package_clear(&package);
    }
}

struct pack_check {
    int fd;
    uint64_t frames;
    struct digest_check *frame;
    struct error problem; /* of the first frame that is not what it must be */
    struct progress *progress;
};

static int read_pack(void *context, uint64_t offset, void *out, size_t size, struct error *err)
{
    return path_pread(((const struct pack_check *)context)->fd, out, size, offset, err);
}

static void note_frame(void *context, size_t number, const uint8_t expected[static DIGEST_BYTES],
                       bool good)
{
    struct pack_check *check = context;
    char text[DIGEST_TEXT_BYTES];

    if (!good && check->problem.code == ERROR_OK)
        error_set(&check->problem, ERROR_BAD_DIGEST, "frame %s: holds something else",
                  digest_text(expected, text));
}

/* What is wrong with a frame may be known some frames later. */
static int check_frame(void *context, const struct pack_entry *entry, struct error *err)
{
    struct pack_check *check = context;
    int result =
        path_pread(check->fd, digest_check_buffer(check->frame), entry->length, entry->offset, err);

    if (result < 0)
        return result;
    digest_check_put(check->frame, entry->length, entry->digest, 0);
    if (check->problem.code != ERROR_OK) {
        *err = check->problem;
        return -(int)err->code;
    }
    check->frames++;
    progress_add(check->progress, entry->length);
    return 0;
}

static int check_frames(struct pack_check *check, uint64_t size, struct error *err)
{
    int result;

    check->frame = digest_check_new(LIMIT_FRAME_BYTES, note_frame, check);
    result = pack_walk(read_pack, check, size, check_frame, check, err);
    digest_check_finish(check->frame);
    digest_check_free(check->frame);
    if (result == 0 && check->problem.code != ERROR_OK) {
        *err = check->problem;
        result = -(int)err->code;
    }
    return result;
}

static int check_pack(struct inventory *inventory, const struct catalog_pack *pack,
                      struct error *err)
{
    struct volume_name name = {.kind = VOLUME_PACK};
    struct pack_check check = {.progress = inventory->progress};
    char path[VOLUME_NAME_BYTES];
    uint64_t size, known = 0;
    int result;

    memcpy(name.digest, pack->id, DIGEST_BYTES);
    volume_format(&name, path);
    result = path_open_regular(inventory->repository->tree_fd, path, LIMIT_PACK_BYTES, &check.fd,
                               &size, err);
    if (result < 0)
        return result;
    result = check_frames(&check, size, err);
    if (result == 0)
        result = catalog_pack_frames(inventory->repository->catalog, pack->number, &known, err);
    if (result == 0 && (size != pack->size || check.frames != known))
        result = error_set(err, ERROR_BAD_PACK,
                           "%llu frames in %llu bytes; the catalog knows %llu in %llu",
                           (unsigned long long)check.frames, (unsigned long long)size,
                           (unsigned long long)known, (unsigned long long)pack->size);
    inventory->frames += check.frames;
    (void)close(check.fd);
    return result < 0 ? error_context(err, "%s", path) : 0;
}

static void check_packs(struct inventory *inventory, const struct catalog_pack *packs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct error err = {.code = ERROR_OK};

        if (check_pack(inventory, &packs[i], &err) < 0)
            inventory_fail(inventory, &err);
    }
}

static uint64_t bytes_to_read(const struct catalog_package *packages, size_t package_count,
                              const struct catalog_pack *packs, size_t pack_count)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < package_count; i++)
        bytes += packages[i].bytes;
    for (size_t i = 0; i < pack_count; i++)
        bytes += packs[i].size;
    return bytes;
}

int inventory_take(struct inventory *inventory, struct error *err)
{
    struct catalog *catalog = inventory->repository->catalog;
    struct catalog_package *packages = NULL;
    struct catalog_set *sets = NULL;
    struct catalog_pack *packs = NULL;
    size_t package_count = 0, set_count = 0, pack_count = 0;
    int result = catalog_packages(catalog, &packages, &package_count, err);

    if (result == 0)
        result = catalog_sets(catalog, &sets, &set_count, err);
    if (result == 0)
        result = catalog_packs(catalog, &packs, &pack_count, err);
    if (result == 0) {
        inventory->held =
            bytes_allocate(LIMIT_RINGS * LIMIT_SET_PACKAGES + set_count, DIGEST_BYTES);
        inventory->documents += trust_root(inventory->trust)->version;
        progress_begin(inventory->progress, "verifying",
                       bytes_to_read(packages, package_count, packs, pack_count));
        check_packs(inventory, packs, pack_count);
        check_sets(inventory, sets, set_count);
        check_packages(inventory, packages, package_count);
        inventory_shown(inventory);
        progress_end(inventory->progress);
        result = inventory_tree(inventory, err);
    }
    free(inventory->held);
    inventory->held = NULL;
    free(packages);
    free(sets);
    free(packs);
    return result;
}
