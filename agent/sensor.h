/* SPDX-License-Identifier: ISC
 *
 * The sensor's state, which its sources share, and how an event comes to be: a source says what
 * happened, the filter whether anybody cares, and only then what it costs to know is found out.
 */
#ifndef AGENT_SENSOR_H
#define AGENT_SENSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/sensor-channel.h"
#include "agent/sensor-connector.h"
#include "agent/sensor-digest.h"
#include "agent/sensor-hand.h"
#include "agent/sensor-mountinfo.h"
#include "agent/sensor-own.h"
#include "agent/sensor-proc.h"
#include "agent/sensor-process.h"
#include "agent/sensor-start.h"
#include "media/base/event-filter.h"

#define SENSOR_WORDS      128
#define SENSOR_KIND(name) (1U << EVENT_##name)

#define SENSOR_SYSTEMS 16 /* file systems whose folders are kept open, for renames */

struct sensor_system {
    uint64_t id; /* fsid_t */
    int fd;
};

struct sensor {
    int proc;                        /* folder /proc */
    struct event_filter *filter;     /* NULL: nobody wants anything */
    uint32_t kinds;                  /* that are wanted: SENSOR_KIND() */
    struct event_filter_counts past; /* of the filters before */
    uint64_t past_dropped, overflows;
    struct sensor_channel channel;
    struct sensor_processes *processes;
    struct sensor_starts *starts;
    struct sensor_digests *digests;
    struct sensor_own own;
    struct sensor_hand hand;
    struct sensor_hand_fds fds;
    char off[EVENT_KINDS][SENSOR_WORDS]; /* why a kind has no source; empty: it has one */
    int mountinfo, sockets;              /* of mount and of listen; -1: not wanted */
    struct sensor_mounts mounts;         /* as they were when it was last looked */
    struct sensor_listeners *listeners;  /* the same */
    int64_t listen_due_ms;
    struct bytes arguments;                            /* of the event that is being made */
    struct sensor_proc_path path, folder, parent_path; /* the same */
    struct sensor_system systems[SENSOR_SYSTEMS];
    size_t system_count;
    uint8_t digest[SENSOR_DIGEST_BYTES];
};

/* Monotonic. */
int64_t sensor_now_ms(void);

/* Sets a field. */
void sensor_event_text(struct event *event, enum event_field field, struct bytes_view text);
void sensor_event_number(struct event *event, enum event_field field, int64_t number);

/* Microseconds since 1970 of a moment of CLOCK_MONOTONIC; 0: now. */
int64_t sensor_event_time(uint64_t monotonic_ns);

/* What is known of a process, asked of /proc where it has not been yet. Never NULL. */
struct sensor_process *sensor_know(struct sensor *sensor, pid_t pid);

/* The event's process: PID, UID, TAGS, PARENT_*, ARGV and CWD. False: whatever it is, nobody wants
 * such an event; not all fields are set then. */
bool sensor_describe(struct sensor *sensor, struct event *event, pid_t pid);

/* The path of a program that is known, in a place that stays until the next event. */
struct bytes_view sensor_program(struct sensor *sensor, pid_t pid);

/* The file's digest, where the event is still wanted and the file can be read. fd -1: none. */
void sensor_event_digest(struct sensor *sensor, struct event *event, int fd);

/* To the filter, and on if it says so. */
void sensor_tell(struct sensor *sensor, struct event *event);

#endif
