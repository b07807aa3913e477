/* SPDX-License-Identifier: ISC
 *
 * SHA-384 of one long stream in a thread of its own, beside whatever else is done with its bytes: one
 * message can't lie in lanes (digest-lanes.h), but it needs not be waited for either. Buffers are
 * handed over, not copied. One caller's thread; memory is DIGEST_THREAD_BUFFERS times
 * DIGEST_THREAD_BYTES, whatever is put.
 *
 * The thread takes no signals: they come to those that were there before.
 */
#ifndef MEDIA_DIGEST_THREAD_H
#define MEDIA_DIGEST_THREAD_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/limits.h"
#include "media/digest.h"

#define DIGEST_THREAD_BYTES   ((size_t)MIB)
#define DIGEST_THREAD_BUFFERS 10 /* what 8 ms of a processor digest: a caller may be away so long */

struct digest_thread;

/* ERROR_INTERNAL when no thread can be started: *thread is then NULL. */
int digest_thread_start(struct digest_thread **thread, struct error *err) ERROR_MUST_CHECK;

/* Where the next bytes of the stream go: DIGEST_THREAD_BYTES, the caller's until it puts them, the
 * same until then. Waits while all buffers are on their way. */
uint8_t *digest_thread_buffer(struct digest_thread *thread);
/* The first size bytes of that buffer. The caller may go on reading them until it asks for the next
 * buffer. */
void digest_thread_put(struct digest_thread *thread, size_t size);

/* For who has bytes elsewhere: copies them. Not together with digest_thread_buffer(). */
void digest_thread_add(struct digest_thread *thread, const void *data, size_t size);

/* Digests what was put or added and ends the thread. out may be NULL: give up, what is on its way is
 * not digested. A NULL thread is fine then. */
void digest_thread_finish(struct digest_thread *thread, uint8_t *out);

#endif
