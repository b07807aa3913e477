/* SPDX-License-Identifier: ISC */
#include "drivers/behavior-react.h"

#include <errno.h>
#include <sys/socket.h>

#include "drivers/behavior-event.h"

#define BATCHES_AT_ONCE 8 /* then a request of the monitor's has its turn */

int behavior_react_call(struct behavior *behavior, struct behavior_handler *handler,
                        const struct event *event, uint32_t count, struct error *err)
{
    const struct rule_call call = {
        .kept = handler->kept, .arguments = 1, .push = behavior_event_push, .context = behavior};
    int result;

    behavior->moment.event = event;
    behavior->moment.count = count;
    result = rule_call(handler->rule, &call, err);
    behavior->moment.event = NULL;
    behavior->moment.tables = 0;
    if (behavior->moment.mocks == NULL)
        behavior->counts.reactions++;
    return result;
}

static void react(struct behavior *behavior, const struct event *event)
{
    struct error err;

    behavior->counts.events++;
    for (size_t i = 0; i < event->hit_count; i++) {
        const struct event_hit *hit = &event->hits[i];
        struct behavior_handler *handler =
            behavior_number_owner(&behavior->numbers, hit->subscription);

        if (handler != NULL)
            behavior_react_call(behavior, handler, event, hit->count, &err);
    }
}

static int take_batch(struct behavior *behavior, struct bytes_view batch, struct error *err)
{
    uint16_t records;
    uint64_t dropped;
    struct event event;
    int result = event_batch_open(&batch, &records, &dropped, err);

    if (result < 0)
        return result;
    behavior->counts.dropped = dropped;
    for (uint16_t i = 0; i < records; i++) {
        result = event_get(&batch, &event, err);
        if (result < 0)
            return result;
        react(behavior, &event);
    }
    return batch.size == 0 ? 0 : error_set(err, ERROR_PROTOCOL, "events: more than the head says");
}

/* 1: a batch; 0: nothing is there. */
static int receive(int channel, uint8_t *packet, size_t *size, struct error *err)
{
    struct iovec place = {packet, EVENT_BATCH_BYTES};
    struct msghdr message = {.msg_iov = &place, .msg_iovlen = 1};
    ssize_t got = recvmsg(channel, &message, MSG_DONTWAIT);

    if (got < 0)
        return errno == EAGAIN || errno == EINTR
                   ? 0
                   : error_set_errno(err, ERROR_PEER_GONE, errno, "events");
    if (got == 0)
        return error_set(err, ERROR_PEER_GONE, "events: the sensor has closed its end");
    if ((message.msg_flags & MSG_TRUNC) != 0)
        return error_set(err, ERROR_PROTOCOL, "events: a packet of more than %d bytes",
                         EVENT_BATCH_BYTES);
    *size = (size_t)got;
    return 1;
}

static void send_detection(void *context, json_t *detection)
{
    const struct behavior *behavior = context;

    driver_news(behavior->watch, detection);
}

/* Never waits: a sensor that does not read loses tags, and the rules go on. */
static void send_tag(void *context, const struct event_tag *tag)
{
    const struct behavior *behavior = context;
    uint8_t packet[EVENT_TAG_BYTES];
    struct iovec place = {packet, sizeof(packet)};
    struct msghdr message = {.msg_iov = &place, .msg_iovlen = 1};

    event_tag_put(tag, packet);
    (void)sendmsg(behavior->channel, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int behavior_react_hear(struct behavior *behavior, struct behavior_set *const *sets, int channel,
                        struct error *err)
{
    const struct behavior_sink sink = {
        .detection = send_detection, .tag = send_tag, .context = behavior};
    int result = 1;

    behavior->in_service = true;
    behavior->channel = channel;
    behavior->moment.product = sets[BEHAVIOR_PRODUCT_RULES];
    behavior->moment.sink = &sink;
    rule_series_begin(behavior->engine);
    for (unsigned i = 0; i < BATCHES_AT_ONCE && result == 1; i++) {
        size_t size = 0;

        result = receive(channel, behavior->packet, &size, err);
        if (result == 1 && take_batch(behavior, bytes_view_of(behavior->packet, size), err) < 0)
            result = -(int)err->code;
    }
    rule_series_end(behavior->engine);
    behavior->moment = (struct behavior_moment){0};
    return result < 0 ? result : 0;
}
