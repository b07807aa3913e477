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
struct varlink_reply;

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

/* A socket that is connected to the agent, with these flags of socket(2) more; the errors of
 * client_open(). For programs that wait for others beside it. */
int client_connect(const char *socket_path, int flags, int *fd, struct error *err) ERROR_MUST_CHECK;

/* What a reply with an error says, as an error of ours; negative always. */
int client_read_error(const struct varlink_reply *reply, struct error *err);

#endif
