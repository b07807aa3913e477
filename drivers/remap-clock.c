/* SPDX-License-Identifier: ISC */
#include "drivers/remap-clock.h"

#include <errno.h>

#define MILLISECOND_NS 1000000

static void end_of_time(int number, siginfo_t *info, void *context)
{
    struct remap_clock *clock = info->si_value.sival_ptr;

    if (info->si_code != SI_TIMER)
        return;
    clock->expired = 1;
    clock->context->opLimit = 1;
}

int remap_clock_start(struct remap_clock *clock, xmlXPathContext *context, unsigned ms,
                      struct error *err)
{
    const struct sigaction action = {.sa_sigaction = end_of_time,
                                     .sa_flags = SA_SIGINFO | SA_RESTART};
    const struct itimerspec time = {
        .it_value = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * MILLISECOND_NS}};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGPROF};

    *clock = (struct remap_clock){.context = context, .ms = ms};
    event.sigev_value.sival_ptr = clock;
    if (sigaction(SIGPROF, &action, &clock->before) < 0 ||
        timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &clock->timer) < 0)
        return error_set_errno(err, ERROR_IO, errno, "no clock for XPath");
    if (timer_settime(clock->timer, 0, &time, NULL) == 0)
        return 0;
    error_set_errno(err, ERROR_IO, errno, "no clock for XPath");
    timer_delete(clock->timer);
    return -(int)err->code;
}

void remap_clock_stop(struct remap_clock *clock, unsigned *used_ms)
{
    struct itimerspec left = {0};
    unsigned left_ms;

    timer_gettime(clock->timer, &left);
    timer_delete(clock->timer);
    sigaction(SIGPROF, &clock->before, NULL);
    left_ms =
        (unsigned)left.it_value.tv_sec * 1000 + (unsigned)(left.it_value.tv_nsec / MILLISECOND_NS);
    *used_ms = left_ms < clock->ms ? clock->ms - left_ms : 0;
}
