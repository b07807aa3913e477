/* SPDX-License-Identifier: ISC
 *
 * What the modes of a subscription make of the events of one group: which are delivered, and how many
 * each delivery stands for.
 */
#ifndef MEDIA_BASE_EVENT_WINDOW_H
#define MEDIA_BASE_EVENT_WINDOW_H

#include "media/base/event-group.h"
#include "media/base/event-subscription.h"

/* Whether anything must be remembered from one event to the next. If not, each is delivered. */
bool event_window_is_needed(const struct event_subscription *subscription);

/* Whether an event at this time begins a new window: the group's has passed, or the clock was set
 * back by as much. Else a group would be silent until the old time has come again. */
bool event_window_is_over(const struct event_subscription *subscription,
                          const struct event_group *group, int64_t now_us);

/* Counts an event in the group's window. How many events its delivery stands for, at most
 * UINT32_MAX; 0: it is held back. */
uint32_t event_window_count(const struct event_subscription *subscription,
                            struct event_group *group);

#endif
