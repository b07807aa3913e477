/* SPDX-License-Identifier: ISC
 *
 * The way of events to the behaviour driver: batches on a SOCK_SEQPACKET (media/base/event.h), sent
 * when full or SENSOR_CHANNEL_PATIENCE_MS after their first event, never waiting for the reader. While the
 * socket is full one batch collects; once that is full as well it is dropped, and counted.
 * Memory: one batch.
 */
#ifndef AGENT_SENSOR_CHANNEL_H
#define AGENT_SENSOR_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/event.h"

#define SENSOR_CHANNEL_PATIENCE_MS 4

struct sensor_channel {
    int socket; /* -1: no driver listens */
    struct bytes batch;
    uint16_t records;
    int64_t first_ms; /* when the batch's first event came, CLOCK_MONOTONIC */
    bool full;        /* the socket was: wait until it can be written to */
    uint64_t dropped; /* events, since it was opened */
};

void sensor_channel_init(struct sensor_channel *channel);
/* Takes the descriptor, in the place of the one before, whose batch is dropped with it. */
void sensor_channel_open(struct sensor_channel *channel, int fd);
void sensor_channel_close(struct sensor_channel *channel);

/* An event that hits something. One that the wire can't carry is dropped, and so is any without a
 * reader. */
void sensor_channel_put(struct sensor_channel *channel, const struct event *event);

/* Sends the batch where it is due at now_ms; one that is overdue for want of room is tried again. */
void sensor_channel_send(struct sensor_channel *channel, int64_t now_ms);

/* Milliseconds until sensor_channel_send has something to do; -1: nothing that time would bring. */
int sensor_channel_patience(const struct sensor_channel *channel, int64_t now_ms);

/* What the driver says of a process, one packet. 0: *tag is set; 1: nothing is left now, or the
 * channel has ended and is closed. ERROR_PROTOCOL: it speaks something else; the caller closes. */
int sensor_channel_hear(struct sensor_channel *channel, struct event_tag *tag,
                        struct error *err) ERROR_MUST_CHECK;

#endif
