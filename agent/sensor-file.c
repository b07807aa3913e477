/* SPDX-License-Identifier: ISC */
#include "agent/sensor-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/fanotify.h>
#include <unistd.h>

#define READ_BYTES 1536 /* 64 events: descriptors that a read opens at once */
#define READS      256  /* of one turn: a whole queue of the kernel's usual size */

int sensor_file_open(int *fd, struct error *err)
{
    /* A FIFO is not waited for, and looking at a file does not change when it was looked at. */
    *fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK,
                        O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NONBLOCK | O_NOATIME);
    return *fd < 0 ? error_set_errno(err, ERROR_IO, errno, "fanotify") : 0;
}

static void tell(struct sensor *sensor, enum event_kind kind, pid_t pid, int fd)
{
    struct event event = {.kind = kind};

    if ((sensor->kinds & (1U << kind)) == 0 ||
        !sensor_proc_descriptor(sensor->proc, fd, &sensor->path))
        return;
    sensor_event_number(&event, EVENT_TIME, sensor_event_time(0));
    sensor_event_text(&event, EVENT_PATH, bytes_view_of(sensor->path.bytes, sensor->path.size));
    if (!sensor_describe(sensor, &event, pid))
        return;
    sensor_event_digest(sensor, &event, fd);
    sensor_tell(sensor, &event);
}

/* One record may say several things: the kernel merges what happens to a file at once. */
static void take(struct sensor *sensor, const struct fanotify_event_metadata *record)
{
    if ((record->mask & FAN_Q_OVERFLOW) != 0) {
        sensor->overflows++;
        sensor_start_forget(sensor->starts, 0);
    }
    if (record->fd < 0)
        return;
    if (record->pid != getpid()) {
        if ((record->mask & FAN_OPEN) != 0)
            tell(sensor, EVENT_OPEN, record->pid, record->fd);
        if ((record->mask & FAN_CLOSE_WRITE) != 0)
            tell(sensor, EVENT_WRITE, record->pid, record->fd);
    }
    if ((record->mask & FAN_OPEN_EXEC) != 0)
        sensor_start_add(sensor->starts, record->pid, record->fd);
    else
        close(record->fd);
}

static bool take_all(struct sensor *sensor, const char *at, size_t left)
{
    while (left >= sizeof(struct fanotify_event_metadata)) {
        struct fanotify_event_metadata record;

        memcpy(&record, at, sizeof(record));
        if (record.event_len < sizeof(record) || record.event_len > left ||
            record.vers != FANOTIFY_METADATA_VERSION)
            return false;
        take(sensor, &record);
        at += record.event_len;
        left -= record.event_len;
    }
    return true;
}

/* A file that can't be opened for us (of a dead server, of another namespace) is an error of the
 * read, which took it from the queue: the next one is behind it. */
void sensor_file_drain(struct sensor *sensor)
{
    char records[READ_BYTES];

    for (unsigned i = 0; i < READS && sensor->fds.files >= 0; i++) {
        ssize_t size = read(sensor->fds.files, records, sizeof(records));

        if (size < 0 && (errno == EAGAIN || errno == EBADF))
            return;
        if (size > 0 && !take_all(sensor, records, (size_t)size))
            return;
    }
}
