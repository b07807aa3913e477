/* SPDX-License-Identifier: ISC */
#include "agent/sensor.h"

#include <string.h>
#include <time.h>

#include "media/base/instant.h"

int64_t sensor_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void sensor_event_text(struct event *event, enum event_field field, struct bytes_view text)
{
    if (text.size > 0)
        event->values[field] = (struct event_value){.present = true, .text = text};
}

void sensor_event_number(struct event *event, enum event_field field, int64_t number)
{
    event->values[field] = (struct event_value){.present = true, .number = number};
}

int64_t sensor_event_time(uint64_t monotonic_ns)
{
    struct timespec now;
    int64_t age_us = 0;

    if (monotonic_ns != 0) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        age_us = ((int64_t)now.tv_sec * 1000000000 + now.tv_nsec - (int64_t)monotonic_ns) / 1000;
    }
    return instant_clock() - (age_us > 0 ? age_us : 0);
}

/* Kernel threads have no program. */
static void look(struct sensor *sensor, struct sensor_process *process)
{
    struct sensor_proc_path path;

    (void)sensor_proc_link(sensor->proc, process->pid, "exe", &path);
    process->own = sensor_own_process(&sensor->own, sensor->proc, process->pid);
    sensor_process_set_path(sensor->processes, process, bytes_view_of(path.bytes, path.size));
}

struct sensor_process *sensor_know(struct sensor *sensor, pid_t pid)
{
    struct sensor_process *process = sensor_process_take(sensor->processes, pid);

    if (!process->looked)
        look(sensor, process);
    return process;
}

static void learn_status(struct sensor *sensor, struct sensor_process *process)
{
    struct sensor_proc_status status;

    if ((process->uid >= 0 && process->parent != 0) ||
        !sensor_proc_status(sensor->proc, process->pid, &status))
        return;
    process->uid = status.uid;
    process->parent = status.parent;
}

static struct bytes_view copy_path(struct sensor_proc_path *to, struct bytes_view path)
{
    to->size = path.size <= sizeof(to->bytes) ? path.size : 0;
    memcpy(to->bytes, path.data, to->size);
    return bytes_view_of(to->bytes, to->size);
}

struct bytes_view sensor_program(struct sensor *sensor, pid_t pid)
{
    return copy_path(&sensor->path, sensor_process_path(sensor_know(sensor, pid)));
}

/* Who is asked for may push out who was asked for before: hence the copies. */
static void describe_parent(struct sensor *sensor, struct event *event, pid_t parent)
{
    if (parent <= 0)
        return;
    sensor_event_number(event, EVENT_PARENT_PID, parent);
    sensor_event_text(
        event, EVENT_PARENT_PATH,
        copy_path(&sensor->parent_path, sensor_process_path(sensor_know(sensor, parent))));
}

static bool is_wanted(struct sensor *sensor, const struct event *event)
{
    return sensor->filter != NULL && event_filter_may_match(sensor->filter, event);
}

bool sensor_describe(struct sensor *sensor, struct event *event, pid_t pid)
{
    struct sensor_process *process;
    pid_t parent;

    sensor_event_number(event, EVENT_PID, pid);
    if (!is_wanted(sensor, event))
        return false;
    process = sensor_know(sensor, pid);
    if (process->own)
        return false;
    learn_status(sensor, process);
    if (process->uid >= 0)
        sensor_event_number(event, EVENT_UID, process->uid);
    parent = process->parent;
    describe_parent(sensor, event, parent);
    process = sensor_process_take(sensor->processes, pid);
    sensor_event_text(event, EVENT_TAGS, sensor_process_tags(process));
    if (!is_wanted(sensor, event))
        return false;
    sensor_event_text(event, EVENT_ARGV,
                      sensor_proc_arguments(sensor->proc, pid, &sensor->arguments));
    if (sensor_proc_link(sensor->proc, pid, "cwd", &sensor->folder))
        sensor_event_text(event, EVENT_CWD,
                          bytes_view_of(sensor->folder.bytes, sensor->folder.size));
    return is_wanted(sensor, event);
}

void sensor_event_digest(struct sensor *sensor, struct event *event, int fd)
{
    if (fd >= 0 && is_wanted(sensor, event) &&
        sensor_digest_file(sensor->digests, fd, sensor->digest))
        sensor_event_text(event, EVENT_SHA256,
                          bytes_view_of(sensor->digest, sizeof(sensor->digest)));
}

void sensor_tell(struct sensor *sensor, struct event *event)
{
    if (sensor->filter != NULL && event_filter_take(sensor->filter, event))
        sensor_channel_put(&sensor->channel, event);
}
