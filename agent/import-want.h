/* SPDX-License-Identifier: ISC
 *
 * Files that verify and intake ask the monitor for by name, some at a time: opened here, since
 * neither can. A file that is the same in the package that was built on is linked from there the
 * moment it is asked for: intake left it out, and verify judges it like all others.
 */
#ifndef AGENT_IMPORT_WANT_H
#define AGENT_IMPORT_WANT_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/process.h"

struct import_want {
    int folder;       /* names are beneath `name` of it */
    const char *name; /* "." for the folder itself */
    int base;         /* folder of the package that is built on; -1: nothing is linked */
    bool *linked;     /* set where a file was; NULL: nobody asks */
    uint64_t asked;   /* files so far */
    uint64_t most;    /* of them; ERROR_PROTOCOL beyond. 0: the caller counts */
    json_t *left;     /* names that were not asked for: each is taken out; NULL: nobody counts */
};

/* Answers a message of type `want`, {"first":N,"names":[...]} and perhaps "id", with one of type
 * `files`: u32 first and the descriptors in that order. What can't be opened is /dev/null, so that
 * whoever asked says what is wrong with it. */
int import_want_answer(struct process *process, const struct frame *frame, uint16_t want,
                       uint16_t files, struct import_want *from,
                       struct error *err) ERROR_MUST_CHECK;

#endif
