/* SPDX-License-Identifier: ISC */
#include "agent/import-base.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/state-recipe.h"
#include "media/base/path.h"

#define PLACE_BYTES  300
#define ALONE        "alone." /* and the type: 1 while none is built on */
#define NUMBER_BYTES (sizeof(ALONE) + LIMIT_NAME_BYTES)

/* The newest first. */
static const enum state_slot slots[] = {STATE_STAGED, STATE_ACTIVE, STATE_PREVIOUS};

#define SLOTS (sizeof(slots) / sizeof(slots[0]))

struct found {
    uint8_t ids[SLOTS][DIGEST_BYTES];
    size_t count;
};

static const char *number_of(const char *type, char out[static NUMBER_BYTES])
{
    snprintf(out, NUMBER_BYTES, ALONE "%s", type);
    return out;
}

int import_base_allow(struct state *state, const char *type, bool allowed, struct error *err)
{
    char number[NUMBER_BYTES];

    return state_set_number(state, number_of(type, number), allowed ? 0 : 1, err);
}

/* None where one of them is damaged. */
static int find(struct state *state, const char *type, struct found *found, struct error *err)
{
    char number[NUMBER_BYTES];
    bool damaged = false;
    int64_t alone = 0;
    int result = state_number(state, number_of(type, number), &alone, err);

    found->count = 0;
    for (size_t i = 0; i < SLOTS && result == 0 && alone == 0 && !damaged; i++) {
        struct state_package package;
        bool present;

        result = state_package(state, type, slots[i], &package, &present, err);
        if (result < 0 || !present)
            continue;
        result = state_damaged(state, package.id, &damaged, NULL, 0, err);
        memcpy(found->ids[found->count++], package.id, DIGEST_BYTES);
    }
    if (damaged)
        found->count = 0;
    return result;
}

static int list_type(struct state *state, const char *type, json_t *table, struct error *err)
{
    json_t *list = json_array();
    struct found found;
    int result = find(state, type, &found, err);

    for (size_t i = 0; i < found.count && result == 0; i++) {
        char id[DIGEST_TEXT_BYTES];

        json_array_append_new(list, json_string(digest_text(found.ids[i], id)));
    }
    if (json_array_size(list) > 0)
        json_object_set(table, type, list);
    json_decref(list);
    return result;
}

/* Content that was only staged is reached from what is active by the recipe that brought it. */
int import_base_list(struct state *state, json_t *table, struct error *err)
{
    char **types = NULL;
    size_t count = 0;
    int result = state_types(state, STATE_ACTIVE, &types, &count, err);

    for (size_t i = 0; i < count && result == 0; i++)
        result = list_type(state, types[i], table, err);
    path_free_names(types, count);
    return result;
}

bool import_base_needed(const struct import_package *package)
{
    static const uint8_t none[DIGEST_BYTES];

    return memcmp(package->base, none, DIGEST_BYTES) != 0;
}

bool import_base_leave(struct import_package *package)
{
    if (package->alone || import_base_needed(package))
        return false;
    package->alone = true;
    return true;
}

/* NULL: there is none. */
static const uint8_t *choose(const struct import_package *package, const struct found *found)
{
    for (size_t i = 0; i < found->count; i++) {
        if (!import_base_needed(package) || memcmp(found->ids[i], package->base, DIGEST_BYTES) == 0)
            return found->ids[i];
    }
    return NULL;
}

static int open_both(struct state *state, const char *type, const uint8_t id[static DIGEST_BYTES],
                     struct import_base *base, struct error *err)
{
    char place[PLACE_BYTES], text[DIGEST_TEXT_BYTES];
    uint8_t digest[DIGEST_BYTES];
    int result;

    snprintf(place, sizeof(place), "content/%s/%s", type, digest_text(id, text));
    result = path_open_folder(state_folder(state), place, &base->folder, err);
    if (result == 0)
        result = state_recipe(state, type, id, digest, &base->recipe, err);
    return result;
}

int import_base_open(const struct import *import, const struct import_package *package,
                     struct import_base *base, struct error *err)
{
    const char *type = package->package.type;
    const uint8_t *id;
    struct found found;
    int result;

    *base = (struct import_base){.folder = -1, .recipe = -1};
    if (package->alone)
        return 0;
    result = find(import->state, type, &found, err);
    if (result < 0)
        return result;
    id = choose(package, &found);
    if (id != NULL && open_both(import->state, type, id, base, err) == 0)
        return 0;
    import_base_close(base);
    if (!import_base_needed(package))
        return 0;
    return error_set(err, ERROR_BASE_MISSING,
                     "what %s builds on is no longer here as it was: import a full export", type);
}

void import_base_close(struct import_base *base)
{
    if (base->folder >= 0)
        close(base->folder);
    if (base->recipe >= 0)
        close(base->recipe);
    *base = (struct import_base){.folder = -1, .recipe = -1};
}
