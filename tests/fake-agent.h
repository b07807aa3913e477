/* SPDX-License-Identifier: ISC
 *
 * An agent for tests of its clients: a real socket, replies by script, up to eight connections at
 * once, in a process of its own.
 */
#ifndef TESTS_FAKE_AGENT_H
#define TESTS_FAKE_AGENT_H

#include <stddef.h>
#include <sys/types.h>

/* For calls of a method (whole name): these bytes, NULs included, then nothing. Of several rows of one
 * method the first answers the first call and so on; the last one all others. */
struct fake_reply {
    const char *method;
    const char *data;
    size_t size;
};

/* Text of one reply message with its NUL. */
#define FAKE_REPLY(method, text)                                                                   \
    {                                                                                              \
        (method), (text), sizeof(text)                                                             \
    }

struct fake_agent {
    pid_t pid;
    char path[108];
    int calls; /* readable: the calls as they came, NUL after each */
};

/* Listens at folder/agent.sock. A call of a method without a row closes the connection. Returns 0
 * or -1. */
int fake_agent_start(struct fake_agent *agent, const char *folder, const struct fake_reply *replies,
                     size_t count);
void fake_agent_stop(struct fake_agent *agent);

/* What was called so far, from the front; out is NUL-terminated text of one call. */
int fake_agent_call(struct fake_agent *agent, char *out, size_t size);

#endif
