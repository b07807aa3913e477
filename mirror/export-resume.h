/* SPDX-License-Identifier: ISC
 *
 * What of an export that was cut lies whole at its destination: packs that are just what would be
 * written are read back, and not written again.
 */
#ifndef MIRROR_EXPORT_RESUME_H
#define MIRROR_EXPORT_RESUME_H

#include "mirror/export-job.h"

/* Packs of the volume that lie there with their name and size, as a document that lists nothing
 * else; and their bytes. The document is initialised here; export_clear() it. */
void export_resume_find(const struct export_job *job, int fd, struct export_document *found,
                        uint64_t *bytes);

/* Whether the pack lies there as it would be written: read from the medium itself, held
 * against the plan. digest is its own, of what the store gives. Negative where the store fails or the
 * work is to stop, never for the medium: where another file has its name and size the store is known
 * to have the pack, and that file may go. */
int export_resume_pack(const struct export_job *job, int fd, const struct export_pack *pack,
                       bool *whole, uint8_t digest[static DIGEST_BYTES],
                       struct error *err) ERROR_MUST_CHECK;

#endif
