/* SPDX-License-Identifier: ISC */
#include "media/delta-build.h"

#include <stdlib.h>
#include <string.h>

#include "media/delta-match.h"
#include "media/digest-thread.h"
#include "media/frame-codec.h"

#define SPAN_FILES 96 /* small files in one row: the base may have some more between them */
#define ANY_CODEC  4  /* where a merge saves less than three quarters, others may do better */

/* A row of the chunk table while it is made: recipe_chunk with digests of its own. */
struct row {
    struct recipe_chunk chunk;
    uint8_t frame[DIGEST_BYTES];
    uint8_t content[DIGEST_BYTES];
};

struct build {
    const struct delta_build_options *options;
    const struct delta_side *base, *fresh;
    struct delta_match *match;
    struct frame_encoder *encoder;
    struct bytes rows;   /* struct row, one after the other */
    struct bytes trial;  /* rows that are not decided on yet */
    struct bytes frames; /* and their packed bytes, one after the other */
    uint64_t stored;
    uint8_t *plain;  /* LIMIT_FRAME_BYTES */
    uint8_t *before; /* LIMIT_BASE_BYTES */
};

static int put_row(struct bytes *rows, const struct recipe_chunk *chunk, const uint8_t *frame,
                   const uint8_t *content, struct error *err)
{
    struct row row = {.chunk = *chunk};

    memcpy(row.frame, frame, DIGEST_BYTES);
    memcpy(row.content, content, DIGEST_BYTES);
    return bytes_put(rows, &row, sizeof(row), err);
}

/* A frame that is tried: its row and bytes wait. */
static int put_trial(struct build *build, struct recipe_chunk *chunk, struct bytes_view packed,
                     const uint8_t *content, struct error *err)
{
    uint8_t frame[DIGEST_BYTES];
    int result = bytes_put(&build->frames, packed.data, packed.size, err);

    chunk->packed = (uint32_t)packed.size;
    digest_of(packed.data, packed.size, frame);
    return result < 0 ? result : put_row(&build->trial, chunk, frame, content, err);
}

static void drop_trial(struct build *build)
{
    build->trial.size = build->frames.size = 0;
}

static int keep_trial(struct build *build, struct error *err)
{
    const struct row *rows = (const void *)build->trial.data;
    size_t count = build->trial.size / sizeof(*rows), at = 0;
    int result = bytes_put(&build->rows, build->trial.data, build->trial.size, err);

    for (size_t i = 0; i < count && result == 0; i++) {
        result = build->options->store(build->options->context, rows[i].frame,
                                       bytes_view_of(build->frames.data + at, rows[i].chunk.packed),
                                       err);
        at += rows[i].chunk.packed;
    }
    build->stored += build->frames.size;
    drop_trial(build);
    return result;
}

static int changed(const char *name, struct error *err)
{
    return error_set(err, ERROR_IO, "%s: changed while it was compared", name);
}

static const char *chunk_name(const struct build *build, const struct recipe_chunk *chunk)
{
    return build->fresh->recipe->files[chunk->file].name;
}

static int read_chunk(struct build *build, uint32_t i, struct error *err)
{
    const struct recipe_chunk *chunk = &build->fresh->recipe->chunks[i];
    uint8_t digest[DIGEST_BYTES];
    int result = build->fresh->read(build->fresh->context, delta_match_place(build->match, i),
                                    build->plain, chunk->length, err);

    if (result < 0)
        return result;
    digest_of(build->plain, chunk->length, digest);
    return memcmp(digest, chunk->content, DIGEST_BYTES) == 0
               ? 0
               : changed(chunk_name(build, chunk), err);
}

/* Packs [from, end) of a chunk against what is like it. *like: there is something. */
static int try_span(struct build *build, uint32_t i, uint32_t from, uint32_t end, bool *like,
                    struct error *err)
{
    uint64_t place = delta_match_place(build->match, i);
    struct recipe_chunk row = {.length = end - from, .codec = CODEC_ZSTD_PREFIX};
    struct bytes_view plain = bytes_view_of(build->plain + from, end - from), packed;
    struct frame_base base = {0};
    uint8_t content[DIGEST_BYTES];
    struct delta_range range;
    int result;

    *like = delta_match_like(build->match, i, place + from, place + end, &range);
    if (!*like)
        return 0;
    result =
        build->base->read(build->base->context, range.offset, build->before, range.length, err);
    base.range = bytes_view_of(build->before, range.length);
    if (result == 0)
        result = frame_encode_prefix(build->encoder, plain, &base, &packed, err);
    if (result < 0)
        return result;
    delta_match_name(build->match, &range, &row);
    digest_of(plain.data, plain.size, content);
    return put_trial(build, &row, packed, content, err);
}

/* Spans of a chunk with at most so many files, each a row of its own. */
static int try_spans(struct build *build, uint32_t i, bool *like, struct error *err)
{
    const struct recipe *recipe = build->fresh->recipe;
    uint32_t from = 0, files = 0;
    struct recipe_piece piece;
    bool more;
    int result = 0;

    *like = true;
    recipe_first_piece(recipe, i, &piece);
    do {
        uint32_t end = piece.chunk_offset + piece.size;

        more = recipe_next_piece(recipe, i, &piece);
        if (++files < SPAN_FILES && more)
            continue;
        result = try_span(build, i, from, end, like, err);
        from = end;
        files = 0;
    } while (more && *like && result == 0);
    return result;
}

/* As in the full recipe. */
static int put_full(struct build *build, uint32_t i, struct error *err)
{
    const struct recipe_chunk *chunk = &build->fresh->recipe->chunks[i];

    return put_row(&build->rows, chunk, chunk->frame, chunk->content, err);
}

static int put_changed(struct build *build, uint32_t i, struct error *err)
{
    const struct recipe_chunk *chunk = &build->fresh->recipe->chunks[i];
    bool like = false;
    int result = read_chunk(build, i, err);

    if (result == 0)
        result = try_spans(build, i, &like, err);
    if (result < 0)
        return result;
    if (like && build->frames.size + build->frames.size / 8 < chunk->packed)
        return keep_trial(build, err);
    drop_trial(build);
    return put_full(build, i, err);
}

static int put_chunk(struct build *build, uint32_t i, struct error *err)
{
    struct recipe_chunk chunk = build->fresh->recipe->chunks[i];
    struct delta_range range;

    if (!delta_match_copy(build->match, i, &range))
        return put_changed(build, i, err);
    delta_match_name(build->match, &range, &chunk);
    return put_row(&build->rows, &chunk, chunk.frame, chunk.content, err);
}

/* Takes the frame where it is smaller than the one that waits. */
static int offer(struct build *build, struct recipe_chunk *row, struct bytes_view packed,
                 const uint8_t *content, struct error *err)
{
    if (build->frames.size > 0 && packed.size >= build->frames.size)
        return 0;
    drop_trial(build);
    return put_trial(build, row, packed, content, err);
}

/* Records of another make at the same keys merge badly, and may still resemble each other. */
static int offer_others(struct build *build, const struct delta_records *walk,
                        const struct recipe_chunk *merged, const uint8_t *content,
                        struct error *err)
{
    struct recipe_chunk prefixed = *merged;
    struct recipe_chunk alone = {.length = merged->length};
    struct frame_base base = {.range = walk->before};
    struct bytes_view packed;
    int result = 0;

    prefixed.codec = CODEC_ZSTD_PREFIX;
    if (walk->before.size > 0) {
        result = frame_encode_prefix(build->encoder, walk->plain, &base, &packed, err);
        if (result == 0)
            result = offer(build, &prefixed, packed, content, err);
    }
    if (result == 0)
        result = frame_encode(build->encoder, walk->plain, &packed, &alone.codec, err);
    return result < 0 ? result : offer(build, &alone, packed, content, err);
}

/* One frame of records: what is to be added and deleted between the first and the last of them. Where
 * nearly all is new that frame may be too large. */
static int put_records(struct build *build, const struct delta_records *walk,
                       const struct recipe_file *before, uint64_t place, struct error *err)
{
    struct recipe_chunk row = {.length = (uint32_t)walk->plain.size,
                               .codec = CODEC_RECORDS,
                               .base_file = (uint32_t)(before - build->base->recipe->files),
                               .base_offset = walk->before_at - place,
                               .base_length = (uint32_t)walk->before.size};
    struct frame_base base = {.range = walk->before, .record_size = walk->record_size};
    struct error none = {.code = ERROR_OK};
    uint8_t content[DIGEST_BYTES];
    struct bytes_view packed;
    int result = 0;

    digest_of(walk->plain.data, walk->plain.size, content);
    if (frame_encode_records(build->encoder, walk->plain, &base, &packed, &none) == 0)
        result = offer(build, &row, packed, content, err);
    else if (none.code != ERROR_LIMIT && none.code != ERROR_BAD_CONTENT) {
        *err = none;
        result = -(int)err->code;
    }
    if (result == 0 &&
        (build->frames.size == 0 || build->frames.size > walk->plain.size / ANY_CODEC))
        result = offer_others(build, walk, &row, content, err);
    return result < 0 ? result : keep_trial(build, err);
}

static int merge_list(struct build *build, struct delta_records *walk,
                      const struct recipe_file *before, uint64_t place,
                      const struct recipe_file *file, struct error *err)
{
    struct digest_thread *digest;
    uint8_t found[DIGEST_BYTES];
    int result = digest_thread_start(&digest, err);

    if (result < 0)
        return result;
    while ((result = delta_records_step(walk, err)) == 1) {
        digest_thread_add(digest, walk->plain.data, walk->plain.size);
        result = put_records(build, walk, before, place, err);
        if (result < 0 || build->stored > build->options->limit)
            break;
    }
    digest_thread_finish(digest, result == 0 ? found : NULL);
    if (result == 0 && walk->fresh.at == walk->fresh.end &&
        memcmp(found, file->digest, DIGEST_BYTES) != 0)
        result = changed(file->name, err);
    return result;
}

/* A list whose base is known, all of it, in the place of its chunks. */
static int put_list(struct build *build, uint32_t i, const struct recipe_file *before,
                    uint64_t place, struct error *err)
{
    const struct recipe *recipe = build->fresh->recipe;
    const struct recipe_file *file = &recipe->files[recipe->chunks[i].file];
    uint64_t start = delta_match_place(build->match, i);
    struct delta_records walk = {
        .fresh = {build->fresh->read, build->fresh->context, start, start + file->size},
        .base = {build->base->read, build->base->context, place, place + before->size},
        .record_size = file->record_size,
        .records = build->plain,
        .window = build->before};

    return merge_list(build, &walk, before, place, file, err);
}

static void tell(const struct build *build, uint64_t bytes)
{
    if (build->options->progress != NULL)
        build->options->progress(build->options->context, bytes);
}

/* One chunk, or all of a list that changed. *next: the one after. */
static int put_next(struct build *build, uint32_t i, uint32_t *next, struct error *err)
{
    const struct recipe_chunk *chunk = &build->fresh->recipe->chunks[i];
    const struct recipe_file *file = &build->fresh->recipe->files[chunk->file];
    const struct recipe_file *before = NULL;
    uint64_t place = 0;

    if (chunk->file_offset == 0 && !delta_match_same(build->match, chunk->file))
        before = delta_match_list(build->match, chunk->file, &place);
    *next = before != NULL ? i + file->chunk_count : i + 1;
    tell(build, before != NULL ? file->size : chunk->length);
    return before != NULL ? put_list(build, i, before, place, err) : put_chunk(build, i, err);
}

static int put_all(struct build *build, struct error *err)
{
    uint32_t i = 0;
    int result = 0;

    while (i < build->fresh->recipe->chunk_count && result == 0 &&
           build->stored <= build->options->limit)
        result = put_next(build, i, &i, err);
    return result;
}

static int write_rows(struct recipe *recipe, struct delta_built *built, struct error *err)
{
    struct recipe judged;
    int result;

    recipe->has_base = true;
    result = recipe_write(recipe, &built->recipe, err);
    if (result < 0)
        return result;
    result = recipe_parse(bytes_view(&built->recipe), &judged, err);
    built->packed = judged.packed;
    recipe_clear(&judged);
    digest_of(built->recipe.data, built->recipe.size, built->recipe_digest);
    return result;
}

static int write_recipe(struct build *build, struct delta_built *built, struct error *err)
{
    const struct row *rows = (const void *)build->rows.data;
    size_t count = build->rows.size / sizeof(*rows);
    struct recipe recipe = *build->fresh->recipe;
    int result;

    recipe.chunk_count = (uint32_t)count;
    recipe.chunks = bytes_allocate(count, sizeof(*recipe.chunks));
    for (size_t i = 0; i < count; i++) {
        recipe.chunks[i] = rows[i].chunk;
        recipe.chunks[i].frame = rows[i].frame;
        recipe.chunks[i].content = rows[i].content;
    }
    result = write_rows(&recipe, built, err);
    built->worth = result == 0 && built->packed <= build->options->limit;
    free(recipe.chunks);
    return result;
}

int delta_build(const struct delta_side *base, const struct delta_side *fresh,
                const struct delta_build_options *options, struct delta_built *built,
                struct error *err)
{
    struct build build = {.options = options, .base = base, .fresh = fresh};
    int result;

    *built = (struct delta_built){0};
    bytes_init(&built->recipe, LIMIT_RECIPE_BYTES);
    bytes_init(&build.rows, (size_t)LIMIT_CHUNKS * sizeof(struct row));
    bytes_init(&build.trial, (size_t)LIMIT_CHUNKS * sizeof(struct row));
    bytes_init(&build.frames, LIMIT_CONTENT_BYTES);
    build.match = delta_match_new(base->recipe, fresh->recipe);
    build.encoder = frame_encoder_new(options->level != 0 ? options->level : DELTA_BUILD_LEVEL);
    build.plain = bytes_allocate(1, LIMIT_FRAME_BYTES);
    build.before = bytes_allocate(1, LIMIT_BASE_BYTES);
    result = put_all(&build, err);
    if (result == 0 && build.stored <= options->limit)
        result = write_recipe(&build, built, err);
    free(build.plain);
    free(build.before);
    frame_encoder_free(build.encoder);
    delta_match_free(build.match);
    bytes_clear(&build.rows);
    bytes_clear(&build.trial);
    bytes_clear(&build.frames);
    return result;
}

int delta_build_same(const struct recipe *full, struct delta_built *built, struct error *err)
{
    struct delta_match *match = delta_match_new(full, full);
    struct recipe recipe = *full;
    int result;

    *built = (struct delta_built){0};
    bytes_init(&built->recipe, LIMIT_RECIPE_BYTES);
    recipe.chunks = bytes_allocate(full->chunk_count, sizeof(*recipe.chunks));
    for (uint32_t i = 0; i < full->chunk_count; i++) {
        struct delta_range range;

        recipe.chunks[i] = full->chunks[i];
        if (delta_match_copy(match, i, &range))
            delta_match_name(match, &range, &recipe.chunks[i]);
    }
    result = write_rows(&recipe, built, err);
    built->worth = result == 0;
    free(recipe.chunks);
    delta_match_free(match);
    return result;
}

void delta_built_clear(struct delta_built *built)
{
    bytes_clear(&built->recipe);
}
