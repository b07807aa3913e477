/* SPDX-License-Identifier: ISC */
#include "agent/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/control/verify-protocol.h"
#include "media/base/frame.h"
#include "media/base/path.h"
#include "media/recipe.h"

/* One file of a batch, judged by one thread. */
struct staged_file {
    uint32_t number; /* in the recipe */
    int fd;
    struct error problem;
    uint8_t *small; /* the bytes of a file that shares chunks; owned */
};

/* A package under judgement. The stream of small files is digested chunk by chunk in order, across
 * batches; larger files have chunks of their own and are judged whole by their thread. */
struct staged {
    struct recipe recipe;
    struct staged_file files[LIMIT_MESSAGE_FDS];
    uint32_t first, count; /* of the batch */
    struct digest *run;    /* the chunk of small files that is not complete; NULL: none */
    uint32_t run_chunk, run_filled;
};

static bool shares_chunks(const struct recipe_file *file)
{
    return file->size < RECIPE_RUN_BYTES;
}

static int check_digest(struct digest *state, const uint8_t *expected, const char *what,
                        struct error *err)
{
    uint8_t digest[DIGEST_BYTES];

    digest_finish(state, digest);
    if (memcmp(digest, expected, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_BAD_DIGEST, "%s does not have its digest", what);
    return 0;
}

/* Once over the file's bytes: each chunk's digest, and the whole file's. */
static int judge_chunks(const struct recipe *recipe, const struct recipe_file *file, int fd,
                        struct digest *whole, struct error *err)
{
    uint8_t *piece = bytes_allocate(1, LIMIT_FRAME_BYTES), digest[DIGEST_BYTES];
    uint64_t offset = 0;
    int result = 0;

    for (uint32_t i = 0; i < file->chunk_count && result == 0; i++) {
        const struct recipe_chunk *chunk = &recipe->chunks[file->first_chunk + i];

        result = path_pread(fd, piece, chunk->length, offset, err);
        if (result != 0)
            break;
        digest_of(piece, chunk->length, digest);
        digest_add(whole, piece, chunk->length);
        if (memcmp(digest, chunk->content, DIGEST_BYTES) != 0)
            result = error_set(err, ERROR_BAD_DIGEST, "chunk %u of %s does not have its digest", i,
                               file->name);
        offset += chunk->length;
    }
    free(piece);
    return result;
}

static int judge_bytes(const struct recipe *recipe, const struct recipe_file *file,
                       struct staged_file *staged, struct error *err)
{
    struct digest *whole = digest_new();
    int result;

    if (shares_chunks(file)) {
        staged->small = bytes_allocate(1, (size_t)file->size + 1);
        result = path_pread(staged->fd, staged->small, (size_t)file->size, 0, err);
        if (result == 0)
            digest_add(whole, staged->small, (size_t)file->size);
    } else {
        result = judge_chunks(recipe, file, staged->fd, whole, err);
    }
    if (result == 0)
        return check_digest(whole, file->digest, file->name, err);
    digest_finish(whole, NULL);
    return result;
}

static void judge_file(void *context, size_t i)
{
    struct staged *job = context;
    struct staged_file *staged = &job->files[i];
    const struct recipe_file *file = &job->recipe.files[staged->number];
    struct stat status;

    if (fstat(staged->fd, &status) < 0 || !S_ISREG(status.st_mode))
        error_set(&staged->problem, ERROR_UNEXPECTED_FILE, "%s is no regular file", file->name);
    else if (status.st_size < 0 || (uint64_t)status.st_size != file->size)
        error_set(&staged->problem, ERROR_BAD_DIGEST, "%s has %lld bytes, the recipe says %llu",
                  file->name, (long long)status.st_size, (unsigned long long)file->size);
    else
        (void)!judge_bytes(&job->recipe, file, staged, &staged->problem);
}

static int feed_run(struct staged *job, const struct recipe_file *file, const uint8_t *bytes,
                    struct error *err)
{
    uint64_t done = 0;
    int result = 0;

    while (done < file->size && result == 0) {
        const struct recipe_chunk *chunk = &job->recipe.chunks[job->run_chunk];
        uint64_t room = chunk->length - job->run_filled, left = file->size - done;
        size_t take = (size_t)(left < room ? left : room);

        if (job->run == NULL)
            job->run = digest_new();
        digest_add(job->run, bytes + done, take);
        done += take;
        job->run_filled += (uint32_t)take;
        if (job->run_filled < chunk->length)
            continue;
        result = check_digest(job->run, chunk->content, "a chunk of small files", err);
        job->run = NULL;
        job->run_filled = 0;
        job->run_chunk++;
    }
    return result;
}

/* Small files in order: what their threads read goes into the chunks that they share. A run begins
 * and ends at a chunk's edge (recipe_parse has seen to it). */
static int judge_runs(struct staged *job, struct error *err)
{
    int result = 0;

    for (uint32_t i = 0; i < job->count && result == 0; i++) {
        const struct staged_file *staged = &job->files[i];
        const struct recipe_file *file = &job->recipe.files[staged->number];

        if (!shares_chunks(file)) {
            job->run_chunk = file->first_chunk + file->chunk_count;
            continue;
        }
        result = feed_run(job, file, staged->small, err);
    }
    return result;
}

static int judge_batch(struct verify *verify, struct staged *job, struct error *err)
{
    verify_workers_run(verify->workers, judge_file, job, job->count);
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
    for (uint32_t i = 0; i < job->count; i++) {
        close(job->files[i].fd);
        free(job->files[i].small);
    }
    job->count = 0;
}

static int ask_batch(struct verify *verify, const char *id, const struct staged *job,
                     uint32_t wanted, struct error *err)
{
    json_t *names = json_array(), *body;
    int result;

    for (uint32_t i = 0; i < wanted; i++)
        json_array_append_new(names, json_string(job->recipe.files[job->first + i].name));
    body = json_pack("{s:s,s:I,s:o}", "id", id, "first", (json_int_t)job->first, "names", names);
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
        job->files[i].number = job->first + i;
        job->files[i].fd = frame_take_fd(&frame, i);
        job->count = i + 1;
    }
    frame_clear(&frame);
    return result;
}

/* Fails only where the conversation does; what the files are worth is in *problem. */
static int judge_all(struct verify *verify, const char *id, struct staged *job,
                     struct error *problem, struct error *err)
{
    int result = 0;

    while (job->first < job->recipe.file_count && result == 0 && problem->code == ERROR_OK) {
        uint32_t left = job->recipe.file_count - job->first;
        uint32_t wanted = left < LIMIT_MESSAGE_FDS ? left : LIMIT_MESSAGE_FDS;

        result = ask_batch(verify, id, job, wanted, err);
        if (result == 0)
            result = take_batch(verify, job, wanted, err);
        if (result == 0)
            (void)!judge_batch(verify, job, problem);
        clear_batch(job);
        job->first += wanted;
    }
    return result;
}

static struct verify_package *find_package(struct verify *verify,
                                           const uint8_t id[static DIGEST_BYTES])
{
    for (size_t i = 0; i < verify->package_count; i++) {
        struct verify_package *package = &verify->packages[i];

        if (package->recipe_fd >= 0 && memcmp(package->row->id, id, DIGEST_BYTES) == 0)
            return package;
    }
    return NULL;
}

/* recipe: bytes whose digest was proven. */
static int judge_by_recipe(struct verify *verify, const char *id, struct bytes_view recipe,
                           struct error *err)
{
    struct staged *job = bytes_allocate(1, sizeof(*job));
    struct error problem = {0};
    uint32_t files = 0;
    int result = 0;

    if (recipe_parse(recipe, &job->recipe, &problem) == 0)
        result = judge_all(verify, id, job, &problem, err);
    if (problem.code == ERROR_OK)
        files = job->recipe.file_count;
    if (job->run != NULL)
        digest_finish(job->run, NULL);
    recipe_clear(&job->recipe);
    free(job);
    return result != 0 ? result : verify_report_result(verify, id, &problem, files, err);
}

static int judge_package(struct verify *verify, const struct verify_package *package,
                         const char *id, struct error *err)
{
    size_t size = (size_t)package_full_recipe(&package->document)->size;
    void *memory = mmap(NULL, size, PROT_READ, MAP_PRIVATE, package->recipe_fd, 0);
    int result;

    if (memory == MAP_FAILED)
        return error_set(err, ERROR_INTERNAL, "no memory for a recipe");
    /* Sealed since it was checked; parsed again only for its tables. */
    result = judge_by_recipe(verify, id, bytes_view_of(memory, size), err);
    munmap(memory, size);
    return result;
}

int verify_staged(struct verify *verify, const uint8_t id[static DIGEST_BYTES], struct error *err)
{
    const struct verify_package *package = find_package(verify, id);
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
        result = judge_by_recipe(verify, text, bytes_view_of(memory, size), err);
    else
        result = verify_report_result(verify, text, &problem, 0, err);
    free(memory);
    return result;
}
