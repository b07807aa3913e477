/* SPDX-License-Identifier: ISC */
#include "agent/sensor-channel.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void begin(struct sensor_channel *channel)
{
    struct error ignored;

    channel->batch.size = 0;
    channel->records = 0;
    (void)!event_batch_begin(&channel->batch, &ignored); /* an empty batch has room for its head */
}

void sensor_channel_init(struct sensor_channel *channel)
{
    *channel = (struct sensor_channel){.socket = -1};
    bytes_init(&channel->batch, EVENT_BATCH_BYTES);
}

void sensor_channel_open(struct sensor_channel *channel, int fd)
{
    sensor_channel_close(channel);
    channel->socket = fd;
    channel->dropped = 0;
    begin(channel);
}

void sensor_channel_close(struct sensor_channel *channel)
{
    if (channel->socket >= 0)
        close(channel->socket);
    bytes_clear(&channel->batch);
    channel->dropped += channel->records;
    channel->socket = -1;
    channel->records = 0;
    channel->full = false;
}

static void drop(struct sensor_channel *channel)
{
    channel->dropped += channel->records;
    begin(channel);
}

/* Whether the batch is on its way. The head tells what was dropped before it. */
static bool send_batch(struct sensor_channel *channel)
{
    ssize_t sent;

    event_batch_end(&channel->batch, channel->records, channel->dropped);
    do
        sent = send(channel->socket, channel->batch.data, channel->batch.size,
                    MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    channel->full = sent < 0 && (errno == EAGAIN || errno == ENOBUFS);
    if (sent >= 0)
        begin(channel);
    else if (!channel->full)
        sensor_channel_close(channel);
    return sent >= 0;
}

static void make_room(struct sensor_channel *channel)
{
    if (!send_batch(channel) && channel->socket >= 0)
        drop(channel);
}

void sensor_channel_put(struct sensor_channel *channel, const struct event *event)
{
    struct error ignored;
    int result =
        channel->socket < 0 ? -ERROR_PEER_GONE : event_put(event, &channel->batch, &ignored);

    if (result == -ERROR_LIMIT) {
        make_room(channel);
        if (channel->socket >= 0)
            result = event_put(event, &channel->batch, &ignored);
    }
    if (result < 0)
        channel->dropped++;
    else if (channel->records++ == 0)
        channel->first_ms = clock_ms();
}

void sensor_channel_send(struct sensor_channel *channel, int64_t now_ms)
{
    if (channel->socket >= 0 && channel->records > 0 &&
        now_ms - channel->first_ms >= SENSOR_CHANNEL_PATIENCE_MS)
        (void)send_batch(channel);
}

int sensor_channel_patience(const struct sensor_channel *channel, int64_t now_ms)
{
    int64_t left = channel->first_ms + SENSOR_CHANNEL_PATIENCE_MS - now_ms;

    if (channel->socket < 0 || channel->records == 0 || channel->full)
        return -1;
    return left > 0 ? (int)left : 0;
}

int sensor_channel_hear(struct sensor_channel *channel, struct event_tag *tag, struct error *err)
{
    uint8_t packet[EVENT_TAG_BYTES + 1];
    ssize_t size;

    do
        size = recv(channel->socket, packet, sizeof(packet), MSG_DONTWAIT);
    while (size < 0 && errno == EINTR);
    if (size > 0)
        return event_tag_get(bytes_view_of(packet, (size_t)size), tag, err);
    if (size == 0 || errno != EAGAIN)
        sensor_channel_close(channel);
    return 1;
}
