/* SPDX-License-Identifier: ISC
 *
 * One connection to the agent that never waits: for a program that has a terminal to serve
 * meanwhile. One call at a time, a stream or a single answer. Its descriptor goes into the caller's
 * poll().
 */
#ifndef TUI_LINK_H
#define TUI_LINK_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/control/varlink.h"
#include "media/base/bytes.h"
#include "media/base/error.h"

struct link {
    int socket;   /* -1: not connected */
    bool waiting; /* a call is under way */
    struct varlink_reader reader;
    struct bytes queue; /* to be sent */
    size_t sent;        /* of the queue */
};

void link_init(struct link *link);

/* ERROR_NO_AGENT, also where its backlog is full; ERROR_DENIED where the socket may not be opened. */
int link_open(struct link *link, const char *socket_path, struct error *err) ERROR_MUST_CHECK;
void link_close(struct link *link); /* also what is not open */

/* Queues a call of org.sallyport.Agent.METHOD; parameters may be NULL. None may be under way. */
int link_call(struct link *link, const char *method, const json_t *parameters, bool more,
              struct error *err) ERROR_MUST_CHECK;

/* What poll() should look for. */
short link_events(const struct link *link);

/* Sends and reads what can be, after poll(). Negative: the connection is over, link_close() it. */
int link_serve(struct link *link, short events, struct error *err) ERROR_MUST_CHECK;

enum link_kind {
    LINK_NOTHING, /* no whole reply is here */
    LINK_MORE,    /* one of a stream; others follow */
    LINK_LAST,
    LINK_REFUSED, /* the agent answered with an error, which is in *refused */
};

/* Takes out the next reply: *parameters (a new reference, perhaps NULL) or *refused. Negative: the
 * connection is over. */
int link_next(struct link *link, enum link_kind *kind, json_t **parameters, struct error *refused,
              struct error *err) ERROR_MUST_CHECK;

#endif
