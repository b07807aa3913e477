/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <stdlib.h>

#include "drivers/rule-state.h"
#include "media/base/bytes.h"

/* Before each block: whose it is. */
struct header {
    struct rule_owner *owner;
};

static void give_back(struct rule_engine *engine, struct rule_owner *owner, size_t size)
{
    engine->memory.now -= size;
    owner->held -= size;
    if (owner->held == 0 && owner->rule == NULL && owner != &engine->memory.own)
        free(owner);
}

static void take(struct rule_memory *memory, struct rule_owner *owner, size_t size)
{
    memory->now += size;
    owner->held += size;
    if (memory->now > memory->most)
        memory->most = memory->now;
}

/* lua_Alloc. A block that grows stays its first owner's. */
void *rule_memory_allocate(void *context, void *block, size_t old, size_t size)
{
    struct rule_engine *engine = context;
    struct rule_memory *memory = &engine->memory;
    struct header *header = block != NULL ? (struct header *)block - 1 : NULL;
    struct rule_owner *owner = header != NULL ? header->owner : memory->owner;

    if (block == NULL)
        old = 0;
    if (size == 0) {
        free(header);
        if (block != NULL)
            give_back(engine, owner, old);
        return NULL;
    }
    if (size > old && (memory->now > memory->limit || size - old > memory->limit - memory->now))
        return NULL;
    header = realloc(header, sizeof(*header) + size);
    if (header == NULL)
        return NULL;
    header->owner = owner;
    take(memory, owner, size);
    if (old > 0)
        give_back(engine, owner, old);
    return header + 1;
}

/* Keeps the alignment that malloc has. */
struct sized {
    size_t size, unused;
};

void *rule_memory_get(size_t size, void *engine)
{
    struct sized *block = rule_memory_allocate(engine, NULL, 0, size + sizeof(struct sized));

    if (block == NULL)
        return NULL;
    block->size = size + sizeof(struct sized);
    return block + 1;
}

void rule_memory_put(void *block, void *engine)
{
    struct sized *sized = block;

    if (block != NULL)
        rule_memory_allocate(engine, sized - 1, sized[-1].size, 0);
}

struct rule_owner *rule_owner_new(struct rule *rule)
{
    struct rule_owner *owner = bytes_allocate(1, sizeof(*owner));

    owner->rule = rule;
    return owner;
}

void rule_owner_leave(struct rule_owner *owner)
{
    owner->rule = NULL;
    if (owner->held == 0)
        free(owner);
}

static int collect(lua_State *lua)
{
    lua_gc(lua, LUA_GCCOLLECT, 0);
    return 0;
}

static void collect_all(struct rule_engine *engine)
{
    size_t limit = engine->memory.limit;

    engine->memory.limit = SIZE_MAX;
    if (lua_cpcall(engine->lua, collect, NULL) != 0)
        lua_pop(engine->lua, 1);
    engine->memory.limit = limit;
}

static struct rule *greatest_holder(const struct rule_engine *engine)
{
    struct rule *greatest = NULL;

    for (size_t i = 0; i < engine->set_count; i++)
        for (size_t j = 0; j < engine->sets[i]->count; j++) {
            struct rule *rule = engine->sets[i]->rules[j];

            if (!rule->dropped && (greatest == NULL || rule->owner->held > greatest->owner->held))
                greatest = rule;
        }
    return greatest;
}

void rule_memory_make_room(struct rule_engine *engine)
{
    collect_all(engine);
    /* Room for the garbage of some calls, too: else each would collect. */
    while (engine->memory.now > LIMIT_LUA_MEMORY - 2 * LIMIT_LUA_CALL_MEMORY) {
        struct rule *rule = greatest_holder(engine);
        struct error why = {0};

        if (rule == NULL)
            return;
        error_set(&why, ERROR_RULE_MEMORY, "holds %zu bytes of LUA_MEMORY, %lld, which are used up",
                  rule->owner->held, (long long)LIMIT_LUA_MEMORY);
        rule_error_context(rule, 0, &why);
        rule_switch_off(rule, &why);
        collect_all(engine);
    }
}
