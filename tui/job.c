/* SPDX-License-Identifier: ISC */
#include "tui/job.h"

#include <stdio.h>
#include <string.h>

#include "media/base/instant.h"
#include "tui/field.h"

/* What is kept of a stream. */
#define STEPS_MOST     256
#define DOCUMENTS_MOST 8192

static const struct {
    const char *method;
    bool more;
} methods[] = {
    [JOB_PLAN] = {"Import", true},
    [JOB_IMPORT] = {"Import", true},
    [JOB_INSPECT] = {"Inspect", true},
    [JOB_VERIFY] = {"AuditVerify", false},
    [JOB_ACKNOWLEDGE] = {"Acknowledge", false},
    [JOB_REPORT] = {"Report", false},
    [JOB_EJECT] = {"Eject", false},
};

void job_init(struct job *job)
{
    *job = (struct job){.kind = JOB_NONE};
    link_init(&job->link);
}

void job_close(struct job *job)
{
    link_close(&job->link);
    json_decref(job->steps);
    json_decref(job->documents);
    job_init(job);
}

int job_start(struct job *job, enum job_kind kind, const char *socket_path,
              const json_t *parameters, struct error *err)
{
    int result;

    job_close(job);
    result = link_open(&job->link, socket_path, err);
    if (result == 0)
        result = link_call(&job->link, methods[kind].method, parameters, methods[kind].more, err);
    if (result < 0) {
        job_close(job);
        return result;
    }
    job->kind = kind;
    job->steps = json_array();
    job->documents = json_array();
    return 0;
}

struct pollfd job_poll(const struct job *job)
{
    return (struct pollfd){.fd = job->link.socket, .events = link_events(&job->link)};
}

/* One row a step: a step that tells again how far it is replaces what it told before, but for when
 * it began. */
static void take_step(struct job *job, json_t *step)
{
    size_t count = json_array_size(job->steps);
    const json_t *last = count > 0 ? json_array_get(job->steps, count - 1) : NULL;
    const char *name = field_raw(step, "name"), *before = field_raw(last, "name");
    char now[INSTANT_TEXT_BYTES];

    if (name == NULL || count >= STEPS_MOST)
        return;
    if (before != NULL && strcmp(name, before) == 0) {
        json_object_set(step, "began", json_object_get(last, "began"));
        json_array_set(job->steps, count - 1, step);
        return;
    }
    json_object_set_new(step, "began", json_string(instant_format(instant_clock(), now)));
    json_array_append(job->steps, step);
}

static void take_part(struct job *job, const json_t *part)
{
    json_t *step = json_object_get(part, "step"), *document = json_object_get(part, "document");

    if (json_is_object(step))
        take_step(job, step);
    if (json_is_object(document) && json_array_size(job->documents) < DOCUMENTS_MOST)
        json_array_append(job->documents, document);
}

enum job_event job_serve(struct job *job, short events, json_t **reply, struct error *refused)
{
    enum job_event event = JOB_QUIET;
    enum link_kind kind = LINK_MORE;
    int result = link_serve(&job->link, events, refused);

    *reply = NULL;
    while (result == 0 && kind == LINK_MORE) {
        result = link_next(&job->link, &kind, reply, refused, refused);
        if (result < 0 || kind != LINK_MORE)
            break;
        take_part(job, *reply);
        json_decref(*reply);
        *reply = NULL;
        event = JOB_MOVED;
    }
    if (result == 0 && (kind == LINK_MORE || kind == LINK_NOTHING))
        return event;
    if (result == 0 && kind == LINK_LAST && *reply == NULL)
        *reply = json_object();
    link_close(&job->link);
    job->kind = JOB_NONE;
    return JOB_ENDED;
}
