/* SPDX-License-Identifier: ISC */
#include "media/recipe-stream.h"

#include <stdlib.h>
#include <string.h>

void recipe_stream_open(struct recipe_stream *stream, const struct recipe *recipe)
{
    uint64_t *starts = bytes_allocate((size_t)recipe->file_count + 1, sizeof(*starts));

    for (uint32_t i = 0; i < recipe->file_count; i++)
        starts[i + 1] = starts[i] + recipe->files[i].size;
    *stream = (struct recipe_stream){.recipe = recipe, .files = starts};
}

void recipe_stream_clear(struct recipe_stream *stream)
{
    free(stream->files);
    *stream = (struct recipe_stream){.files = NULL};
}

uint64_t recipe_stream_chunk(const struct recipe_stream *stream, uint32_t chunk)
{
    const struct recipe *recipe = stream->recipe;
    const struct recipe_chunk *row = &recipe->chunks[chunk];

    if (chunk == recipe->chunk_count)
        return stream->files[recipe->file_count];
    return stream->files[row->file] + row->file_offset;
}

uint32_t recipe_stream_file(const struct recipe_stream *stream, uint64_t place)
{
    uint32_t low = 0, high = stream->recipe->file_count;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (stream->files[middle] <= place)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static int compare_contents(const void *left, const void *right, void *context)
{
    const struct recipe_chunk *chunks = context;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    int order = memcmp(chunks[a].content, chunks[b].content, DIGEST_BYTES);

    return order != 0 ? order : (a > b) - (a < b);
}

uint32_t *recipe_contents_sorted(const struct recipe *recipe)
{
    uint32_t *rows = bytes_allocate((size_t)recipe->chunk_count + 1, sizeof(*rows));

    for (uint32_t i = 0; i < recipe->chunk_count; i++)
        rows[i] = i;
    qsort_r(rows, recipe->chunk_count, sizeof(*rows), compare_contents, recipe->chunks);
    return rows;
}

uint32_t recipe_find_content(const struct recipe *recipe, const uint32_t *sorted,
                             const uint8_t content[static DIGEST_BYTES])
{
    uint32_t low = 0, high = recipe->chunk_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (memcmp(recipe->chunks[sorted[middle]].content, content, DIGEST_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == recipe->chunk_count ||
        memcmp(recipe->chunks[sorted[low]].content, content, DIGEST_BYTES) != 0)
        return RECIPE_NO_ROW;
    return sorted[low];
}

static bool is_same(const struct recipe_file *a, const struct recipe_file *b)
{
    return strcmp(a->name, b->name) == 0 && a->size == b->size &&
           memcmp(a->digest, b->digest, DIGEST_BYTES) == 0;
}

/* Both tables are in the order of their names. */
uint32_t *recipe_find_same(const struct recipe *base, const struct recipe *recipe)
{
    uint32_t *same = bytes_allocate((size_t)recipe->file_count + 1, sizeof(*same));
    uint32_t old = 0;

    for (uint32_t i = 0; i < recipe->file_count; i++) {
        const struct recipe_file *file = &recipe->files[i];

        while (old < base->file_count && strcmp(base->files[old].name, file->name) < 0)
            old++;
        same[i] = old < base->file_count && is_same(&base->files[old], file) ? old : RECIPE_NO_ROW;
    }
    return same;
}
