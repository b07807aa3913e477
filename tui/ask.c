/* SPDX-License-Identifier: ISC */
#include "tui/ask.h"

#include "tui/field.h"

#define DEFAULT_SOCKET RUN_FOLDER "/agent.sock"

const char *ask_socket_path(const struct command_invocation *invocation)
{
    const char *path = command_text(invocation, "socket");

    return path != NULL ? path : DEFAULT_SOCKET;
}

int ask_agent(const struct command_invocation *invocation, const char *method,
              const json_t *parameters, client_progress progress, void *context, json_t **reply,
              struct error *err)
{
    struct client *client = NULL;
    int result;

    *reply = NULL;
    result = client_open(ask_socket_path(invocation), &client, err);
    if (result == 0)
        result = client_call(client, method, parameters, progress, context, reply, err);
    client_close(client);
    return result;
}

int ask_status_of(const json_t *result)
{
    const char *name = field_raw(result, "code");
    enum error_code code = ERROR_INTERNAL;

    if (name == NULL || error_from_name(name, &code) < 0)
        code = ERROR_INTERNAL;
    return error_row(code)->exit_status;
}
