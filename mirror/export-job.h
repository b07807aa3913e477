/* SPDX-License-Identifier: ISC
 *
 * One volume of an export on its way out, whatever form it takes: what is written is listed, and the
 * list is signed last.
 */
#ifndef MIRROR_EXPORT_JOB_H
#define MIRROR_EXPORT_JOB_H

#include "media/export.h"
#include "media/key.h"
#include "media/pack.h"
#include "media/volume.h"
#include "mirror/export-volumes.h"
#include "mirror/interrupt.h"
#include "mirror/progress.h"

struct export_job {
    struct repository *repository; /* borrowed, as are the next four */
    const struct export_plan *plan;
    const struct export_volumes *volumes;
    struct progress *progress;
    const struct interrupt *interrupt;
    size_t volume;                   /* from 1 */
    struct export_document document; /* grows as files are written; sorted once it is signed */
    size_t file_capacity;
};

const struct export_volume *export_job_volume(const struct export_job *job);
void export_job_clear(struct export_job *job);

/* The file is written: list it. */
void export_job_list(struct export_job *job, const char *name, uint64_t size,
                     const uint8_t digest[static DIGEST_BYTES]);

/* Sorts the list by path, as a document has it and as a look into it needs it. */
void export_job_sort(struct export_job *job);

/* A planned file of the repository's tree. data is initialised here; bytes_clear() it in every
 * case. ERROR_INTERRUPTED when the work is to stop. */
int export_job_read(const struct export_job *job, const struct export_plan_file *file,
                    struct bytes *data, struct error *err) ERROR_MUST_CHECK;

/* Where a pack lies on a medium. Returns out. */
const char *export_job_pack_name(const struct export_pack *pack,
                                 char out[static VOLUME_NAME_BYTES]);

/* The i-th frame of a planned pack. */
const struct export_plan_frame *export_job_frame(const struct export_job *job,
                                                 const struct export_pack *pack, size_t i);

/* The bytes of a planned pack, frame by frame, into put. */
int export_job_pack(const struct export_job *job, const struct export_pack *pack, pack_put put,
                    void *context, struct error *err) ERROR_MUST_CHECK;

/* Signs the list. document is initialised here; bytes_clear() it in every case. */
int export_job_sign(struct export_job *job, const struct key *key, struct bytes *document,
                    struct error *err) ERROR_MUST_CHECK;

#endif
