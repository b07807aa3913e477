/* SPDX-License-Identifier: ISC
 *
 * The tags of a process (media/base/event.h), shared by all that inherited them until one is given
 * another. NULL is no tags.
 */
#ifndef AGENT_SENSOR_TAGS_H
#define AGENT_SENSOR_TAGS_H

#include <stdbool.h>

#include "media/base/event.h"

struct sensor_tags;

/* One holder more, one less. */
struct sensor_tags *sensor_tags_share(struct sensor_tags *tags);
void sensor_tags_leave(struct sensor_tags *tags);

/* For this holder alone. false: EVENT_PROCESS_TAGS keys are there, and this is another. */
bool sensor_tags_set(struct sensor_tags **tags, const struct event_tag *tag);

/* "key=value" NUL for each, in the order in which they were given; borrowed. */
struct bytes_view sensor_tags_list(const struct sensor_tags *tags);

#endif
