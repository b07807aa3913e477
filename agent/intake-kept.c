/* SPDX-License-Identifier: ISC */
#include "agent/intake-kept.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/digest-check.h"

/* The file that was looked at last: the chunks of a large one come in a row. */
struct search {
    const struct recipe *recipe;
    struct intake_kept *kept;
    const struct intake_kept_place *place;
    struct digest_check *check;
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
    return path_open_regular(search->place->folder, search->recipe->files[file].name,
                             LIMIT_CONTENT_BYTES, &search->fd, &search->size, &ignored) == 0;
}

static bool is_absent(const struct search *search, uint32_t file)
{
    return search->place->base != NULL && search->place->absent[file];
}

static bool read_piece(struct search *search, const struct recipe_piece *piece)
{
    uint8_t *out = digest_check_buffer(search->check) + piece->chunk_offset;
    struct error ignored;

    if (is_absent(search, piece->file))
        return intake_base_part(search->place->base, piece, out, &ignored) == 0;
    return open_file(search, piece->file) && search->size >= piece->size &&
           piece->file_offset <= search->size - piece->size &&
           path_pread(search->fd, out, piece->size, piece->file_offset, &ignored) == 0;
}

static void note_chunk(void *context, size_t number, const uint8_t expected[static DIGEST_BYTES],
                       bool good)
{
    struct search *search = context;

    search->kept->chunks[number] = good;
    if (good)
        search->kept->bytes += search->recipe->chunks[number].length;
}

static bool is_all_absent(const struct search *search, uint32_t chunk)
{
    struct recipe_piece piece;

    recipe_first_piece(search->recipe, chunk, &piece);
    do {
        if (!is_absent(search, piece.file))
            return false;
    } while (recipe_next_piece(search->recipe, chunk, &piece));
    return true;
}

static void look_at_chunk(struct search *search, uint32_t chunk)
{
    const struct recipe_chunk *row = &search->recipe->chunks[chunk];
    struct recipe_piece piece;

    if (is_all_absent(search, chunk))
        return;
    recipe_first_piece(search->recipe, chunk, &piece);
    do {
        if (!read_piece(search, &piece))
            return;
    } while (recipe_next_piece(search->recipe, chunk, &piece));
    digest_check_put(search->check, row->length, row->content, chunk);
}

int intake_kept_find(const struct recipe *recipe, const struct intake_kept_place *place,
                     intake_kept_progress progress, void *context, struct intake_kept *kept,
                     struct error *err)
{
    struct search search = {.recipe = recipe, .kept = kept, .place = place, .fd = -1};
    int result = 0;

    *kept = (struct intake_kept){
        .chunks = bytes_allocate((size_t)recipe->chunk_count + 1, sizeof(*kept->chunks))};
    if (place->folder < 0)
        return 0;
    search.check = digest_check_new(LIMIT_FRAME_BYTES, note_chunk, &search);
    for (uint32_t i = 0; i < recipe->chunk_count && result == 0; i++) {
        look_at_chunk(&search, i);
        result = progress(context, kept->bytes, err);
    }
    digest_check_finish(search.check);
    if (result == 0)
        result = progress(context, kept->bytes, err);
    if (search.fd >= 0)
        close(search.fd);
    digest_check_free(search.check);
    return result;
}

void intake_kept_clear(struct intake_kept *kept)
{
    free(kept->chunks);
    *kept = (struct intake_kept){.chunks = NULL};
}
