/* SPDX-License-Identifier: ISC
 *
 * How a sandboxed program that reads what comes from outside (sallyport-unpack, sallyport-compile)
 * tells its parent why it refuses it: {"code","words"}. The child has read hostile bytes, so that
 * the parent takes its words for words and its code for one of four.
 */
#ifndef MEDIA_BASE_REFUSAL_H
#define MEDIA_BASE_REFUSAL_H

#include <jansson.h>

#include "media/base/error.h"
#include "media/base/frame.h"
#include "media/base/spawn.h"

/* The message's body; a new reference. Only what is plain in every terminal and every JSON goes on:
 * other bytes of the words become "?". */
json_t *refusal_body(const struct error *refusal);

/* Takes a refusal that came as a message of this type: *err gets it, and the result is its code.
 * A code that is none of bad-content, limit, no-space and io is bad-content. ERROR_PROTOCOL for what
 * is no refusal. */
int refusal_take(const struct frame *frame, uint16_t type, size_t words_limit, struct error *err);

/* Why the child ended without an answer: by a signal that what it read (`what`) led it to
 * (ERROR_BAD_CONTENT), or with the status no_sandbox, since it may not run then (ERROR_SANDBOX). Its
 * log is relayed; it is reaped. */
int refusal_of_end(struct child *child, const char *program, const char *what, int no_sandbox,
                   struct error *err);

#endif
