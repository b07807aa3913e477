/* SPDX-License-Identifier: ISC
 *
 * One call to the agent at --socket, for verbs.
 */
#ifndef TUI_ASK_H
#define TUI_ASK_H

#include <jansson.h>

#include "agent/control/client.h"
#include "media/base/command.h"
#include "media/base/error.h"

/* Connects to the socket of --socket or the built-in path, calls, disconnects. *reply is the caller's. */
int ask_agent(const struct command_invocation *invocation, const char *method,
              const json_t *parameters, client_progress progress, void *context, json_t **reply,
              struct error *err) ERROR_MUST_CHECK;

/* The path of --socket, or the built-in one; borrowed. */
const char *ask_socket_path(const struct command_invocation *invocation);

/* Exit status of a result that is reported already, by its "code": 0 for "ok", else the status of
 * that code (of "error" where a newer agent uses a code that we don't know). */
int ask_status_of(const json_t *result);

#endif
