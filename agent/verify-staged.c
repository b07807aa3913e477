/* SPDX-License-Identifier: ISC */
#include "agent/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/control/verify-protocol.h"
#include "agent/verify-parts.h"
#include "media/base/frame.h"
#include "media/base/path.h"
#include "media/recipe.h"

#define STREAM_BYTES (LIMIT_MESSAGE_FDS * RECIPE_RUN_BYTES + LIMIT_FRAME_BYTES)

struct staged_file {
    int fd;
    uint32_t place;       /* of a small file in the stream */
    struct error problem; /* the first */
};

/* A package under judgement, batch by batch. The chunks of larger files are read from the files; the
 * small ones that share chunks are read one after the other into the stream, judged by their own
 * digests, so that a bad one is named, and then cut into their chunks. */
struct staged {
    struct recipe recipe;
    struct verify_parts *parts;
    bool flush; /* the files were written just now */
    struct staged_file files[LIMIT_MESSAGE_FDS];
    uint32_t asked;        /* files that were asked for so far: the next batch is on its way */
    uint32_t first, count; /* of the batch */
    uint32_t file, chunk;  /* what is judged next: of the batch, of the file */
    uint64_t offset;       /* where that lies in the file */
    uint8_t *stream;       /* STREAM_BYTES; at its start what is left of the batch before */
    uint32_t filled, cut;  /* of the stream: so far, as chunks */
    uint32_t run_chunk;    /* the chunk of small files that comes next */
    struct error run_problem;
};

static const struct recipe_file *file_row(const struct staged *job, uint32_t i)
{
    return &job->recipe.files[job->first + i];
}

static bool shares_chunks(const struct recipe_file *file)
{
    return file->size < RECIPE_RUN_BYTES;
}

static void go_to_next_file(struct staged *job)
{
    job->file++;
    job->chunk = 0;
    job->offset = 0;
}

/* What is left of a file that is known to be bad is not read. */
static bool next_part(void *context, struct verify_part *part)
{
    struct staged *job = context;
    const struct recipe_file *file;

    while (job->file < job->count && job->files[job->file].problem.code != ERROR_OK)
        go_to_next_file(job);
    if (job->file == job->count)
        return false;
    file = file_row(job, job->file);
    *part = (struct verify_part){.fd = job->files[job->file].fd,
                                 .file = job->file,
                                 .number = job->chunk,
                                 .offset = job->offset};
    if (shares_chunks(file)) {
        part->length = (uint32_t)file->size;
        part->digest = file->digest;
        part->bytes = job->stream + job->files[job->file].place;
    } else {
        part->length = job->recipe.chunks[file->first_chunk + job->chunk].length;
        part->digest = job->recipe.chunks[file->first_chunk + job->chunk].content;
    }
    job->offset += part->length;
    if (shares_chunks(file) || ++job->chunk == file->chunk_count)
        go_to_next_file(job);
    return true;
}

static void note_bad_part(void *context, const struct verify_part *part,
                          const struct error *problem)
{
    struct staged *job = context;
    const struct recipe_file *file = file_row(job, part->file);
    struct error *noted = &job->files[part->file].problem;

    if (noted->code != ERROR_OK)
        return;
    if (problem->code != ERROR_BAD_DIGEST)
        *noted = *problem;
    else if (shares_chunks(file))
        error_set(noted, ERROR_BAD_DIGEST, "%s does not have its digest", file->name);
    else
        error_set(noted, ERROR_BAD_DIGEST, "chunk %u of %s does not have its digest", part->number,
                  file->name);
}

/* The next chunk of small files that is complete. A run begins and ends at a chunk's edge
 * (recipe_parse has seen to it). */
static bool next_run_chunk(void *context, struct verify_part *part)
{
    struct staged *job = context;
    const struct recipe_chunk *chunk;

    for (; job->run_chunk < job->recipe.chunk_count; job->run_chunk++) {
        chunk = &job->recipe.chunks[job->run_chunk];
        if (!shares_chunks(&job->recipe.files[chunk->file]))
            continue;
        if (chunk->length > job->filled - job->cut)
            return false;
        *part = (struct verify_part){.fd = -1,
                                     .length = chunk->length,
                                     .bytes = job->stream + job->cut,
                                     .digest = chunk->content};
        job->cut += chunk->length;
        job->run_chunk++;
        return true;
    }
    return false;
}

static void note_bad_run(void *context, const struct verify_part *part, const struct error *problem)
{
    struct staged *job = context;

    error_set(&job->run_problem, problem->code, "a chunk of small files does not have its digest");
}

static int judge_runs(struct staged *job, struct error *err)
{
    job->cut = 0;
    verify_parts_judge(job->parts, next_run_chunk, note_bad_run, job);
    memmove(job->stream, job->stream + job->cut, job->filled - job->cut);
    job->filled -= job->cut;
    if (job->run_problem.code == ERROR_OK)
        return 0;
    *err = job->run_problem;
    return -(int)err->code;
}

static void check_form(const struct recipe_file *file, struct staged_file *staged)
{
    struct stat status;

    if (fstat(staged->fd, &status) < 0 || !S_ISREG(status.st_mode))
        error_set(&staged->problem, ERROR_UNEXPECTED_FILE, "%s is no regular file", file->name);
    else if (status.st_size < 0 || (uint64_t)status.st_size != file->size)
        error_set(&staged->problem, ERROR_BAD_DIGEST, "%s has %lld bytes, the recipe says %llu",
                  file->name, (long long)status.st_size, (unsigned long long)file->size);
}

static void begin_batch(struct staged *job)
{
    job->file = 0;
    for (uint32_t i = 0; i < job->count; i++) {
        const struct recipe_file *file = file_row(job, i);

        check_form(file, &job->files[i]);
        job->files[i].place = job->filled;
        if (shares_chunks(file))
            job->filled += (uint32_t)file->size;
    }
}

static int judge_batch(struct staged *job, struct error *err)
{
    begin_batch(job);
    verify_parts_judge(job->parts, next_part, note_bad_part, job);
    for (uint32_t i = 0; i < job->count; i++) {
        if (job->files[i].problem.code != ERROR_OK) {
            *err = job->files[i].problem;
            return -(int)err->code;
        }
    }
    return judge_runs(job, err);
}

static void clear_batch(struct staged *job)
{
    for (uint32_t i = 0; i < job->count; i++)
        close(job->files[i].fd);
    job->count = 0;
}

/* The monitor opens them while those before are judged. */
static int ask_batch(struct verify *verify, const char *id, struct staged *job, struct error *err)
{
    uint32_t left = job->recipe.file_count - job->asked;
    uint32_t wanted = left < LIMIT_MESSAGE_FDS ? left : LIMIT_MESSAGE_FDS;
    json_t *names, *body;
    int result;

    if (wanted == 0)
        return 0;
    names = json_array();
    for (uint32_t i = 0; i < wanted; i++)
        json_array_append_new(names, json_string(job->recipe.files[job->asked + i].name));
    body = json_pack("{s:s,s:I,s:o}", "id", id, "first", (json_int_t)job->asked, "names", names);
    job->asked += wanted;
    result = frame_send_json(verify->socket, VERIFY_WANT, body, NULL, 0, -1, err);
    json_decref(body);
    return result;
}

static int take_batch(struct verify *verify, struct staged *job, uint32_t wanted, struct error *err)
{
    struct frame frame;
    struct bytes_view body;
    uint32_t first = 0;
    int result = frame_receive(verify->socket, sizeof(first), -1, &frame, err);

    if (result != 0)
        return result;
    body = bytes_view(&frame.body);
    if (frame.type != VERIFY_FILES || bytes_get_u32(&body, &first) != 0 || body.size != 0 ||
        first != job->first || frame.fd_count != wanted)
        result = error_set(err, ERROR_PROTOCOL, "other files than were asked for");
    for (uint32_t i = 0; i < wanted && result == 0; i++) {
        memset(&job->files[i], 0, sizeof(job->files[i]));
        job->files[i].fd = frame_take_fd(&frame, i);
        job->count = i + 1;
    }
    frame_clear(&frame);
    return result;
}

/* The monitor can do other things meanwhile. What became of the files it asks by itself, when there is
 * hardly anything left to be waited for. */
static void await_disk(const struct staged *job)
{
    if (job->flush && job->count > 0 && job->first + job->count == job->recipe.file_count)
        (void)syncfs(job->files[0].fd);
}

/* Fails only where the conversation does; what the files are worth is in *problem. What was asked for
 * before a problem was found still comes. */
static int judge_all(struct verify *verify, const char *id, struct staged *job,
                     struct error *problem, struct error *err)
{
    int result = ask_batch(verify, id, job, err);

    while (job->first < job->asked && result == 0) {
        uint32_t wanted = job->asked - job->first;

        result = take_batch(verify, job, wanted, err);
        if (result == 0 && problem->code == ERROR_OK)
            result = ask_batch(verify, id, job, err);
        if (result == 0 && problem->code == ERROR_OK)
            (void)!judge_batch(job, problem);
        if (result == 0 && problem->code == ERROR_OK)
            await_disk(job);
        clear_batch(job);
        job->first += wanted;
    }
    return result;
}

const struct verify_package *verify_find_package(const struct verify *verify,
                                                 const uint8_t id[static DIGEST_BYTES])
{
    for (size_t i = 0; i < verify->package_count; i++) {
        const struct verify_package *package = &verify->packages[i];

        if (package->recipe_fd >= 0 && memcmp(package->row->id, id, DIGEST_BYTES) == 0)
            return package;
    }
    return NULL;
}

/* recipe: bytes whose digest was proven. */
static int judge_by_recipe(struct verify *verify, const char *id, struct bytes_view recipe,
                           bool flush, struct error *err)
{
    struct staged *job = bytes_allocate(1, sizeof(*job));
    struct error problem = {0};
    uint32_t files = 0;
    int result = 0;

    job->flush = flush;
    job->parts = verify_parts_new(verify->workers);
    job->stream = bytes_allocate(1, STREAM_BYTES);
    if (recipe_parse(recipe, &job->recipe, &problem) == 0)
        result = judge_all(verify, id, job, &problem, err);
    if (problem.code == ERROR_OK)
        files = job->recipe.file_count;
    verify_parts_free(job->parts);
    free(job->stream);
    recipe_clear(&job->recipe);
    free(job);
    return result != 0 ? result : verify_report_result(verify, id, &problem, files, err);
}

static int judge_package(struct verify *verify, const struct verify_package *package,
                         const char *id, struct error *err)
{
    size_t size = (size_t)package->recipe->size;
    void *memory = mmap(NULL, size, PROT_READ, MAP_PRIVATE, package->recipe_fd, 0);
    int result;

    if (memory == MAP_FAILED)
        return error_set(err, ERROR_INTERNAL, "no memory for a recipe");
    /* Sealed since it was checked; parsed again only for its tables. */
    result = judge_by_recipe(verify, id, bytes_view_of(memory, size), true, err);
    munmap(memory, size);
    return result;
}

int verify_staged(struct verify *verify, const uint8_t id[static DIGEST_BYTES], struct error *err)
{
    const struct verify_package *package = verify_find_package(verify, id);
    char text[DIGEST_TEXT_BYTES];

    if (package == NULL)
        return error_set(err, ERROR_PROTOCOL, "a package that no plan said to fetch");
    return judge_package(verify, package, digest_text(id, text), err);
}

/* Into memory of our own before its digest is taken: the file could be written meanwhile. */
static int read_kept_recipe(int fd, const uint8_t digest[static DIGEST_BYTES], uint8_t **memory,
                            size_t *size, struct error *problem)
{
    uint8_t found[DIGEST_BYTES];
    struct stat status;
    int result;

    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size < 0 ||
        (uint64_t)status.st_size > LIMIT_RECIPE_BYTES)
        return error_set(problem, ERROR_BAD_DIGEST, "its recipe is no file of a recipe's size");
    *size = (size_t)status.st_size;
    *memory = bytes_allocate(1, *size + 1);
    result = path_pread(fd, *memory, *size, 0, problem);
    digest_of(*memory, *size, found);
    if (result == 0 && memcmp(found, digest, DIGEST_BYTES) != 0)
        result = error_set(problem, ERROR_BAD_DIGEST, "its recipe does not have its digest");
    return result;
}

int verify_content(struct verify *verify, const uint8_t id[static DIGEST_BYTES],
                   const uint8_t digest[static DIGEST_BYTES], int recipe_fd, struct error *err)
{
    char text[DIGEST_TEXT_BYTES];
    struct error problem = {0};
    uint8_t *memory = NULL;
    size_t size = 0;
    int result;

    digest_text(id, text);
    if (read_kept_recipe(recipe_fd, digest, &memory, &size, &problem) == 0)
        result = judge_by_recipe(verify, text, bytes_view_of(memory, size), false, err);
    else
        result = verify_report_result(verify, text, &problem, 0, err);
    free(memory);
    return result;
}
