/* SPDX-License-Identifier: ISC */
#include "mirror/export-job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/path.h"
#include "media/sign.h"
#include "mirror/source-date.h"
#include "mirror/store-batch.h"

#define EXPORTER "mirror"

const struct export_volume *export_job_volume(const struct export_job *job)
{
    return &job->volumes->rows[job->volume - 1];
}

void export_job_clear(struct export_job *job)
{
    export_clear(&job->document);
    job->file_capacity = 0;
}

void export_job_list(struct export_job *job, const char *name, uint64_t size,
                     const uint8_t digest[static DIGEST_BYTES])
{
    struct export_document *document = &job->document;

    if (document->file_count == job->file_capacity) {
        size_t capacity = job->file_capacity * 2 + 64;
        struct export_file *grown = bytes_allocate(capacity, sizeof(*grown));

        if (document->file_count > 0)
            memcpy(grown, document->files, document->file_count * sizeof(*grown));
        free(document->files);
        document->files = grown;
        job->file_capacity = capacity;
    }
    document->files[document->file_count] =
        (struct export_file){.path = bytes_copy_string(name), .size = size};
    memcpy(document->files[document->file_count++].digest, digest, DIGEST_BYTES);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct export_file *)a)->path, ((const struct export_file *)b)->path);
}

void export_job_sort(struct export_job *job)
{
    struct export_document *document = &job->document;

    if (document->file_count > 0)
        qsort(document->files, document->file_count, sizeof(*document->files), by_path);
}

int export_job_read(const struct export_job *job, const struct export_plan_file *file,
                    struct bytes *data, struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    int result;

    bytes_init(data, 0);
    result = interrupt_check(job->interrupt, err);
    if (result == 0)
        result = path_read(job->repository->tree_fd, file->name, LIMIT_RECIPE_BYTES, data, err);
    if (result < 0)
        return result;
    digest_of(data->data, data->size, digest);
    if (data->size != file->size || memcmp(digest, file->digest, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_IO, "%s: changed while the export was made", file->name);
    return 0;
}

const char *export_job_pack_name(const struct export_pack *pack, char out[static VOLUME_NAME_BYTES])
{
    struct volume_name name = {.kind = VOLUME_PACK};

    memcpy(name.digest, pack->id, DIGEST_BYTES);
    return volume_format(&name, out);
}

const struct export_plan_frame *export_job_frame(const struct export_job *job,
                                                 const struct export_pack *pack, size_t i)
{
    return &job->plan->frames[job->volumes->order[pack->first + i]];
}

static int write_frame(void *writer, const uint8_t digest[static DIGEST_BYTES],
                       struct bytes_view frame, struct error *err)
{
    return pack_write_frame(writer, digest, frame.data, frame.size, err);
}

static int write_frames(const struct export_job *job, const struct export_pack *pack,
                        struct pack_writer *writer, struct error *err)
{
    const uint8_t **digests = bytes_allocate(pack->count + 1, sizeof(*digests));
    int result;

    for (size_t i = 0; i < pack->count; i++)
        digests[i] = export_job_frame(job, pack, i)->digest;
    result = store_read_all(job->repository, digests, pack->count, write_frame, writer, err);
    free(digests);
    return result;
}

int export_job_pack(const struct export_job *job, const struct export_pack *pack, pack_put put,
                    void *context, struct error *err)
{
    struct pack_writer *writer = NULL;
    uint8_t id[DIGEST_BYTES];
    uint64_t size = 0;
    int result = pack_write_open_to(put, context, STORE_PACK_BYTES, &writer, err);

    if (result == 0)
        result = write_frames(job, pack, writer, err);
    if (result == 0) {
        result = pack_write_close(writer, id, &size, err);
        writer = NULL;
    }
    if (result == 0 && (size != pack->size || memcmp(id, pack->id, DIGEST_BYTES) != 0))
        result = error_set(err, ERROR_INTERNAL, "a pack came out other than it was planned");
    pack_write_abort(writer);
    return result;
}

static void describe_sets(struct export_job *job)
{
    struct export_document *document = &job->document;

    document->set_count = job->plan->set_count;
    for (size_t i = 0; i < job->plan->set_count; i++) {
        const struct catalog_set *set = &job->plan->sets[i];

        snprintf(document->sets[i].ring, sizeof(document->sets[i].ring), "%s", set->ring);
        document->sets[i].sequence = set->sequence;
        memcpy(document->sets[i].digest, set->digest, DIGEST_BYTES);
    }
}

/* The volumes that hold frames of the package, rising. */
static void describe_package(const struct export_job *job,
                             const struct export_plan_package *package, struct export_package *row)
{
    bool *holds = bytes_allocate(job->volumes->count + 1, sizeof(*holds));

    memcpy(row->id, package->id, DIGEST_BYTES);
    row->volumes = bytes_allocate(job->volumes->count, sizeof(*row->volumes));
    for (size_t i = 0; i < package->frame_count; i++)
        holds[job->volumes->volume_of[package->frames[i]]] = true;
    for (size_t i = 1; i <= job->volumes->count; i++) {
        if (holds[i])
            row->volumes[row->volume_count++] = (uint32_t)i;
    }
    free(holds);
}

static void describe(struct export_job *job)
{
    struct export_document *document = &job->document;

    memcpy(document->id, job->volumes->id, DIGEST_BYTES);
    describe_sets(job);
    document->package_count = job->plan->package_count;
    document->packages = bytes_allocate(document->package_count + 1, sizeof(*document->packages));
    for (size_t i = 0; i < document->package_count; i++)
        describe_package(job, &job->plan->packages[i], &document->packages[i]);
    if (job->plan->has_base)
        digest_text(job->plan->base.digest, document->base);
    document->volume = job->volume;
    document->volumes = job->volumes->count;
    document->created_us = source_date();
    snprintf(document->exporter, sizeof(document->exporter), EXPORTER);
    export_job_sort(job);
}

int export_job_sign(struct export_job *job, const struct key *key, struct bytes *document,
                    struct error *err)
{
    const struct key *const keys[] = {key};
    struct bytes json;
    int result;

    describe(job);
    bytes_init(document, LIMIT_EXPORT_BYTES);
    result = export_write(&job->document, &json, err);
    if (result == 0)
        result =
            sign_document(DOCUMENT_EXPORT, bytes_view(&json), keys, 1, NULL, document, NULL, err);
    bytes_clear(&json);
    return result;
}
