/* SPDX-License-Identifier: ISC
 *
 * One row of a filter's list, read and compiled. What each key means: event-filter.h.
 */
#ifndef MEDIA_BASE_EVENT_SUBSCRIPTION_H
#define MEDIA_BASE_EVENT_SUBSCRIPTION_H

#include <jansson.h>

#include "media/base/event-filter.h"
#include "media/base/event-term.h"

struct event_subscription {
    enum event_kind kind;
    enum event_mode mode;
    uint32_t limit;
    uint64_t window_us;
    size_t term_count, by_count;
    struct event_term *terms; /* the one that says most first */
    enum event_field *by;
};

/* ERROR_BAD_CONTENT: key, and what was expected. Cleared after a failure too. */
int event_subscription_read(const json_t *row, struct event_subscription *subscription,
                            struct error *err) ERROR_MUST_CHECK;
void event_subscription_clear(struct event_subscription *subscription);

#endif
