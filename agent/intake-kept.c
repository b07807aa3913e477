/* SPDX-License-Identifier: ISC */
#include "agent/intake-kept.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/path.h"

/* The file that was looked at last: the chunks of a large one come in a row. */
struct search {
    const struct recipe *recipe;
    int folder_fd;
    uint8_t *plain; /* LIMIT_FRAME_BYTES */
    uint32_t file;
    uint64_t size;
    int fd; /* -1: none open */
};

/* What can't be opened or read is not in place; writing it will say what is wrong with it. */
static bool open_file(struct search *search, uint32_t file)
{
    struct error ignored;

    if (search->fd >= 0 && search->file == file)
        return true;
    if (search->fd >= 0)
        close(search->fd);
    search->fd = -1;
    search->file = file;
    return path_open_regular(search->folder_fd, search->recipe->files[file].name,
                             LIMIT_CONTENT_BYTES, &search->fd, &search->size, &ignored) == 0;
}

static bool read_piece(struct search *search, const struct recipe_piece *piece)
{
    struct error ignored;

    return open_file(search, piece->file) && search->size >= piece->size &&
           piece->file_offset <= search->size - piece->size &&
           path_pread(search->fd, search->plain + piece->chunk_offset, piece->size,
                      piece->file_offset, &ignored) == 0;
}

static bool is_in_place(struct search *search, uint32_t chunk)
{
    const struct recipe_chunk *row = &search->recipe->chunks[chunk];
    uint8_t digest[DIGEST_BYTES];
    struct recipe_piece piece;

    recipe_first_piece(search->recipe, chunk, &piece);
    do {
        if (!read_piece(search, &piece))
            return false;
    } while (recipe_next_piece(search->recipe, chunk, &piece));
    digest_of(search->plain, row->length, digest);
    return memcmp(digest, row->content, DIGEST_BYTES) == 0;
}

int intake_kept_find(const struct recipe *recipe, int folder_fd, intake_kept_progress progress,
                     void *context, struct intake_kept *kept, struct error *err)
{
    struct search search = {.recipe = recipe, .folder_fd = folder_fd, .fd = -1};
    int result = 0;

    *kept = (struct intake_kept){
        .chunks = bytes_allocate((size_t)recipe->chunk_count + 1, sizeof(*kept->chunks))};
    if (folder_fd < 0)
        return 0;
    search.plain = bytes_allocate(1, LIMIT_FRAME_BYTES);
    for (uint32_t i = 0; i < recipe->chunk_count && result == 0; i++) {
        kept->chunks[i] = is_in_place(&search, i);
        if (kept->chunks[i])
            kept->bytes += recipe->chunks[i].length;
        result = progress(context, kept->bytes, err);
    }
    if (search.fd >= 0)
        close(search.fd);
    free(search.plain);
    return result;
}

void intake_kept_clear(struct intake_kept *kept)
{
    free(kept->chunks);
    *kept = (struct intake_kept){.chunks = NULL};
}
