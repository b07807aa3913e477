/* SPDX-License-Identifier: ISC */
#include "mirror/tree-list.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/volume.h"
#include "mirror/tree-walk.h"

#define MODE 0644

struct names {
    struct catalog_set *sets; /* that have been released */
    size_t set_count;
    char **names;
    size_t count, capacity;
};

static bool is_released(const struct names *names, const struct volume_name *name)
{
    for (size_t i = 0; i < names->set_count; i++) {
        if (names->sets[i].sequence == name->number && strcmp(names->sets[i].ring, name->word) == 0)
            return true;
    }
    return false;
}

/* The way back is no part of what a mirror offers. */
static bool is_offered(const struct names *names, const struct volume_name *name)
{
    if (name->kind == VOLUME_SET)
        return is_released(names, name);
    return name->kind != VOLUME_INDEX && name->kind != VOLUME_RECEIPT &&
           name->kind != VOLUME_OUTBOX;
}

static int note(void *context, const char *name, uint64_t size, struct error *err)
{
    struct names *names = context;
    struct volume_name parsed;

    if (volume_parse(name, &parsed) < 0 || !is_offered(names, &parsed))
        return 0;
    if (names->count == names->capacity) {
        size_t capacity = 2 * names->capacity + 64;
        char **grown = bytes_allocate(capacity, sizeof(*grown));

        if (names->count > 0)
            memcpy(grown, names->names, names->count * sizeof(*grown));
        free(names->names);
        names->names = grown;
        names->capacity = capacity;
    }
    names->names[names->count++] = bytes_copy_string(name);
    return 0;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int make(int tree_fd, struct catalog *catalog, struct bytes *out, struct error *err)
{
    struct names names = {0};
    int result = 0;

    bytes_init(out, LIMIT_INDEX_BYTES);
    if (catalog != NULL)
        result = catalog_sets(catalog, &names.sets, &names.set_count, err);
    if (result == 0)
        result = tree_walk(tree_fd, note, &names, err);
    if (result == 0 && names.count > 0)
        qsort(names.names, names.count, sizeof(*names.names), compare);
    for (size_t i = 0; i < names.count && result == 0; i++) {
        result = bytes_put(out, names.names[i], strlen(names.names[i]), err);
        if (result == 0)
            result = bytes_put_u8(out, '\n', err);
    }
    path_free_names(names.names, names.count);
    free(names.sets);
    return result < 0 ? error_context(err, "%s", VOLUME_INDEX_NAME) : 0;
}

/* An INDEX that can't be read is replaced like one that is wrong. */
static bool is_there(int tree_fd, const struct bytes *wanted)
{
    struct error ignored;
    struct bytes there;
    bool same = path_read(tree_fd, VOLUME_INDEX_NAME, LIMIT_INDEX_BYTES, &there, &ignored) == 0 &&
                bytes_equal(bytes_view(&there), bytes_view(wanted));

    bytes_clear(&there);
    return same;
}

int tree_list_check(int tree_fd, struct catalog *catalog, bool *listed, struct error *err)
{
    struct bytes index;
    int result = make(tree_fd, catalog, &index, err);

    *listed = result == 0 && is_there(tree_fd, &index);
    bytes_clear(&index);
    return result;
}

int tree_list_write(int tree_fd, struct catalog *catalog, struct error *err)
{
    struct bytes index;
    int result = make(tree_fd, catalog, &index, err);

    if (result == 0 && !is_there(tree_fd, &index))
        result = publish_file(tree_fd, VOLUME_INDEX_NAME, index.data, index.size, MODE, err);
    bytes_clear(&index);
    return result;
}
