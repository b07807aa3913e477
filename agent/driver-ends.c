/* SPDX-License-Identifier: ISC
 *
 * Processes of agent/driver-host.h that end unasked: how, how often, and what families say of it.
 */
#include "agent/driver-host.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "agent/driver-family.h"
#include "media/base/instant.h"
#include "media/base/spawn.h"

/* Probation: this many ends within the window put the content before back, where the configuration
 * says nothing else. */
#define ENDS_ALLOWED   3
#define ENDS_WINDOW_US (10 * INSTANT_MINUTE_US)

static bool has_ended(const struct driver_run *run)
{
    struct pollfd ended = {.fd = driver_run_pidfd(run), .events = POLLIN};

    /* -1: a request found it dead and killed it. */
    return ended.fd < 0 || (poll(&ended, 1, 0) > 0 && ended.revents != 0);
}

static int64_t monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * INSTANT_SECOND_US + now.tv_nsec / 1000;
}

/* What counts as too often. */
static size_t ends_limit(const struct config *config, const char *family, int64_t *window_us)
{
    const struct config_driver *limits = config_driver(config, family);

    *window_us = limits != NULL && limits->window_s != 0
                     ? (int64_t)limits->window_s * INSTANT_SECOND_US
                     : ENDS_WINDOW_US;
    return limits != NULL && limits->ends != 0 ? (size_t)limits->ends : ENDS_ALLOWED;
}

/* Notes one more end; whether there were too many lately. A clock that is set meanwhile changes
 * nothing. */
static bool note_end(const struct config *config, struct family *family)
{
    int64_t now_us = monotonic_us(), window_us, first_us;
    size_t ends = ends_limit(config, family->name, &window_us);

    memmove(family->ends_us, family->ends_us + 1, sizeof(family->ends_us) - sizeof(int64_t));
    family->ends_us[CONFIG_ENDS_MAX - 1] = now_us;
    first_us = family->ends_us[CONFIG_ENDS_MAX - ends];
    return first_us != 0 && now_us - first_us < window_us;
}

/* How it ended, for people. Its status is read and left to whoever reaps it. */
static void describe_end(struct family *family)
{
    const char *item = driver_run_item(family->run);
    char how[64] = "failed a request and was ended";
    siginfo_t info = {0};

    if (driver_run_pidfd(family->run) >= 0 && waitid(P_PIDFD, (id_t)driver_run_pidfd(family->run),
                                                     &info, WEXITED | WNOHANG | WNOWAIT) == 0)
        spawn_status_text(info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status, how,
                          sizeof(how));
    family->last_end_us = instant_clock();
    family->restarts++;
    snprintf(family->last_words, sizeof(family->last_words), "%s%s%s", how,
             item[0] != '\0' ? ", while working on " : "", item);
}

void driver_host_look(const struct driver_host *host, const struct config *config, const char *name,
                      struct driver_host_view *view)
{
    int64_t now_us = monotonic_us();

    *view = (struct driver_host_view){.last_words = ""};
    view->ends_limit = (unsigned)ends_limit(config, name, &view->window_us);
    for (size_t i = 0; host != NULL && i < CONFIG_DRIVERS; i++) {
        const struct family *family = &host->families[i];

        if (strcmp(family->name, name) != 0)
            continue;
        view->pid = family->run != NULL ? driver_run_pid(family->run) : 0;
        view->started_us = view->pid != 0 ? family->started_us : 0;
        view->restarts = family->restarts;
        view->last_end_us = family->last_end_us;
        view->last_words = family->last_words;
        for (size_t end = 0; end < CONFIG_ENDS_MAX; end++)
            view->ends +=
                family->ends_us[end] != 0 && now_us - family->ends_us[end] < view->window_us;
    }
}

int driver_host_next_end(struct driver_host *host, const char **family, const char **item,
                         bool *often)
{
    for (size_t i = 0; i < CONFIG_DRIVERS; i++) {
        struct family *ended = &host->families[i];

        if (ended->run == NULL || !has_ended(ended->run))
            continue;
        snprintf(ended->item, sizeof(ended->item), "%s", driver_run_item(ended->run));
        describe_end(ended);
        driver_run_stop(ended->run);
        ended->run = NULL;
        *often = note_end(host->config, ended);
        if (*often)
            memset(ended->ends_us, 0, sizeof(ended->ends_us));
        *family = ended->name;
        *item = ended->item;
        return 1;
    }
    return 0;
}
