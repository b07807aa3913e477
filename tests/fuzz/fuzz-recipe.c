/* SPDX-License-Identifier: ISC
 *
 * Recipes: what is accepted covers every file exactly, piece by piece, and is written back to the
 * same bytes.
 */
#include <string.h>

#include "media/recipe.h"
#include "tests/fuzz/fuzz.h"

/* Each chunk's pieces follow each other without a gap and fill it, each file gets all its bytes. */
static void walk(const struct recipe *recipe)
{
    uint64_t *got = bytes_allocate(recipe->file_count, sizeof(*got));

    for (uint32_t i = 0; i < recipe->chunk_count; i++) {
        struct recipe_piece piece;
        uint64_t filled = 0;

        recipe_first_piece(recipe, i, &piece);
        do {
            FUZZ_MUST(piece.file < recipe->file_count && piece.size > 0);
            FUZZ_MUST(piece.chunk_offset == filled && piece.file_offset == got[piece.file]);
            filled += piece.size;
            got[piece.file] += piece.size;
        } while (recipe_next_piece(recipe, i, &piece));
        FUZZ_MUST(filled == recipe->chunks[i].length);
    }
    for (uint32_t i = 0; i < recipe->file_count; i++)
        FUZZ_MUST(got[i] == recipe->files[i].size);
    free(got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct recipe recipe;
    struct bytes again;

    bytes_init(&again, size + 64);
    if (recipe_parse(bytes_view_of(data, size), &recipe, &err) == 0) {
        walk(&recipe);
        free(recipe_frames_sorted(&recipe));
        FUZZ_MUST(recipe_write(&recipe, &again, &err) == 0);
        FUZZ_MUST(again.size == size && memcmp(again.data, data, size) == 0);
    } else {
        FUZZ_MUST(err.code != ERROR_OK && err.words[0] != '\0');
    }
    recipe_clear(&recipe);
    bytes_clear(&again);
    return 0;
}
