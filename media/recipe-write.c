/* SPDX-License-Identifier: ISC */
#include "media/recipe.h"

#include <stdlib.h>
#include <string.h>

struct totals {
    uint64_t names_size, bytes, packed;
};

static struct totals sum(const struct recipe *recipe)
{
    uint32_t *rows = recipe_frames_sorted(recipe);
    struct totals totals = {0};

    for (uint32_t i = 0; i < recipe->file_count; i++) {
        totals.names_size += strlen(recipe->files[i].name) + 1;
        totals.bytes += recipe->files[i].size;
    }
    totals.packed = recipe_sum_packed(recipe, rows);
    free(rows);
    return totals;
}

static int put_header(const struct recipe *recipe, struct bytes *out, struct error *err)
{
    struct totals totals = sum(recipe);
    int result = bytes_put(out, "SPRC", 4, err);

    if (result == 0)
        result = bytes_put_u16(out, 1, err);
    if (result == 0)
        result = bytes_put_u16(out, recipe->has_base ? 1 : 0, err);
    if (result == 0)
        result = bytes_put_u32(out, recipe->file_count, err);
    if (result == 0)
        result = bytes_put_u32(out, recipe->chunk_count, err);
    if (result == 0)
        result = bytes_put_u64(out, totals.names_size, err);
    if (result == 0)
        result = bytes_put_u64(out, totals.bytes, err);
    if (result == 0)
        result = bytes_put_u64(out, totals.packed, err);
    return result;
}

static int put_file(const struct recipe_file *file, struct bytes *out, struct error *err)
{
    int result = bytes_put_u64(out, file->size, err);

    if (result == 0)
        result = bytes_put_u32(out, file->record_size, err);
    if (result == 0)
        result = bytes_put_u32(out, (uint32_t)strlen(file->name), err);
    if (result == 0)
        result = bytes_put(out, file->digest, DIGEST_BYTES, err);
    return result;
}

static int put_chunk(const struct recipe_chunk *chunk, struct bytes *out, struct error *err)
{
    int result = bytes_put(out, chunk->frame, DIGEST_BYTES, err);

    if (result == 0)
        result = bytes_put(out, chunk->content, DIGEST_BYTES, err);
    if (result == 0)
        result = bytes_put_u32(out, chunk->packed, err);
    if (result == 0)
        result = bytes_put_u32(out, chunk->length, err);
    if (result == 0)
        result = bytes_put_u8(out, chunk->codec, err);
    if (result == 0)
        result = bytes_put_u32(out, chunk->base_file, err);
    if (result == 0)
        result = bytes_put_u64(out, chunk->base_offset, err);
    if (result == 0)
        result = bytes_put_u32(out, chunk->base_length, err);
    return result;
}

static int put_tables(const struct recipe *recipe, struct bytes *out, struct error *err)
{
    int result = 0;

    for (uint32_t i = 0; i < recipe->file_count && result == 0; i++)
        result = put_file(&recipe->files[i], out, err);
    for (uint32_t i = 0; i < recipe->file_count && result == 0; i++)
        result = bytes_put(out, recipe->files[i].name, strlen(recipe->files[i].name) + 1, err);
    for (uint32_t i = 0; i < recipe->chunk_count && result == 0; i++)
        result = put_chunk(&recipe->chunks[i], out, err);
    return result;
}

int recipe_write(const struct recipe *recipe, struct bytes *out, struct error *err)
{
    size_t start = out->size;
    struct recipe judged;
    int result = put_header(recipe, out, err);

    if (result == 0)
        result = put_tables(recipe, out, err);
    if (result < 0)
        return result;
    /* The reader's own rules decide, so that writer and reader can't drift apart. */
    result = recipe_parse(bytes_view_of(out->data + start, out->size - start), &judged, err);
    recipe_clear(&judged);
    return result;
}
