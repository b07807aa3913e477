/* SPDX-License-Identifier: ISC */
#include "tui/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "media/base/instant.h"
#include "tui/act-job.h"
#include "tui/act.h"
#include "tui/last-known.h"

/* News is drawn at most so often: who listens to a screen, and slow lines. Keys are not held up. */
#define DRAW_PAUSE_US (INSTANT_SECOND_US / 4)
/* Ages and the clock in the header. */
#define TICK_US INSTANT_MINUTE_US

enum {
    POLL_KEYS,
    POLL_SIGNALS,
    POLL_JOB,
    POLL_FEED,
    POLL_COUNT = POLL_FEED + FEED_DESCRIPTORS,
};

/* Whole seconds since the last time; ages of what was kept from another day stay what they were. */
static void grow_older(struct session *session)
{
    int64_t seconds = (feed_clock() - session->aged_us) / INSTANT_SECOND_US;

    if (session->model.up)
        model_grow_older(&session->model, seconds);
    session->aged_us += seconds * INSTANT_SECOND_US;
}

static void draw(struct session *session)
{
    struct grid grid;

    if (!session->still)
        session->model.now_us = instant_clock();
    grid_open(&grid, session->terminal.width, session->terminal.height, session->terminal.utf8);
    screen_draw(&session->model, &session->view, &grid);
    terminal_show(&session->terminal, &grid);
    grid_close(&grid);
    session->changed = session->keyed = false;
    session->drawn_us = feed_clock();
}

/* When the glass is to be drawn anew although nobody presses a key. */
static int64_t draw_deadline(const struct session *session)
{
    if (session->keyed)
        return 0;
    if (session->view.paused)
        return -1;
    return session->drawn_us + (session->changed ? DRAW_PAUSE_US : TICK_US);
}

static int wait_ms(const struct session *session)
{
    int64_t feed_us = feed_deadline(&session->feed), first_us = draw_deadline(session), left_us;

    if (first_us < 0 || (feed_us >= 0 && feed_us < first_us))
        first_us = feed_us;
    if (first_us < 0)
        return -1;
    left_us = first_us - feed_clock();
    if (left_us > INSTANT_HOUR_US)
        left_us = INSTANT_HOUR_US;
    return left_us > 0 ? (int)((left_us + 999) / 1000) : 0;
}

static void take_keys(struct session *session)
{
    char key[TERMINAL_KEY_BYTES];
    int row = -1;

    while (!session->over && terminal_key(key, &row)) {
        if (strcmp(key, "Mouse") == 0)
            act_click(session, row);
        else
            act_key(session, key);
        session->keyed = true;
    }
}

static void take_signals(struct session *session, int fd)
{
    struct signalfd_siginfo info;

    while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        switch (info.ssi_signo) {
        case SIGWINCH:
            terminal_resize(&session->terminal, false);
            session->keyed = true;
            break;
        case SIGINT:
            act_key(session, "Ctrl-C");
            session->keyed = true;
            break;
        default:
            session->signal = (int)info.ssi_signo;
            session->over = true;
            break;
        }
    }
}

static void turn(struct session *session, int signals)
{
    struct pollfd entries[POLL_COUNT] = {
        [POLL_KEYS] = {.fd = STDIN_FILENO, .events = POLLIN},
        [POLL_SIGNALS] = {.fd = signals, .events = POLLIN},
    };

    entries[POLL_JOB] = job_poll(&session->job);
    feed_poll(&session->feed, entries + POLL_FEED);
    if (poll(entries, POLL_COUNT, wait_ms(session)) < 0 && errno != EINTR)
        session->over = true;
    /* Before anything new is taken, which is as old as it says. */
    if (!session->still)
        grow_older(session);
    if (entries[POLL_SIGNALS].revents != 0)
        take_signals(session, signals);
    /* The line was cut: nobody is there any more. */
    if ((entries[POLL_KEYS].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
        session->over = true;
    else if (entries[POLL_KEYS].revents != 0)
        take_keys(session);
    if (entries[POLL_JOB].revents != 0)
        act_job_serve(session, entries[POLL_JOB].revents);
    if (feed_serve(&session->feed, entries + POLL_FEED))
        session->changed = true;
    if (!session->over && draw_deadline(session) >= 0 && draw_deadline(session) <= feed_clock())
        draw(session);
}

/* Blocked from here on, read from a descriptor: none interrupts a drawing. */
static int open_signals(sigset_t *before, struct error *err)
{
    static const int taken[] = {SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    sigset_t set;
    int fd;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        sigaddset(&set, taken[i]);
    sigprocmask(SIG_BLOCK, &set, before);
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "signals");
    return fd;
}

static void end_by(int number, const sigset_t *before)
{
    signal(number, SIG_DFL);
    raise(number);
    sigprocmask(SIG_SETMASK, before, NULL);
}

/* What there is to show before the agent answers; where nothing is kept, or it can't be read, that
 * is nothing. */
static int begin(struct session *session, const struct session_wish *wish, struct error *err)
{
    struct error ignored;

    model_open(&session->model);
    screen_open(&session->view);
    job_init(&session->job);
    feed_open(&session->feed, &session->model, wish->fixture != NULL ? NULL : wish->socket_path);
    session->still = wish->fixture != NULL;
    if (session->still)
        return model_read_fixture(&session->model, wish->fixture, err);
    if (session->feed.questions.socket < 0)
        (void)!last_known_read(&session->model, wish->socket_path, &ignored);
    return 0;
}

static void end(struct session *session, const struct session_wish *wish)
{
    struct error ignored;

    if (!session->still)
        (void)!last_known_write(&session->model, wish->socket_path, &ignored);
    job_close(&session->job);
    feed_close(&session->feed);
    screen_close(&session->view);
    model_close(&session->model);
}

static int run(struct session *session, const struct session_wish *wish, int signals,
               struct error *err)
{
    int result = terminal_open(&session->terminal, &wish->terminal, err);

    if (result < 0)
        return result;
    session->keyed = true;
    session->aged_us = feed_clock();
    while (!session->over)
        turn(session, signals);
    terminal_close(&session->terminal);
    if (session->farewell != NULL)
        fputs(session->farewell, stdout);
    free(session->farewell);
    return 0;
}

int session_run(const struct session_wish *wish, struct error *err)
{
    struct session *session = bytes_allocate(1, sizeof(*session));
    sigset_t before;
    int signals = open_signals(&before, err), result = signals < 0 ? signals : 0, number;

    if (result == 0) {
        result = begin(session, wish, err);
        if (result == 0)
            result = run(session, wish, signals, err);
        end(session, wish);
        close(signals);
    }
    number = session->signal;
    free(session);
    if (number != 0)
        end_by(number, &before);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return result;
}
