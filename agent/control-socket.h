/* SPDX-License-Identifier: ISC
 *
 * Where clients come in: a Unix socket at the configured path, bound here, or bound by the service
 * manager before it started us, so that a client that comes early waits.
 */
#ifndef AGENT_CONTROL_SOCKET_H
#define AGENT_CONTROL_SOCKET_H

#include <stdbool.h>

#include "agent/config.h"

struct control_socket {
    int fd;     /* listening, non-blocking; -1: none */
    bool bound; /* by us, so that its name goes with us */
};

/* A socket that was handed over must have the configured path; its group and mode are its unit's.
 * One of our own has 0660 and the group read_group where started by root, else 0600. A socket that
 * an agent left behind makes room. ERROR_CONFIG, ERROR_LOCKED when another agent answers there,
 * ERROR_IO. */
int control_socket_open(const struct config *config, struct control_socket *opened,
                        struct error *err) ERROR_MUST_CHECK;
void control_socket_close(const struct config *config, struct control_socket *opened);

#endif
