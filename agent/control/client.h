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

/* Connects. ERROR_NO_AGENT with the path, and how to start the agent. */
int client_open(const char *socket_path, struct client **client,
                struct error *err) ERROR_MUST_CHECK;
void client_close(struct client *client);

/* Called for each reply of a stream but the last. Negative stops the call. */
typedef int (*client_progress)(void *context, const json_t *parameters, struct error *err);

/* Calls org.sallyport.Agent.METHOD. *reply (the last one's parameters) is the caller's. An error
 * reply
 * {"error":"org.sallyport.Agent.Refused","parameters":{"code","message"}} becomes `err` with that
 * code. progress NULL: no stream. */
int client_call(struct client *client, const char *method, const json_t *parameters,
                client_progress progress, void *context, json_t **reply,
                struct error *err) ERROR_MUST_CHECK;

#endif
