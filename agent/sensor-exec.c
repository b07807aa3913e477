/* SPDX-License-Identifier: ISC */
#include "agent/sensor-exec.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/sensor-file.h"

#define STEPS 64 /* in one turn: no flood of forks keeps the monitor's word waiting */

static void tell(struct sensor *sensor, enum event_kind kind, const struct sensor_step *step)
{
    struct event event = {.kind = kind};

    sensor_event_number(&event, EVENT_TIME, sensor_event_time(step->at_ns));
    sensor_event_text(&event, EVENT_PATH, sensor_program(sensor, step->pid));
    if (sensor_describe(sensor, &event, step->pid))
        sensor_tell(sensor, &event);
}

/* When a child with tags started is asked for as long as it is there: in doubt it tells who it is. */
static void fork_process(struct sensor *sensor, const struct sensor_step *step)
{
    struct sensor_process *parent = sensor_process_find(sensor->processes, step->parent);
    uint64_t start = 0;

    if (parent != NULL && parent->tags != NULL)
        start = sensor_proc_start(sensor->proc, step->pid);
    sensor_process_fork(sensor->processes, step->parent, step->pid, start);
    if ((sensor->kinds & SENSOR_KIND(FORK)) != 0)
        tell(sensor, EVENT_FORK, step);
}

/* Where fanotify did not tell of the file: what runs is at least what /proc says, if it still does.
 * Reading it may wait for its file system, so that must be one on a disk and none of a user's own. */
static int open_program(struct sensor *sensor, pid_t pid)
{
    struct statx status;
    char name[32];

    snprintf(name, sizeof(name), "%d/exe", (int)pid);
    if (statx(sensor->proc, name, AT_STATX_DONT_SYNC, STATX_TYPE, &status) < 0 ||
        status.stx_dev_major == 0)
        return -1;
    return openat(sensor->proc, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static void learn_program(struct sensor *sensor, struct sensor_process *process,
                          const struct sensor_start *start)
{
    const struct sensor_proc_path *program =
        start->program.size > 0 ? &start->program : &start->path;

    process->own = sensor_own_file(&sensor->own, start->device, start->inode) &&
                   sensor_own_child(&sensor->own, sensor->proc,
                                    process->parent > 0 ? process->parent : process->pid);
    sensor_process_set_path(sensor->processes, process,
                            bytes_view_of(program->bytes, program->size));
}

static void tell_exec(struct sensor *sensor, const struct sensor_step *step, struct bytes_view path,
                      int fd)
{
    struct event event = {.kind = EVENT_EXEC};

    sensor_event_number(&event, EVENT_TIME, sensor_event_time(step->at_ns));
    sensor_event_text(&event, EVENT_PATH, path);
    if (!sensor_describe(sensor, &event, step->pid))
        return;
    sensor_event_digest(sensor, &event, fd);
    sensor_tell(sensor, &event);
}

/* The program that a start says, or, where none was told of, the one that /proc says. */
static void take_start(struct sensor *sensor, const struct sensor_step *step,
                       const struct sensor_start *start)
{
    struct sensor_process *process = sensor_process_take(sensor->processes, step->pid);
    struct bytes_view path;
    int fd = -1;

    process->looked = false;
    if (start != NULL)
        learn_program(sensor, process, start);
    process = sensor_know(sensor, step->pid);
    path = start != NULL ? bytes_view_of(start->path.bytes, start->path.size)
                         : sensor_program(sensor, step->pid);
    if ((sensor->kinds & SENSOR_KIND(EXEC)) == 0 || process->own)
        return;
    fd = start == NULL ? open_program(sensor, step->pid) : start->fd;
    tell_exec(sensor, step, path, fd);
    if (start == NULL && fd >= 0)
        close(fd);
}

/* All starts of the process are told: which of several came to something can't be known, since one
 * that fails after its file was opened leaves what one that succeeds does. To tell the first alone
 * would let a process be whatever it has failed to start before. */
static void exec_process(struct sensor *sensor, const struct sensor_step *step)
{
    struct sensor_start *start = sensor_start_take(sensor->starts, step->pid);
    bool several = false;

    /* A program that is set-user-id changes the effective one; ask anew. */
    sensor_process_take(sensor->processes, step->pid)->uid = -1;
    take_start(sensor, step, start);
    while (start != NULL) {
        sensor_start_done(start);
        start = sensor_start_take(sensor->starts, step->pid);
        if (start != NULL)
            take_start(sensor, step, start);
        several = several || start != NULL;
    }
    if (several)
        sensor_process_take(sensor->processes, step->pid)->looked = false;
}

static void end_process(struct sensor *sensor, const struct sensor_step *step)
{
    if ((sensor->kinds & SENSOR_KIND(EXIT)) != 0)
        tell(sensor, EVENT_EXIT, step);
    sensor_start_forget(sensor->starts, step->pid);
    sensor_process_end(sensor->processes, step->pid);
}

static void change_user(struct sensor *sensor, const struct sensor_step *step)
{
    struct sensor_process *process = sensor_process_find(sensor->processes, step->pid);

    if (process != NULL)
        process->uid = step->uid;
}

static void (*const takes[])(struct sensor *, const struct sensor_step *) = {
    [SENSOR_STEP_FORK] = fork_process,
    [SENSOR_STEP_EXEC] = exec_process,
    [SENSOR_STEP_EXIT] = end_process,
    [SENSOR_STEP_USER] = change_user,
};

static bool is_same(void *context, pid_t pid, uint64_t start)
{
    const struct sensor *sensor = context;

    return sensor_proc_start(sensor->proc, pid) == start;
}

/* Files are read between what the kernel said of processes and what we make of it: those of an exec
 * that is told have all been told by then. */
bool sensor_exec_turn(struct sensor *sensor)
{
    struct sensor_step steps[STEPS];
    bool lost = false;
    size_t count = 0;

    if (sensor->fds.processes >= 0)
        count = sensor_connector_read(sensor->fds.processes, steps, STEPS, &lost);
    sensor_file_drain(sensor);
    if (lost) {
        sensor->overflows++;
        sensor_start_forget(sensor->starts, 0);
        sensor_processes_doubt(sensor->processes, is_same, sensor);
    }
    for (size_t i = 0; i < count; i++)
        takes[steps[i].kind](sensor, &steps[i]);
    return count == STEPS;
}
