/* SPDX-License-Identifier: ISC */
#include "agent/sensor-mountinfo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/limits.h"

#define CHUNK 65536

static int read_all(int fd, struct bytes *text, struct error *err)
{
    uint64_t at = 0;
    uint8_t *place;
    ssize_t got;
    int result;

    do {
        result = bytes_reserve(text, CHUNK, &place, err);
        if (result < 0)
            return error_context(err, "mountinfo");
        do
            got = pread(fd, place, CHUNK, (off_t)at);
        while (got < 0 && errno == EINTR);
        if (got < 0)
            return error_set_errno(err, ERROR_IO, errno, "mountinfo");
        at += (uint64_t)got;
        text->size = at;
    } while (got > 0);
    return bytes_put_u8(text, 0, err);
}

/* \040 and the like, in place. */
static void unescape(char *text)
{
    char *out = text;

    for (const char *in = text; *in != '\0'; out++) {
        if (in[0] == '\\' && in[1] >= '0' && in[1] <= '3' && in[2] >= '0' && in[2] <= '7' &&
            in[3] >= '0' && in[3] <= '7') {
            *out = (char)((in[1] - '0') * 64 + (in[2] - '0') * 8 + in[3] - '0');
            in += 4;
        } else {
            *out = *in++;
        }
    }
    *out = '\0';
}

/* "36 35 98:0 /root /target options optional... - type source options" */
static bool read_row(char *line, struct sensor_mount *row)
{
    enum { ID, PARENT, DEVICE, ROOT, TARGET, FIRST };
    char *words[FIRST], *type, *source, *rest = NULL;
    char *behind = strstr(line, " - ");

    if (behind == NULL)
        return false;
    *behind = '\0';
    for (size_t i = 0; i < FIRST; i++) {
        words[i] = strtok_r(i == 0 ? line : NULL, " ", &rest);
        if (words[i] == NULL)
            return false;
    }
    type = strtok_r(behind + 3, " ", &rest);
    source = strtok_r(NULL, " ", &rest);
    if (type == NULL || source == NULL)
        return false;
    unescape(words[TARGET]);
    unescape(type);
    unescape(source);
    *row = (struct sensor_mount){strtoull(words[ID], NULL, 10), words[TARGET], type, source};
    return true;
}

int sensor_mounts_read(int fd, struct sensor_mounts *mounts, struct error *err)
{
    struct bytes text;
    char *rest = NULL;
    int result;

    *mounts = (struct sensor_mounts){0};
    bytes_init(&text, LIMIT_SENSOR_MOUNTS_BYTES);
    result = read_all(fd, &text, err);
    if (result < 0) {
        bytes_clear(&text);
        return result;
    }
    mounts->text = (char *)text.data;
    mounts->rows = bytes_allocate(LIMIT_SENSOR_MOUNTS, sizeof(*mounts->rows));
    for (char *line = strtok_r(mounts->text, "\n", &rest);
         line != NULL && mounts->count < LIMIT_SENSOR_MOUNTS; line = strtok_r(NULL, "\n", &rest))
        mounts->count += read_row(line, &mounts->rows[mounts->count]) ? 1 : 0;
    return 0;
}

void sensor_mounts_clear(struct sensor_mounts *mounts)
{
    free(mounts->text);
    free(mounts->rows);
    *mounts = (struct sensor_mounts){0};
}

const struct sensor_mount *sensor_mounts_find(const struct sensor_mounts *mounts, uint64_t id)
{
    for (size_t i = 0; i < mounts->count; i++) {
        if (mounts->rows[i].id == id)
            return &mounts->rows[i];
    }
    return NULL;
}

/* What is not in the table holds files of people and programs. */
static const struct {
    const char *type;
    enum sensor_mount_use use;
} uses[] = {
    {"devtmpfs", SENSOR_MOUNT_EXEC},       {"autofs", SENSOR_MOUNT_NOTHING},
    {"binfmt_misc", SENSOR_MOUNT_NOTHING}, {"bpf", SENSOR_MOUNT_NOTHING},
    {"cgroup", SENSOR_MOUNT_NOTHING},      {"cgroup2", SENSOR_MOUNT_NOTHING},
    {"configfs", SENSOR_MOUNT_NOTHING},    {"debugfs", SENSOR_MOUNT_NOTHING},
    {"devpts", SENSOR_MOUNT_NOTHING},      {"efivarfs", SENSOR_MOUNT_NOTHING},
    {"fuse", SENSOR_MOUNT_NOTHING},        {"fusectl", SENSOR_MOUNT_NOTHING},
    {"mqueue", SENSOR_MOUNT_NOTHING},      {"nsfs", SENSOR_MOUNT_NOTHING},
    {"proc", SENSOR_MOUNT_NOTHING},        {"pstore", SENSOR_MOUNT_NOTHING},
    {"rpc_pipefs", SENSOR_MOUNT_NOTHING},  {"securityfs", SENSOR_MOUNT_NOTHING},
    {"selinuxfs", SENSOR_MOUNT_NOTHING},   {"sysfs", SENSOR_MOUNT_NOTHING},
    {"tracefs", SENSOR_MOUNT_NOTHING},
};

enum sensor_mount_use sensor_mount_use(const char *type)
{
    if (strncmp(type, "fuse.", 5) == 0)
        return SENSOR_MOUNT_NOTHING;
    for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
        if (strcmp(type, uses[i].type) == 0)
            return uses[i].use;
    }
    return SENSOR_MOUNT_ALL;
}
