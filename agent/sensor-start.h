/* SPDX-License-Identifier: ISC
 *
 * Programs that are being started. The kernel opens a script, then its interpreter, then the loader
 * that the interpreter names, and says of each (FAN_OPEN_EXEC) before it says that the process runs
 * another program: here the first of them waits, with its descriptor, until it does.
 *
 * Which opens belong together is judged by what the files are: behind "#!" comes an interpreter,
 * behind an ELF program that names one a loader, and an ELF program is the last but for that. An
 * interpreter or a loader that a user can make or change is a start of its own, too: a start that
 * fails leaves what one that succeeds does, and anything may come behind it.
 */
#ifndef AGENT_SENSOR_START_H
#define AGENT_SENSOR_START_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/sensor-proc.h"

struct sensor_start {
    pid_t pid;                      /* 0: free */
    int fd;                         /* of the first file */
    bool whole, loader_due, script; /* script: the first file is one */
    uint64_t order;
    struct sensor_proc_path path;    /* of the first file */
    struct sensor_proc_path program; /* of the last before the loader; where that is another */
    uint64_t device, inode;          /* of the program */
};

struct sensor_starts; /* LIMIT_SENSOR_STARTS of them */
struct sensor_starts *sensor_starts_new(int proc);
void sensor_starts_free(struct sensor_starts *starts);

/* A file that process pid opens to run it; fd is taken. Where there is no room the oldest goes. */
void sensor_start_add(struct sensor_starts *starts, pid_t pid, int fd);
/* That it runs: the oldest whole one of the process, the older ones are gone with it. NULL: none.
 * sensor_start_done() after use. */
struct sensor_start *sensor_start_take(struct sensor_starts *starts, pid_t pid);
void sensor_start_done(struct sensor_start *start);
/* All of a process, or of all (pid 0): events were lost, so that nothing belongs together. */
void sensor_start_forget(struct sensor_starts *starts, pid_t pid);

/* What is behind the file: by its first bytes. */
enum sensor_file_kind {
    SENSOR_FILE_OTHER,   /* whatever binfmt_misc says; another machine's program */
    SENSOR_FILE_SCRIPT,  /* "#!" */
    SENSOR_FILE_STATIC,  /* ELF */
    SENSOR_FILE_DYNAMIC, /* ELF that names a loader */
};
enum sensor_file_kind sensor_file_kind(int fd);

#endif
