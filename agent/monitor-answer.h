/* SPDX-License-Identifier: ISC
 *
 * The monitor's side of the control socket: who its clients are, what each may ask, and the
 * answers. One table.
 */
#ifndef AGENT_MONITOR_ANSWER_H
#define AGENT_MONITOR_ANSWER_H

#include "agent/monitor.h"

struct answer_client {
    uint32_t id; /* 0: free */
    struct front_peer peer;
    bool follows;      /* Events: gets each record as it is written */
    uint64_t followed; /* number of the last one that it got */
};

struct answers {
    const struct monitor_options *options;
    int front; /* frame socket to the front; -1: it does not run */
    struct answer_client clients[LIMIT_CONTROL_CLIENTS];
    bool job_waiting; /* asked for, not begun */
    bool job_running;
    bool job_abandoned; /* its client has gone */
    struct front_request job;
    char job_caller[32];
    struct borrowed_rights job_rights; /* the caller's */
    bool job_acts;                     /* whether it may act */
};

/* Takes one message of the front and answers it, or notes the job that it asks for. Never waits
 * long. Negative: the front broke the protocol and must be started anew. */
int answer_message(struct answers *answers, struct frame *message,
                   struct error *err) ERROR_MUST_CHECK;

/* Runs the job that waits, serving `idle` meanwhile, and answers its client. */
void answer_job(struct answers *answers, const struct process_idle *idle);

/* Sends those who follow the audit chain what has been written since, a page each at most. Whether
 * more is to be sent. */
bool answer_followers(struct answers *answers);

/* Forgets all clients: the front has gone, and they with it. */
void answer_forget(struct answers *answers, int front);

#endif
