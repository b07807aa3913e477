/* SPDX-License-Identifier: ISC
 *
 * sallyport-sensor: sees what happens on the endpoint and tells the behaviour driver, as far as its
 * rules want to know (agent/sensor-protocol.h).
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/sensor-confine.h"
#include "agent/sensor-monitor.h"
#include "agent/sensor-protocol.h"
#include "agent/sensor-source.h"
#include "agent/sensor.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/log.h"
#include "media/base/spawn.h"

#define MESSAGE_MS                                                                                 \
    2000 /* the monitor sends a message whole, and takes an answer that it asked for */

static int begin(struct sensor *sensor, pid_t monitor, struct error *err)
{
    sensor->proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (sensor->proc < 0)
        return error_set_errno(err, ERROR_IO, errno, "/proc");
    json_object_seed(0);
    sensor->hand.socket = -1;
    sensor->processes = sensor_processes_new();
    sensor->starts = sensor_starts_new(sensor->proc);
    sensor->digests = sensor_digests_new();
    sensor_channel_init(&sensor->channel);
    bytes_init(&sensor->arguments, LIMIT_EVENT_ARGV_BYTES);
    sensor_own_learn(&sensor->own, sensor->proc, monitor);
    return sensor_source_begin(sensor, err);
}

static void add_counts(struct event_filter_counts *sum, const struct event_filter *filter)
{
    struct event_filter_counts counts = {0};

    if (filter != NULL)
        event_filter_counts(filter, &counts);
    sum->seen += counts.seen;
    sum->matched += counts.matched;
    sum->held += counts.held;
    sum->forgotten += counts.forgotten;
}

/* Taken, with the channel (-1: none). What was counted before stays counted. */
static void replace(struct sensor *sensor, struct event_filter *filter, int channel)
{
    add_counts(&sensor->past, sensor->filter);
    event_filter_free(sensor->filter);
    sensor->filter = filter;
    sensor->kinds = filter == NULL ? 0 : event_filter_kinds(filter);
    sensor_channel_close(&sensor->channel);
    sensor->past_dropped += sensor->channel.dropped;
    sensor->channel.dropped = 0;
    if (channel >= 0)
        sensor_channel_open(&sensor->channel, channel);
    sensor_source_follow(sensor);
}

static int take_filter(struct sensor *sensor, struct frame *frame, struct error *err)
{
    struct event_filter *filter = NULL;
    json_t *body = NULL, *rows = NULL;
    const struct json_field fields[] = {
        {"subscriptions", JSON_LIST, JSON_REQUIRED, &rows, 0, LIMIT_FILTER_SUBSCRIPTIONS, NULL},
    };
    int result = frame_read_json(frame, SENSOR_FILTER, &body, err);

    if (result == 0)
        result = json_fields(body, fields, 1, err);
    if (result == 0 && json_array_size(rows) > 0)
        result = event_filter_new(rows, &filter, err);
    if (result == 0)
        replace(sensor, filter, frame_take_fd(frame, 0));
    json_decref(body);
    return result;
}

static int take_event(struct sensor *sensor, const struct frame *frame, struct error *err)
{
    json_t *body = NULL, *object = NULL;
    const struct json_field fields[] = {
        {"event", JSON_TABLE, JSON_REQUIRED, &object, 1, EVENT_FIELDS, NULL},
    };
    struct event event;
    struct bytes memory;
    int result = frame_read_json(frame, SENSOR_EVENT, &body, err);

    bytes_init(&memory, EVENT_BATCH_BYTES);
    if (result == 0)
        result = json_fields(body, fields, 1, err);
    if (result == 0)
        result = event_from_json(object, &event, &memory, err);
    if (result == 0 && !event.values[EVENT_TIME].present)
        sensor_event_number(&event, EVENT_TIME, sensor_event_time(0));
    if (result == 0)
        sensor_tell(sensor, &event);
    bytes_clear(&memory);
    json_decref(body);
    return result;
}

static int answer_counts(struct sensor *sensor, struct error *err)
{
    struct event_filter_counts counts = sensor->past;
    json_t *body;
    int result;

    add_counts(&counts, sensor->filter);
    body = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "seen", (json_int_t)counts.seen,
                     "matched", (json_int_t)counts.matched, "held", (json_int_t)counts.held,
                     "forgotten", (json_int_t)counts.forgotten, "dropped",
                     (json_int_t)(sensor->past_dropped + sensor->channel.dropped), "overflows",
                     (json_int_t)sensor->overflows, "processes",
                     (json_int_t)sensor_processes_count(sensor->processes), "sources",
                     sensor_source_words(sensor));
    result = frame_send_json(SPAWN_FD_SOCKET, SENSOR_COUNTS, body, NULL, 0, MESSAGE_MS, err);
    json_decref(body);
    return result;
}

static int answer_selftest(struct error *err)
{
    struct error found = {0};
    const char *words = sensor_confine_selftest(&found) == 0 ? "ok" : found.words;

    return frame_send(SPAWN_FD_SOCKET, SENSOR_SELFTEST, words, strlen(words), NULL, 0, MESSAGE_MS,
                      err);
}

/* A filter or an event that is wrong was a driver's, and is no reason to end: what was before goes
 * on. */
static int forgive(int result, struct error *err)
{
    if (result != -ERROR_BAD_CONTENT && result != -ERROR_BAD_DOCUMENT && result != -ERROR_LIMIT)
        return result;
    log_write(LOG_LEVEL_WARN, "%s", err->words);
    return 0;
}

static int answer(struct sensor *sensor, struct frame *frame, struct error *err)
{
    switch (frame->type) {
    case SENSOR_FILTER:
        return forgive(take_filter(sensor, frame, err), err);
    case SENSOR_EVENT:
        return forgive(take_event(sensor, frame, err), err);
    case SENSOR_ASK:
        return answer_counts(sensor, err);
    case SENSOR_SELFTEST:
        return answer_selftest(err);
    default:
        return error_set(err, ERROR_PROTOCOL, "message %u", frame->type);
    }
}

/* 1: the monitor is gone. */
static int take_message(struct sensor *sensor, struct error *err)
{
    struct frame frame;
    int result = frame_receive(SPAWN_FD_SOCKET, LIMIT_DRIVER_MESSAGE, MESSAGE_MS, &frame, err);

    if (result == 0) {
        result = answer(sensor, &frame, err);
        frame_clear(&frame);
    }
    return result == -ERROR_PEER_GONE ? 1 : result;
}

/* Tags come to processes that are there; when each started is what tells them from a later one. */
static void take_tags(struct sensor *sensor)
{
    struct sensor_process *process;
    struct error err = {0};
    struct event_tag tag;
    int result = 0;

    while (sensor->channel.socket >= 0 &&
           (result = sensor_channel_hear(&sensor->channel, &tag, &err)) == 0) {
        process = sensor_know(sensor, (pid_t)tag.pid);
        if (process->start == 0)
            process->start = sensor_proc_start(sensor->proc, (pid_t)tag.pid);
        if (process->start == 0)
            sensor_process_end(sensor->processes, (pid_t)tag.pid);
        else if (!sensor_process_tag(process, &tag))
            log_write(LOG_LEVEL_WARN, "process %u has %d tags, and gets no other", tag.pid,
                      EVENT_PROCESS_TAGS);
    }
    if (sensor->channel.socket >= 0 && result < 0) {
        log_write(LOG_LEVEL_ERROR, "the driver's channel: %s", err.words);
        sensor_channel_close(&sensor->channel);
    }
}

static int shorter(int a, int b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int serve(struct sensor *sensor, struct error *err)
{
    struct pollfd waits[2 + SENSOR_SOURCE_FDS];
    bool more = false;
    int result = 0;

    while (result == 0) {
        int patience = shorter(sensor_channel_patience(&sensor->channel, sensor_now_ms()),
                               sensor_source_patience(sensor));

        waits[0] = (struct pollfd){SPAWN_FD_SOCKET, POLLIN, 0};
        waits[1] = (struct pollfd){sensor->channel.socket,
                                   (short)(POLLIN | (sensor->channel.full ? POLLOUT : 0)), 0};
        sensor_source_watch(sensor, waits + 2);
        if (poll(waits, 2 + SENSOR_SOURCE_FDS, more ? 0 : patience) < 0 && errno != EINTR)
            return error_set_errno(err, ERROR_IO, errno, "poll");
        more = sensor_source_turn(sensor, waits + 2);
        if ((waits[1].revents & ~POLLOUT) != 0)
            take_tags(sensor);
        sensor_channel_send(&sensor->channel, sensor_now_ms());
        if (waits[0].revents != 0)
            result = take_message(sensor, err);
    }
    return result < 0 ? result : 0;
}

static void end(struct sensor *sensor)
{
    sensor_hand_end(&sensor->hand);
    sensor_channel_close(&sensor->channel);
    event_filter_free(sensor->filter);
    sensor_starts_free(sensor->starts);
    sensor_processes_free(sensor->processes);
    sensor_digests_free(sensor->digests);
    bytes_clear(&sensor->arguments);
}

int main(void)
{
    static struct sensor sensor;
    struct error err = {0};
    pid_t monitor;
    int result;

    log_open("sensor", sensor_monitor_log(), LOG_LEVEL_INFO);
    result = sensor_monitor_find(&monitor, &err);
    if (result == 0)
        result = begin(&sensor, monitor, &err);
    if (result == 0)
        result = sensor_confine(&err);
    if (result == 0)
        result = serve(&sensor, &err);
    if (result < 0)
        log_write(LOG_LEVEL_ERROR, "%s: %s", error_name(err.code), err.words);
    end(&sensor);
    return result < 0 ? 1 : 0;
}
