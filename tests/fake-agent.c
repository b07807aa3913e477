/* SPDX-License-Identifier: ISC */
#include "tests/fake-agent.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALL_BYTES  4096
#define REPLIES     32
#define CONNECTIONS 8 /* at once */

/* One call with its NUL. Returns its size, 0 at the end. */
static size_t read_call(int connection, char *call)
{
    size_t size = 0;

    call[0] = '\0';
    while (size < CALL_BYTES && read(connection, call + size, 1) == 1)
        if (call[size++] == '\0')
            return size;
    return 0;
}

/* The row of a call's method: the n-th for its n-th call, then the last. The one place where the
 * order of keys counts: our own client writes them sorted. */
static const struct fake_reply *find(const struct fake_reply *replies, size_t count, size_t *used,
                                     const char *call)
{
    const struct fake_reply *last = NULL;
    char wanted[200];

    for (size_t i = 0; i < count; i++) {
        snprintf(wanted, sizeof(wanted), "\"method\":\"%s\"", replies[i].method);
        if (strstr(call, wanted) == NULL)
            continue;
        last = &replies[i];
        if (used[i]++ == 0)
            return last;
    }
    return last;
}

/* Answers one call; false: the connection ends. */
static bool converse(int connection, int calls, const struct fake_reply *replies, size_t count)
{
    static size_t used[REPLIES]; /* in the agent's own process */
    char call[CALL_BYTES];
    size_t size = read_call(connection, call);
    const struct fake_reply *reply = find(replies, count < REPLIES ? count : REPLIES, used, call);

    return size > 0 && write(calls, call, size) == (ssize_t)size && reply != NULL &&
           send(connection, reply->data, reply->size, MSG_NOSIGNAL) == (ssize_t)reply->size;
}

static void serve(int listener, int calls, const struct fake_reply *replies, size_t count)
{
    struct pollfd entries[1 + CONNECTIONS] = {{.fd = listener, .events = POLLIN}};

    for (size_t i = 1; i <= CONNECTIONS; i++)
        entries[i].fd = -1;
    for (;;) {
        if (poll(entries, 1 + CONNECTIONS, -1) < 0)
            _exit(errno == EINTR ? 0 : 1);
        for (size_t i = 1; i <= CONNECTIONS; i++) {
            if (entries[i].fd < 0 && entries[0].revents != 0) {
                entries[i] = (struct pollfd){.fd = accept(listener, NULL, NULL), .events = POLLIN};
                entries[0].revents = 0;
            } else if (entries[i].fd >= 0 && entries[i].revents != 0 &&
                       !converse(entries[i].fd, calls, replies, count)) {
                close(entries[i].fd);
                entries[i].fd = -1;
            }
        }
    }
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(address.sun_path, path, strlen(path));
    if (listener >= 0 && bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        listen(listener, 8) == 0)
        return listener;
    return -1;
}

int fake_agent_start(struct fake_agent *agent, const char *folder, const struct fake_reply *replies,
                     size_t count)
{
    int listener, ends[2];

    snprintf(agent->path, sizeof(agent->path), "%s/agent.sock", folder);
    listener = listen_at(agent->path);
    if (listener < 0 || pipe(ends) < 0)
        return -1;
    agent->pid = fork();
    if (agent->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ends[0]);
        serve(listener, ends[1], replies, count);
    }
    close(listener);
    close(ends[1]);
    agent->calls = ends[0];
    return agent->pid > 0 ? 0 : -1;
}

void fake_agent_stop(struct fake_agent *agent)
{
    if (agent->pid <= 0)
        return;
    kill(agent->pid, SIGKILL);
    waitpid(agent->pid, NULL, 0);
    close(agent->calls);
    unlink(agent->path);
    agent->pid = 0;
}

int fake_agent_call(struct fake_agent *agent, char *out, size_t size)
{
    struct pollfd entry = {.fd = agent->calls, .events = POLLIN};
    size_t used = 0;

    while (used < size && poll(&entry, 1, 5000) > 0 && read(agent->calls, out + used, 1) == 1)
        if (out[used++] == '\0')
            return 0;
    return -1;
}
