/* SPDX-License-Identifier: ISC */
#include "drivers/convert/sigma-selection.h"

/* A member that could not be read is left out: its finding stands. */
struct members {
    struct sigma_node *node;
    struct sigma_node **end;
};

static bool begin(struct members *members, enum sigma_op op, unsigned line, struct sigma_pool *pool,
                  struct sigma_findings *findings)
{
    members->node = sigma_node_make(pool, op, line, findings);
    if (members->node == NULL)
        return false;
    members->end = &members->node->first;
    return true;
}

static void add(struct members *members, struct sigma_node *node)
{
    if (node == NULL)
        return;
    *members->end = node;
    members->end = &node->next;
}

static struct sigma_node *finish(const struct members *members)
{
    return members->node->first != NULL ? sigma_node_alone(members->node) : NULL;
}

static struct sigma_node *read_values(const struct sigma_key *key, const struct yaml_item *item,
                                      struct sigma_pool *pool, struct sigma_findings *findings)
{
    const struct yaml_item *value;
    struct members members;

    if (item->kind != YAML_LIST)
        return sigma_value_read(key, item, pool, findings);
    if (!begin(&members, key->all ? SIGMA_AND : SIGMA_OR, item->line, pool, findings))
        return NULL;
    if (item->first == NULL)
        sigma_broken(findings, item->line, "value: an empty list");
    for (value = item->first; value != NULL; value = value->next)
        add(&members, sigma_value_read(key, value, pool, findings));
    return finish(&members);
}

static struct sigma_node *read_map(enum sigma_kind kind, const struct yaml_item *map,
                                   struct sigma_pool *pool, struct sigma_findings *findings)
{
    const struct yaml_item *item;
    struct members members;

    if (!begin(&members, SIGMA_AND, map->line, pool, findings))
        return NULL;
    if (map->first == NULL)
        sigma_broken(findings, map->line, "selection: an empty map");
    for (item = map->first; item != NULL; item = item->next) {
        struct sigma_key key;

        if (sigma_key_read(kind, item, &key, findings))
            add(&members, read_values(&key, item, pool, findings));
    }
    return finish(&members);
}

struct sigma_node *sigma_selection_read(enum sigma_kind kind, const struct yaml_item *item,
                                        struct sigma_pool *pool, struct sigma_findings *findings)
{
    const struct yaml_item *member;
    struct members members;

    if (item->kind == YAML_MAP)
        return read_map(kind, item, pool, findings);
    if (!begin(&members, SIGMA_OR, item->line, pool, findings))
        return NULL;
    if (item->kind == YAML_SCALAR)
        sigma_unsupported(findings, item->line, "keywords: events have fields, no text as a whole");
    else if (item->first == NULL)
        sigma_broken(findings, item->line, "selection: an empty list");
    for (member = item->first; member != NULL; member = member->next) {
        if (member->kind == YAML_MAP)
            add(&members, read_map(kind, member, pool, findings));
        else
            sigma_unsupported(findings, member->line,
                              "keywords: events have fields, no text as a whole");
    }
    return finish(&members);
}
