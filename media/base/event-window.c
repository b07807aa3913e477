/* SPDX-License-Identifier: ISC */
#include "media/base/event-window.h"

bool event_window_is_needed(const struct event_subscription *subscription)
{
    switch (subscription->mode) {
    case EVENT_MODE_SAMPLE:
        return subscription->limit > 1;
    case EVENT_MODE_ALL:
        return subscription->window_us > 0 && subscription->limit > 0;
    default:
        return subscription->window_us > 0;
    }
}

bool event_window_is_over(const struct event_subscription *subscription,
                          const struct event_group *group, int64_t now_us)
{
    uint64_t now = (uint64_t)now_us, started = (uint64_t)group->started_us;
    uint64_t passed = now_us >= group->started_us ? now - started : started - now;

    return subscription->window_us > 0 && passed >= subscription->window_us;
}

static uint32_t one_more(uint32_t count)
{
    return count < UINT32_MAX ? count + 1 : count;
}

static bool is_delivered(const struct event_subscription *subscription,
                         const struct event_group *group)
{
    switch (subscription->mode) {
    case EVENT_MODE_FIRST:
        return group->seen == 1;
    case EVENT_MODE_ALL:
        return group->seen <= subscription->limit;
    default:
        return group->seen == subscription->limit;
    }
}

uint32_t event_window_count(const struct event_subscription *subscription,
                            struct event_group *group)
{
    uint32_t stands_for = one_more(group->held);

    group->seen = one_more(group->seen);
    if (!is_delivered(subscription, group)) {
        group->held = stands_for;
        return 0;
    }
    group->held = 0;
    if (subscription->mode == EVENT_MODE_SAMPLE)
        group->seen = 0;
    return stands_for;
}
