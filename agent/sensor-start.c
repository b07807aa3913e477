/* SPDX-License-Identifier: ISC */
#include "agent/sensor-start.h"

#include <elf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/limits.h"

#define HEADERS 64 /* of a program, that are looked at: usual ones have 14 */

struct sensor_starts {
    int proc;
    uint64_t order;
    struct sensor_start rows[LIMIT_SENSOR_STARTS];
};

struct sensor_starts *sensor_starts_new(int proc)
{
    struct sensor_starts *starts = bytes_allocate(1, sizeof(*starts));

    starts->proc = proc;
    return starts;
}

void sensor_start_done(struct sensor_start *start)
{
    if (start->pid != 0)
        close(start->fd);
    start->pid = 0;
}

void sensor_starts_free(struct sensor_starts *starts)
{
    for (size_t i = 0; starts != NULL && i < LIMIT_SENSOR_STARTS; i++)
        sensor_start_done(&starts->rows[i]);
    free(starts);
}

/* Whether one of the headers, each of `size` bytes at `offset`, names a loader. Both sizes of ELF
 * begin a program header with its type. */
static bool names_loader(int fd, uint64_t offset, size_t size, size_t count)
{
    for (size_t i = 0; i < count && i < HEADERS; i++) {
        uint32_t type;

        if (pread(fd, &type, sizeof(type), (off_t)(offset + i * size)) != sizeof(type))
            return false;
        if (type == PT_INTERP)
            return true;
    }
    return false;
}

enum sensor_file_kind sensor_file_kind(int fd)
{
    union {
        unsigned char ident[EI_NIDENT];
        Elf64_Ehdr wide;
        Elf32_Ehdr narrow;
    } head = {0};
    ssize_t size = pread(fd, &head, sizeof(head), 0);
    bool loader;

    if (size >= 2 && memcmp(head.ident, "#!", 2) == 0)
        return SENSOR_FILE_SCRIPT;
    if (size < (ssize_t)sizeof(head.narrow) || memcmp(head.ident, ELFMAG, SELFMAG) != 0)
        return SENSOR_FILE_OTHER;
    if (head.ident[EI_CLASS] == ELFCLASS64)
        loader = names_loader(fd, head.wide.e_phoff, sizeof(Elf64_Phdr), head.wide.e_phnum);
    else
        loader = names_loader(fd, head.narrow.e_phoff, sizeof(Elf32_Phdr), head.narrow.e_phnum);
    return loader ? SENSOR_FILE_DYNAMIC : SENSOR_FILE_STATIC;
}

static struct sensor_start *newest_of(struct sensor_starts *starts, pid_t pid)
{
    struct sensor_start *found = NULL;

    for (size_t i = 0; i < LIMIT_SENSOR_STARTS; i++) {
        struct sensor_start *row = &starts->rows[i];

        if (row->pid == pid && (found == NULL || row->order > found->order))
            found = row;
    }
    return found;
}

static struct sensor_start *make(struct sensor_starts *starts, pid_t pid, int fd)
{
    struct sensor_start *place = &starts->rows[0];

    for (size_t i = 0; i < LIMIT_SENSOR_STARTS && place->pid != 0; i++) {
        if (starts->rows[i].pid == 0 || starts->rows[i].order < place->order)
            place = &starts->rows[i];
    }
    sensor_start_done(place);
    place->pid = pid;
    place->fd = fd;
    place->whole = place->loader_due = false;
    place->order = ++starts->order;
    place->program.size = 0;
    (void)sensor_proc_descriptor(starts->proc, fd, &place->path);
    return place;
}

/* The program itself has come. */
static void complete(struct sensor_start *start, int proc, int fd, enum sensor_file_kind kind)
{
    struct stat status;

    start->whole = true;
    start->loader_due = kind == SENSOR_FILE_DYNAMIC;
    start->device = start->inode = 0;
    if (fstat(fd, &status) == 0) {
        start->device = status.st_dev;
        start->inode = status.st_ino;
    }
    if (fd != start->fd)
        (void)sensor_proc_descriptor(proc, fd, &start->program);
}

/* Neither made nor to be changed by a user: interpreters and loaders are. */
static bool is_administrators(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && status.st_uid == geteuid() &&
           (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* What all starts of the process waited for that are not whole. */
static void complete_all(struct sensor_starts *starts, pid_t pid, int fd,
                         enum sensor_file_kind kind)
{
    for (size_t i = 0; i < LIMIT_SENSOR_STARTS; i++) {
        if (starts->rows[i].pid == pid && !starts->rows[i].whole)
            complete(&starts->rows[i], starts->proc, fd, kind);
    }
}

/* Whether the file is a part of the newest start of its process, and no start of its own. One that
 * fails after its file was opened leaves a row that waits for an interpreter or a loader, and what
 * comes next may be another program altogether: what users can make or change is never a part only. */
static bool is_part(const struct sensor_start *start, int fd, enum sensor_file_kind kind)
{
    if (start == NULL || !is_administrators(fd))
        return false;
    if (start->whole)
        return start->loader_due && kind == SENSOR_FILE_STATIC;
    return start->script;
}

void sensor_start_add(struct sensor_starts *starts, pid_t pid, int fd)
{
    struct sensor_start *start = newest_of(starts, pid);
    enum sensor_file_kind kind = sensor_file_kind(fd);
    bool part = is_part(start, fd, kind);
    bool program = kind == SENSOR_FILE_STATIC || kind == SENSOR_FILE_DYNAMIC;

    if (start != NULL)
        start->loader_due = false;
    if (!part)
        make(starts, pid, fd)->script = kind == SENSOR_FILE_SCRIPT;
    if (program && !(part && start->whole))
        complete_all(starts, pid, fd, kind);
    if (part)
        close(fd);
}

struct sensor_start *sensor_start_take(struct sensor_starts *starts, pid_t pid)
{
    struct sensor_start *found = NULL;

    for (size_t i = 0; i < LIMIT_SENSOR_STARTS; i++) {
        struct sensor_start *row = &starts->rows[i];

        if (row->pid == pid && row->whole && (found == NULL || row->order < found->order))
            found = row;
    }
    for (size_t i = 0; i < LIMIT_SENSOR_STARTS && found != NULL; i++) {
        if (starts->rows[i].pid == pid && starts->rows[i].order < found->order)
            sensor_start_done(&starts->rows[i]);
    }
    return found;
}

void sensor_start_forget(struct sensor_starts *starts, pid_t pid)
{
    for (size_t i = 0; i < LIMIT_SENSOR_STARTS; i++) {
        if (starts->rows[i].pid != 0 && (pid == 0 || starts->rows[i].pid == pid))
            sensor_start_done(&starts->rows[i]);
    }
}
