/* SPDX-License-Identifier: ISC */
#include "drivers/behavior-process.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"
#include "media/base/event-tags.h"
#include "media/base/limits.h"

#define PLACES     4096
#define TAGS_BYTES (LIMIT_EVENT_ARGV_BYTES + EVENT_PROCESS_TAGS * (EVENT_TAG_KEY + EVENT_TAG_VALUE))

struct process {
    int64_t pid;
    struct event_tags *tags;
    struct process *next;
};

struct behavior_processes {
    size_t count;
    struct process *places[PLACES];
    uint8_t tags[TAGS_BYTES]; /* of the event of the moment */
};

struct behavior_processes *behavior_processes_new(void)
{
    return bytes_allocate(1, sizeof(struct behavior_processes));
}

/* Where the process is linked, or would be. */
static struct process **link_of(struct behavior_processes *processes, int64_t pid)
{
    struct process **link = &processes->places[(uint64_t)pid % PLACES];

    while (*link != NULL && (*link)->pid != pid)
        link = &(*link)->next;
    return link;
}

static void forget(struct behavior_processes *processes, int64_t pid)
{
    struct process **link = link_of(processes, pid), *process = *link;

    if (process == NULL)
        return;
    *link = process->next;
    event_tags_leave(process->tags);
    free(process);
    processes->count--;
}

void behavior_processes_free(struct behavior_processes *processes)
{
    if (processes == NULL)
        return;
    for (size_t i = 0; i < PLACES; i++) {
        while (processes->places[i] != NULL)
            forget(processes, processes->places[i]->pid);
    }
    free(processes);
}

/* NULL: there is no room for it. */
static struct process *find_or_make(struct behavior_processes *processes, int64_t pid,
                                    const struct event_value *parent)
{
    struct process **link = link_of(processes, pid), *process = *link, *from;

    if (process != NULL || processes->count == LIMIT_EVENT_PROCESSES)
        return process;
    process = bytes_allocate(1, sizeof(*process));
    process->pid = pid;
    *link = process;
    processes->count++;
    from = parent->present ? *link_of(processes, parent->number) : NULL;
    if (from != NULL)
        process->tags = event_tags_share(from->tags);
    return process;
}

/* Whether the list has an element with the key of this one. */
static bool has_key(struct bytes_view list, const uint8_t *element, size_t size)
{
    const uint8_t *equals = memchr(element, '=', size);
    size_t key = equals != NULL ? (size_t)(equals - element) + 1 : size + 1;

    while (list.size > 0) {
        size_t length = strlen((const char *)list.data) + 1;

        if (length >= key && memcmp(list.data, element, key) == 0)
            return true;
        list = bytes_view_of(list.data + length, list.size - length);
    }
    return false;
}

/* Those that the event came with first, but for what its process has by now. */
static void join(struct behavior_processes *processes, struct event_value *tags,
                 struct bytes_view given)
{
    struct bytes_view own = tags->present ? tags->text : bytes_view_of("", 0);
    size_t size = 0;

    while (own.size > 0) {
        size_t length = strlen((const char *)own.data) + 1;

        if (!has_key(given, own.data, length - 1)) {
            memcpy(processes->tags + size, own.data, length);
            size += length;
        }
        own = bytes_view_of(own.data + length, own.size - length);
    }
    memcpy(processes->tags + size, given.data, given.size);
    *tags = (struct event_value){.present = true,
                                 .text = bytes_view_of(processes->tags, size + given.size)};
}

void behavior_processes_begin(struct behavior_processes *processes, struct event *event)
{
    const struct event_value *pid = &event->values[EVENT_PID];
    struct process *process;
    struct bytes_view given;

    if (!pid->present || pid->number <= 0)
        return;
    if (event->kind == EVENT_FORK)
        forget(processes, pid->number);
    process = find_or_make(processes, pid->number, &event->values[EVENT_PARENT_PID]);
    given = event_tags_list(process != NULL ? process->tags : NULL);
    if (given.size > 0)
        join(processes, &event->values[EVENT_TAGS], given);
}

void behavior_processes_end(struct behavior_processes *processes, const struct event *event)
{
    if (event->kind == EVENT_EXIT && event->values[EVENT_PID].present)
        forget(processes, event->values[EVENT_PID].number);
}

void behavior_processes_tag(struct behavior_processes *processes, const struct event_tag *tag)
{
    struct process *process = *link_of(processes, tag->pid);

    if (process != NULL)
        (void)event_tags_set(&process->tags, tag);
}
