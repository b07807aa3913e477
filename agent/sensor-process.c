/* SPDX-License-Identifier: ISC */
#include "agent/sensor-process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/event-tags.h"
#include "media/base/limits.h"

#define BUCKETS 16384 /* a power of two */
#define NONE    UINT32_MAX

struct sensor_path {
    unsigned holders;
    size_t size;
    uint8_t bytes[];
};

struct sensor_processes {
    uint32_t buckets[BUCKETS];
    struct sensor_process places[LIMIT_EVENT_PROCESSES];
    uint32_t hand; /* where the next new one goes: round and round */
    size_t count;
    size_t path_bytes;
};

static uint32_t *bucket_of(struct sensor_processes *table, pid_t pid)
{
    return &table->buckets[((uint32_t)pid * UINT32_C(2654435769)) >> 18];
}

static void leave_path(struct sensor_processes *table, struct sensor_path *path)
{
    if (path == NULL || --path->holders > 0)
        return;
    table->path_bytes -= path->size;
    free(path);
}

struct sensor_processes *sensor_processes_new(void)
{
    struct sensor_processes *table = bytes_allocate(1, sizeof(*table));

    for (size_t i = 0; i < BUCKETS; i++)
        table->buckets[i] = NONE;
    return table;
}

static void forget(struct sensor_processes *table, struct sensor_process *process)
{
    uint32_t *link = bucket_of(table, process->pid);

    while (&table->places[*link] != process)
        link = &table->places[*link].next;
    *link = process->next;
    leave_path(table, process->path);
    event_tags_leave(process->tags);
    *process = (struct sensor_process){0};
    table->count--;
}

void sensor_processes_free(struct sensor_processes *table)
{
    for (size_t i = 0; table != NULL && i < LIMIT_EVENT_PROCESSES; i++) {
        if (table->places[i].used)
            forget(table, &table->places[i]);
    }
    free(table);
}

size_t sensor_processes_count(const struct sensor_processes *table)
{
    return table->count;
}

struct sensor_process *sensor_process_find(struct sensor_processes *table, pid_t pid)
{
    uint32_t at = *bucket_of(table, pid);

    while (at != NONE && table->places[at].pid != pid)
        at = table->places[at].next;
    return at == NONE ? NULL : &table->places[at];
}

/* The first free place from the hand on; where all are taken, the one under the hand, which is the
 * one that has been there for longest, or nearly so. */
static uint32_t choose_place(struct sensor_processes *table)
{
    uint32_t at = table->hand;

    while (table->count < LIMIT_EVENT_PROCESSES && table->places[at].used)
        at = (at + 1) % LIMIT_EVENT_PROCESSES;
    table->hand = (at + 1) % LIMIT_EVENT_PROCESSES;
    if (table->places[at].used)
        forget(table, &table->places[at]);
    return at;
}

static struct sensor_process *add(struct sensor_processes *table, pid_t pid)
{
    uint32_t at = choose_place(table);
    uint32_t *bucket = bucket_of(table, pid);

    table->places[at] =
        (struct sensor_process){.pid = pid, .uid = -1, .next = *bucket, .used = true};
    *bucket = at;
    table->count++;
    return &table->places[at];
}

struct sensor_process *sensor_process_take(struct sensor_processes *table, pid_t pid)
{
    struct sensor_process *process = sensor_process_find(table, pid);

    return process != NULL ? process : add(table, pid);
}

struct sensor_process *sensor_process_fork(struct sensor_processes *table, pid_t parent,
                                           pid_t child, uint64_t start)
{
    const struct sensor_process *from;
    struct sensor_process *process;

    sensor_process_end(table, child);
    process = add(table, child);
    process->parent = parent;
    process->start = start;
    from = sensor_process_find(table, parent); /* it may just have made room */
    if (from == NULL)
        return process;
    process->uid = from->uid;
    process->looked = from->looked;
    process->own = from->own;
    process->path = from->path;
    if (process->path != NULL)
        process->path->holders++;
    process->tags = event_tags_share(from->tags);
    return process;
}

void sensor_process_end(struct sensor_processes *table, pid_t pid)
{
    struct sensor_process *process = sensor_process_find(table, pid);

    if (process != NULL)
        forget(table, process);
}

void sensor_process_set_path(struct sensor_processes *table, struct sensor_process *process,
                             struct bytes_view path)
{
    struct sensor_path *kept;

    process->looked = true;
    if (process->path != NULL && process->path->size == path.size &&
        memcmp(process->path->bytes, path.data, path.size) == 0)
        return;
    leave_path(table, process->path);
    process->path = NULL;
    if (path.size == 0 || path.size > LIMIT_SENSOR_PATHS - table->path_bytes)
        return;
    kept = bytes_allocate(1, sizeof(*kept) + path.size);
    kept->holders = 1;
    kept->size = path.size;
    memcpy(kept->bytes, path.data, path.size);
    table->path_bytes += path.size;
    process->path = kept;
}

struct bytes_view sensor_process_path(const struct sensor_process *process)
{
    if (process->path == NULL)
        return bytes_view_of("", 0);
    return bytes_view_of(process->path->bytes, process->path->size);
}

bool sensor_process_tag(struct sensor_process *process, const struct event_tag *tag)
{
    return event_tags_set(&process->tags, tag);
}

struct bytes_view sensor_process_tags(const struct sensor_process *process)
{
    return event_tags_list(process->tags);
}

void sensor_processes_doubt(struct sensor_processes *table,
                            bool (*alive)(void *context, pid_t pid, uint64_t start), void *context)
{
    for (size_t i = 0; i < LIMIT_EVENT_PROCESSES; i++) {
        struct sensor_process *process = &table->places[i];

        if (!process->used)
            continue;
        if (process->tags == NULL || process->start == 0 ||
            !alive(context, process->pid, process->start)) {
            forget(table, process);
            continue;
        }
        process->parent = 0;
        process->uid = -1;
        process->looked = process->own = false;
        leave_path(table, process->path);
        process->path = NULL;
    }
}
