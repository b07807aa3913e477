/* SPDX-License-Identifier: ISC
 *
 * Messages between our own processes: length, type, body, and descriptors, over a Unix stream
 * socketpair. Header: body size u32, type u16, number of descriptors u16 (little-endian); the
 * descriptors ride on the header's bytes. A message that breaks a bound ends the conversation.
 */
#ifndef MEDIA_BASE_FRAME_H
#define MEDIA_BASE_FRAME_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"

/* A received message. The body and the descriptors belong to it. */
struct frame {
    uint16_t type;
    struct bytes body;
    int fds[LIMIT_MESSAGE_FDS];
    size_t fd_count;
};

/* A connected pair, both ends close-on-exec. */
int frame_pair(int ends[2], struct error *err) ERROR_MUST_CHECK;

/* Sends one message; descriptors stay the caller's. Blocks at most deadline_ms (-1: for ever).
 * ERROR_PEER_GONE when the other end is closed (no SIGPIPE), ERROR_TIMEOUT, ERROR_LIMIT. */
int frame_send(int socket, uint16_t type, const void *body, size_t size, const int *fds,
               size_t fd_count, int deadline_ms, struct error *err) ERROR_MUST_CHECK;

/* Receives one message into `frame` (initialised here; frame_clear it). body at most max_size.
 * Received descriptors are close-on-exec. ERROR_PEER_GONE on a clean end, ERROR_PROTOCOL on a torn
 * or oversized one (stray descriptors are closed), ERROR_TIMEOUT. */
int frame_receive(int socket, size_t max_size, int deadline_ms, struct frame *frame,
                  struct error *err) ERROR_MUST_CHECK;

/* As frame_send with the canonical JSON of `body`. */
int frame_send_json(int socket, uint16_t type, const json_t *body, const int *fds, size_t fd_count,
                    int deadline_ms, struct error *err) ERROR_MUST_CHECK;

/* The body of a received message as strict JSON; its type must be `type` or ERROR_PROTOCOL. *body
 * is the caller's (json_decref), NULL on failure. */
int frame_read_json(const struct frame *frame, uint16_t type, json_t **body,
                    struct error *err) ERROR_MUST_CHECK;

/* Frees the body and closes the descriptors that were not taken. */
void frame_clear(struct frame *frame);

/* Takes descriptor i out of the frame; it is then the caller's. -1 when there is none. */
int frame_take_fd(struct frame *frame, size_t i);

/* For an event loop: feeds what is readable now (socket non-blocking) into a partial message.
 * Returns 1 when `frame` is whole, 0 when more is needed, negative on error. */
struct frame_reader;
struct frame_reader *frame_reader_new(int socket, size_t max_size);
int frame_reader_feed(struct frame_reader *reader, struct frame *frame,
                      struct error *err) ERROR_MUST_CHECK;
void frame_reader_free(struct frame_reader *reader);

#endif
