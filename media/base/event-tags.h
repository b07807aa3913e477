/* SPDX-License-Identifier: ISC
 *
 * The tags of a process (media/base/event.h), shared by all that inherited them until one is given
 * another. NULL is no tags.
 */
#ifndef MEDIA_BASE_EVENT_TAGS_H
#define MEDIA_BASE_EVENT_TAGS_H

#include <stdbool.h>

#include "media/base/event.h"

struct event_tags;

/* One holder more, one less. */
struct event_tags *event_tags_share(struct event_tags *tags);
void event_tags_leave(struct event_tags *tags);

/* For this holder alone. false: EVENT_PROCESS_TAGS keys are there, and this is another. */
bool event_tags_set(struct event_tags **tags, const struct event_tag *tag);

/* "key=value" NUL for each, in the order in which they were given; borrowed. */
struct bytes_view event_tags_list(const struct event_tags *tags);

#endif
