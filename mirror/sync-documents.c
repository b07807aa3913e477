/* SPDX-License-Identifier: ISC */
#include "mirror/sync-documents.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/instant.h"
#include "media/base/path.h"
#include "media/base/publish.h"
#include "mirror/delta-table.h"
#include "mirror/belief.h"

#define FILE_MODE     0644
#define SUBJECT_BYTES (LIMIT_NAME_BYTES + 16)

/* Floors: a pair of time and number, both of which must rise. */

enum order { ORDER_NEWER, ORDER_OLDER, ORDER_CONFLICT };

static enum order compare(int64_t time_us, uint64_t number, int64_t floor_us, uint64_t floor)
{
    if (time_us > floor_us && number > floor)
        return ORDER_NEWER;
    return time_us < floor_us && number < floor ? ORDER_OLDER : ORDER_CONFLICT;
}

static int refuse_order(enum order order, const char *what, int64_t time_us, uint64_t number,
                        int64_t floor_us, uint64_t floor, struct error *err)
{
    char time[INSTANT_TEXT_BYTES], floor_time[INSTANT_TEXT_BYTES];

    if (order == ORDER_NEWER)
        return 0;
    return error_set(err, order == ORDER_OLDER ? ERROR_ROLLBACK : ERROR_EQUIVOCATION,
                     "%s %llu of %s %s what is here: %llu of %s", what, (unsigned long long)number,
                     instant_format(time_us, time),
                     order == ORDER_OLDER ? "is older than" : "contradicts",
                     (unsigned long long)floor, instant_format(floor_us, floor_time));
}

/* Packages of a type have a floor in each ring: the rings of one mirror are at different issues. */
static const char *floor_subject(const char *ring, char out[static SUBJECT_BYTES])
{
    snprintf(out, SUBJECT_BYTES, "type of %s", ring);
    return out;
}

/* A day ahead of this clock: it would hold up every honest document after it. */
static int check_future(const struct sync_documents *sync, int64_t time_us, struct error *err)
{
    char time[INSTANT_TEXT_BYTES], now[INSTANT_TEXT_BYTES];

    if (time_us <= sync->now_us + INSTANT_DAY_US)
        return 0;
    return error_set(err, ERROR_FROM_THE_FUTURE,
                     "signed at %s, more than 24 hours ahead of the local clock at %s",
                     instant_format(time_us, time), instant_format(sync->now_us, now));
}

/* Packages. */

static struct volume_name package_name(const char *type, const uint8_t id[static DIGEST_BYTES])
{
    struct volume_name name = {.kind = VOLUME_PACKAGE};

    snprintf(name.word, sizeof(name.word), "%s", type);
    memcpy(name.digest, id, DIGEST_BYTES);
    return name;
}

/* The set's row and the document speak of the same package. */
static int check_row(const struct set_package *row, const struct package_document *document,
                     const struct trust_verdict *verdict, struct error *err)
{
    if (memcmp(verdict->digest, row->id, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_BAD_DIGEST, "not the package that the set names");
    if (strcmp(document->type, row->type) != 0 || document->issue != row->issue ||
        strcmp(document->version, row->version) != 0 || verdict->content.size != row->size)
        return error_set(err, ERROR_BAD_DOCUMENT,
                         "is %s %s, issue %llu; the set says %s %s, issue %llu", document->type,
                         document->version, (unsigned long long)document->issue, row->type,
                         row->version, (unsigned long long)row->issue);
    return 0;
}

/* here: the very package is in the catalog, and may be just what the ring holds. */
static int check_package_floor(const struct sync_documents *sync, const struct sync_ring *ring,
                               const struct catalog_package *entry, bool here, struct error *err)
{
    struct catalog *catalog = sync->repository->catalog;
    char subject[SUBJECT_BYTES];
    uint64_t floor;
    int64_t floor_us;
    int result = catalog_progress(catalog, floor_subject(ring->name, subject), entry->type, &floor,
                                  &floor_us, err);

    if (result < 0 || floor == 0)
        return result;
    if (here && entry->issue == floor && entry->time_us == floor_us)
        return 0;
    return refuse_order(compare(entry->time_us, entry->issue, floor_us, floor), "issue",
                        entry->time_us, entry->issue, floor_us, floor, err);
}

static int check_issue(const struct sync_documents *sync, const struct catalog_package *entry,
                       struct error *err)
{
    struct catalog_package same;
    bool found;
    int result = catalog_find_issue(sync->repository->catalog, entry->type, entry->issue, &same,
                                    &found, err);

    if (result == 0 && found)
        result = error_set(err, ERROR_EQUIVOCATION, "another %s of issue %llu is here", entry->type,
                           (unsigned long long)entry->issue);
    return result;
}

/* Two rings of one sync may share a package, but no issue with another content. */
static int check_other_rings(const struct sync_documents *sync, const struct catalog_package *entry,
                             struct error *err)
{
    for (size_t i = 0; i < sync->ring_count; i++) {
        for (size_t j = 0; j < sync->rings[i].package_count; j++) {
            const struct catalog_package *other = &sync->rings[i].packages[j].entry;

            if (strcmp(other->type, entry->type) == 0 && other->issue == entry->issue &&
                memcmp(other->id, entry->id, DIGEST_BYTES) != 0)
                return error_set(err, ERROR_EQUIVOCATION, "ring %s names another %s of issue %llu",
                                 sync->rings[i].name, entry->type,
                                 (unsigned long long)entry->issue);
        }
    }
    return 0;
}

static void fill_entry(const struct package_document *document, const struct trust_verdict *verdict,
                       struct catalog_package *entry)
{
    const struct package_recipe *full = package_full_recipe(document);

    *entry = (struct catalog_package){.issue = document->issue,
                                      .time_us = verdict->time_us,
                                      .size = verdict->content.size,
                                      .files = document->files,
                                      .bytes = document->bytes,
                                      .packed = full->packed_size};
    memcpy(entry->id, verdict->digest, DIGEST_BYTES);
    memcpy(entry->recipe, full->digest, DIGEST_BYTES);
    snprintf(entry->type, sizeof(entry->type), "%s", document->type);
    snprintf(entry->version, sizeof(entry->version), "%s", document->version);
}

static void fill_deltas(const struct package_document *document, struct sync_package *package)
{
    for (size_t i = 0; i < document->recipe_count; i++) {
        if (document->recipes[i].has_base)
            package->deltas[package->delta_count++] = document->recipes[i];
    }
}

static int judge_new(const struct sync_documents *sync, const struct sync_ring *ring,
                     const struct set_package *row, struct sync_package *package, struct error *err)
{
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    struct package_document document = {0};
    int result = trust_judge(sync->trust->trust, DOCUMENT_PACKAGE, NULL,
                             bytes_view(&package->document), verdict, err);

    if (result == 0)
        result = package_parse(verdict->content, &document, err);
    if (result == 0)
        result = check_row(row, &document, verdict, err);
    if (result == 0)
        result = check_future(sync, verdict->time_us, err);
    if (result == 0) {
        fill_entry(&document, verdict, &package->entry);
        fill_deltas(&document, package);
        result = check_other_rings(sync, &package->entry, err);
    }
    if (result == 0)
        result = check_issue(sync, &package->entry, err);
    if (result == 0)
        result = check_package_floor(sync, ring, &package->entry, false, err);
    package_clear(&document);
    free(verdict);
    return result;
}

/* One that is here was judged when it came; a revocation may have come since. */
static int judge_known(const struct sync_documents *sync, const struct sync_ring *ring,
                       const struct catalog_package *known, struct error *err)
{
    struct package_document document;
    int result = belief_package(sync->repository, sync->trust->trust, known->type, known->id,
                                &document, NULL, err);

    package_clear(&document);
    return result == 0 ? check_package_floor(sync, ring, known, true, err) : result;
}

static int take_package(const struct sync_documents *sync, struct sync_ring *ring,
                        const struct set_package *row, struct error *err)
{
    const struct volume_name name = package_name(row->type, row->id);
    struct sync_package *package = &ring->packages[ring->package_count];
    struct catalog_package known;
    char path[VOLUME_NAME_BYTES];
    bool found;
    int result = catalog_find_package(sync->repository->catalog, row->id, &known, &found, err);

    if (result < 0)
        return result;
    if (found)
        return judge_known(sync, ring, &known, err);
    result = upstream_read(sync->upstream, &name, LIMIT_PACKAGE_BYTES, &package->document, err);
    if (result < 0)
        return result;
    result = judge_new(sync, ring, row, package, err);
    if (result < 0)
        return error_context(err, "%s", volume_format(&name, path));
    ring->package_count++;
    return 0;
}

/* Sets. */

static struct volume_name set_name(const char *ring, uint64_t sequence)
{
    struct volume_name name = {.kind = VOLUME_SET, .number = sequence};

    snprintf(name.word, sizeof(name.word), "%s", ring);
    return name;
}

/* The highest sequence counts; 0: there is none. */
static int find_newest(const struct sync_documents *sync, const char *ring, uint64_t *sequence,
                       struct error *err)
{
    char folder[LIMIT_NAME_BYTES + 16];
    struct volume_name *names;
    size_t count;
    int result;

    *sequence = 0;
    snprintf(folder, sizeof(folder), "rings/%s", ring);
    result =
        upstream_list(sync->upstream, folder, VOLUME_SET, LIMIT_FOLDER_NAMES, &names, &count, err);
    for (size_t i = 0; i < count && result == 0; i++) {
        if (names[i].number > *sequence)
            *sequence = names[i].number;
    }
    free(names);
    return result;
}

static int judge_set(const struct sync_documents *sync, struct sync_ring *ring, uint64_t sequence,
                     struct error *err)
{
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    int result = trust_judge(sync->trust->trust, DOCUMENT_SET, ring->name,
                             bytes_view(&ring->document), verdict, err);

    if (result == 0) {
        ring->set = bytes_allocate(1, sizeof(*ring->set));
        result = set_parse(verdict->content, ring->set, err);
    }
    if (result == 0 &&
        (strcmp(ring->set->ring, ring->name) != 0 || ring->set->sequence != sequence))
        result = error_set(err, ERROR_WRONG_KIND, "set %llu of ring %s lies in its place",
                           (unsigned long long)ring->set->sequence, ring->set->ring);
    if (result == 0) {
        ring->entry.time_us = verdict->time_us;
        memcpy(ring->entry.digest, verdict->digest, DIGEST_BYTES);
        result = check_future(sync, verdict->time_us, err);
    }
    if (result == 0)
        result = sync_trust_basis(sync->trust, sync->repository, ring->set, err);
    free(verdict);
    return result;
}

static int check_set_floor(struct sync_ring *ring, struct error *err)
{
    const struct catalog_set *here = &ring->here, *there = &ring->entry;

    ring->state = SYNC_NEWER;
    if (here->sequence == 0)
        return 0;
    if (here->sequence == there->sequence && here->time_us == there->time_us &&
        memcmp(here->digest, there->digest, DIGEST_BYTES) == 0) {
        ring->state = SYNC_CURRENT;
        return 0;
    }
    return refuse_order(compare(there->time_us, there->sequence, here->time_us, here->sequence),
                        "set", there->time_us, there->sequence, here->time_us, here->sequence, err);
}

static int take_set(const struct sync_documents *sync, struct sync_ring *ring, struct error *err)
{
    const struct volume_name name = set_name(ring->name, ring->entry.sequence);
    char path[VOLUME_NAME_BYTES];
    int result = upstream_read(sync->upstream, &name, LIMIT_SET_BYTES, &ring->document, err);

    if (result < 0)
        return result;
    result = judge_set(sync, ring, ring->entry.sequence, err);
    if (result == 0)
        result = check_set_floor(ring, err);
    if (result < 0)
        return error_context(err, "%s", volume_format(&name, path));
    if (ring->state == SYNC_CURRENT)
        return 0;
    ring->packages = bytes_allocate(ring->set->package_count + 1, sizeof(*ring->packages));
    for (size_t i = 0; i < ring->set->package_count && result == 0; i++)
        result = take_package(sync, ring, &ring->set->packages[i], err);
    return result;
}

/* What is wrong with this repository or machine is no verdict about the ring. */
static bool is_ours(const struct error *err)
{
    return err->code == ERROR_IO || err->code == ERROR_NO_SPACE || err->code == ERROR_INTERNAL ||
           err->code == ERROR_CATALOG_CORRUPT || err->code == ERROR_INTERRUPTED;
}

int sync_ring_refuse(struct sync_ring *ring, struct error *err)
{
    if (upstream_is_gone(err) || is_ours(err))
        return -(int)err->code;
    ring->state = SYNC_REFUSED;
    ring->problem = *err;
    return 0;
}

int sync_ring_judge(const struct sync_documents *sync, const char *name, struct sync_ring *ring,
                    struct error *err)
{
    struct error problem = {.code = ERROR_OK};
    bool found;
    int result;

    *ring = (struct sync_ring){.state = SYNC_ABSENT};
    snprintf(ring->name, sizeof(ring->name), "%s", name);
    snprintf(ring->entry.ring, sizeof(ring->entry.ring), "%s", name);
    result = catalog_newest_set(sync->repository->catalog, name, &ring->here, &found, err);
    if (result == 0)
        result = find_newest(sync, name, &ring->entry.sequence, err);
    if (result < 0 || ring->entry.sequence == 0)
        return result;
    if (take_set(sync, ring, &problem) == 0)
        return 0;
    *err = problem;
    return sync_ring_refuse(ring, err);
}

void sync_ring_clear(struct sync_ring *ring)
{
    bytes_clear(&ring->document);
    if (ring->set != NULL) {
        for (size_t i = 0; ring->packages != NULL && i < ring->set->package_count; i++)
            bytes_clear(&ring->packages[i].document);
        set_clear(ring->set);
    }
    free(ring->packages);
    free(ring->set);
    *ring = (struct sync_ring){.state = SYNC_ABSENT};
}

/* Recipes. */

static struct volume_name recipe_name(const uint8_t digest[static DIGEST_BYTES])
{
    struct volume_name name = {.kind = VOLUME_RECIPE};

    memcpy(name.digest, digest, DIGEST_BYTES);
    return name;
}

static const char *scratch_name(const uint8_t digest[static DIGEST_BYTES],
                                char out[static VOLUME_NAME_BYTES])
{
    char text[DIGEST_TEXT_BYTES];

    snprintf(out, VOLUME_NAME_BYTES, "%s.rcp", digest_text(digest, text));
    return out;
}

static bool has_digest(const struct bytes *data, const uint8_t digest[static DIGEST_BYTES])
{
    uint8_t actual[DIGEST_BYTES];

    digest_of(data->data, data->size, actual);
    return memcmp(actual, digest, DIGEST_BYTES) == 0;
}

/* From scratch/ or the tree where another package brought it; else from upstream to scratch/. */
static int read_recipe(const struct sync_documents *sync, const uint8_t digest[static DIGEST_BYTES],
                       struct bytes *data, struct error *err)
{
    const struct volume_name name = recipe_name(digest);
    struct error absent = {.code = ERROR_OK};
    char path[VOLUME_NAME_BYTES], aside[VOLUME_NAME_BYTES];
    int result;

    scratch_name(digest, aside);
    volume_format(&name, path);
    if (path_read(sync->repository->scratch_fd, aside, LIMIT_RECIPE_BYTES, data, &absent) == 0 &&
        has_digest(data, digest))
        return 0;
    bytes_clear(data);
    if (path_read(sync->repository->tree_fd, path, LIMIT_RECIPE_BYTES, data, &absent) == 0 &&
        has_digest(data, digest))
        return 0;
    bytes_clear(data);
    result = upstream_read(sync->upstream, &name, LIMIT_RECIPE_BYTES, data, err);
    if (result == 0 && !has_digest(data, digest))
        result = error_set(err, ERROR_BAD_DIGEST, "%s: not the recipe of its name", path);
    if (result == 0)
        result = publish_file(sync->repository->scratch_fd, aside, data->data, data->size,
                              FILE_MODE, err);
    return result;
}

int sync_ring_recipe(const struct sync_documents *sync, const struct sync_ring *ring, size_t i,
                     struct bytes *data, struct recipe *recipe, struct error *err)
{
    const struct catalog_package *entry = &ring->packages[i].entry;
    const struct volume_name name = recipe_name(entry->recipe);
    char path[VOLUME_NAME_BYTES];
    int result;

    *recipe = (struct recipe){0};
    bytes_init(data, LIMIT_RECIPE_BYTES);
    result = read_recipe(sync, entry->recipe, data, err);
    if (result < 0)
        return result;
    result = recipe_parse(bytes_view(data), recipe, err);
    if (result == 0 && (recipe->bytes != entry->bytes || recipe->file_count != entry->files ||
                        recipe->packed != entry->packed || recipe->has_base))
        result = error_set(err, ERROR_BAD_RECIPE, "other files than %s %s says", entry->type,
                           entry->version);
    return result < 0 ? error_context(err, "%s", volume_format(&name, path)) : 0;
}

/* Whether a package is here, or comes with the ring. */
static int find_base(const struct sync_documents *sync, const struct sync_ring *ring,
                     const uint8_t id[static DIGEST_BYTES], bool *found, struct error *err)
{
    struct catalog_package known;
    int result = catalog_find_package(sync->repository->catalog, id, &known, found, err);

    for (size_t i = 0; i < ring->package_count && result == 0 && !*found; i++)
        *found = memcmp(ring->packages[i].entry.id, id, DIGEST_BYTES) == 0;
    return result;
}

int sync_ring_delta(const struct sync_documents *sync, struct sync_ring *ring, size_t i, size_t j,
                    bool *taken, struct bytes *data, struct recipe *recipe, struct error *err)
{
    struct package_recipe *row = &ring->packages[i].deltas[j];
    struct error absent = {.code = ERROR_OK};
    int result;

    *recipe = (struct recipe){0};
    bytes_init(data, LIMIT_RECIPE_BYTES);
    result = find_base(sync, ring, row->base, taken, err);
    if (result == 0 && *taken && read_recipe(sync, row->digest, data, &absent) < 0) {
        *taken = false;
        if (absent.code != ERROR_NOT_FOUND) {
            *err = absent;
            result = -(int)err->code;
        }
    }
    if (result == 0 && *taken)
        result = recipe_parse(bytes_view(data), recipe, err);
    if (result == 0 && *taken && (!recipe->has_base || recipe->packed != row->packed_size))
        result = error_set(err, ERROR_BAD_RECIPE, "a recipe other than %s %s says",
                           ring->packages[i].entry.type, ring->packages[i].entry.version);
    row->has_base = result == 0 && *taken;
    return result;
}

/* Writing. */

/* Where nothing waits in scratch/ the recipe is in the tree: of another package, or ring. */
static int write_recipe(const struct repository *repository,
                        const uint8_t digest[static DIGEST_BYTES], struct error *err)
{
    const struct volume_name name = recipe_name(digest);
    char path[VOLUME_NAME_BYTES], aside[VOLUME_NAME_BYTES];

    scratch_name(digest, aside);
    if (faccessat(repository->scratch_fd, aside, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
        return 0;
    return publish_move(repository->scratch_fd, aside, repository->tree_fd,
                        volume_format(&name, path), err);
}

int sync_ring_write_packages(const struct repository *repository, const struct sync_ring *ring,
                             struct error *err)
{
    char path[VOLUME_NAME_BYTES], folder[VOLUME_NAME_BYTES];
    int result = 0;

    for (size_t i = 0; i < ring->package_count && result == 0; i++) {
        const struct sync_package *package = &ring->packages[i];
        const struct volume_name name = package_name(package->entry.type, package->entry.id);

        result = write_recipe(repository, package->entry.recipe, err);
        for (size_t j = 0; j < package->delta_count && result == 0; j++) {
            if (package->deltas[j].has_base)
                result = write_recipe(repository, package->deltas[j].digest, err);
        }
        snprintf(folder, sizeof(folder), VOLUME_ROOT "/packages/%s", package->entry.type);
        if (result == 0)
            result = path_make_folders(repository->tree_fd, folder, 0755, err);
        if (result == 0)
            result = publish_file(repository->tree_fd, volume_format(&name, path),
                                  package->document.data, package->document.size, FILE_MODE, err);
    }
    return result;
}

int sync_ring_write_set(const struct repository *repository, const struct sync_ring *ring,
                        struct error *err)
{
    const struct volume_name name = set_name(ring->name, ring->entry.sequence);
    char path[VOLUME_NAME_BYTES], folder[VOLUME_NAME_BYTES];
    int result;

    snprintf(folder, sizeof(folder), VOLUME_ROOT "/rings/%s", ring->name);
    result = path_make_folders(repository->tree_fd, folder, 0755, err);
    if (result == 0)
        result = publish_file(repository->tree_fd, volume_format(&name, path), ring->document.data,
                              ring->document.size, FILE_MODE, err);
    return result;
}

/* The floor of a type counts for packages that another ring brought here as well. */
static int raise_floors(struct repository *repository, const struct sync_ring *ring,
                        struct error *err)
{
    char subject[SUBJECT_BYTES];
    int result = 0;

    floor_subject(ring->name, subject);
    for (size_t i = 0; i < ring->set->package_count && result == 0; i++) {
        const struct set_package *row = &ring->set->packages[i];
        struct catalog_package known;
        bool found;

        result = catalog_find_package(repository->catalog, row->id, &known, &found, err);
        if (result == 0 && found)
            result = catalog_raise(repository->catalog, subject, row->type, known.issue,
                                   known.time_us, err);
    }
    return result;
}

int sync_ring_enter(struct repository *repository, const struct sync_ring *ring, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < ring->package_count && result == 0; i++) {
        const struct catalog_package *entry = &ring->packages[i].entry;
        struct catalog_package known;
        bool found; /* an earlier ring of this sync has it too */

        result = catalog_find_package(repository->catalog, entry->id, &known, &found, err);
        if (result == 0 && !found)
            result = catalog_add_package(repository->catalog, entry, err);
        for (size_t j = 0; j < ring->packages[i].delta_count && result == 0; j++) {
            if (ring->packages[i].deltas[j].has_base)
                result = delta_table_add(repository->catalog, entry->id,
                                         &ring->packages[i].deltas[j], err);
        }
    }
    if (result == 0)
        result = raise_floors(repository, ring, err);
    if (result == 0)
        result = catalog_add_set(repository->catalog, &ring->entry, err);
    return result;
}
