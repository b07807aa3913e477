/* SPDX-License-Identifier: ISC */
#include "agent/sensor-source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/sensor-exec.h"
#include "agent/sensor-file.h"
#include "agent/sensor-listen.h"
#include "agent/sensor-mount.h"
#include "agent/sensor-rename.h"
#include "media/base/log.h"

#define PROCESSES (SENSOR_KIND(EXEC) | SENSOR_KIND(EXIT) | SENSOR_KIND(FORK))
#define FILES     (SENSOR_KIND(EXEC) | SENSOR_KIND(OPEN) | SENSOR_KIND(WRITE))

/* Where the events of each kind come from, when nothing stands in the way. */
static const struct {
    enum event_kind kind;
    const char *word;
} words[] = {
    {EVENT_EXEC, "fanotify"},   {EVENT_EXIT, "proc"},        {EVENT_FORK, "proc"},
    {EVENT_OPEN, "fanotify"},   {EVENT_WRITE, "fanotify"},   {EVENT_RENAME, "fanotify"},
    {EVENT_MOUNT, "mountinfo"}, {EVENT_LISTEN, "sock_diag"},
};
#define WORDS (sizeof(words) / sizeof(words[0]))

enum { WAIT_PROCESSES, WAIT_FILES, WAIT_NAMES, WAIT_MOUNTS };

static void say(struct sensor *sensor, uint32_t kinds, const char *why)
{
    for (unsigned kind = 1; kind < EVENT_KINDS; kind++) {
        if ((kinds & (1U << kind)) != 0)
            snprintf(sensor->off[kind], SENSOR_WORDS, "%.*s", SENSOR_WORDS - 1, why);
    }
}

static void open_source(struct sensor *sensor, int (*open_it)(int *, struct error *), int *fd,
                        uint32_t kinds)
{
    struct error err = {0};

    *fd = -1;
    if (open_it != sensor_listen_open && geteuid() != 0)
        say(sensor, kinds, "needs root");
    else if (open_it(fd, &err) < 0) {
        *fd = -1;
        say(sensor, kinds, err.words);
    }
}

int sensor_source_begin(struct sensor *sensor, struct error *err)
{
    open_source(sensor, sensor_connector_open, &sensor->fds.processes, PROCESSES);
    open_source(sensor, sensor_file_open, &sensor->fds.files, FILES);
    open_source(sensor, sensor_rename_open, &sensor->fds.names, SENSOR_KIND(RENAME));
    open_source(sensor, sensor_listen_open, &sensor->sockets, SENSOR_KIND(LISTEN));
    sensor->mountinfo = -1;
    sensor->fds.mountinfo = openat(sensor->proc, "self/mountinfo", O_RDONLY | O_CLOEXEC);
    if (sensor->fds.mountinfo < 0)
        return error_set_errno(err, ERROR_IO, errno, "mountinfo");
    return geteuid() == 0 ? sensor_hand_start(&sensor->hand, &sensor->fds, err) : 0;
}

static void follow_hand(struct sensor *sensor)
{
    struct sensor_hand_answer answer = {0};
    struct error err = {0};

    if (geteuid() != 0)
        return;
    if (sensor_hand_ask(&sensor->hand, sensor->kinds, &answer, &err) < 0) {
        log_write(LOG_LEVEL_WARN, "%s", err.words);
        say(sensor, PROCESSES | FILES | SENSOR_KIND(RENAME), err.words);
        return;
    }
    if (sensor->fds.processes >= 0)
        say(sensor, PROCESSES & ~SENSOR_KIND(EXEC),
            answer.processes == 0 ? "" : strerror(answer.processes));
    if (sensor->fds.files >= 0)
        say(sensor, FILES, answer.files == 0 ? "" : strerror(answer.files));
    if (sensor->fds.names >= 0)
        say(sensor, SENSOR_KIND(RENAME), answer.names == 0 ? "" : strerror(answer.names));
}

static void follow_mounts(struct sensor *sensor)
{
    bool wanted = (sensor->kinds & SENSOR_KIND(MOUNT)) != 0;
    struct error err = {0};

    if (wanted == (sensor->mountinfo >= 0))
        return;
    if (!wanted)
        sensor_mount_end(sensor);
    else if (sensor_mount_begin(sensor, &err) < 0)
        say(sensor, SENSOR_KIND(MOUNT), err.words);
}

void sensor_source_follow(struct sensor *sensor)
{
    bool listens = (sensor->kinds & SENSOR_KIND(LISTEN)) != 0;

    follow_hand(sensor);
    follow_mounts(sensor);
    if (sensor->sockets >= 0 && listens && sensor->listeners == NULL)
        sensor_listen_begin(sensor);
    else if (!listens)
        sensor_listen_end(sensor);
}

/* An exec is told of by two sources, and either alone tells less. */
static json_t *word_of(const struct sensor *sensor, size_t i)
{
    const char *off = sensor->off[words[i].kind];
    const char *processes = sensor->off[EVENT_EXIT];

    if (words[i].kind == EVENT_EXEC && processes[0] != '\0')
        return json_sprintf("off: %s", processes);
    if (words[i].kind == EVENT_EXEC && off[0] != '\0')
        return json_string("proc");
    return off[0] != '\0' ? json_sprintf("off: %s", off) : json_string(words[i].word);
}

json_t *sensor_source_words(const struct sensor *sensor)
{
    json_t *table = json_object();

    for (size_t i = 0; i < WORDS; i++) {
        if ((sensor->kinds & (1U << words[i].kind)) != 0)
            json_object_set_new(table, event_kind_name(words[i].kind), word_of(sensor, i));
    }
    return table;
}

void sensor_source_watch(const struct sensor *sensor, struct pollfd *waits)
{
    waits[WAIT_PROCESSES] = (struct pollfd){sensor->fds.processes, POLLIN, 0};
    waits[WAIT_FILES] = (struct pollfd){sensor->fds.files, POLLIN, 0};
    waits[WAIT_NAMES] = (struct pollfd){sensor->fds.names, POLLIN, 0};
    waits[WAIT_MOUNTS] = (struct pollfd){sensor->mountinfo, POLLPRI, 0};
}

bool sensor_source_turn(struct sensor *sensor, const struct pollfd *waits)
{
    bool more = false;

    if ((waits[WAIT_PROCESSES].revents | waits[WAIT_FILES].revents) != 0)
        more = sensor_exec_turn(sensor);
    if (waits[WAIT_NAMES].revents != 0)
        sensor_rename_turn(sensor);
    if (waits[WAIT_MOUNTS].revents != 0 && sensor->mountinfo >= 0)
        sensor_mount_turn(sensor);
    sensor_listen_turn(sensor, sensor_now_ms());
    return more;
}

int sensor_source_patience(const struct sensor *sensor)
{
    int64_t left = sensor->listen_due_ms - sensor_now_ms();

    if (sensor->listeners == NULL)
        return -1;
    return left > 0 ? (int)left : 0;
}
