/* SPDX-License-Identifier: ISC */
#include "agent/sensor-mount.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "media/base/log.h"

int sensor_mount_begin(struct sensor *sensor, struct error *err)
{
    sensor->mountinfo = openat(sensor->proc, "self/mountinfo", O_RDONLY | O_CLOEXEC);
    if (sensor->mountinfo < 0)
        return error_set_errno(err, ERROR_IO, errno, "mountinfo");
    return sensor_mounts_read(sensor->mountinfo, &sensor->mounts, err);
}

void sensor_mount_end(struct sensor *sensor)
{
    if (sensor->mountinfo >= 0)
        close(sensor->mountinfo);
    sensor->mountinfo = -1;
    sensor_mounts_clear(&sensor->mounts);
}

static void tell(struct sensor *sensor, const struct sensor_mount *mount)
{
    struct event event = {.kind = EVENT_MOUNT};

    sensor_event_number(&event, EVENT_TIME, sensor_event_time(0));
    sensor_event_text(&event, EVENT_SOURCE, bytes_view_of(mount->source, strlen(mount->source)));
    sensor_event_text(&event, EVENT_TARGET, bytes_view_of(mount->target, strlen(mount->target)));
    sensor_event_text(&event, EVENT_FSTYPE, bytes_view_of(mount->type, strlen(mount->type)));
    sensor_tell(sensor, &event);
}

/* The kernel gives the number of a mount that is gone to the next one: all of it is compared. */
static bool was_there(const struct sensor_mounts *before, const struct sensor_mount *mount)
{
    const struct sensor_mount *old = sensor_mounts_find(before, mount->id);

    return old != NULL && strcmp(old->target, mount->target) == 0 &&
           strcmp(old->source, mount->source) == 0 && strcmp(old->type, mount->type) == 0;
}

void sensor_mount_turn(struct sensor *sensor)
{
    struct sensor_mounts now;
    struct error err = {0};

    if (sensor_mounts_read(sensor->mountinfo, &now, &err) < 0) {
        sensor->overflows++;
        return;
    }
    for (size_t i = 0; i < now.count; i++) {
        if (!was_there(&sensor->mounts, &now.rows[i]))
            tell(sensor, &now.rows[i]);
    }
    sensor_mounts_clear(&sensor->mounts);
    sensor->mounts = now;
}
