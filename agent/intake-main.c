/* SPDX-License-Identifier: ISC
 *
 * sallyport-intake: takes the frames that verified recipes name from a medium and rebuilds files in
 * staging. It opens nothing but its staging folder and is believed for nothing. The protocol is in
 * agent/intake-protocol.h.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/intake-base.h"
#include "agent/intake-files.h"
#include "agent/intake-frames.h"
#include "agent/intake-kept.h"
#include "agent/intake-protocol.h"
#include "agent/intake-rebuild.h"
#include "media/base/reader.h"
#include "media/base/frame.h"
#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/log.h"
#include "media/base/path.h"
#include "media/base/sandbox.h"
#include "media/base/spawn.h"
#include "media/base/text.h"
#include "media/recipe.h"

#define READER_FD   SPAWN_FD_FIRST
#define STAGING_FD  (SPAWN_FD_FIRST + 1)
#define OPEN_FILES  512         /* written at once, and of the base */
#define DEADLINE_MS (60 * 1000) /* for the monitor to take a message */

/* Address space: the two largest recipes mapped and parsed, slots, stacks. What is used is far less. */
#define MEMORY_BYTES  (4 * GIB)
#define REQUEST_BYTES (4 * KIB)

#define PROGRESS_US (INSTANT_SECOND_US / 10)

struct intake {
    struct reader *reader;
    struct intake_pool *pool;
};

/* One INTAKE_PACKAGE. */
struct package {
    const char *id;
    const char *folder;
    const void *recipe_data;
    size_t recipe_size;
    struct recipe recipe;
    bool kept;                /* the folder may hold parts of the package */
    struct intake_base *base; /* NULL: none */
    bool *absent;             /* one a file: the same in the base; NULL: none */
    int64_t told_us;          /* when progress was told last */
    uint64_t missing, kept_bytes, read_bytes, built_bytes;
};

static int tell(uint16_t type, json_t *body, struct error *err)
{
    int result = frame_send_json(SPAWN_FD_SOCKET, type, body, NULL, 0, DEADLINE_MS, err);

    json_decref(body);
    return result;
}

static int tell_done(const struct package *package, const struct error *outcome, struct error *err)
{
    char words[ERROR_WORDS_BYTES * 2];
    json_t *body;

    text_escape_string(outcome->words, words, sizeof(words));
    body = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "id", package->id, "code",
                     error_name(outcome->code), "words", words, "kept",
                     (json_int_t)package->kept_bytes, "read", (json_int_t)package->read_bytes,
                     "built", (json_int_t)package->built_bytes);
    if (body != NULL && outcome->code == ERROR_VOLUME_MISSING)
        json_object_set_new(body, "missing", json_integer((json_int_t)package->missing));
    return tell(INTAKE_DONE, body, err);
}

static int tell_progress(void *context, uint64_t done, struct error *err)
{
    struct package *package = context;
    int64_t now = instant_clock();

    /* A clock that was set back must not silence us. */
    if (now >= package->told_us && now - package->told_us < PROGRESS_US)
        return 0;
    package->told_us = now;
    return tell(INTAKE_PROGRESS,
                json_pack("{s:s, s:I, s:I}", "id", package->id, "bytes", (json_int_t)done, "total",
                          (json_int_t)package->recipe.bytes),
                err);
}

/* The recipe must not change while we work from it: only a memfd that is sealed will do. */
static int map_recipe(int fd, struct package *package, struct error *err)
{
    static const int needed = F_SEAL_SHRINK | F_SEAL_WRITE;
    struct stat status;
    void *place;
    int seals = fcntl(fd, F_GET_SEALS);

    if (seals < 0 || (seals & needed) != needed || fstat(fd, &status) < 0)
        return error_set(err, ERROR_PROTOCOL, "the recipe is no sealed memory");
    if (status.st_size <= 0 || (uint64_t)status.st_size > LIMIT_RECIPE_BYTES)
        return error_set(err, ERROR_LIMIT, "a recipe of %lld bytes, RECIPE_BYTES is %lu",
                         (long long)status.st_size, LIMIT_RECIPE_BYTES);
    place = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (place == MAP_FAILED)
        return error_set_errno(err, ERROR_INTERNAL, errno, "mapping the recipe");
    package->recipe_data = place;
    package->recipe_size = (size_t)status.st_size;
    return 0;
}

/* The base's files, opened by the monitor. */
static int ask_for_files(void *context, const struct recipe *base, uint32_t first, uint32_t count,
                         int *fds, struct error *err)
{
    json_t *names = json_array();
    struct frame frame;
    struct bytes_view body;
    uint32_t number = 0;
    int result;

    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(names, json_string(base->files[first + i].name));
    result =
        tell(INTAKE_WANT, json_pack("{s:I, s:o}", "first", (json_int_t)first, "names", names), err);
    if (result == 0)
        result = frame_receive(SPAWN_FD_SOCKET, sizeof(number), DEADLINE_MS, &frame, err);
    if (result < 0)
        return result;
    body = bytes_view(&frame.body);
    if (frame.type != INTAKE_FILES || bytes_get_u32(&body, &number) < 0 || body.size != 0 ||
        number != first || frame.fd_count != count)
        result = error_set(err, ERROR_PROTOCOL, "other files than were asked for");
    for (uint32_t i = 0; i < count && result == 0; i++)
        fds[i] = frame_take_fd(&frame, i);
    frame_clear(&frame);
    return result;
}

/* A file that lies there already is not left out: it is gone on with. */
static bool lies_there(int folder_fd, const char *name)
{
    struct error ignored;
    uint64_t size;
    int fd;

    if (path_open_regular(folder_fd, name, LIMIT_CONTENT_BYTES, &fd, &size, &ignored) < 0)
        return ignored.code != ERROR_NOT_FOUND;
    close(fd);
    return true;
}

/* What is the same in the base is neither read nor written. */
static void leave_out(struct package *package, int folder_fd)
{
    const struct recipe *recipe = &package->recipe;

    package->absent = bytes_allocate(recipe->file_count, sizeof(*package->absent));
    for (uint32_t i = 0; i < recipe->file_count; i++)
        package->absent[i] = intake_base_same(package->base, i) &&
                             !(package->kept && lies_there(folder_fd, recipe->files[i].name));
}

/* A chunk of which all that is so needs no frame. */
static void note_absent(const struct package *package, struct intake_kept *kept)
{
    const struct recipe *recipe = &package->recipe;

    for (uint32_t i = 0; i < recipe->chunk_count; i++) {
        bool absent = !kept->chunks[i];
        struct recipe_piece piece;

        recipe_first_piece(recipe, i, &piece);
        do
            absent = absent && package->absent[piece.file];
        while (absent && recipe_next_piece(recipe, i, &piece));
        if (absent)
            kept->bytes += recipe->chunks[i].length;
        kept->chunks[i] = kept->chunks[i] || absent;
    }
}

static int rebuild_into(struct intake *intake, struct package *package,
                        const struct intake_kept *kept, struct intake_frames *frames, int folder_fd,
                        struct error *err)
{
    struct intake_job job = {.recipe = &package->recipe,
                             .frames = frames,
                             .base = package->base,
                             .kept = kept->chunks,
                             .kept_bytes = kept->bytes,
                             .progress = tell_progress,
                             .context = package};
    int result = intake_files_open(&package->recipe, folder_fd, package->kept, package->absent,
                                   &job.files, err);

    if (result == 0)
        result = intake_rebuild(intake->pool, &job, err);
    intake_files_close(job.files);
    return result;
}

/* Chunks that need no frame of the medium: in place, or in the base. */
static bool *without_frame(const struct package *package, const struct intake_kept *kept)
{
    bool *chunks = bytes_allocate((size_t)package->recipe.chunk_count + 1, sizeof(*chunks));

    for (uint32_t i = 0; i < package->recipe.chunk_count; i++)
        chunks[i] = kept->chunks[i] || (package->base != NULL && intake_base_has(package->base, i));
    return chunks;
}

/* Frames that are on no pack of this medium are named after the others were taken: those are in
 * place for the next medium. */
static int fetch(struct intake *intake, struct package *package, const struct intake_kept *kept,
                 int folder_fd, struct error *err)
{
    struct intake_frames *frames = NULL;
    bool *had = without_frame(package, kept);
    int result = intake_frames_find(intake->reader, &package->recipe, had, &frames, err);

    if (result == 0)
        result = rebuild_into(intake, package, kept, frames, folder_fd, err);
    if (frames != NULL)
        package->read_bytes = intake_frames_read_bytes(frames);
    if (result == 0)
        package->missing = intake_frames_missing(frames, err);
    if (package->missing > 0)
        result = -(int)err->code;
    intake_frames_free(frames);
    free(had);
    return result;
}

static int find_and_fetch(struct intake *intake, struct package *package, int folder_fd,
                          struct error *err)
{
    struct intake_kept_place place = {.folder = package->kept ? folder_fd : -1,
                                      .base = package->base};
    struct intake_kept kept;
    int result;

    if (package->base != NULL)
        leave_out(package, folder_fd);
    place.absent = package->absent;
    result = intake_kept_find(&package->recipe, &place, tell_progress, package, &kept, err);
    package->kept_bytes = kept.bytes;
    if (package->base != NULL)
        note_absent(package, &kept);
    if (result == 0)
        result = fetch(intake, package, &kept, folder_fd, err);
    intake_kept_clear(&kept);
    free(package->absent);
    return result;
}

static int rebuild(struct intake *intake, struct package *package, struct error *err)
{
    int folder_fd = -1;
    int result = path_make_folders_unflushed(STAGING_FD, package->folder, 0700, err);

    if (result == 0)
        result = path_open_folder(STAGING_FD, package->folder, &folder_fd, err);
    if (result == 0)
        result = find_and_fetch(intake, package, folder_fd, err);
    if (folder_fd >= 0)
        close(folder_fd);
    return result;
}

/* base_fd -1: nothing is installed that could be built on. */
static int rebuild_on(struct intake *intake, struct package *package, int base_fd,
                      struct error *err)
{
    int result = 0;

    if (base_fd >= 0)
        result =
            intake_base_open(base_fd, &package->recipe, ask_for_files, NULL, &package->base, err);
    else if (package->recipe.has_base)
        result = error_set(err, ERROR_BASE_MISSING,
                           "the recipe builds on a package that is not installed");
    if (result == 0)
        result = rebuild(intake, package, err);
    if (package->base != NULL)
        package->built_bytes = intake_base_bytes(package->base);
    intake_base_close(package->base);
    return result;
}

static int take_package(struct intake *intake, struct package *package, int recipe_fd, int base_fd,
                        struct error *err)
{
    int result = map_recipe(recipe_fd, package, err);

    if (result < 0)
        return result;
    result = recipe_parse(bytes_view_of(package->recipe_data, package->recipe_size),
                          &package->recipe, err);
    if (result < 0)
        error_context(err, "recipe");
    else
        result = rebuild_on(intake, package, base_fd, err);
    recipe_clear(&package->recipe);
    munmap((void *)(uintptr_t)package->recipe_data, package->recipe_size);
    return result;
}

static int read_package(const json_t *body, struct package *package, struct error *err)
{
    const struct json_field fields[] = {
        {"id", JSON_TEXT, JSON_REQUIRED, &package->id, 1, LIMIT_PATH_COMPONENT, NULL},
        {"folder", JSON_TEXT, JSON_REQUIRED, &package->folder, 1, LIMIT_PATH_COMPONENT, NULL},
        {"kept", JSON_FLAG, JSON_REQUIRED, &package->kept, 0, 0, NULL},
    };

    if (json_fields(body, fields, sizeof(fields) / sizeof(fields[0]), err) < 0 ||
        !path_component_valid(package->folder, strlen(package->folder)))
        return error_set(err, ERROR_PROTOCOL, "a package message that is malformed");
    return 0;
}

/* What goes wrong with a package is told and the next one may come; only a broken conversation with
 * the monitor ends the process. */
static int answer_package(struct intake *intake, const json_t *body, struct frame *frame,
                          struct error *err)
{
    struct package package = {0};
    struct error outcome = {.code = ERROR_OK};
    int recipe_fd = frame_take_fd(frame, 0), base_fd = frame_take_fd(frame, 1);
    int result = read_package(body, &package, err);

    if (result == 0 && recipe_fd < 0)
        result = error_set(err, ERROR_PROTOCOL, "a package message without its recipe");
    if (result == 0) {
        (void)take_package(intake, &package, recipe_fd, base_fd, &outcome);
        result = tell_done(&package, &outcome, err);
    }
    if (recipe_fd >= 0)
        close(recipe_fd);
    if (base_fd >= 0)
        close(base_fd);
    return result;
}

static int answer_selftest(struct intake *intake, const json_t *body, struct frame *frame,
                           struct error *err)
{
    const struct package package = {.id = "selftest"};
    struct error outcome = {.code = ERROR_OK};
    unsigned threads;

    if (intake_pool_selftest(intake->pool, &threads, &outcome) == 0)
        snprintf(outcome.words, sizeof(outcome.words), "%u threads", threads);
    return tell_done(&package, &outcome, err);
}

static const struct request {
    int (*answer)(struct intake *intake, const json_t *body, struct frame *frame,
                  struct error *err);
    size_t fd_lowest, fd_most;
} requests[] = {
    [INTAKE_PACKAGE] = {answer_package, 1, 2},
    [INTAKE_SELFTEST] = {answer_selftest, 0, 0},
};

static int answer(struct intake *intake, struct frame *frame, struct error *err)
{
    json_t *body;
    int result;

    if (frame->type >= sizeof(requests) / sizeof(requests[0]) ||
        requests[frame->type].answer == NULL || frame->fd_count < requests[frame->type].fd_lowest ||
        frame->fd_count > requests[frame->type].fd_most)
        return error_set(err, ERROR_PROTOCOL, "message of type %u with %zu descriptors",
                         frame->type, frame->fd_count);
    result = frame_read_json(frame, frame->type, &body, err);
    if (result < 0)
        return result;
    result = requests[frame->type].answer(intake, body, frame, err);
    json_decref(body);
    return result;
}

static int serve(struct intake *intake, struct error *err)
{
    struct frame frame;
    int result;

    do {
        result = frame_receive(SPAWN_FD_SOCKET, REQUEST_BYTES, -1, &frame, err);
        if (result == 0) {
            result = answer(intake, &frame, err);
            frame_clear(&frame);
        }
    } while (result == 0);
    return result == -ERROR_PEER_GONE ? 0 : result; /* the ordinary end */
}

/* Threads are made inside Landlock and the first filter; the second takes the making away. */
static int confine(struct intake *intake, struct error *err)
{
    static const struct sandbox_call calls[] = {
        {SYS_openat2, "folders and files of the job", -1, 0, 0},
        {SYS_mkdirat, "folders of the job", -1, 0, 0},
        {SYS_pwrite64, "a small file of the job", -1, 0, 0},
        {SYS_pwritev, "bytes of the job's files", -1, 0, 0},
        {SYS_sync_file_range, "bytes of the job's files on their way to the disk", -1, 0, 0},
        {SYS_fcntl, "whether a recipe is sealed", 1, UINT32_MAX, F_GET_SEALS},
    };
    const struct sandbox_folder folder = {.fd = STAGING_FD, .write = true};
    const struct sandbox_profile profile = {
        .name = "intake",
        .calls = calls,
        .call_count = sizeof(calls) / sizeof(calls[0]),
        .folders = &folder,
        .folder_count = 1,
        .memory_bytes = MEMORY_BYTES,
        .file_bytes = LIMIT_CONTENT_BYTES,
        .open_files = OPEN_FILES,
        .threads = true,
    };
    int result = sandbox_enter(&profile, err);

    if (result == 0)
        result = intake_pool_start(&intake->pool, err);
    return result == 0 ? sandbox_seal(&profile, err) : result;
}

int main(void)
{
    struct intake intake = {0};
    struct error err = {0};
    int result;

    log_open("intake", SPAWN_FD_LOG, LOG_LEVEL_INFO);
    /* One arena: the allocator's own for each thread would take 64 MiB of address space each. */
    mallopt(M_ARENA_MAX, 1);
    /* A file that grows too large is an error to be told, not a reason to die. */
    signal(SIGXFSZ, SIG_IGN);
    result = reader_open(READER_FD, &intake.reader, &err);
    if (result == 0)
        result = confine(&intake, &err);
    if (result == 0)
        result = serve(&intake, &err);
    if (result < 0)
        log_write(LOG_LEVEL_ERROR, "%s: %s", error_name(err.code), err.words);
    intake_pool_stop(intake.pool);
    reader_close(intake.reader);
    return result < 0 ? 1 : 0;
}
