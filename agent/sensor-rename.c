/* SPDX-License-Identifier: ISC */
#include "agent/sensor-rename.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "media/base/limits.h"

#define READ_BYTES 8192
#define READS      64

union handle {
    struct file_handle head;
    char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
};

/* A folder and a name within it, as a record gives them. */
struct place {
    fsid_t system;
    union handle folder;
    const char *name;
};

int sensor_rename_open(int *fd, struct error *err)
{
    *fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_DFID_NAME,
                        O_RDONLY | O_LARGEFILE | O_CLOEXEC);
    return *fd < 0 ? error_set_errno(err, ERROR_IO, errno, "fanotify with names") : 0;
}

/* The last place is taken over where there is none left. */
static int keep(struct sensor *sensor, const fsid_t *system, int fd)
{
    struct sensor_system *place = &sensor->systems[sensor->system_count];

    if (sensor->system_count == SENSOR_SYSTEMS)
        close((--place)->fd);
    else
        sensor->system_count++;
    memcpy(&place->id, system, sizeof(place->id));
    place->fd = fd;
    return fd;
}

/* Only file systems that marks were set on are asked who they are. */
static int search_mounts(int mountinfo, const fsid_t *system)
{
    struct sensor_mounts mounts;
    struct error ignored;
    int found = -1;

    if (sensor_mounts_read(mountinfo, &mounts, &ignored) < 0)
        return -1;
    for (size_t i = 0; i < mounts.count && found < 0; i++) {
        struct statfs status;
        int fd;

        if (sensor_mount_use(mounts.rows[i].type) != SENSOR_MOUNT_ALL)
            continue;
        fd = open(mounts.rows[i].target, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0 && fstatfs(fd, &status) == 0 &&
            memcmp(&status.f_fsid, system, sizeof(*system)) == 0)
            found = fd;
        else if (fd >= 0)
            close(fd);
    }
    sensor_mounts_clear(&mounts);
    return found;
}

static int system_fd(struct sensor *sensor, const fsid_t *system)
{
    int fd;

    for (size_t i = 0; i < sensor->system_count; i++) {
        if (memcmp(&sensor->systems[i].id, system, sizeof(*system)) == 0)
            return sensor->systems[i].fd;
    }
    fd = search_mounts(sensor->fds.mountinfo, system);
    return fd < 0 ? -1 : keep(sensor, system, fd);
}

/* FOLDER/NAME. False: the folder is gone, or can't be found. */
static bool name_place(struct sensor *sensor, struct place *place, struct sensor_proc_path *path)
{
    int mount = system_fd(sensor, &place->system);
    int fd = mount < 0 ? -1 : open_by_handle_at(mount, &place->folder.head, O_PATH | O_CLOEXEC);
    size_t name_size = strlen(place->name);
    bool named = fd >= 0 && sensor_proc_descriptor(sensor->proc, fd, path) &&
                 path->size + 1 + name_size <= sizeof(path->bytes);

    if (fd >= 0)
        close(fd);
    if (!named)
        return false;
    if (path->bytes[path->size - 1] != '/')
        path->bytes[path->size++] = '/';
    memcpy(path->bytes + path->size, place->name, name_size);
    path->size += name_size;
    return true;
}

/* One part of a record, in its whole size. */
static bool read_place(const char *info, size_t size, struct place *place)
{
    const size_t fixed = sizeof(struct fanotify_event_info_fid);
    struct file_handle head;

    if (size < fixed + sizeof(head))
        return false;
    memcpy(&place->system, info + offsetof(struct fanotify_event_info_fid, fsid),
           sizeof(place->system));
    memcpy(&head, info + fixed, sizeof(head));
    if (head.handle_bytes > MAX_HANDLE_SZ || head.handle_bytes > size - fixed - sizeof(head))
        return false;
    memcpy(&place->folder, info + fixed, sizeof(head) + head.handle_bytes);
    place->name = info + fixed + sizeof(head) + head.handle_bytes;
    size -= fixed + sizeof(head) + head.handle_bytes;
    return size > 0 && memchr(place->name, '\0', size) != NULL;
}

static void tell(struct sensor *sensor, pid_t pid, struct place *from, struct place *to)
{
    struct event event = {.kind = EVENT_RENAME};
    struct sensor_proc_path target;

    if (!name_place(sensor, from, &sensor->path) || !name_place(sensor, to, &target))
        return;
    sensor_event_number(&event, EVENT_TIME, sensor_event_time(0));
    sensor_event_text(&event, EVENT_PATH, bytes_view_of(sensor->path.bytes, sensor->path.size));
    sensor_event_text(&event, EVENT_TO, bytes_view_of(target.bytes, target.size));
    if (sensor_describe(sensor, &event, pid))
        sensor_tell(sensor, &event);
}

static void take(struct sensor *sensor, const struct fanotify_event_metadata *record,
                 const char *infos, size_t left)
{
    struct place from = {.name = NULL}, to = {.name = NULL};
    struct fanotify_event_info_header head;

    if ((record->mask & FAN_Q_OVERFLOW) != 0)
        sensor->overflows++;
    while (left >= sizeof(head)) {
        memcpy(&head, infos, sizeof(head));
        if (head.len < sizeof(head) || head.len > left)
            return;
        if (head.info_type == FAN_EVENT_INFO_TYPE_OLD_DFID_NAME &&
            !read_place(infos, head.len, &from))
            return;
        if (head.info_type == FAN_EVENT_INFO_TYPE_NEW_DFID_NAME &&
            !read_place(infos, head.len, &to))
            return;
        infos += head.len;
        left -= head.len;
    }
    if (from.name != NULL && to.name != NULL && record->pid != getpid())
        tell(sensor, record->pid, &from, &to);
}

void sensor_rename_turn(struct sensor *sensor)
{
    char records[READ_BYTES];

    for (unsigned i = 0; i < READS && sensor->fds.names >= 0; i++) {
        ssize_t size = read(sensor->fds.names, records, sizeof(records));
        size_t at = 0, left = size > 0 ? (size_t)size : 0;

        if (size <= 0)
            return;
        while (left >= sizeof(struct fanotify_event_metadata)) {
            struct fanotify_event_metadata record;

            memcpy(&record, records + at, sizeof(record));
            if (record.event_len < record.metadata_len || record.event_len > left ||
                record.metadata_len < sizeof(record))
                return;
            take(sensor, &record, records + at + record.metadata_len,
                 record.event_len - record.metadata_len);
            at += record.event_len;
            left -= record.event_len;
        }
    }
}
