/* SPDX-License-Identifier: ISC
 *
 * What an earlier export left on a medium. Only names of the format that an export writes are ever
 * touched, and temporary files of ours; receipts, outboxes and what others put there stay.
 */
#ifndef MIRROR_EXPORT_STALE_H
#define MIRROR_EXPORT_STALE_H

#include "media/export.h"

/* Bytes of all such files. 0 when there is no tree. */
int export_stale_size(int fd, uint64_t *bytes, struct error *err) ERROR_MUST_CHECK;

/* Those that are not among `kept`: how many, and their bytes. */
int export_stale_count(int fd, const struct export_document *kept, size_t *count, uint64_t *bytes,
                       struct error *err) ERROR_MUST_CHECK;

/* Removes such files unless `kept` (may be NULL) lists them; export.p7m stays. Adds to *removed, and
 * to *unknown for each name that is none of the format's. */
int export_stale_remove(int fd, const struct export_document *kept, size_t *removed,
                        size_t *unknown, struct error *err) ERROR_MUST_CHECK;

/* Removes an export as a whole, its document first, and the folders that are empty then. */
int export_stale_clear(int fd, size_t *removed, struct error *err) ERROR_MUST_CHECK;

#endif
