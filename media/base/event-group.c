/* SPDX-License-Identifier: ISC */
#include "media/base/event-group.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/limits.h"

#define NONE        UINT32_MAX
#define FIRST_COUNT 64 /* a selftest's filter is short-lived and small */

/* Of one subscription, from its oldest group to its newest. */
struct queue {
    uint32_t oldest, newest, count;
};

struct event_groups {
    struct event_group *groups;
    size_t count, capacity; /* a power of two */
    uint32_t *slots;        /* twice the capacity: a group's number, or NONE */
    struct queue *queues;
    size_t queue_count;
    uint64_t forgotten;
};

static uint32_t *new_slots(size_t count)
{
    uint32_t *slots = bytes_allocate(count, sizeof(*slots));

    memset(slots, 0xff, count * sizeof(*slots));
    return slots;
}

struct event_groups *event_groups_new(size_t subscriptions)
{
    struct event_groups *groups = bytes_allocate(1, sizeof(*groups));

    groups->capacity = FIRST_COUNT;
    groups->groups = bytes_allocate(groups->capacity, sizeof(*groups->groups));
    groups->slots = new_slots(2 * groups->capacity);
    groups->queues = bytes_allocate(subscriptions, sizeof(*groups->queues));
    groups->queue_count = subscriptions;
    for (size_t i = 0; i < subscriptions; i++)
        groups->queues[i] = (struct queue){NONE, NONE, 0};
    return groups;
}

void event_groups_free(struct event_groups *groups)
{
    if (groups == NULL)
        return;
    free(groups->groups);
    free(groups->slots);
    free(groups->queues);
    free(groups);
}

uint64_t event_groups_forgotten(const struct event_groups *groups)
{
    return groups->forgotten;
}

static size_t next_slot(const struct event_groups *groups, size_t slot)
{
    return (slot + 1) & (2 * groups->capacity - 1);
}

static size_t home_slot(const struct event_groups *groups, const struct siphash *values)
{
    return values->halves[0] & (2 * groups->capacity - 1);
}

static bool same(const struct event_group *group, uint16_t subscription,
                 const struct siphash *values)
{
    return group->values.halves[0] == values->halves[0] &&
           group->values.halves[1] == values->halves[1] && group->subscription == subscription;
}

/* The group's slot, or the free one where it belongs. Half of the slots are free always. */
static size_t find_slot(const struct event_groups *groups, uint16_t subscription,
                        const struct siphash *values)
{
    size_t slot = home_slot(groups, values);

    while (groups->slots[slot] != NONE &&
           !same(&groups->groups[groups->slots[slot]], subscription, values))
        slot = next_slot(groups, slot);
    return slot;
}

/* Closes the gap that a group leaves: who was put behind it for want of room moves up. */
static void clear_slot(struct event_groups *groups, size_t gap)
{
    size_t mask = 2 * groups->capacity - 1;

    for (size_t slot = next_slot(groups, gap); groups->slots[slot] != NONE;
         slot = next_slot(groups, slot)) {
        size_t home = home_slot(groups, &groups->groups[groups->slots[slot]].values);

        if (((slot - home) & mask) >= ((slot - gap) & mask)) {
            groups->slots[gap] = groups->slots[slot];
            gap = slot;
        }
    }
    groups->slots[gap] = NONE;
}

static void leave_queue(struct event_groups *groups, struct event_group *group)
{
    struct queue *queue = &groups->queues[group->subscription];

    if (group->older != NONE)
        groups->groups[group->older].newer = group->newer;
    else
        queue->oldest = group->newer;
    if (group->newer != NONE)
        groups->groups[group->newer].older = group->older;
    else
        queue->newest = group->older;
    queue->count--;
}

static void join_queue(struct event_groups *groups, struct event_group *group)
{
    struct queue *queue = &groups->queues[group->subscription];
    uint32_t number = (uint32_t)(group - groups->groups);

    group->older = queue->newest;
    group->newer = NONE;
    if (queue->newest != NONE)
        groups->groups[queue->newest].newer = number;
    else
        queue->oldest = number;
    queue->newest = number;
    queue->count++;
}

static void grow(struct event_groups *groups)
{
    struct event_group *larger = bytes_allocate(2 * groups->capacity, sizeof(*larger));

    memcpy(larger, groups->groups, groups->count * sizeof(*larger));
    free(groups->groups);
    free(groups->slots);
    groups->groups = larger;
    groups->capacity *= 2;
    groups->slots = new_slots(2 * groups->capacity);
    for (uint32_t i = 0; i < groups->count; i++)
        groups->slots[find_slot(groups, larger[i].subscription, &larger[i].values)] = i;
}

/* Thousands of subscriptions take a microsecond to look through, and only in a flood. */
static uint32_t forget_one(struct event_groups *groups)
{
    struct queue *most = &groups->queues[0];
    struct event_group *group;

    for (size_t i = 1; i < groups->queue_count; i++) {
        if (groups->queues[i].count > most->count)
            most = &groups->queues[i];
    }
    group = &groups->groups[most->oldest];
    clear_slot(groups, find_slot(groups, group->subscription, &group->values));
    leave_queue(groups, group);
    groups->forgotten++;
    return (uint32_t)(group - groups->groups);
}

static uint32_t take_room(struct event_groups *groups)
{
    if (groups->count == LIMIT_FILTER_GROUPS)
        return forget_one(groups);
    if (groups->count == groups->capacity)
        grow(groups);
    return (uint32_t)groups->count++;
}

struct event_group *event_groups_find(struct event_groups *groups, uint16_t subscription,
                                      const struct siphash *values)
{
    uint32_t number = groups->slots[find_slot(groups, subscription, values)];

    if (number != NONE)
        return &groups->groups[number];
    number = take_room(groups);
    groups->groups[number] = (struct event_group){.values = *values, .subscription = subscription};
    groups->slots[find_slot(groups, subscription, values)] = number;
    join_queue(groups, &groups->groups[number]);
    return &groups->groups[number];
}

void event_groups_restart(struct event_groups *groups, struct event_group *group, int64_t now_us)
{
    leave_queue(groups, group);
    join_queue(groups, group);
    group->started_us = now_us;
    group->seen = 0;
    group->open = true;
}
