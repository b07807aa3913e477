/* SPDX-License-Identifier: ISC
 *
 * The groups that an event filter's windows are open for: a hash table of bounded size. A group is
 * known by its subscription and a keyed hash of its values, 128 bits: whoever makes events can't make
 * two groups one, nor pile them up in one place of the table.
 *
 * When LIMIT_FILTER_GROUPS are there, a new one takes the place of the oldest of the subscription
 * that has most: a flood of one rule's events makes no other rule forget.
 */
#ifndef MEDIA_BASE_EVENT_GROUP_H
#define MEDIA_BASE_EVENT_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/siphash.h"

struct event_group {
    struct siphash values;
    uint16_t subscription;
    bool open;             /* its first window has begun */
    uint32_t seen;         /* events since started_us */
    uint32_t held;         /* of these and of earlier ones: held back since the last delivery */
    int64_t started_us;    /* of the window */
    uint32_t older, newer; /* among the subscription's, event-group.c's */
};

struct event_groups;

struct event_groups *event_groups_new(size_t subscriptions);
void event_groups_free(struct event_groups *groups);

/* The group, valid until the next call; made where it is not there: not open then. */
struct event_group *event_groups_find(struct event_groups *groups, uint16_t subscription,
                                      const struct siphash *values);

/* Begins a window of a group anew, at seen 0: it is its subscription's newest. */
void event_groups_restart(struct event_groups *groups, struct event_group *group, int64_t now_us);

/* How many gave way to others. */
uint64_t event_groups_forgotten(const struct event_groups *groups);

#endif
