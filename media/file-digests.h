/* SPDX-License-Identifier: ISC
 *
 * Digests of whole files beside other work on them (libmediawrite): one message by itself can't be
 * split, but one file's waits for no other's.
 */
#ifndef MEDIA_FILE_DIGESTS_H
#define MEDIA_FILE_DIGESTS_H

#include <stdint.h>

#include "media/digest.h"

#define FILE_DIGESTS_THREADS 4 /* at most */
#define FILE_DIGESTS_WAITING 8 /* files that are open for it; a put beyond them waits */

struct file_digests;

/* ERROR_INTERNAL when no thread can be started. */
int file_digests_open(struct file_digests **digests, struct error *err) ERROR_MUST_CHECK;
/* The first size bytes of fd, of which it keeps a duplicate; out is written until
 * file_digests_finish(). name, for the errors that that tells, is borrowed until then. */
int file_digests_put(struct file_digests *digests, int fd, uint64_t size, const char *name,
                     uint8_t out[static DIGEST_BYTES], struct error *err) ERROR_MUST_CHECK;
/* Waits for all of them; the first failure counts. ERROR_IO names a file that was changed after it was
 * put. */
int file_digests_finish(struct file_digests *digests, struct error *err) ERROR_MUST_CHECK;
/* Ends the threads once they are through with the file that they are at. NULL is fine. */
void file_digests_close(struct file_digests *digests);

#endif
