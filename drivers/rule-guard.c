/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "drivers/rule-guard.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "drivers/rule-engine.h"
#include "drivers/rule-state.h"
#include "media/base/limits.h"

#define TICK_US   4000 /* of processor time; a kernel with coarser ticks makes fewer of them */
#define SECOND_US 1000000
#define STATUS_STUCK                                                                               \
    86 /* no exit status of ours: what ended the process is told by the heartbeat */
#define HEADER_BYTES   8
#define HEARTBEAT_BODY "{\"item\":\""

static int64_t processor_time_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

static size_t put(char *out, size_t at, size_t size, const char *text)
{
    while (*text != '\0' && at < size)
        out[at++] = *text++;
    return at;
}

/* One frame (media/base/frame.h) by one plain write: nothing here may be interrupted by itself. */
static void send_blame(int socket, const char *blame)
{
    char frame[HEADER_BYTES + 1024];
    size_t end = put(frame, HEADER_BYTES, sizeof(frame) - 2, HEARTBEAT_BODY);
    size_t body;

    end = put(frame, end, sizeof(frame) - 2, blame);
    end = put(frame, end, sizeof(frame), "\"}");
    body = end - HEADER_BYTES;
    for (size_t i = 0; i < 4; i++)
        frame[i] = (char)(body >> (8 * i));
    frame[4] = DRIVER_HEARTBEAT;
    frame[5] = frame[6] = frame[7] = 0;
    while (write(socket, frame, end) < 0 && errno == EINTR)
        ;
}

void rule_guard_give_up(const struct rule_guard *guard)
{
    const struct rule_span *span = guard->span;

    if (guard->socket >= 0)
        send_blame(guard->socket, span != NULL ? span->blame : "");
    _exit(STATUS_STUCK);
}

static void look_at(struct rule_guard *guard, struct rule_span *span, int64_t now)
{
    int64_t used;

    if (span->started_us == 0)
        span->started_us = now;
    used = now - span->started_us;
    if (used > span->limit_us + LIMIT_LUA_STUCK_US)
        rule_guard_give_up(guard);
    if (used <= span->limit_us)
        return;
    guard->expired = 1;
    lua_sethook(guard->lua, rule_hook, LUA_MASKCOUNT, 1);
}

static void tick(int number, siginfo_t *info, void *context)
{
    struct rule_guard *guard = info->si_value.sival_ptr;
    int before = errno;
    int64_t now;

    if (info->si_code != SI_TIMER)
        return;
    if (guard->span != NULL && !guard->quiet) {
        now = processor_time_us();
        for (struct rule_span *span = guard->span; span != NULL; span = span->outer)
            look_at(guard, span, now);
    }
    errno = before;
}

int rule_guard_start(struct rule_guard *guard, lua_State *lua, struct error *err)
{
    const struct sigaction action = {.sa_sigaction = tick, .sa_flags = SA_SIGINFO | SA_RESTART};
    const struct itimerspec each = {{0, TICK_US * 1000}, {0, TICK_US * 1000}};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGPROF};

    guard->lua = lua;
    guard->socket = -1;
    event.sigev_value.sival_ptr = guard;
    if (sigaction(SIGPROF, &action, NULL) < 0 ||
        timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &guard->timer) < 0)
        return error_set_errno(err, ERROR_SANDBOX, errno, "no clock for rules");
    if (timer_settime(guard->timer, 0, &each, NULL) == 0)
        return 0;
    error_set_errno(err, ERROR_SANDBOX, errno, "no clock for rules");
    timer_delete(guard->timer);
    return -(int)err->code;
}

void rule_guard_stop(struct rule_guard *guard)
{
    timer_delete(guard->timer);
}

void rule_guard_enter(struct rule_guard *guard, struct rule_span *span)
{
    span->outer = guard->span;
    span->started_us = 0;
    atomic_signal_fence(memory_order_seq_cst);
    guard->span = span;
}

void rule_guard_leave(struct rule_guard *guard)
{
    guard->quiet = 1;
    guard->span = guard->span->outer;
    atomic_signal_fence(memory_order_seq_cst);
    if (guard->expired) {
        lua_sethook(guard->lua, NULL, 0, 0);
        guard->expired = 0;
    }
    guard->quiet = 0;
}
