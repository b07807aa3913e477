/* SPDX-License-Identifier: ISC
 *
 * One client of the control socket as the front sees it: what it has sent so far, the call that is
 * under way, what it has yet to be sent. Bounded both ways; a client that reads slowly or breaks
 * the protocol is dropped, the others are not affected.
 */
#ifndef AGENT_FRONT_CLIENT_H
#define AGENT_FRONT_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/control/varlink.h"
#include "agent/front-protocol.h"

struct front_client {
    uint32_t id;  /* 0: free place */
    int socket;   /* non-blocking */
    bool waiting; /* a call is with the monitor: nothing more is taken from the socket */
    bool more;    /* that call asked for a stream */
    bool oneway;  /* that call wants no answer */
    struct varlink_reader reader;
    struct bytes queue; /* to be sent */
    size_t sent;        /* of the queue */
};

/* Takes over the socket. */
void front_client_open(struct front_client *client, uint32_t id, int socket);
void front_client_close(struct front_client *client);

/* Reads what is there. Negative: the client is to be dropped (gone, or against the protocol). */
int front_client_read(struct front_client *client, struct error *err) ERROR_MUST_CHECK;

/* Sends what is queued, as far as it goes. Negative: to be dropped. */
int front_client_flush(struct front_client *client, struct error *err) ERROR_MUST_CHECK;

/* Takes the next whole call, if none is under way. 1: `request` is for the monitor, and the client
 * waits for its answer; 0: nothing to forward (what the front answers itself has been queued);
 * negative: to be dropped. */
int front_client_next(struct front_client *client, struct front_request *request,
                      struct error *err) ERROR_MUST_CHECK;

/* Queues the monitor's answer: `json` is one JSON object. Negative: the client reads too slowly
 * and is to be dropped. */
int front_client_answer(struct front_client *client, enum front_reply kind, struct bytes_view json,
                        struct error *err) ERROR_MUST_CHECK;

#endif
