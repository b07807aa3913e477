/* SPDX-License-Identifier: ISC */
#include "mirror/folder-stream.h"

#include <stdlib.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/recipe-stream.h"

struct folder_stream {
    const struct recipe *recipe;
    struct recipe_stream places;
    int folder_fd;
    const struct package_source *held; /* or NULL */
    uint32_t file;                     /* that is open */
    int fd;                            /* -1: none */
};

struct folder_stream *folder_stream_new(int folder_fd, const struct package_source *held,
                                        const struct recipe *recipe)
{
    struct folder_stream *stream = bytes_allocate(1, sizeof(*stream));

    stream->recipe = recipe;
    stream->folder_fd = folder_fd;
    stream->held = held;
    stream->fd = -1;
    recipe_stream_open(&stream->places, recipe);
    return stream;
}

void folder_stream_free(struct folder_stream *stream)
{
    if (stream == NULL)
        return;
    if (stream->fd >= 0)
        (void)close(stream->fd);
    recipe_stream_clear(&stream->places);
    free(stream);
}

static int enter_file(struct folder_stream *stream, uint32_t file, struct error *err)
{
    uint64_t size;

    if (stream->fd >= 0 && stream->file == file)
        return 0;
    if (stream->fd >= 0)
        (void)close(stream->fd);
    stream->fd = -1;
    stream->file = file;
    if (stream->held != NULL)
        return package_source_open(stream->held, -1, file, &stream->fd, &size, err);
    return path_open_regular(stream->folder_fd, stream->recipe->files[file].name,
                             LIMIT_CONTENT_BYTES, &stream->fd, &size, err);
}

int folder_stream_read(void *context, uint64_t offset, void *out, size_t size, struct error *err)
{
    struct folder_stream *stream = context;
    uint8_t *to = out;

    if (size > stream->recipe->bytes || offset > stream->recipe->bytes - size)
        return error_set(err, ERROR_INTERNAL, "a read past the end of a content");
    while (size > 0) {
        uint32_t file = recipe_stream_file(&stream->places, offset);
        uint64_t within = offset - stream->places.files[file];
        uint64_t part = stream->recipe->files[file].size - within;
        int result = enter_file(stream, file, err);

        if (part > size)
            part = size;
        if (result == 0)
            result = path_pread(stream->fd, to, (size_t)part, within, err);
        if (result < 0)
            return error_context(err, "%s", stream->recipe->files[file].name);
        to += part;
        offset += part;
        size -= (size_t)part;
    }
    return 0;
}
