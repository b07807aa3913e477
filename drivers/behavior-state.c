/* SPDX-License-Identifier: ISC */
#include "drivers/behavior-state.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "media/base/limits.h"

struct remembered {
    TAILQ_ENTRY(remembered) link;
    struct bytes_view key; /* behind the entry, the text of its value after it */
    struct behavior_value value;
    int64_t end;
    size_t bytes; /* of it all, as the purse counts it */
};

/* What a node of the C library's tree takes. */
#define TREE_BYTES (4 * sizeof(void *))

struct behavior_state {
    struct behavior_purse *purse;
    void *tree;
    TAILQ_HEAD(, remembered) entries;
    size_t count;
    int64_t first_end; /* no entry ends before */
};

static int compare(const void *a, const void *b)
{
    const struct remembered *one = a, *other = b;
    size_t shorter = one->key.size < other->key.size ? one->key.size : other->key.size;
    int order = memcmp(one->key.data, other->key.data, shorter);

    if (order != 0)
        return order;
    return (one->key.size > other->key.size) - (one->key.size < other->key.size);
}

struct behavior_state *behavior_state_new(struct behavior_purse *purse)
{
    struct behavior_state *state = bytes_allocate(1, sizeof(*state));

    state->purse = purse;
    state->first_end = INT64_MAX;
    TAILQ_INIT(&state->entries);
    return state;
}

static struct remembered *find(const struct behavior_state *state, struct bytes_view key)
{
    const struct remembered asked = {.key = key};
    struct remembered *const *found = tfind(&asked, &state->tree, compare);

    return found != NULL ? *found : NULL;
}

/* Of an entry that is in no tree any more. */
static void forget(struct behavior_state *state, struct remembered *entry)
{
    TAILQ_REMOVE(&state->entries, entry, link);
    state->purse->bytes -= entry->bytes;
    state->count--;
    free(entry);
}

static void drop(struct behavior_state *state, struct remembered *entry)
{
    tdelete(entry, &state->tree, compare);
    forget(state, entry);
}

void behavior_state_free(struct behavior_state *state)
{
    if (state == NULL)
        return;
    while (!TAILQ_EMPTY(&state->entries))
        drop(state, TAILQ_FIRST(&state->entries));
    free(state);
}

/* Looks at every entry, but never before one can have ended: a rule that keeps asking for room
 * costs nothing. */
static void drop_ended(struct behavior_state *state, int64_t now)
{
    struct remembered *entry, *next;

    if (now < state->first_end)
        return;
    state->first_end = INT64_MAX;
    for (entry = TAILQ_FIRST(&state->entries); entry != NULL; entry = next) {
        next = TAILQ_NEXT(entry, link);
        if (entry->end <= now)
            drop(state, entry);
        else if (entry->end < state->first_end)
            state->first_end = entry->end;
    }
}

bool behavior_state_get(struct behavior_state *state, struct bytes_view key, int64_t now,
                        struct behavior_value *value)
{
    struct remembered *entry = find(state, key);

    if (entry == NULL)
        return false;
    if (entry->end <= now) {
        drop(state, entry);
        return false;
    }
    *value = entry->value;
    return true;
}

static bool has_room(const struct behavior_state *state, const struct remembered *old, size_t bytes)
{
    size_t held = state->purse->bytes - (old != NULL ? old->bytes : 0);

    return (old != NULL || state->count < LIMIT_LUA_STATE_KEYS) && held <= state->purse->most &&
           bytes <= state->purse->most - held;
}

static struct remembered *make_entry(struct bytes_view key, const struct behavior_value *value)
{
    size_t text = value->kind == BEHAVIOR_TEXT ? value->text.size : 0;
    struct remembered *entry = bytes_allocate(1, sizeof(*entry) + key.size + text);
    uint8_t *place = (uint8_t *)(entry + 1);

    entry->value = *value;
    entry->bytes = sizeof(*entry) + key.size + text + TREE_BYTES;
    entry->key = bytes_view_of(place, key.size);
    memcpy(place, key.data, key.size);
    if (text > 0)
        memcpy(place + key.size, value->text.data, text);
    entry->value.text = bytes_view_of(place + key.size, text);
    return entry;
}

/* Puts it into the tree, in place of the entry that has its key. False: no memory. */
static bool plant(struct behavior_state *state, struct remembered *entry)
{
    struct remembered **found = tfind(entry, &state->tree, compare);
    struct remembered *old;

    if (found == NULL)
        return tsearch(entry, &state->tree, compare) != NULL;
    old = *found;
    *found = entry;
    forget(state, old);
    return true;
}

static void insert(struct behavior_state *state, struct remembered *entry)
{
    TAILQ_INSERT_TAIL(&state->entries, entry, link);
    state->purse->bytes += entry->bytes;
    state->count++;
    if (entry->end < state->first_end)
        state->first_end = entry->end;
}

bool behavior_state_set(struct behavior_state *state, struct bytes_view key,
                        const struct behavior_value *value, int64_t now, int64_t end)
{
    struct remembered *old = find(state, key), *made;

    if (value == NULL) {
        if (old != NULL)
            drop(state, old);
        return true;
    }
    made = make_entry(key, value);
    made->end = end;
    if (!has_room(state, old, made->bytes)) {
        drop_ended(state, now);
        old = find(state, key);
    }
    if (!has_room(state, old, made->bytes) || !plant(state, made)) {
        free(made);
        return false;
    }
    insert(state, made);
    return true;
}

size_t behavior_state_count(const struct behavior_state *state)
{
    return state->count;
}
