/* SPDX-License-Identifier: ISC
 *
 * The only door of the console and the command line to the agent: one connection, one call at a
 * time.
 */
#ifndef AGENT_CONTROL_CLIENT_H
#define AGENT_CONTROL_CLIENT_H

#include <jansson.h>

#include "media/base/error.h"

struct client;

/* Connects. ERROR_NO_AGENT with the path, and how to start the agent; ERROR_DENIED where the socket
 * may not be opened. */
int client_open(const char *socket_path, struct client **client,
                struct error *err) ERROR_MUST_CHECK;
void client_close(struct client *client);

/* Called for each reply of a stream but the last. Negative stops the call. */
typedef int (*client_progress)(void *context, const json_t *parameters, struct error *err);

/* Calls org.sallyport.Agent.METHOD; parameters may be NULL. *reply (the last one's parameters, an
 * object) is the caller's. An error reply {"error":"org.sallyport.Agent.Refused",
 * "parameters":{"code","message"}} becomes `err` with that code. progress NULL: no stream, and an
 * answer within CLIENT_DEADLINE_MS (ERROR_TIMEOUT). After ERROR_PROTOCOL, ERROR_TIMEOUT and
 * ERROR_PEER_GONE the connection is of no more use. */
int client_call(struct client *client, const char *method, const json_t *parameters,
                client_progress progress, void *context, json_t **reply,
                struct error *err) ERROR_MUST_CHECK;

#define CLIENT_DEADLINE_MS 30000

#endif
