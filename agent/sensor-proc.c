/* SPDX-License-Identifier: ISC */
#include "agent/sensor-proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/limits.h"

#define NAME_BYTES    64
#define STATUS_PARENT "\nPPid:\t"
#define STATUS_UID    "\nUid:\t"
#define STAT_START    20 /* fields between the name's parenthesis and starttime, the 22nd */

static bool read_link(int proc, const char *name, struct sensor_proc_path *path)
{
    static const char deleted[] = " (deleted)";
    const size_t tail = sizeof(deleted) - 1;
    ssize_t size = readlinkat(proc, name, path->bytes, sizeof(path->bytes));

    path->size = 0;
    if (size <= 0 || (size_t)size == sizeof(path->bytes))
        return false;
    path->size = (size_t)size;
    if (path->size > tail && memcmp(path->bytes + path->size - tail, deleted, tail) == 0)
        path->size -= tail;
    return true;
}

bool sensor_proc_link(int proc, pid_t pid, const char *what, struct sensor_proc_path *path)
{
    char name[NAME_BYTES];

    snprintf(name, sizeof(name), "%d/%s", (int)pid, what);
    return read_link(proc, name, path);
}

bool sensor_proc_descriptor(int proc, int fd, struct sensor_proc_path *path)
{
    char name[NAME_BYTES];

    snprintf(name, sizeof(name), "self/fd/%d", fd);
    return read_link(proc, name, path);
}

/* At most size bytes, from the beginning; 0 where there are none. */
static size_t read_file(int proc, pid_t pid, const char *what, char *out, size_t size)
{
    char name[NAME_BYTES];
    size_t have = 0;
    ssize_t got = 1;
    int fd;

    snprintf(name, sizeof(name), "%d/%s", (int)pid, what);
    fd = openat(proc, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    while (got != 0 && have < size) {
        got = read(fd, out + have, size - have);
        if (got < 0 && errno != EINTR)
            break;
        have += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    return have;
}

/* The number behind a key, which begins a line: no name of a process can forge one, a LF in it is
 * written as \n. -1: there is none. */
static int64_t number_behind(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    char *end;
    unsigned long long number;

    if (at == NULL || at[strlen(key)] < '0' || at[strlen(key)] > '9')
        return -1;
    number = strtoull(at + strlen(key), &end, 10);
    return number <= UINT32_MAX ? (int64_t)number : -1;
}

bool sensor_proc_status(int proc, pid_t pid, struct sensor_proc_status *status)
{
    char text[LIMIT_SENSOR_STATUS_BYTES + 1];
    int64_t parent;

    text[read_file(proc, pid, "status", text, sizeof(text) - 1)] = '\0';
    parent = number_behind(text, STATUS_PARENT);
    status->parent = parent > 0 && parent <= INT32_MAX ? (pid_t)parent : 0;
    status->uid = number_behind(text, STATUS_UID);
    return parent >= 0 && status->uid >= 0;
}

/* The name may hold blanks and parentheses; none stands behind its last one. */
uint64_t sensor_proc_start(int proc, pid_t pid)
{
    char text[LIMIT_SENSOR_STATUS_BYTES + 1];
    const char *at;

    text[read_file(proc, pid, "stat", text, sizeof(text) - 1)] = '\0';
    at = strrchr(text, ')');
    for (int i = 0; i < STAT_START && at != NULL; i++)
        at = strchr(at + 1, ' ');
    return at == NULL ? 0 : strtoull(at + 1, NULL, 10);
}

/* What is kept ends in a NUL: an argument that was cut gets its own. */
static size_t cut_arguments(char *text, size_t size)
{
    size_t kept = 0;

    if (size > 0 && text[size - 1] != '\0')
        text[size++] = '\0';
    for (unsigned i = 0; i < LIMIT_EVENT_ARGUMENTS && kept < size; i++)
        kept += strlen(text + kept) + 1;
    return kept;
}

struct bytes_view sensor_proc_arguments(int proc, pid_t pid, struct bytes *memory)
{
    struct error ignored;
    uint8_t *place;

    memory->size = 0;
    if (bytes_reserve(memory, LIMIT_EVENT_ARGV_BYTES, &place, &ignored) < 0)
        return bytes_view_of("", 0);
    memory->size = read_file(proc, pid, "cmdline", (char *)place, LIMIT_EVENT_ARGV_BYTES - 1);
    memory->size = cut_arguments((char *)place, memory->size);
    return bytes_view(memory);
}
