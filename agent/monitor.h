/* SPDX-License-Identifier: ISC
 *
 * The monitor's event loop: the front and its requests, the schedule, signals. Requests are
 * answered by a visible table; each says whether it needs the right to act. What takes long
 * (Import, Inspect, Activate, a look at a source) is a job: one at a time, run from the loop, while Status
 * and the like go on being answered.
 *
 * What a job does is not here: struct monitor_jobs is filled in by agent/cmd-run.c.
 */
#ifndef AGENT_MONITOR_H
#define AGENT_MONITOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/config.h"
#include "agent/front-protocol.h"
#include "agent/process.h"
#include "agent/state.h"
#include "media/base/sandbox.h"

struct audit_journal;
struct driver_host;
struct usb_gate;
struct notify;
struct monitor;

/* A job that somebody asked for. */
struct monitor_job {
    const char *caller;                  /* "uid 1000", "timer", "start": for the audit record */
    const struct front_request *request; /* method Import, Inspect or Activate, and what it takes */
    const struct borrowed_rights *rights; /* a path is opened with these; NULL: with the agent's */
    const struct process_idle *idle;      /* to be served while waiting */
    const bool *abandoned; /* the client has gone: Inspect may stop; an import goes on */
};

/* One reply of a stream ({"step":{...}} or {"document":{...}}); the reference stays the job's. */
typedef void (*monitor_tell)(void *context, const json_t *parameters);

struct monitor_jobs {
    /* *reply is a new reference: the method's last reply parameters; on error
     * `err` becomes the call's error and *reply is NULL. */
    int (*import)(void *context, struct monitor_job *job, monitor_tell tell, void *tell_context,
                  json_t **reply, struct error *err);
    int (*inspect)(void *context, struct monitor_job *job, monitor_tell tell, void *tell_context,
                   json_t **reply, struct error *err);
    int (*repair)(void *context, struct monitor_job *job, monitor_tell tell, void *tell_context,
                  json_t **reply, struct error *err);
    /* Whether installed content still is what was verified: before each look at the sources. What
     * is damaged is in its health. */
    int (*check)(void *context, struct monitor_job *job, struct error *err);
    /* After each look at the sources. What could not be mended is in health. */
    void (*mend)(void *context, struct monitor_job *job);
    /* What is staged of request->name goes into service now. */
    int (*activate)(void *context, struct monitor_job *job, json_t **reply, struct error *err);
    /* {"name","value","origin"} of a feature flag; name NULL: all of them, as flag_list() has it.
     * Must not wait long. */
    int (*flag)(void *context, const char *name, json_t **reply, struct error *err);
    /* sallyport.reputation/1 for keys as front_request has them. Must not wait long. */
    int (*reputation)(void *context, const char *asked, json_t **reply, struct error *err);
    /* SIGHUP: reads the configuration again, all of it or nothing. Never while a job runs. */
    int (*reload)(void *context, struct error *err);
    /* Descriptors that `turn` wants to be called for when they become readable (drivers that end or
     * log). Returns how many, at most limit. */
    size_t (*watch)(void *context, int *fds, size_t limit);
    /* Called after each wake-up of the loop, never while a job runs. *next_ms: call again at the
     * latest then, -1: no need (waves that open). */
    int (*turn)(void *context, int *next_ms, struct error *err);
    void *context;
};

struct monitor_options {
    struct state *state;
    const struct config *config;
    struct sandbox_status sandbox;
    struct driver_host *drivers; /* for status and Engines; NULL: none run */
    struct behavior *behavior;   /* for Engines; NULL: no rules */
    struct usb_gate *gate;       /* USB devices and what each is worth; NULL with a fault */
    struct monitor_jobs jobs;
    /* ERROR_OK, or why there is no state to work on (it is damaged): then state and jobs are NULL,
     * and every call is answered with this. */
    struct error fault;
    bool once;                     /* one look at every source, then end; no control socket */
    struct audit_journal *journal; /* gets what is audited; NULL: nothing does */
    const struct notify *notify;   /* whom to tell how it goes; NULL: nobody */
};

/* Opens the control socket (control-socket.h), starts the front, tells the service manager, looks
 * at the sources each interval (the first time at once, then at this endpoint's place in it) where the flag source-schedule is on, until
 * SIGTERM or SIGINT: a job under way is finished first, a second signal ends at once. SIGHUP is
 * `reload`. With `once`:
 * the worst result of the sources as an error (ERROR_PARTIAL, ERROR_ROLLBACK, ...), 0 when all are
 * current or imported. */
int monitor_run(const struct monitor_options *options, struct error *err) ERROR_MUST_CHECK;

#endif
