/* SPDX-License-Identifier: ISC
 *
 * What the sensor knows of processes: the program and the parent of each, and the tags that rules
 * gave it. A child inherits all of it at its fork; it ends with the process. Processes that nobody
 * told of are simply not there: the sensor asks /proc for them (sensor-proc.h).
 *
 * Memory: LIMIT_EVENT_PROCESSES processes, the oldest forgotten first; LIMIT_SENSOR_PATHS bytes of
 * paths, which children share with their parents; a path beyond is not kept.
 */
#ifndef AGENT_SENSOR_PROCESS_H
#define AGENT_SENSOR_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "media/base/event.h"

struct sensor_path; /* shared, counted */
struct event_tags;

struct sensor_process {
    pid_t pid;
    pid_t parent;   /* 0: not known */
    int64_t uid;    /* real user; -1: not known */
    uint64_t start; /* as /proc/PID/stat counts; 0: not known */
    bool looked;    /* at its program, whatever came of it */
    bool own;       /* a program of ours: its events are nobody's business */
    struct sensor_path *path;
    struct event_tags *tags;
    uint32_t next; /* of the table */
    bool used;
};

struct sensor_processes;
struct sensor_processes *sensor_processes_new(void);
void sensor_processes_free(struct sensor_processes *table);
size_t sensor_processes_count(const struct sensor_processes *table);

/* NULL: not known. Valid until the next call that adds or ends one. */
struct sensor_process *sensor_process_find(struct sensor_processes *table, pid_t pid);
/* Found or made, with nothing known. */
struct sensor_process *sensor_process_take(struct sensor_processes *table, pid_t pid);
/* A child, new whatever was known under its number. start: of the child, 0: not known (it may have
 * ended already). */
struct sensor_process *sensor_process_fork(struct sensor_processes *table, pid_t parent,
                                           pid_t child, uint64_t start);
void sensor_process_end(struct sensor_processes *table, pid_t pid);

void sensor_process_set_path(struct sensor_processes *table, struct sensor_process *process,
                             struct bytes_view path);
/* size 0: not known. */
struct bytes_view sensor_process_path(const struct sensor_process *process);

/* An empty value removes the key. A key beyond EVENT_PROCESS_TAGS of them is not kept: false. */
bool sensor_process_tag(struct sensor_process *process, const struct event_tag *tag);
/* As an event's list: "key=value" NUL, ... Borrowed; size 0: none. */
struct bytes_view sensor_process_tags(const struct sensor_process *process);

/* After forks and exits were lost: keeps those with tags and a start of whom `alive` says that they
 * are still the same, with nothing known but these, and forgets the rest. */
void sensor_processes_doubt(struct sensor_processes *table,
                            bool (*alive)(void *context, pid_t pid, uint64_t start), void *context);

#endif
