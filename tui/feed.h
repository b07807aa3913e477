/* SPDX-License-Identifier: ISC
 *
 * Keeps the model as the agent is, without asking twice for what has not changed: the Events stream
 * tells what happens, and each record asks anew for what it touches, at most one question at a time
 * and each at most every FEED_PAUSE_US. Where the agent goes, the model keeps what was known; the
 * feed comes back when the socket does, which inotify tells. Never waits: its descriptors are polled
 * by the caller.
 */
#ifndef TUI_FEED_H
#define TUI_FEED_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "tui/link.h"
#include "tui/model.h"

#define FEED_PAUSE_US     INT64_C(250000)
#define FEED_ANSWER_US    INT64_C(30000000) /* an agent that is silent for longer is taken as gone */
#define FEED_RECORDS      1000              /* audit records that are kept for the list */
#define FEED_RECORDS_BACK 500               /* of those that were written before we came */
#define FEED_DESCRIPTORS  3

enum feed_question {
    FEED_STATUS,
    FEED_MEDIA,
    FEED_FLOORS,
    FEED_ENGINES,
    FEED_QUESTIONS,
};

#define FEED_EVERYTHING ((1U << FEED_QUESTIONS) - 1)

struct feed {
    struct model *model;
    const char *socket_path; /* borrowed */
    struct link events, questions;
    enum error_code trouble;          /* why the agent is not up; ERROR_OK */
    unsigned due;                     /* a bit each of enum feed_question */
    unsigned unknown;                 /* questions that this agent does not know */
    int asked;                        /* under way; -1: none */
    int64_t asked_us[FEED_QUESTIONS]; /* when each was asked last */
    int64_t retry_us, wait_us;        /* when to connect next, and how long that is put off then */
    int64_t turn_us;     /* when the status turns by itself: an age, a wave; -1: never */
    int64_t last_record; /* number of the newest record that came; 0: none */
    int watch;           /* inotify on the socket's folder; -1: there is no folder */
};

/* Times are those of feed_clock(), the monotonic one. */
int64_t feed_clock(void);

/* Connects, if that goes; the model is then asked for. socket_path NULL: there is no agent, and the
 * feed does nothing. feed_close() in every case. */
void feed_open(struct feed *feed, struct model *model, const char *socket_path);
void feed_close(struct feed *feed);

/* For poll(): fills FEED_DESCRIPTORS entries. */
void feed_poll(const struct feed *feed, struct pollfd *entries);
/* When feed_serve() is to be called although no descriptor is ready; -1: never. */
int64_t feed_deadline(const struct feed *feed);
/* Does what can be done now. True: the model has changed. */
bool feed_serve(struct feed *feed, const struct pollfd *entries);

/* Asks for these (bits) as soon as may be, F5: also for what the agent did not know. */
void feed_ask(struct feed *feed, unsigned questions);

#endif
