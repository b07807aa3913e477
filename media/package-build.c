/* SPDX-License-Identifier: ISC */
#include "media/package-build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/chunk.h"
#include "media/file-digests.h"
#include "media/file-unchanged.h"
#include "media/frame-queue.h"
#include "media/package-source.h"
#include "media/recipe.h"
#include "media/record-scan.h"

/* Plain bytes that wait for their cut: as many as the longest chunk, and room to read on. */
#define WINDOW_BYTES (4 * MIB)

_Static_assert(WINDOW_BYTES >= LIMIT_FRAME_BYTES + RECIPE_RUN_BYTES,
               "a small file fits behind what waits for its cut");

/* A row of the chunk table while it is made. */
struct row {
    uint8_t frame[DIGEST_BYTES];
    uint8_t content[DIGEST_BYTES];
    uint32_t packed, length;
    uint8_t codec;
};

struct build {
    const struct package_build_options *options;
    int source_fd;
    int level;
    struct package_source source;
    struct recipe_file *files;        /* one for each name */
    uint8_t (*digests)[DIGEST_BYTES]; /* of the files */
    struct bytes rows;                /* struct row, one after the other */
    uint64_t chunks;
    struct chunk_cutter cutter;
    struct frame_queue *queue;  /* NULL: cuts are counted only */
    struct file_digests *whole; /* of large files; as queue */
    uint8_t *window;
    size_t start, end; /* what waits in the window */
};

/* A source file opened for reading: as it is, or sealed. */
struct input {
    int fd;
    uint64_t size;
    struct stat before; /* of the source itself */
    int source_fd;
};

static int open_scratch(const struct build *build, int *fd, struct error *err)
{
    *fd = openat(build->options->scratch_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "a temporary file");
    return 0;
}

static void close_input(struct input *input)
{
    if (input->fd >= 0 && input->fd != input->source_fd)
        close(input->fd);
    if (input->source_fd >= 0)
        close(input->source_fd);
}

/* From here on the input is the sealed file: that is what is carried, installed and judged. */
static int seal_input(struct build *build, const char *name, struct input *input, struct error *err)
{
    int scratch = -1;
    int result = open_scratch(build, &scratch, err);

    if (result < 0)
        return result;
    input->fd = -1;
    result = open_scratch(build, &input->fd, err);
    if (result == 0)
        result = seal_file(build->options->seal, build->options->type, name, build->level,
                           input->source_fd, scratch, input->fd, &input->size, err);
    close(scratch);
    return result;
}

static int open_input(struct build *build, uint32_t i, struct input *input, struct error *err)
{
    const char *name = build->source.names[i];
    int result;

    *input = (struct input){.fd = -1, .source_fd = -1};
    result = package_source_open(&build->source, build->source_fd, i, &input->source_fd,
                                 &input->size, err);
    if (result < 0)
        return result;
    input->fd = input->source_fd;
    if (fstat(input->source_fd, &input->before) < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", name);
    if (build->options->seal != NULL)
        result = seal_input(build, name, input, err);
    return result;
}

/* Stores the frame of the next chunk and notes its row. */
static int take_packed(void *context, const struct frame_packed *packed, struct error *err)
{
    struct build *build = context;
    struct row row = {
        .packed = (uint32_t)packed->packed.size, .length = packed->length, .codec = packed->codec};
    int result = build->options->store(build->options->context, packed->frame, packed->packed, err);

    if (result < 0)
        return result;
    memcpy(row.frame, packed->frame, DIGEST_BYTES);
    memcpy(row.content, packed->content, DIGEST_BYTES);
    return bytes_put(&build->rows, &row, sizeof(row), err);
}

static int emit(struct build *build, struct bytes_view plain, struct error *err)
{
    build->chunks++;
    return build->queue != NULL ? frame_queue_put(build->queue, plain, err) : 0;
}

/* Cuts what waits, as long as a cut can't depend on bytes that are still to come; all of it when
 * the stream ends here. */
static int cut(struct build *build, int stream_ends, struct error *err)
{
    int result = 0;

    while (result == 0 && build->end > build->start &&
           (stream_ends || build->end - build->start >= build->cutter.maximum)) {
        size_t waiting = build->end - build->start;
        size_t length = chunk_cut(&build->cutter, build->window + build->start, waiting);

        result = emit(build, bytes_view_of(build->window + build->start, length), err);
        build->start += length;
    }
    memmove(build->window, build->window + build->start, build->end - build->start);
    build->end -= build->start;
    build->start = 0;
    return result;
}

/* A small file fits behind whatever waits, and holds no records. */
static int feed_small(struct build *build, const struct input *input, uint32_t i, struct error *err)
{
    uint8_t *at = build->window + build->end;
    int result = path_pread(input->fd, at, (size_t)input->size, 0, err);

    if (result < 0)
        return result;
    if (build->queue != NULL)
        digest_of(at, (size_t)input->size, build->digests[i]);
    build->end += (size_t)input->size;
    return cut(build, 0, err);
}

static int feed(struct build *build, const struct input *input, uint32_t *record_size,
                struct error *err)
{
    struct record_scan scan;
    uint64_t offset = 0;
    int result = 0;

    record_scan_begin(&scan, input->size);
    while (result == 0 && offset < input->size) {
        uint64_t left = input->size - offset;
        size_t room = WINDOW_BYTES - build->end;
        size_t size = left < room ? (size_t)left : room;

        result = path_pread(input->fd, build->window + build->end, size, offset, err);
        if (result < 0)
            break;
        record_scan_add(&scan, build->window + build->end, size);
        build->end += size;
        offset += size;
        result = cut(build, 0, err);
    }
    *record_size = record_scan_result(&scan);
    return result;
}

/* A large file is a stream of its own; what waits of the run before it ends there. Its digest takes
 * longer than all else that is done to it in one thread. */
static int feed_large(struct build *build, const struct input *input, uint32_t i,
                      uint32_t *record_size, struct error *err)
{
    int result = cut(build, 1, err);

    if (result == 0 && build->whole != NULL)
        result = file_digests_put(build->whole, input->fd, input->size, build->source.names[i],
                                  build->digests[i], err);
    if (result == 0)
        result = feed(build, input, record_size, err);
    return result == 0 ? cut(build, 1, err) : result;
}

static int build_file(struct build *build, uint32_t i, struct error *err)
{
    const char *name = build->source.names[i];
    uint32_t record_size = 0;
    struct input input;
    int result = open_input(build, i, &input, err);

    if (result == 0)
        result = input.size >= RECIPE_RUN_BYTES ? feed_large(build, &input, i, &record_size, err)
                                                : feed_small(build, &input, i, err);
    if (result == 0)
        result = file_unchanged(input.source_fd, &input.before, err);
    build->files[i] = (struct recipe_file){
        .name = name, .digest = build->digests[i], .size = input.size, .record_size = record_size};
    close_input(&input);
    return result < 0 ? error_context(err, "%s", name) : 0;
}

static int build_files(struct build *build, struct error *err)
{
    int result = 0;

    build->chunks = 0;
    for (uint32_t i = 0; i < build->source.count && result == 0; i++)
        result = build_file(build, i, err);
    if (result == 0)
        result = cut(build, 1, err);
    return result;
}

/* What the folder holds at most in chunks of the smallest length, so that most folders need no
 * count. */
static int chunks_could_pass(struct build *build, int *could, struct error *err)
{
    uint64_t chunks = 0;
    const struct package_source *source = &build->source;
    struct stat status;

    for (uint32_t i = 0; i < source->count; i++) {
        if ((source->fds != NULL
                 ? fstat(source->fds[i], &status)
                 : fstatat(build->source_fd, source->names[i], &status, AT_SYMLINK_NOFOLLOW)) < 0)
            return error_set_errno(err, ERROR_IO, errno, "%s", source->names[i]);
        chunks += (uint64_t)status.st_size / build->cutter.minimum + 2;
    }
    *could = chunks > CHUNK_COUNT_GOAL;
    return 0;
}

/* The average doubles until the chunks are few enough: counted by cutting, not guessed, so that the
 * answer is the same wherever it is asked. */
static int choose_average(struct build *build, struct error *err)
{
    int could = 0;

    for (unsigned log = CHUNK_AVERAGE_LOG; log <= CHUNK_AVERAGE_LOG_MAX; log++) {
        int result;

        chunk_cutter_init(&build->cutter, log);
        result = chunks_could_pass(build, &could, err);
        if (result == 0 && could && log < CHUNK_AVERAGE_LOG_MAX)
            result = build_files(build, err);
        if (result < 0)
            return result;
        if (!could || build->chunks <= CHUNK_COUNT_GOAL)
            break;
    }
    return 0;
}

/* Points the recipe's chunk table into the rows. */
static int write_recipe(struct build *build, struct package_built *built, struct error *err)
{
    const struct row *rows = (const void *)build->rows.data;
    struct recipe recipe = {.file_count = build->source.count,
                            .files = build->files,
                            .chunk_count = (uint32_t)build->chunks};
    struct recipe judged;
    int result;

    recipe.chunks = bytes_allocate(build->chunks, sizeof(*recipe.chunks));
    for (uint64_t i = 0; i < build->chunks; i++)
        recipe.chunks[i] = (struct recipe_chunk){.frame = rows[i].frame,
                                                 .content = rows[i].content,
                                                 .packed = rows[i].packed,
                                                 .length = rows[i].length,
                                                 .codec = rows[i].codec};
    result = recipe_write(&recipe, &built->recipe, err);
    free(recipe.chunks);
    if (result < 0)
        return result;
    result = recipe_parse(bytes_view(&built->recipe), &judged, err);
    built->files = judged.file_count;
    built->bytes = judged.bytes;
    built->packed = judged.packed;
    built->chunks = judged.chunk_count;
    recipe_clear(&judged);
    digest_of(built->recipe.data, built->recipe.size, built->recipe_digest);
    return result;
}

static int run(struct build *build, struct package_built *built, struct error *err)
{
    int result = 0;

    if (build->options->held != NULL)
        build->source = *build->options->held;
    else
        result = package_source_list(build->source_fd, &build->source, err);
    if (result < 0)
        return result;
    build->files = bytes_allocate(build->source.count, sizeof(*build->files));
    build->digests = bytes_allocate(build->source.count, sizeof(*build->digests));
    build->window = bytes_allocate(1, WINDOW_BYTES);
    result = choose_average(build, err);
    if (result < 0)
        return result;
    result = frame_queue_open(build->level, take_packed, build, &build->queue, err);
    if (result == 0)
        result = file_digests_open(&build->whole, err);
    if (result == 0)
        result = build_files(build, err);
    if (result == 0)
        result = frame_queue_finish(build->queue, err);
    if (result == 0)
        result = file_digests_finish(build->whole, err);
    if (result == 0)
        result = write_recipe(build, built, err);
    return result;
}

int package_build(int source_fd, const struct package_build_options *options,
                  struct package_built *built, struct error *err)
{
    struct build build = {.options = options,
                          .source_fd = source_fd,
                          .level = options->level != 0 ? options->level : PACKAGE_BUILD_LEVEL};
    int result;

    *built = (struct package_built){0};
    bytes_init(&built->recipe, LIMIT_RECIPE_BYTES);
    bytes_init(&build.rows, (size_t)LIMIT_CHUNKS * sizeof(struct row));
    result = run(&build, built, err);
    /* A name that the recipe's rules refuse is the source's fault, not the recipe's. */
    if (result == -ERROR_BAD_RECIPE) {
        err->code = ERROR_BAD_CONTENT;
        result = -ERROR_BAD_CONTENT;
    }
    file_digests_close(build.whole);
    frame_queue_close(build.queue);
    bytes_clear(&build.rows);
    free(build.window);
    free(build.digests);
    free(build.files);
    if (options->held == NULL)
        package_source_clear(&build.source);
    return result;
}

void package_built_clear(struct package_built *built)
{
    bytes_clear(&built->recipe);
}
