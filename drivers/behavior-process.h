/* SPDX-License-Identifier: ISC
 *
 * Processes of a selftest case or a recording, as far as tag() goes: what the sensor does for those
 * that live. A process begins with its fork, or with the first event that it is in, and has then the
 * tags of its parent; it ends with its exit.
 *
 * Memory: LIMIT_EVENT_PROCESSES of them; what is beyond has no tags.
 */
#ifndef DRIVERS_BEHAVIOR_PROCESS_H
#define DRIVERS_BEHAVIOR_PROCESS_H

#include "media/base/event.h"

struct behavior_processes;

struct behavior_processes *behavior_processes_new(void);
/* NULL is nothing. */
void behavior_processes_free(struct behavior_processes *processes);

/* Before the event is filtered: its tags are those that it came with, and those of its process, which
 * count where both have a key. They are the table's, good until the next event. */
void behavior_processes_begin(struct behavior_processes *processes, struct event *event);
/* After the reactions to it. */
void behavior_processes_end(struct behavior_processes *processes, const struct event *event);

void behavior_processes_tag(struct behavior_processes *processes, const struct event_tag *tag);

#endif
