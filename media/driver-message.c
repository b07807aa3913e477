/* SPDX-License-Identifier: ISC */
#include "media/driver-message.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "media/base/driver-protocol.h"
#include "media/base/json.h"
#include "media/base/log.h"

#define HEAR_MS      1000 /* for the rest of a message whose beginning is there */
#define HEAR_AT_ONCE 64   /* messages, before others have their turn */

static int64_t now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* ", working on ITEM" or nothing. The item is the driver's: whoever shows our words escapes them.
 */
static void blame(const struct driver_run *run, char *out, size_t out_size)
{
    out[0] = '\0';
    if (run->item[0] != '\0')
        snprintf(out, out_size, ", working on %.200s", run->item);
}

/* Whose fault an end is. SIGKILL is nothing that a driver can do to itself: its sandbox has no kill.
 * Before the greeting there was no content that could have been at fault. */
static enum error_code code_of_end(const struct driver_run *run, int status)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return ERROR_DRIVER_KILLED;
    return run->greeting == NULL ? ERROR_DRIVER_BROKEN : ERROR_DRIVER_FAILED;
}

/* The same of an end that we made: our own failed system call is nobody's fault. */
static enum error_code code_of_failure(const struct driver_run *run, const struct error *why)
{
    if (why->code == ERROR_IO)
        return ERROR_IO;
    return run->greeting == NULL ? ERROR_DRIVER_BROKEN : ERROR_DRIVER_FAILED;
}

/* The conversation is over: says why, kills what is left, keeps nothing of the child. A peer that
 * is gone died by itself, so its own status says more than the broken socket. */
int driver_message_fail(struct driver_run *run, const struct error *why, struct error *err)
{
    char item[ERROR_WORDS_BYTES / 2], status_text[64];
    struct error ignored;
    int status = 0, killed = 0;

    blame(run, item, sizeof(item));
    log_drain(run->child.log, run->name);
    run->gone = true;
    if (why->code == ERROR_PEER_GONE &&
        spawn_finish(&run->child, DRIVER_STOP_MS, &status, &killed, &ignored) == 0 && !killed)
        return error_set(err, code_of_end(run, status), "%s: %s%s", run->name,
                         spawn_status_text(status, status_text, sizeof(status_text)), item);
    spawn_kill(&run->child);
    return error_set(err, code_of_failure(run, why), "%s: %s%s; killed", run->name, why->words,
                     item);
}

int driver_message_send(struct driver_run *run, enum driver_message type, const json_t *body,
                        const int *fd, struct error *err)
{
    struct error why;

    if (frame_send_json(run->child.socket, (uint16_t)type, body, fd, fd != NULL ? 1 : 0,
                        run->deadline_ms, &why) < 0)
        return driver_message_fail(run, &why, err);
    return 0;
}

/* Waits for bytes on the socket and relays log lines meanwhile, so that a driver that writes many
 * never blocks on them. 1: bytes, 0: time over. */
static int wait_readable(struct driver_run *run, int64_t until_ms)
{
    for (;;) {
        struct pollfd ready[2] = {{.fd = run->child.socket, .events = POLLIN},
                                  {.fd = run->child.log, .events = POLLIN}};
        int64_t left = until_ms - now_ms();
        int count = poll(ready, 2, left > 0 ? (int)left : 0);

        if (count < 0 && errno != EINTR)
            return 0;
        if (count > 0 && ready[0].revents != 0)
            return 1;
        if (count > 0 && (ready[1].revents & POLLIN) != 0)
            log_drain(run->child.log, run->name);
        else if (count > 0) /* log pipe closed: the socket will say the rest */
            poll(NULL, 0, 1);
        if (left <= 0)
            return 0;
    }
}

static int take_heartbeat(struct driver_run *run, struct frame *frame, struct error *err)
{
    const char *item = NULL;
    const struct json_field fields[] = {
        {"item", JSON_TEXT, JSON_REQUIRED, &item, 0, 2 * ERROR_WORDS_BYTES, NULL},
    };
    json_t *body = NULL;
    int result = json_read(frame->body.data, frame->body.size, &body, err);

    if (result == 0)
        result = json_fields(body, fields, 1, err);
    if (result == 0)
        snprintf(run->item, sizeof(run->item), "%s", item);
    json_decref(body);
    return result;
}

static int take_news(struct driver_run *run, struct frame *frame, struct error *err)
{
    json_t *news = NULL;
    int result = json_read(frame->body.data, frame->body.size, &news, err);

    if (result == 0 && ++run->calls > LIMIT_DRIVER_CALLS)
        result = error_set(err, ERROR_LIMIT, "tells more than DRIVER_CALLS in one request");
    if (result == 0 && !json_is_string(json_object_get(news, "news")))
        result = error_set(err, ERROR_PROTOCOL, "news without a name");
    if (result == 0 && run->listener.news != NULL)
        run->listener.news(run->listener.context, news);
    json_decref(news);
    return result;
}

/* What the listener says to one question, as it is sent. */
static json_t *answer_call(struct driver_run *run, const char *call, const json_t *arguments)
{
    const struct driver_run_listener *listener = &run->listener;
    char reason[ERROR_WORDS_BYTES] = "";
    struct error refused;
    json_t *value = NULL;

    if (listener->call == NULL)
        error_set(&refused, ERROR_DENIED, "%s: nobody answers that here", call);
    else if (listener->call(listener->context, call, arguments, &value, reason, &refused) == 0)
        return json_pack("{s:o, s:s?}", "value", value, "reason",
                         reason[0] != '\0' ? reason : NULL);
    return json_pack("{s:s}", "refused", refused.words);
}

static int take_call(struct driver_run *run, struct frame *frame, struct error *err)
{
    const char *call = NULL;
    json_t *arguments = NULL, *body = NULL, *answer;
    const struct json_field fields[] = {
        {"call", JSON_NAME, JSON_REQUIRED, &call, 1, LIMIT_NAME_BYTES, NULL},
        {"arguments", JSON_LIST, JSON_REQUIRED, &arguments, 0, DRIVER_ARGUMENTS, NULL},
    };
    int result = json_read(frame->body.data, frame->body.size, &body, err);

    if (result == 0 && ++run->calls > LIMIT_DRIVER_CALLS)
        result = error_set(err, ERROR_LIMIT, "asks more than DRIVER_CALLS in one request");
    if (result == 0)
        result = json_fields(body, fields, sizeof(fields) / sizeof(fields[0]), err);
    if (result == 0) {
        answer = answer_call(run, call, arguments);
        result = frame_send_json(run->child.socket, DRIVER_RETURN, answer, NULL, 0,
                                 run->deadline_ms, err);
        json_decref(answer);
    }
    json_decref(body);
    return result;
}

/* One message, or words in *why: late, torn, oversized, with descriptors. */
static int receive_one(struct driver_run *run, int64_t until_ms, struct frame *frame,
                       struct error *why)
{
    int64_t left;

    if (!wait_readable(run, until_ms))
        return error_set(why, ERROR_TIMEOUT, "no answer in time");
    left = until_ms - now_ms();
    if (frame_receive(run->child.socket, LIMIT_DRIVER_MESSAGE, left > 0 ? (int)left : 0, frame,
                      why) < 0)
        return -(int)why->code;
    if (frame->fd_count == 0)
        return 0;
    frame_clear(frame);
    return error_set(why, ERROR_PROTOCOL, "sent descriptors");
}

/* What a driver may say while something else is waited for. 1: it was that, 0: it was not. */
static int take_aside(struct driver_run *run, struct frame *frame, bool asked, struct error *err)
{
    int result;

    switch (frame->type) {
    case DRIVER_HEARTBEAT:
        result = take_heartbeat(run, frame, err);
        break;
    case DRIVER_NEWS:
        result = take_news(run, frame, err);
        break;
    case DRIVER_CALL:
        if (!asked)
            return 0;
        result = take_call(run, frame, err);
        break;
    default:
        return 0;
    }
    return result < 0 ? result : 1;
}

/* Waits for the message `type`; heartbeats are noted, silence and the deadline end it. The time that
 * the driver waits for us is not its own: what bounds one that never stops to talk is a number. */
int driver_message_receive(struct driver_run *run, enum driver_message type, json_t **body,
                           struct error *err)
{
    int64_t deadline = now_ms() + run->deadline_ms;
    struct error why = {0};
    struct frame frame;
    int result;

    *body = NULL;
    run->calls = 0;
    do {
        int64_t silence = now_ms() + LIMIT_DRIVER_SILENCE_MS, begun_ms;

        if (receive_one(run, silence < deadline ? silence : deadline, &frame, &why) < 0)
            return driver_message_fail(run, &why, err);
        begun_ms = now_ms();
        result = take_aside(run, &frame, type == DRIVER_REPLY, &why);
        deadline += now_ms() - begun_ms;
        if (result == 0 && frame.type != type)
            result = error_set(&why, ERROR_PROTOCOL, "message of type %u", frame.type);
        else if (result == 0)
            result = json_read(frame.body.data, frame.body.size, body, &why);
        frame_clear(&frame);
    } while (result > 0);
    return result < 0 ? driver_message_fail(run, &why, err) : 0;
}

/* One message that nobody asked for: an answer that lies there would be taken for the next
 * question's. */
static int hear_one(struct driver_run *run, struct error *err)
{
    struct error why = {0};
    struct frame frame;
    int result;

    if (receive_one(run, now_ms() + HEAR_MS, &frame, &why) < 0)
        return driver_message_fail(run, &why, err);
    result = take_aside(run, &frame, false, &why);
    frame_clear(&frame);
    if (result > 0)
        return 0;
    if (result == 0)
        error_set(&why, ERROR_PROTOCOL, "spoke out of turn");
    return driver_message_fail(run, &why, err);
}

/* 1: something lies there. The end of the driver is for whoever reads next to find out. */
bool driver_message_waits(const struct driver_run *run)
{
    struct pollfd early = {.fd = run->child.socket, .events = POLLIN};

    return poll(&early, 1, 0) > 0 && (early.revents & POLLHUP) == 0;
}

int driver_run_hear(struct driver_run *run, struct error *err)
{
    if (run->gone)
        return error_set(err, ERROR_DRIVER_FAILED, "%s: has ended before", run->name);
    run->calls = 0;
    for (unsigned i = 0; i < HEAR_AT_ONCE && driver_message_waits(run); i++) {
        if (hear_one(run, err) < 0)
            return -(int)err->code;
    }
    return 0;
}

void driver_run_listen(struct driver_run *run, const struct driver_run_listener *listener)
{
    run->listener = *listener;
}
