/* SPDX-License-Identifier: ISC
 *
 * One message to a driver's process and one from it, within media/driver-run.h: deadlines, log lines,
 * what a driver says beside its answers, and how a conversation ends.
 */
#ifndef MEDIA_DRIVER_MESSAGE_H
#define MEDIA_DRIVER_MESSAGE_H

#include <jansson.h>
#include <stdbool.h>

#include "media/base/driver-protocol.h"
#include "media/base/frame.h"
#include "media/base/limits.h"
#include "media/base/spawn.h"
#include "media/driver-run.h"

#define DRIVER_PREFIX  "sallyport-driver-"
#define DRIVER_STOP_MS 2000 /* from the end of the conversation to SIGKILL */

struct driver_run {
    char family[LIMIT_NAME_BYTES + 1];
    char name[LIMIT_NAME_BYTES + sizeof(DRIVER_PREFIX)];
    struct child child;
    int deadline_ms;
    struct driver_run_listener listener;
    bool gone;        /* killed or ended: no more talk */
    unsigned calls;   /* of the request under way */
    json_t *greeting; /* NULL: it has not greeted */
    json_t *findings; /* words; of the last content */
    char item[ERROR_WORDS_BYTES];
};

/* The conversation is over: kills what is left, says why (*why is what we found) in err, with the
 * right one's fault: ERROR_DRIVER_BROKEN, ERROR_DRIVER_FAILED, ERROR_DRIVER_KILLED, ERROR_IO. */
int driver_message_fail(struct driver_run *run, const struct error *why, struct error *err);

/* The descriptor stays the caller's; NULL: none. Fails as above. */
int driver_message_send(struct driver_run *run, enum driver_message type, const json_t *body,
                        const int *fd, struct error *err) ERROR_MUST_CHECK;

/* Waits for a message of that type; what the driver says beside goes to the listener. *body is the
 * caller's. Fails as above. */
int driver_message_receive(struct driver_run *run, enum driver_message type, json_t **body,
                           struct error *err) ERROR_MUST_CHECK;

/* Whether something lies there unread, and the driver has not ended. */
bool driver_message_waits(const struct driver_run *run);

#endif
