/* SPDX-License-Identifier: ISC */
#include "agent/sensor-host.h"

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/process.h"
#include "agent/respawn.h"
#include "agent/sensor-dial.h"
#include "agent/sensor-protocol.h"
#include "media/base/json.h"
#include "media/base/log.h"

#define ANSWER_MS 2000 /* it has nothing to do but count */

struct sensor_host {
    const struct config *config;
    struct process process;
    bool runs;
    struct respawn respawn;
    struct error trouble; /* why it does not run */
};

static void forget(struct sensor_host *host)
{
    host->process.child = (struct child){.pidfd = -1, .socket = -1, .log = -1};
    host->runs = false;
}

struct sensor_host *sensor_host_new(const struct config *config)
{
    struct sensor_host *host = bytes_allocate(1, sizeof(*host));

    host->config = config;
    forget(host);
    error_set(&host->trouble, ERROR_NOT_FOUND, "no rule wants events");
    return host;
}

static void end(struct sensor_host *host)
{
    if (host->runs)
        process_end(&host->process);
    if (host->process.child.socket >= 0) /* of no child of ours: it ends by itself */
        close(host->process.child.socket);
    forget(host);
}

void sensor_host_free(struct sensor_host *host)
{
    if (host == NULL)
        return;
    end(host);
    free(host);
}

/* It has ended, or talks nonsense: when it may be started again. */
static void lose(struct sensor_host *host, const struct error *why)
{
    host->trouble = *why;
    if (respawn_ended(&host->respawn, respawn_clock()))
        log_write(LOG_LEVEL_ERROR, "%s: %s; next try in %d s, and no rule sees events until then",
                  SENSOR_PROGRAM, why->words, RESPAWN_PAUSE_MS / 1000);
    else
        log_write(LOG_LEVEL_WARN, "%s: %s", SENSOR_PROGRAM, why->words);
    end(host);
}

static int start(struct sensor_host *host, struct error *err)
{
    int result, fd;

    if (host->runs)
        return 0;
    respawn_started(&host->respawn, respawn_clock());
    result = sensor_dial(host->config, &fd, err);
    if (fd >= 0)
        host->process = (struct process){{.pidfd = -1, .socket = fd, .log = -1}, SENSOR_PROGRAM};
    /* As who we are: it gives up what it does not need itself (agent/sensor-main.c). */
    else if (result == 0)
        result = process_start(host->config, SENSOR_PROGRAM, NULL, NULL, 0, &host->process, err);
    host->runs = result == 0;
    if (result < 0)
        lose(host, err);
    return result;
}

static int send(struct sensor_host *host, enum sensor_message type, const json_t *body,
                const int *fd, struct error *err)
{
    int result =
        process_send_json(&host->process, (uint16_t)type, body, fd, fd != NULL ? 1 : 0, err);

    if (result < 0)
        lose(host, err);
    return result;
}

int sensor_host_filter(struct sensor_host *host, const json_t *subscriptions, int channel,
                       struct error *err)
{
    json_t *body;
    int result = 0;

    if (json_array_size(subscriptions) == 0) {
        end(host);
        host->respawn.due_ms = 0;
        error_set(&host->trouble, ERROR_NOT_FOUND, "no rule wants events");
    } else if ((result = start(host, err)) == 0) {
        body = json_pack("{s:O}", "subscriptions", subscriptions);
        result = send(host, SENSOR_FILTER, body, &channel, err);
        json_decref(body);
    }
    if (channel >= 0)
        close(channel);
    return result;
}

void sensor_host_event(struct sensor_host *host, json_t *event)
{
    json_t *body = json_pack("{s:o}", "event", event);
    struct error ignored;

    if (host->runs)
        (void)!send(host, SENSOR_EVENT, body, NULL, &ignored);
    json_decref(body);
}

bool sensor_host_runs(const struct sensor_host *host)
{
    return host->runs;
}

bool sensor_host_is_due(const struct sensor_host *host, int *due_ms)
{
    *due_ms = host->runs ? -1 : respawn_due_ms(&host->respawn, respawn_clock());
    return *due_ms == 0;
}

/* Nothing comes on the socket that was not asked for, but its end. */
static int end_fd(const struct sensor_host *host)
{
    const struct child *child = &host->process.child;

    return child->pidfd >= 0 ? child->pidfd : child->socket;
}

size_t sensor_host_watch(const struct sensor_host *host, int fds[2])
{
    if (!host->runs)
        return 0;
    fds[0] = end_fd(host);
    fds[1] = host->process.child.log;
    return fds[1] >= 0 ? 2 : 1;
}

void sensor_host_turn(struct sensor_host *host)
{
    struct pollfd ready[2] = {{.fd = end_fd(host), .events = POLLIN},
                              {.fd = host->process.child.log, .events = POLLIN}};
    struct error why;

    if (!host->runs || poll(ready, 2, 0) <= 0)
        return;
    if (ready[1].revents != 0)
        process_relay(&host->process);
    if (ready[0].revents == 0)
        return;
    error_set(&why, ERROR_PEER_GONE, "has ended");
    lose(host, &why);
}

int sensor_host_counts(struct sensor_host *host, json_t **counts, struct error *err)
{
    json_t *empty = json_object();
    struct frame frame;
    int result;

    *counts = NULL;
    if (!host->runs) {
        json_decref(empty);
        return error_set(err, host->trouble.code, "%s: %s", SENSOR_PROGRAM, host->trouble.words);
    }
    result = send(host, SENSOR_ASK, empty, NULL, err);
    json_decref(empty);
    if (result < 0)
        return result;
    result = process_receive(&host->process, NULL, LIMIT_DRIVER_MESSAGE, ANSWER_MS, &frame, err);
    if (result == 0) {
        result = frame_read_json(&frame, SENSOR_COUNTS, counts, err);
        frame_clear(&frame);
    }
    if (result < 0)
        lose(host, err);
    return result;
}
