/* SPDX-License-Identifier: ISC
 *
 * Whether a pack on a medium is, byte for byte, what the plan of the export makes it: its frames have
 * their planned digests, and what stands around them is what any pack of these frames has there. Read
 * once, from the medium itself (read-back.h) and in its order; frames are judged in lanes on all
 * processors. Neither the store nor what was in memory when the pack was written is asked.
 */
#ifndef MIRROR_EXPORT_PROOF_H
#define MIRROR_EXPORT_PROOF_H

#include "mirror/export-job.h"

#define EXPORT_PROOF_WORKERS 8 /* at most, each with some 5 MiB */

/* The pack `name` beneath dirfd, which must have been flushed. ERROR_MEDIUM_DAMAGED where it differs;
 * ERROR_INTERRUPTED. *direct: the page cache was passed by. Threads that can't be started are done
 * without. */
int export_proof_pack(const struct export_job *job, const struct export_pack *pack, int dirfd,
                      const char *name, bool *direct, struct error *err) ERROR_MUST_CHECK;

#endif
