/* SPDX-License-Identifier: ISC
 *
 * The audit chain: every event's SHA-384 covers its fields and the digest of the event before, from
 * the first one on. Also what was refused, and jobs. Nothing here is ever changed or removed, but
 * that a refusal is acknowledged and a job ends.
 */
#ifndef AGENT_AUDIT_H
#define AGENT_AUDIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/state.h"

struct audit_event {
    const char *who;      /* "uid 1000", "timer", "start" */
    const char *what;     /* "import", "activate", "refuse", ... */
    enum error_code code; /* ERROR_OK: it was done */
    const char *subject;  /* what it was about: a type, a source */
    const char *words;    /* as told to people; may hold bytes from outside */
};

/* Appends; within the caller's transaction where there is one. id (may be NULL) gets its number. */
int audit_append(struct state *state, const struct audit_event *event, int64_t *id,
                 struct error *err) ERROR_MUST_CHECK;

/* Walks the chain from its start. ERROR_AUDIT_BROKEN names the first record that does not fit.
 * head is all zero where there is no record. */
int audit_verify(struct state *state, uint64_t *records, uint8_t head[static DIGEST_BYTES],
                 struct error *err) ERROR_MUST_CHECK;

#define AUDIT_PAGE 1000 /* records in one answer */

/* Records above `after`, at most limit and AUDIT_PAGE, oldest first: [{"number","time","who","what",
 * "result","code","subject","words","digest"}]. A new reference. */
int audit_list(struct state *state, uint64_t after, uint64_t limit, json_t **records,
               struct error *err) ERROR_MUST_CHECK;

/* Number of the last record, 0 where there is none. */
int audit_newest(struct state *state, int64_t *number, struct error *err) ERROR_MUST_CHECK;

/* One refused thing: an audit event and a row that is shown until it is acknowledged. digest is hex
 * or "". */
int audit_refuse(struct state *state, const char *who, int64_t job, const char *source,
                 const char *subject, const char *digest, const struct error *why,
                 struct error *err) ERROR_MUST_CHECK;
/* How many refusals wait to be acknowledged. */
int audit_open_refusals(struct state *state, uint64_t *count, struct error *err) ERROR_MUST_CHECK;

int audit_begin_job(struct state *state, const char *source, const char *caller, bool dry_run,
                    int64_t *job, struct error *err) ERROR_MUST_CHECK;
int audit_end_job(struct state *state, int64_t job, enum error_code code, const char *words,
                  struct error *err) ERROR_MUST_CHECK;
#define AUDIT_JOBS 100 /* in one answer */
/* The newest AUDIT_JOBS, newest first: [{"number","source","who","began","ended":TIME|null,"code",
 * "words"}]; ended null: it runs, or the agent was cut off. A new reference in every case. */
int audit_job_list(struct state *state, json_t **list, struct error *err) ERROR_MUST_CHECK;

#endif
