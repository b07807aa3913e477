/* SPDX-License-Identifier: ISC */
#include "agent/intake-base.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/recipe-stream.h"

#define NOWHERE UINT64_MAX
/* More than one request opens, so that ranges may go back a little. A file's row is its number modulo
 * this: those of one request never push each other out. */
#define OPEN_FILES (2 * LIMIT_MESSAGE_FDS)

struct open_file {
    uint32_t file;
    int fd; /* -1: none */
};

struct intake_base {
    const struct recipe *recipe; /* of what is rebuilt */
    struct bytes data;           /* the base's own recipe */
    struct recipe base;
    struct recipe_stream stream; /* of the base */
    uint64_t *origins;           /* one a chunk of recipe: where in that stream it lies; NOWHERE */
    uint32_t *same;              /* one a file of recipe: its number in the base; RECIPE_NO_ROW */
    uint64_t bytes;
    intake_base_ask ask;
    void *context;
    struct open_file open[OPEN_FILES];
};

static int unusable(struct error *err)
{
    err->code = ERROR_BASE_MISSING;
    error_context(err, "what is installed can't be built on");
    return -ERROR_BASE_MISSING;
}

static int read_base(struct intake_base *base, int fd, struct error *err)
{
    struct stat status;
    uint8_t *place;
    int result;

    bytes_init(&base->data, LIMIT_RECIPE_BYTES);
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size <= 0 ||
        (uint64_t)status.st_size > LIMIT_RECIPE_BYTES)
        return error_set(err, ERROR_BASE_MISSING, "its recipe is no file of a recipe's size");
    result = bytes_reserve(&base->data, (size_t)status.st_size, &place, err);
    if (result == 0)
        result = path_pread(fd, place, (size_t)status.st_size, 0, err);
    if (result == 0)
        result = recipe_parse(bytes_view(&base->data), &base->base, err);
    return result < 0 ? unusable(err) : 0;
}

/* How many files a range touches is how many may have to be opened for one chunk. */
static bool touches_few(const struct intake_base *base, uint64_t start, uint32_t length)
{
    return recipe_stream_file(&base->stream, start + length - 1) -
               recipe_stream_file(&base->stream, start) <
           LIMIT_BASE_FILES;
}

/* Where a range that a recipe names lies in the base's stream. */
static int locate(const struct intake_base *base, const struct recipe_chunk *chunk, uint64_t *start,
                  struct error *err)
{
    const struct recipe *old = &base->base;

    if (chunk->base_file >= old->file_count ||
        chunk->base_offset > old->files[chunk->base_file].size)
        return error_set(err, ERROR_BAD_RECIPE, "builds on a place that its base has not");
    *start = base->stream.files[chunk->base_file] + chunk->base_offset;
    if (chunk->base_length > base->stream.files[old->file_count] - *start)
        return error_set(err, ERROR_BAD_RECIPE, "builds on bytes beyond its base's end");
    if (!touches_few(base, *start, chunk->base_length))
        return error_set(err, ERROR_LIMIT, "builds on more files than BASE_FILES, %d",
                         LIMIT_BASE_FILES);
    return 0;
}

/* Where in the base's stream a chunk of this content lies; NOWHERE, also where that is in more files
 * than are worth their opening. */
static uint64_t find_content(const struct intake_base *base, const uint32_t *sorted,
                             const struct recipe_chunk *wanted)
{
    uint32_t row = recipe_find_content(&base->base, sorted, wanted->content);
    uint64_t start;

    if (row == RECIPE_NO_ROW || base->base.chunks[row].length != wanted->length)
        return NOWHERE;
    start = recipe_stream_chunk(&base->stream, row);
    return touches_few(base, start, wanted->length) ? start : NOWHERE;
}

/* A recipe with a base says itself what lies where; a full one is held against the contents that
 * the base is known to have. */
static int find_origins(struct intake_base *base, struct error *err)
{
    const struct recipe *recipe = base->recipe;
    uint32_t *sorted = recipe->has_base ? NULL : recipe_contents_sorted(&base->base);
    int result = 0;

    base->origins = bytes_allocate((size_t)recipe->chunk_count + 1, sizeof(*base->origins));
    for (uint32_t i = 0; i < recipe->chunk_count && result == 0; i++) {
        const struct recipe_chunk *chunk = &recipe->chunks[i];
        uint64_t start = NOWHERE;

        if (!recipe->has_base)
            start = find_content(base, sorted, chunk);
        else if (chunk->base_length > 0)
            result = locate(base, chunk, &start, err);
        if (result < 0)
            error_context(err, "chunk %" PRIu32, i);
        base->origins[i] = start;
    }
    free(sorted);
    return result;
}

int intake_base_open(int base_recipe_fd, const struct recipe *recipe, intake_base_ask ask,
                     void *context, struct intake_base **base, struct error *err)
{
    struct intake_base *made = bytes_allocate(1, sizeof(*made));
    int result;

    made->recipe = recipe;
    made->ask = ask;
    made->context = context;
    for (size_t i = 0; i < OPEN_FILES; i++)
        made->open[i].fd = -1;
    result = read_base(made, base_recipe_fd, err);
    if (result == 0) {
        recipe_stream_open(&made->stream, &made->base);
        made->same = recipe_find_same(&made->base, recipe);
        result = find_origins(made, err);
    }
    if (result < 0) {
        intake_base_close(made);
        made = NULL;
    }
    *base = made;
    return result;
}

void intake_base_close(struct intake_base *base)
{
    if (base == NULL)
        return;
    for (size_t i = 0; i < OPEN_FILES; i++) {
        if (base->open[i].fd >= 0)
            close(base->open[i].fd);
    }
    recipe_clear(&base->base);
    bytes_clear(&base->data);
    recipe_stream_clear(&base->stream);
    free(base->origins);
    free(base->same);
    free(base);
}

bool intake_base_same(const struct intake_base *base, uint32_t file)
{
    return base->same[file] != RECIPE_NO_ROW;
}

bool intake_base_has(const struct intake_base *base, uint32_t chunk)
{
    const struct recipe_chunk *row = &base->recipe->chunks[chunk];

    return base->origins[chunk] != NOWHERE && (!base->recipe->has_base || recipe_is_copy(row));
}

uint64_t intake_base_bytes(const struct intake_base *base)
{
    return base->bytes;
}

/* Asks for this file and its neighbours: ranges follow each other, and go back a little. */
static int open_files(struct intake_base *base, uint32_t file, struct error *err)
{
    uint32_t first = file / LIMIT_MESSAGE_FDS * LIMIT_MESSAGE_FDS;
    uint32_t left = base->base.file_count - first;
    uint32_t count = left < LIMIT_MESSAGE_FDS ? left : LIMIT_MESSAGE_FDS;
    int fds[LIMIT_MESSAGE_FDS];
    int result = base->ask(base->context, &base->base, first, count, fds, err);

    for (uint32_t i = 0; i < count && result == 0; i++) {
        struct open_file *row = &base->open[(first + i) % OPEN_FILES];

        if (row->fd >= 0)
            close(row->fd);
        *row = (struct open_file){.file = first + i, .fd = fds[i]};
    }
    return result;
}

static int read_file(struct intake_base *base, uint32_t file, uint64_t offset, uint8_t *out,
                     size_t size, struct error *err)
{
    const struct open_file *row = &base->open[file % OPEN_FILES];
    int result = 0;

    if (row->fd < 0 || row->file != file)
        result = open_files(base, file, err);
    if (result < 0)
        return result;
    if (path_pread(row->fd, out, size, offset, err) == 0)
        return 0;
    error_context(err, "%s", base->base.files[file].name);
    return unusable(err);
}

/* The range lies within the stream (locate, find_content). */
static int read_stream(struct intake_base *base, uint64_t start, uint8_t *out, size_t size,
                       struct error *err)
{
    uint32_t file = size > 0 ? recipe_stream_file(&base->stream, start) : 0;
    size_t done = 0;
    int result = 0;

    while (done < size && result == 0) {
        uint64_t offset = start + done - base->stream.files[file];
        uint64_t left = base->base.files[file].size - offset;
        size_t take = size - done < left ? size - done : (size_t)left;

        if (take > 0)
            result = read_file(base, file, offset, out + done, take, err);
        done += take;
        file++;
    }
    base->bytes += size;
    return result;
}

int intake_base_copy(struct intake_base *base, uint32_t chunk, uint8_t *out, struct error *err)
{
    return read_stream(base, base->origins[chunk], out, base->recipe->chunks[chunk].length, err);
}

int intake_base_range(struct intake_base *base, uint32_t chunk, uint8_t *out, struct error *err)
{
    return read_stream(base, base->origins[chunk], out, base->recipe->chunks[chunk].base_length,
                       err);
}

int intake_base_part(struct intake_base *base, const struct recipe_piece *piece, uint8_t *out,
                     struct error *err)
{
    return read_stream(base, base->stream.files[base->same[piece->file]] + piece->file_offset, out,
                       piece->size, err);
}
