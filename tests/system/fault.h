/* SPDX-License-Identifier: ISC
 *
 * What the tool `fault` knows about system calls and about the steps of an import (fault-calls.c,
 * fault-filter.c, fault-phase.c).
 */
#ifndef TESTS_SYSTEM_FAULT_H
#define TESTS_SYSTEM_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum fault_class {
    FAULT_CHANGE = 1,  /* changes names, sizes, bytes, owners, modes, or what is flushed */
    FAULT_OPEN = 2,    /* makes a descriptor */
    FAULT_MESSAGE = 4, /* talks with another process */
    FAULT_READ = 8,    /* reads bytes */
};

struct fault_call {
    long number;
    const char *name;
    unsigned classes;
    bool descriptor; /* its first argument is one: a change only where that is a file */
    bool short_able; /* its third argument is a count of bytes that may be done in part */
};

/* NULL: of no interest. Opening is a change with O_CREAT only. */
const struct fault_call *fault_call_find(long number);
/* One after the other, from 0; NULL: past the last. */
const struct fault_call *fault_call_at(size_t index);
/* The classes of one call as it is made. */
unsigned fault_call_classes(const struct fault_call *call, pid_t pid,
                            const unsigned long long *args);
/* "change,open" as bits; 0: no such class. */
unsigned fault_call_parse(const char *names);

/* In the process that is traced, before its exec: calls of these classes, those that phases are told
 * by and the loader's last stop for the tracer (PTRACE_EVENT_SECCOMP); all others run at their own
 * pace, which is most of them. Returns 0, or -1 with errno. Source: seccomp(2), ptrace(2). */
int fault_filter_install(unsigned classes);

/* Where an import stands, as its processes come, work and go; in this order. */
enum fault_phase {
    FAULT_START,    /* recovery, drivers for what is in service */
    FAULT_VERIFY,   /* from the first reader on: documents are judged */
    FAULT_PLAN,     /* verify has judged: free space, the job's folder */
    FAULT_FETCH,    /* intake runs */
    FAULT_JUDGE,    /* intake has ended: staged files are judged */
    FAULT_COMMIT,   /* they are flushed and put in their place; the set's rows */
    FAULT_CHECK,    /* a driver for the new content is started and loads it */
    FAULT_ACTIVATE, /* it has; the content's rows */
    FAULT_SWAP,     /* the link is set, the driver before is let go */
    FAULT_PHASES
};

const char *fault_phase_name(enum fault_phase phase);
int fault_phase_find(const char *name, enum fault_phase *phase);
/* What happens to a program ("agent", "verify", ...) moves the phase on. */
void fault_phase_started(enum fault_phase *phase, const char *program);
void fault_phase_ended(enum fault_phase *phase, const char *program);
void fault_phase_call(enum fault_phase *phase, const char *program, const struct fault_call *call);

#endif
