/* SPDX-License-Identifier: ISC */
#include "agent/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "agent/audit-journal.h"
#include "agent/control-socket.h"
#include "agent/monitor-answer.h"
#include "agent/respawn.h"
#include "agent/source-look.h"
#include "agent/state-content.h"
#include "agent/usb-gate.h"
#include "media/base/log.h"
#include "media/base/notify.h"
#include "media/base/text.h"

#define FRONT_PROGRAM "sallyport-front"
#define TURN_RETRY_MS 60000
#define WATCHED       64 /* descriptors of drivers: pidfd and log of each family */
#define EVENTS        16

struct monitor {
    const struct monitor_options *options;
    struct answers answers;
    int loop; /* epoll: everything that may wake us; also what a job serves while it waits */
    struct control_socket socket;
    int signals;
    int alive; /* timer: the service manager waits for a sign of life; -1: it does not */
    struct process front;
    struct frame_reader *front_reader;
    struct respawn front_respawn;
    bool front_lost;     /* to be started anew, outside of its own message */
    bool more_to_follow; /* clients of Events have not got all yet */
    bool stopping;
    int64_t next_look_ms; /* monotonic */
    bool looked;          /* once at least */
    bool reload;          /* SIGHUP has come */
};

static int watch_fd(const struct monitor *monitor, int fd, struct error *err)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};

    if (epoll_ctl(monitor->loop, EPOLL_CTL_ADD, fd, &event) < 0 && errno != EEXIST)
        return error_set_errno(err, ERROR_IO, errno, "epoll");
    return 0;
}

static void end_front(struct monitor *monitor)
{
    frame_reader_free(monitor->front_reader);
    monitor->front_reader = NULL;
    process_end(&monitor->front);
    answer_forget(&monitor->answers, -1);
}

static int start_front(struct monitor *monitor, struct error *err)
{
    const struct config *config = monitor->options->config;
    int result =
        process_start(config, FRONT_PROGRAM, process_user(config->front_user, FRONT_PROGRAM),
                      &monitor->socket.fd, 1, &monitor->front, err);

    monitor->front_lost = false;
    respawn_started(&monitor->front_respawn, respawn_clock());
    if (result < 0)
        return result;
    if (fcntl(monitor->front.child.socket, F_SETFL, O_NONBLOCK) < 0)
        return error_set_errno(err, ERROR_IO, errno, FRONT_PROGRAM);
    monitor->front_reader = frame_reader_new(monitor->front.child.socket, LIMIT_MESSAGE_BYTES);
    answer_forget(&monitor->answers, monitor->front.child.socket);
    if ((result = watch_fd(monitor, monitor->front.child.socket, err)) < 0)
        return result;
    return watch_fd(monitor, monitor->front.child.log, err);
}

/* The control socket comes back by itself. A front that ends at once each time would only burn the
 * processor, so after some the next one waits; it never ends the agent, whose drivers need none. */
static void restart_front(struct monitor *monitor)
{
    struct error err = {0};

    if (!monitor->front_lost)
        return;
    end_front(monitor);
    if (respawn_due_ms(&monitor->front_respawn, respawn_clock()) > 0 ||
        start_front(monitor, &err) == 0)
        return;
    log_write(LOG_LEVEL_ERROR, "%s: %s; next try in %d s, all else goes on", FRONT_PROGRAM,
              err.words, RESPAWN_PAUSE_MS / 1000);
    end_front(monitor);
    monitor->front_lost = true;
    respawn_pause(&monitor->front_respawn, respawn_clock());
}

static void hear_front(struct monitor *monitor)
{
    struct error err = {0};
    struct frame message;
    int result = frame_reader_feed(monitor->front_reader, &message, &err);

    if (result > 0) {
        result = answer_message(&monitor->answers, &message, &err);
        frame_clear(&message);
    }
    if (result >= 0)
        return;
    log_write(LOG_LEVEL_WARN, "%s: %s", FRONT_PROGRAM, err.words);
    epoll_ctl(monitor->loop, EPOLL_CTL_DEL, monitor->front.child.socket, NULL);
    monitor->front_lost = true;
    if (respawn_ended(&monitor->front_respawn, respawn_clock()))
        log_write(LOG_LEVEL_ERROR, "%s ended %d times in a row; next try in %d s, all else goes on",
                  FRONT_PROGRAM, RESPAWN_TIMES, RESPAWN_PAUSE_MS / 1000);
}

/* Serving, and of what. */
static void tell_ready(const struct monitor *monitor)
{
    const struct monitor_options *options = monitor->options;

    notify_ready(options->notify);
    if (options->fault.code != ERROR_OK)
        notify_status(options->notify, "%s", options->fault.words);
    else
        notify_status(options->notify, "%zu sources, each %llu s", options->config->source_count,
                      (unsigned long long)options->config->interval_s);
}

/* The first signal ends us at the next safe point; after it signals have their usual effect, so a
 * second one ends us at once. What is on disk is whole at any moment. */
static void hear_signal(struct monitor *monitor)
{
    struct signalfd_siginfo info;
    sigset_t set;

    if (read(monitor->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return;
    if (info.ssi_signo == SIGHUP) {
        monitor->reload = true;
        return;
    }
    monitor->stopping = true;
    notify_stopping(monitor->options->notify);
    log_write(LOG_LEVEL_INFO, "%s: stopping%s", strsignal((int)info.ssi_signo),
              monitor->answers.job_running ? " when the job under way has ended" : "");
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void tell_alive(const struct monitor *monitor)
{
    uint64_t times;

    if (read(monitor->alive, &times, sizeof(times)) == (ssize_t)sizeof(times))
        notify_alive(monitor->options->notify);
}

static bool is_usb(const struct monitor *monitor, int fd)
{
    return monitor->options->gate != NULL && usb_watch_has(monitor->options->gate->watch, fd);
}

/* Starts it anew where it has ended; devices that come and go are heard while a job runs, too. */
static int watch_usb(struct monitor *monitor, int *next_ms, struct error *err)
{
    int fds[2], due_ms, result = 0;
    size_t count;

    if (monitor->options->gate == NULL)
        return 0;
    count = usb_watch_turn(monitor->options->gate->watch, fds, &due_ms);
    for (size_t i = 0; i < count && result == 0; i++)
        result = watch_fd(monitor, fds[i], err);
    if (due_ms >= 0 && (*next_ms < 0 || due_ms < *next_ms))
        *next_ms = due_ms;
    return result;
}

/* Serves what is ready, without waiting: from the loop, and while a job waits for its children. */
static void serve_ready(struct monitor *monitor, int wait_ms)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(monitor->loop, events, EVENTS, wait_ms);

    for (int i = 0; i < count; i++) {
        int fd = events[i].data.fd;

        if (fd == monitor->signals)
            hear_signal(monitor);
        else if (fd == monitor->alive)
            tell_alive(monitor);
        else if (fd == monitor->front.child.socket)
            hear_front(monitor);
        else if (is_usb(monitor, fd))
            usb_watch_hear(monitor->options->gate->watch, fd);
        else if (fd == monitor->front.child.log &&
                 log_relay(monitor->front.child.log, FRONT_PROGRAM) < 0)
            epoll_ctl(monitor->loop, EPOLL_CTL_DEL, fd, NULL);
    }
}

/* Those who follow the audit chain, and the journal. */
static void tell_audited(struct monitor *monitor)
{
    monitor->more_to_follow = answer_followers(&monitor->answers);
    audit_journal_copy(monitor->options->journal, monitor->options->state);
}

/* While a job waits for its children. */
static void serve_idle(void *context)
{
    struct monitor *monitor = context;

    serve_ready(monitor, 0);
    tell_audited(monitor);
}

static struct process_idle idle_of(struct monitor *monitor)
{
    return (struct process_idle){.fd = monitor->loop, .turn = serve_idle, .context = monitor};
}

/* Before the first set no service value can be known, so an endpoint with a source can begin. After
 * it the flag decides. */
static bool may_look(struct monitor *monitor)
{
    const struct monitor_jobs *jobs = &monitor->options->jobs;
    struct state_enrolment enrolment;
    struct state_set set = {0};
    struct error err = {0};
    json_t *flag = NULL;
    bool has_set = false, value;

    if (state_enrolment(monitor->options->state, &enrolment, &err) < 0)
        return false;
    if (state_set(monitor->options->state, enrolment.ring, &set, &has_set, &err) < 0)
        has_set = true;
    state_set_clear(&set);
    if (!has_set)
        return true;
    if (jobs->flag(jobs->context, "source-schedule", &flag, &err) < 0) {
        log_write(LOG_LEVEL_WARN, "source-schedule: %s; no look at the sources", err.words);
        return false;
    }
    value = json_is_true(json_object_get(flag, "value"));
    if (!value)
        log_write(LOG_LEVEL_INFO, "source-schedule is off; no look at the sources");
    json_decref(flag);
    return value;
}

static void no_client(void *context, const json_t *parameters)
{
}

/* What can't be remembered is still logged. */
static void note_look(struct monitor *monitor, const struct config_source *source,
                      const char *result, const struct error *why)
{
    struct error err = {0};

    if (source_look_note(monitor->options->state, source, result != NULL ? result : "refused", why,
                         &err) < 0)
        log_write(LOG_LEVEL_WARN, "source %s: %s", source->name, err.words);
}

/* From the first look on, this endpoint's place in the interval. */
static int64_t spread_ms(struct monitor *monitor)
{
    struct state_enrolment who;
    struct error err = {0};

    if (state_enrolment(monitor->options->state, &who, &err) < 0)
        return 0;
    return source_look_spread_ms(who.endpoint, monitor->options->config->interval_s);
}

/* A job of the clock's, which clients are told of as of any other. */
static struct monitor_job begin_timed(struct monitor *monitor, const struct front_request *request,
                                      const struct process_idle *idle, const bool *abandoned)
{
    monitor->answers.job = *request;
    monitor->answers.job_running = true;
    snprintf(monitor->answers.job_caller, sizeof(monitor->answers.job_caller), "timer");
    return (struct monitor_job){
        .caller = "timer", .request = request, .idle = idle, .abandoned = abandoned};
}

static int look_at(struct monitor *monitor, const struct config_source *source, struct error *err)
{
    const struct monitor_jobs *jobs = &monitor->options->jobs;
    const struct process_idle idle = idle_of(monitor);
    struct front_request request = {.method = PROTOCOL_IMPORT};
    const bool abandoned = false;
    struct monitor_job job;
    const struct error good = {.code = ERROR_OK};
    char words[ERROR_WORDS_BYTES * 2];
    json_t *reply = NULL;
    const char *result_name;
    int result;

    snprintf(request.source, sizeof(request.source), "%s", source->location);
    job = begin_timed(monitor, &request, &idle, &abandoned);
    result = jobs->import(jobs->context, &job, no_client, NULL, &reply, err);
    monitor->answers.job_running = false;
    note_look(monitor, source, json_string_value(json_object_get(reply, "result")),
              result < 0 ? err : &good);
    result_name = json_string_value(json_object_get(reply, "result"));
    log_write(result < 0 ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "source %s: %s", source->name,
              result < 0 ? text_escape_string(err->words, words, sizeof(words)) : result_name);
    notify_status(monitor->options->notify, "source %s: %s", source->name,
                  result < 0 ? err->words : result_name);
    if (result == 0 && result_name != NULL && strcmp(result_name, "partial") == 0)
        result =
            error_set(err, ERROR_PARTIAL, "source %s: some packages were left out", source->name);
    json_decref(reply);
    return result;
}

/* What is damaged is known before the sources are asked, so that they can put it right. */
static void check_contents(struct monitor *monitor)
{
    const struct monitor_jobs *jobs = &monitor->options->jobs;
    const struct process_idle idle = idle_of(monitor);
    const struct front_request request = {.method = PROTOCOL_REPAIR};
    const bool abandoned = false;
    struct monitor_job job = begin_timed(monitor, &request, &idle, &abandoned);
    struct error err = {0};

    if (jobs->check(jobs->context, &job, &err) < 0)
        log_write(LOG_LEVEL_ERROR, "content could not be looked at: %s", err.words);
    monitor->answers.job_running = false;
}

static void mend(struct monitor *monitor)
{
    const struct monitor_jobs *jobs = &monitor->options->jobs;
    const struct process_idle idle = idle_of(monitor);
    const struct front_request request = {.method = PROTOCOL_REPAIR};
    const bool abandoned = false;
    struct monitor_job job = begin_timed(monitor, &request, &idle, &abandoned);

    jobs->mend(jobs->context, &job);
    monitor->answers.job_running = false;
}

/* Each source on its own: one that is gone or refused does not keep the others. The first trouble
 * is what is reported. */
static int look_at_sources(struct monitor *monitor, struct error *err)
{
    const struct config *config = monitor->options->config;
    int first = 0;

    for (size_t i = 0; i < config->source_count && !monitor->stopping; i++) {
        struct error trouble = {0};
        int result = look_at(monitor, &config->sources[i], &trouble);

        if (result < 0 && first == 0) {
            first = result;
            *err = trouble;
        }
    }
    return first;
}

/* Waits for the next thing: messages, drivers that end (through a poll set of their own), timers.
 */
static int wait_ms(const struct monitor *monitor, int next_ms)
{
    int64_t now = respawn_clock(), left = monitor->next_look_ms - now;

    if (monitor->answers.job_waiting || monitor->more_to_follow)
        return 0;
    if (monitor->front_lost && respawn_due_ms(&monitor->front_respawn, now) < left)
        left = respawn_due_ms(&monitor->front_respawn, now);
    if (left < 0)
        left = 0;
    if (next_ms >= 0 && next_ms < left)
        left = next_ms;
    return left > INT_MAX ? INT_MAX : (int)left;
}

/* Descriptors of drivers come and go; a closed one leaves the set by itself. */
static int watch_drivers(struct monitor *monitor, struct error *err)
{
    const struct monitor_jobs *jobs = &monitor->options->jobs;
    int fds[WATCHED], result = 0;
    size_t count = jobs->watch(jobs->context, fds, WATCHED);

    for (size_t i = 0; i < count && result == 0; i++)
        result = watch_fd(monitor, fds[i], err);
    return result;
}

/* Whoever asks for it wants to see what it does: the sources are looked at next. */
static void reload(struct monitor *monitor)
{
    const struct monitor_jobs *jobs = &monitor->options->jobs;
    struct error err = {0};

    monitor->reload = false;
    notify_reloading(monitor->options->notify);
    if (jobs->reload(jobs->context, &err) < 0)
        log_write(LOG_LEVEL_ERROR, "the configuration stays as it was: %s", err.words);
    else
        monitor->next_look_ms = respawn_clock();
    tell_ready(monitor);
}

static int loop(struct monitor *monitor, struct error *err)
{
    const struct monitor_jobs *jobs = &monitor->options->jobs;
    struct process_idle idle = idle_of(monitor);

    while (!monitor->stopping) {
        struct error trouble = {0};
        int next_ms = -1, result;

        /* A full disk or a damaged database: what is loaded goes on, and it is tried again. */
        if (jobs->turn(jobs->context, &next_ms, &trouble) < 0) {
            log_write(LOG_LEVEL_ERROR, "%s", trouble.words);
            next_ms = TURN_RETRY_MS;
        }
        if ((result = watch_drivers(monitor, err)) < 0 ||
            (result = watch_usb(monitor, &next_ms, err)) < 0)
            return result;
        tell_audited(monitor);
        serve_ready(monitor, wait_ms(monitor, next_ms));
        restart_front(monitor);
        if (monitor->reload && !monitor->stopping)
            reload(monitor);
        if (monitor->answers.job_waiting && !monitor->stopping)
            answer_job(&monitor->answers, &idle);
        if (respawn_clock() >= monitor->next_look_ms && !monitor->stopping) {
            struct error logged = {0};

            monitor->next_look_ms =
                respawn_clock() + (int64_t)monitor->options->config->interval_s * 1000;
            if (monitor->looked) /* the start has just done it */
                check_contents(monitor);
            else
                monitor->next_look_ms += spread_ms(monitor);
            monitor->looked = true;
            if (may_look(monitor) && look_at_sources(monitor, &logged) < 0)
                log_write(LOG_LEVEL_DEBUG, "a source was not imported");
            mend(monitor);
        }
    }
    return 0;
}

/* Nothing can be decided without a state, and nothing is: whoever asks is told why. */
static int loop_without_state(struct monitor *monitor, struct error *err)
{
    while (!monitor->stopping) {
        int left = respawn_due_ms(&monitor->front_respawn, respawn_clock());

        serve_ready(monitor, monitor->front_lost ? left : -1);
        restart_front(monitor);
        if (monitor->reload)
            log_write(LOG_LEVEL_WARN, "the state is damaged; a restart reads the configuration");
        monitor->reload = false;
    }
    return 0;
}

static int open_loop(struct monitor *monitor, struct error *err)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    monitor->loop = epoll_create1(EPOLL_CLOEXEC);
    monitor->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (monitor->loop < 0 || monitor->signals < 0)
        return error_set_errno(err, ERROR_IO, errno, "event loop");
    return watch_fd(monitor, monitor->signals, err);
}

/* A service manager that waits for signs of life gets them while a job waits for its children too:
 * the timer is one more thing that wakes the loop. */
static int begin_alive(struct monitor *monitor, struct error *err)
{
    const struct notify *notify = monitor->options->notify;
    int64_t between_ms = notify != NULL ? notify->between_ms : 0;
    const struct timespec between = {.tv_sec = between_ms / 1000,
                                     .tv_nsec = between_ms % 1000 * 1000000};
    const struct itimerspec timer = {.it_interval = between, .it_value = between};

    if (between_ms == 0)
        return 0;
    monitor->alive = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (monitor->alive < 0 || timerfd_settime(monitor->alive, 0, &timer, NULL) < 0)
        return error_set_errno(err, ERROR_IO, errno, "timer");
    return watch_fd(monitor, monitor->alive, err);
}

static int serve(struct monitor *monitor, struct error *err)
{
    const struct monitor_options *options = monitor->options;
    int result = control_socket_open(options->config, &monitor->socket, err);

    if (result == 0)
        result = start_front(monitor, err);
    if (result == 0)
        result = begin_alive(monitor, err);
    if (result < 0)
        return result;
    tell_ready(monitor);
    return options->fault.code == ERROR_OK ? loop(monitor, err) : loop_without_state(monitor, err);
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

int monitor_run(const struct monitor_options *options, struct error *err)
{
    struct monitor *monitor = bytes_allocate(1, sizeof(*monitor));
    int result;

    *monitor = (struct monitor){
        .options = options, .loop = -1, .socket = {.fd = -1}, .signals = -1, .alive = -1};
    monitor->front.child = (struct child){.pidfd = -1, .socket = -1, .log = -1};
    monitor->answers.options = options;
    monitor->answers.front = -1;
    result = open_loop(monitor, err);
    if (result == 0 && options->once)
        result = look_at_sources(monitor, err);
    else if (result == 0)
        result = serve(monitor, err);
    audit_journal_copy(options->journal, options->state);
    end_front(monitor);
    control_socket_close(options->config, &monitor->socket);
    close_if_open(monitor->alive);
    close_if_open(monitor->signals);
    close_if_open(monitor->loop);
    free(monitor);
    return result;
}
