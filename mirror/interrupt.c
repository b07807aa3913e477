/* SPDX-License-Identifier: ISC */
#include "mirror/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void fill(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
}

int interrupt_begin(struct interrupt *interrupt, struct error *err)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t set;

    interrupt->fd = -1;
    fill(&set);
    if (sigprocmask(SIG_BLOCK, &set, &interrupt->before) < 0)
        return error_set_errno(err, ERROR_INTERNAL, errno, "holding signals");
    interrupt->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (interrupt->fd < 0) {
        error_set_errno(err, ERROR_INTERNAL, errno, "signals as a descriptor");
        (void)sigprocmask(SIG_SETMASK, &interrupt->before, NULL);
        return -(int)err->code;
    }
    (void)sigaction(SIGPIPE, &ignore, &interrupt->pipe);
    return 0;
}

/* The signal stays where it is, so that every later check finds it too. */
int interrupt_check(const struct interrupt *interrupt, struct error *err)
{
    struct pollfd waiting = {.fd = interrupt->fd, .events = POLLIN};

    if (interrupt->fd < 0 || poll(&waiting, 1, 0) <= 0)
        return 0;
    return error_set(err, ERROR_INTERRUPTED, "stopped before the end");
}

int interrupt_wait(const struct interrupt *interrupt, int fd, struct error *err)
{
    struct pollfd waiting[] = {{.fd = fd, .events = POLLOUT},
                               {.fd = interrupt->fd, .events = POLLIN}};
    int count;

    do
        count = poll(waiting, 2, -1);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return error_set_errno(err, ERROR_IO, errno, "waiting for the reader");
    return interrupt_check(interrupt, err);
}

void interrupt_end(struct interrupt *interrupt)
{
    struct signalfd_siginfo info;

    if (interrupt->fd < 0)
        return;
    while (read(interrupt->fd, &info, sizeof(info)) > 0)
        ;
    (void)close(interrupt->fd);
    interrupt->fd = -1;
    (void)sigaction(SIGPIPE, &interrupt->pipe, NULL);
    (void)sigprocmask(SIG_SETMASK, &interrupt->before, NULL);
}
