/* SPDX-License-Identifier: ISC
 *
 * Varlink's wire form, and nothing of what is said in it: JSON objects that end with a NUL byte.
 * A call is {"method","parameters"?,"more"?,"oneway"?}, a reply {"parameters"?,"continues"?,
 * "error"?}. Strict: other keys, bytes that are no JSON and messages above their bound end the
 * conversation.
 */
#ifndef AGENT_CONTROL_VARLINK_H
#define AGENT_CONTROL_VARLINK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

/* Cuts a stream of bytes into messages. Holds at most one partial message of max_size bytes. */
struct varlink_reader {
    struct bytes partial;
    size_t scanned; /* of partial: no NUL before */
};

void varlink_reader_init(struct varlink_reader *reader, size_t max_size);
void varlink_reader_clear(struct varlink_reader *reader);

/* Takes what arrived, in pieces of any size. ERROR_LIMIT when more than max_size bytes are waiting
 * to be taken out; the conversation is then over. */
int varlink_reader_feed(struct varlink_reader *reader, const void *data, size_t size,
                        struct error *err) ERROR_MUST_CHECK;

/* Takes out the next whole message. 1: *message is the caller's; 0: none is whole; negative:
 * ERROR_PROTOCOL, the conversation is over. */
int varlink_reader_next(struct varlink_reader *reader, json_t **message,
                        struct error *err) ERROR_MUST_CHECK;

struct varlink_call {
    const char *method; /* "org.sallyport.Agent.Status": checked to be a name of dotted parts */
    json_t *parameters; /* object, or NULL */
    bool more;
    bool oneway;
};

/* Takes a message apart; everything in *call is borrowed from it. */
int varlink_call_read(const json_t *message, struct varlink_call *call,
                      struct error *err) ERROR_MUST_CHECK;
/* Appends the message with its NUL. ERROR_LIMIT when out is full. */
int varlink_call_write(const struct varlink_call *call, struct bytes *out,
                       struct error *err) ERROR_MUST_CHECK;

struct varlink_reply {
    const char *error;  /* NULL: none; checked to be a name of dotted parts */
    json_t *parameters; /* object, or NULL */
    bool continues;     /* more replies follow */
};

int varlink_reply_read(const json_t *message, struct varlink_reply *reply,
                       struct error *err) ERROR_MUST_CHECK;
int varlink_reply_write(const struct varlink_reply *reply, struct bytes *out,
                        struct error *err) ERROR_MUST_CHECK;

#endif
