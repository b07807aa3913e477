/* SPDX-License-Identifier: ISC
 *
 * The one thing that the console has asked the agent to do and that takes its time: an import, its
 * plan, an inspection, a walk along the audit chain. A connection of its own, served beside the
 * feed's. Where it is closed early the agent goes on: an import is whole or not at all.
 */
#ifndef TUI_JOB_H
#define TUI_JOB_H

#include <poll.h>

#include "tui/link.h"
#include "tui/model.h"

enum job_kind {
    JOB_NONE, /* none is under way */
    JOB_PLAN, /* a dry run */
    JOB_IMPORT,
    JOB_INSPECT,
    JOB_VERIFY,
    JOB_ACKNOWLEDGE,
    JOB_EJECT,
    JOB_REPORT,
};

struct job {
    enum job_kind kind;
    struct link link;
    json_t *steps;     /* the last word of each step so far, and when it "began" */
    json_t *documents; /* of an inspection, so far */
};

enum job_event {
    JOB_QUIET,
    JOB_MOVED, /* steps or documents have news */
    JOB_ENDED, /* kind is JOB_NONE again */
};

void job_init(struct job *job);

/* Nothing may be under way; parameters may be NULL. */
int job_start(struct job *job, enum job_kind kind, const char *socket_path,
              const json_t *parameters, struct error *err) ERROR_MUST_CHECK;

struct pollfd job_poll(const struct job *job);

/* After poll(). JOB_ENDED: *reply is the caller's, or NULL and *refused says why; steps and documents
 * stay until the next start. */
enum job_event job_serve(struct job *job, short events, json_t **reply, struct error *refused);

/* Looks no further. */
void job_close(struct job *job);

#endif
