/* SPDX-License-Identifier: ISC
 *
 * One import, from a source to content in service (sallyport-agent.8, An import): verify, plan, fetch, judge,
 * commit, check, activate. The monitor's part: it starts the programs, believes verify about the
 * medium and nobody else, decides about floors a second time, and writes.
 * Parts: import-plan (what verify answered), import-verify and import-fetch (the conversations),
 * import-report (what the caller is told).
 */
#ifndef AGENT_IMPORT_H
#define AGENT_IMPORT_H

#include <jansson.h>

#include "agent/borrowed-rights.h"
#include "agent/config.h"
#include "agent/driver-host.h"
#include "agent/import-plan.h"
#include "agent/process.h"
#include "agent/state.h"

/* Told of each step: one of "verify", "plan", "fetch", "judge", "check", "activate". done and total
 * are bytes, 0 where they have no meaning. */
typedef void (*import_step)(void *context, const char *name, const char *words, uint64_t done,
                            uint64_t total);
/* Told of each document that verify looked at. */
typedef void (*import_document)(void *context, const json_t *document);

struct usb_gate;

struct import {
    struct state *state;
    const struct config *config;
    struct driver_host *drivers;
    struct usb_gate *gate;           /* what is on USB is judged first; NULL: none is */
    const struct process_idle *idle; /* may be NULL */
    import_step step;                /* may be NULL */
    import_document document;        /* may be NULL */
    void *context;                   /* of both */
};

struct import_request {
    const char *source;                   /* absolute path of a folder, or URL of a mirror */
    const char *who;                      /* "uid 1000", "timer" */
    const struct borrowed_rights *rights; /* the source is opened with these; NULL: the agent's */
    bool dry_run;
    bool inspect;       /* judge and tell; no plan is carried out, nothing is recorded */
    bool tokens;        /* inspect: with timestamp tokens */
    bool confirm_time;  /* a genTime far ahead of the clock is right: an admin says so */
    bool strict_expiry; /* refuse a set that has expired */
    const char *set; /* its digest, 96 hex digits, whatever follows them; NULL: whichever it is */
    size_t only_count;
    const char (*only)[LIMIT_NAME_BYTES + 1];
};

/* Imports. *result gets sallyport.import/1 (new reference). A refusal of the whole, or of
 * everything that was to be fetched, is an error with its reason code; it has then been recorded.
 */
int import_run(const struct import *import, const struct import_request *request, json_t **result,
               struct error *err) ERROR_MUST_CHECK;

/* Judges; *result gets sallyport.inspect/1. What the medium is worth is in there; an error means
 * that it could not be judged. */
int import_inspect(const struct import *import, const struct import_request *request,
                   json_t **result, struct error *err) ERROR_MUST_CHECK;

/* Tells a step, where somebody listens. */
void import_tell(const struct import *import, const char *name, const char *words, uint64_t done,
                 uint64_t total);

#endif
