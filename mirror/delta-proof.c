/* SPDX-License-Identifier: ISC */
#include "mirror/delta-proof.h"

#include <stdlib.h>
#include <string.h>

#include "media/frame-codec.h"
#include "mirror/rebuild.h"
#include "mirror/store-stream.h"
#include "mirror/store.h"

struct proof {
    const struct recipe *recipe, *base;
    uint64_t *starts; /* of the base's files in its stream */
    struct store_stream *stream;
    struct store_reader *reader;
    struct frame_decoder *decoder;
    uint8_t *before, *plain; /* LIMIT_BASE_BYTES, LIMIT_FRAME_BYTES */
    struct digest *digest;   /* of the file that is being made; NULL */
    uint32_t file;
};

static int read_range(struct proof *proof, const struct recipe_chunk *chunk,
                      struct frame_base *base, struct error *err)
{
    uint64_t start;

    base->record_size = proof->recipe->files[chunk->file].record_size;
    base->range = bytes_view_of(proof->before, chunk->base_length);
    if (chunk->base_length == 0)
        return 0;
    if (chunk->base_file >= proof->base->file_count ||
        chunk->base_offset > proof->base->files[chunk->base_file].size)
        return error_set(err, ERROR_BAD_RECIPE, "a range that its base does not have");
    start = proof->starts[chunk->base_file] + chunk->base_offset;
    if (chunk->base_length > proof->base->bytes - start)
        return error_set(err, ERROR_BAD_RECIPE, "a range past the end of its base");
    return store_stream_read(proof->stream, start, proof->before, chunk->base_length, err);
}

static int make_chunk(struct proof *proof, const struct recipe_chunk *chunk, struct error *err)
{
    struct frame_base base;
    struct bytes_view frame;
    int result = read_range(proof, chunk, &base, err);

    if (result == 0)
        result = store_read(proof->reader, chunk->frame, &frame, err);
    if (result < 0)
        return result;
    if (!recipe_is_copy(chunk))
        return frame_decode_on(proof->decoder, &base, chunk->codec, frame, proof->plain,
                               chunk->length, err);
    memcpy(proof->plain, base.range.data, chunk->length);
    return 0;
}

static int end_file(struct proof *proof, struct error *err)
{
    const struct recipe_file *file = &proof->recipe->files[proof->file];
    uint8_t digest[DIGEST_BYTES];

    if (proof->digest == NULL)
        return 0;
    digest_finish(proof->digest, digest);
    proof->digest = NULL;
    return memcmp(digest, file->digest, DIGEST_BYTES) == 0
               ? 0
               : error_set(err, ERROR_BAD_DIGEST, "%s: comes out with another digest", file->name);
}

static int add_piece(struct proof *proof, const struct recipe_piece *piece, struct error *err)
{
    int result = 0;

    if (proof->digest == NULL || proof->file != piece->file) {
        result = end_file(proof, err);
        proof->digest = digest_new();
        proof->file = piece->file;
    }
    digest_add(proof->digest, proof->plain + piece->chunk_offset, piece->size);
    return result;
}

static int prove_chunk(struct proof *proof, uint32_t i, struct error *err)
{
    const struct recipe_chunk *chunk = &proof->recipe->chunks[i];
    uint8_t digest[DIGEST_BYTES];
    struct recipe_piece piece;
    int result = make_chunk(proof, chunk, err);

    if (result < 0)
        return result;
    digest_of(proof->plain, chunk->length, digest);
    if (memcmp(digest, chunk->content, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_BAD_FRAME, "chunk %u: comes out with another digest", i);
    recipe_first_piece(proof->recipe, i, &piece);
    do
        result = add_piece(proof, &piece, err);
    while (result == 0 && recipe_next_piece(proof->recipe, i, &piece));
    return result;
}

static int prove_chunks(struct proof *proof, struct repository *repository, struct error *err)
{
    int result = 0;

    proof->starts = bytes_allocate((size_t)proof->base->file_count + 1, sizeof(*proof->starts));
    for (uint32_t i = 0; i < proof->base->file_count; i++)
        proof->starts[i + 1] = proof->starts[i] + proof->base->files[i].size;
    proof->stream = store_stream_new(repository, proof->base);
    proof->reader = store_reader_new(repository);
    proof->decoder = frame_decoder_new();
    proof->before = bytes_allocate(1, LIMIT_BASE_BYTES);
    proof->plain = bytes_allocate(1, LIMIT_FRAME_BYTES);
    for (uint32_t i = 0; i < proof->recipe->chunk_count && result == 0; i++)
        result = prove_chunk(proof, i, err);
    if (result == 0)
        result = end_file(proof, err);
    else if (proof->digest != NULL)
        digest_finish(proof->digest, NULL);
    free(proof->starts);
    store_stream_free(proof->stream);
    store_reader_free(proof->reader);
    frame_decoder_free(proof->decoder);
    free(proof->before);
    free(proof->plain);
    return result;
}

/* The files are those of the full recipe, whose own proof says that they are the package's. */
static int check_files(const struct recipe *full, const struct recipe *recipe, struct error *err)
{
    if (!recipe->has_base || full->file_count != recipe->file_count)
        return error_set(err, ERROR_BAD_RECIPE, "not the files of the full recipe");
    for (uint32_t i = 0; i < full->file_count; i++) {
        const struct recipe_file *a = &full->files[i], *b = &recipe->files[i];

        if (strcmp(a->name, b->name) != 0 || a->size != b->size ||
            memcmp(a->digest, b->digest, DIGEST_BYTES) != 0)
            return error_set(err, ERROR_BAD_RECIPE, "%s: not as in the full recipe", a->name);
    }
    return 0;
}

static int find_base(struct repository *repository, const uint8_t id[static DIGEST_BYTES],
                     struct bytes *data, struct recipe *recipe, struct error *err)
{
    struct catalog_package base;
    bool found = false;
    int result = catalog_find_package(repository->catalog, id, &base, &found, err);

    *recipe = (struct recipe){0};
    bytes_init(data, 0);
    if (result == 0 && !found)
        result = error_set(err, ERROR_NOT_FOUND, "the base is not here");
    return result < 0 ? result : rebuild_recipe_named(repository, base.recipe, data, recipe, err);
}

int delta_prove(struct repository *repository, const struct package_document *package,
                const struct package_recipe *row, struct error *err)
{
    struct bytes full_data, data, base_data;
    struct recipe full, recipe = {0}, base = {0};
    struct proof proof = {.recipe = &recipe, .base = &base};
    char text[DIGEST_TEXT_BYTES];
    int result = rebuild_recipe(repository, package, &full_data, &full, err);

    bytes_init(&data, 0);
    bytes_init(&base_data, 0);
    if (result == 0)
        result = rebuild_recipe_named(repository, row->digest, &data, &recipe, err);
    if (result == 0)
        result = check_files(&full, &recipe, err);
    if (result == 0 && (recipe.packed != row->packed_size || data.size != row->size))
        result = error_set(err, ERROR_BAD_RECIPE, "other sizes than the package says");
    if (result == 0)
        result = find_base(repository, row->base, &base_data, &base, err);
    if (result == 0)
        result = prove_chunks(&proof, repository, err);
    recipe_clear(&full);
    recipe_clear(&recipe);
    recipe_clear(&base);
    bytes_clear(&full_data);
    bytes_clear(&data);
    bytes_clear(&base_data);
    return result < 0 ? error_context(err, "%s %s, recipe %.16s on a base", package->type,
                                      package->version, digest_text(row->digest, text))
                      : 0;
}
