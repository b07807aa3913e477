/* SPDX-License-Identifier: ISC */
#include "agent/behavior.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/behavior-own.h"
#include "agent/rule-flags.h"
#include "agent/rule-news.h"
#include "agent/sensor-host.h"
#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/log.h"

#define PRODUCT_TYPE "product-rules-feed"
#define CHANNEL      "events"

struct behavior {
    struct state *state;
    const struct config *config;
    struct driver_host *drivers;
    struct sensor_host *sensor;
    struct behavior_own *own;
    struct rule_news news;
    pid_t followed;          /* the driver's process that has what it needs; 0: none */
    bool wants;              /* whether its rules want any event */
    int64_t seen, looked_us; /* events, when behavior_view() was called last */
};

struct behavior *behavior_new(struct state *state, const struct config *config,
                              struct driver_host *drivers)
{
    struct behavior *behavior = bytes_allocate(1, sizeof(*behavior));

    *behavior = (struct behavior){.state = state, .config = config, .drivers = drivers};
    behavior->sensor = sensor_host_new(config);
    behavior->own = behavior_own_new(state);
    behavior->news = (struct rule_news){.state = state, .config = config};
    return behavior;
}

void behavior_free(struct behavior *behavior)
{
    if (behavior == NULL)
        return;
    sensor_host_free(behavior->sensor);
    behavior_own_free(behavior->own);
    free(behavior);
}

static int ask(struct behavior *behavior, json_t *request, json_t **reply, struct error *err)
{
    int result = driver_host_serve(behavior->drivers, BEHAVIOR_TYPE, request, reply, err);

    /* The other type of the family may be on alone. */
    if (result < 0 && err->code == ERROR_SWITCHED_OFF)
        result = driver_host_serve(behavior->drivers, PRODUCT_TYPE, request, reply, err);
    json_decref(request);
    return result;
}

static int tell_flags(struct behavior *behavior, struct error *err)
{
    const char *site = behavior->config->site;
    int result = rule_flags_tell(behavior->state, behavior->drivers, site, BEHAVIOR_TYPE, err);

    if (result < 0 && err->code == ERROR_SWITCHED_OFF)
        return rule_flags_tell(behavior->state, behavior->drivers, site, PRODUCT_TYPE, err);
    return result;
}

/* A channel for one process of the driver: its end to the driver, the other to the sensor. */
static int join(struct behavior *behavior, const json_t *subscriptions, struct error *err)
{
    int ends[2];
    int result;

    behavior->wants = json_array_size(subscriptions) > 0;
    if (!behavior->wants)
        return sensor_host_filter(behavior->sensor, NULL, -1, err);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
        return error_set_errno(err, ERROR_IO, errno, "channel of events");
    result = driver_host_channel(behavior->drivers, BEHAVIOR_FAMILY, CHANNEL, ends[0], err);
    close(ends[0]);
    if (result < 0) {
        close(ends[1]);
        return result;
    }
    return sensor_host_filter(behavior->sensor, subscriptions, ends[1], err);
}

static int follow(struct behavior *behavior, struct error *err)
{
    json_t *reply = NULL;
    int result = tell_flags(behavior, err);

    if (result == 0)
        result = ask(behavior, json_pack("{s:s}", "ask", "subscriptions"), &reply, err);
    if (result == 0)
        result = join(behavior, json_object_get(reply, "subscriptions"), err);
    json_decref(reply);
    return result;
}

static pid_t driver_pid(const struct behavior *behavior)
{
    struct driver_host_view view;

    driver_host_look(behavior->drivers, behavior->config, BEHAVIOR_FAMILY, &view);
    return view.pid;
}

static void tell_own(void *context, json_t *event)
{
    struct behavior *behavior = context;

    sensor_host_event(behavior->sensor, event);
}

static void stop_following(struct behavior *behavior)
{
    struct error ignored;

    behavior->followed = 0;
    (void)!sensor_host_filter(behavior->sensor, NULL, -1, &ignored);
}

static void follow_driver(struct behavior *behavior, int *due_ms)
{
    pid_t pid = driver_pid(behavior);
    struct error err;

    *due_ms = -1;
    if (pid == 0 && behavior->followed != 0)
        stop_following(behavior);
    if (pid == 0)
        return;
    if (pid == behavior->followed && (!behavior->wants || sensor_host_runs(behavior->sensor) ||
                                      !sensor_host_is_due(behavior->sensor, due_ms)))
        return;
    behavior->followed = pid;
    *due_ms = -1;
    if (follow(behavior, &err) < 0)
        log_write(LOG_LEVEL_WARN, "behaviour rules see no events: %s", err.words);
}

void behavior_turn(struct behavior *behavior, int *due_ms)
{
    struct error err;

    sensor_host_turn(behavior->sensor);
    follow_driver(behavior, due_ms);
    rule_news_turn(&behavior->news, minute_quota_clock(), due_ms);
    if (behavior_own_look(behavior->own, tell_own, behavior, &err) < 0)
        log_write(LOG_LEVEL_WARN, "what becomes of contents is no event: %s", err.words);
}

size_t behavior_watch(const struct behavior *behavior, int fds[static BEHAVIOR_FDS])
{
    return sensor_host_watch(behavior->sensor, fds);
}

void behavior_news(struct behavior *behavior, const json_t *news)
{
    rule_news_hear(&behavior->news, news, minute_quota_clock());
}

void behavior_usb(void *context, const struct usb_device *device)
{
    struct behavior *behavior = context;

    sensor_host_event(behavior->sensor, behavior_own_usb(device));
}

/* A regular file, so that nothing waits for who does not write. */
static int open_recording(const struct borrowed_rights *rights, const char *path, int *fd,
                          struct error *err)
{
    struct stat status;

    if (borrowed_rights_take(rights, err) < 0)
        return -(int)err->code;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    borrowed_rights_return();
    if (*fd < 0)
        return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno, "%s",
                               path);
    if (fstat(*fd, &status) < 0 || !S_ISREG(status.st_mode))
        return error_set(err, ERROR_USAGE, "%s: expected a regular file", path);
    if (status.st_size > (off_t)LIMIT_REPLAY_BYTES)
        return error_set(err, ERROR_LIMIT, "%s: larger than REPLAY_BYTES", path);
    return 0;
}

int behavior_replay_file(struct behavior *behavior, const struct borrowed_rights *rights,
                         const char *path, json_t **reply, struct error *err)
{
    int fd = -1, result = 0;

    *reply = NULL;
    if (behavior == NULL || behavior->followed == 0)
        result = error_set(err, ERROR_NOT_FOUND,
                           "no behaviour rules are in service; import a set that carries them, and "
                           "see sallyport flags behavior for whether they are on");
    if (result == 0)
        result = open_recording(rights, path, &fd, err);
    if (result == 0)
        result = driver_host_replay(behavior->drivers, BEHAVIOR_TYPE, fd, reply, err);
    if (fd >= 0)
        close(fd);
    if (result < 0)
        return result;
    json_object_set_new(*reply, "schema", json_string("sallyport.replay/1"));
    json_object_set_new(
        *reply, "raised",
        json_integer((json_int_t)json_array_size(json_object_get(*reply, "detections")) +
                     json_integer_value(json_object_get(*reply, "left_out"))));
    return 0;
}

/* Events since the look before this one; null where there was none. */
static json_t *rate_of(struct behavior *behavior, const json_t *counts)
{
    json_int_t seen = json_integer_value(json_object_get(counts, "seen"));
    int64_t now_us = instant_clock(), before_us = behavior->looked_us;
    int64_t events = (int64_t)seen - behavior->seen;

    if (counts == NULL)
        return json_null();
    behavior->looked_us = now_us;
    behavior->seen = seen;
    if (before_us == 0 || events < 0 || now_us - before_us < INSTANT_SECOND_US / 10)
        return json_null();
    return json_integer((json_int_t)(events * INSTANT_SECOND_US / (now_us - before_us)));
}

json_t *behavior_view(struct behavior *behavior)
{
    json_t *counts = NULL, *view;
    struct error err = {0};

    if (behavior == NULL || behavior->followed == 0)
        return json_pack("{s:n, s:n, s:s}", "events_per_second", "events", "events_words",
                         "no behaviour rules are in service");
    if (sensor_host_counts(behavior->sensor, &counts, &err) == 0)
        err.words[0] = '\0';
    view = json_pack("{s:o, s:O?, s:s}", "events_per_second", rate_of(behavior, counts), "events",
                     counts, "events_words", err.words);
    json_decref(counts);
    return view;
}
