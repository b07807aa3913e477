/* SPDX-License-Identifier: ISC */
#include "media/recipe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/path.h"

#define MAGIC         "SPRC"
#define VERSION       1
#define FLAG_HAS_BASE 1U

/* What stands in the header and is compared with what is found. */
struct header {
    uint64_t names_size, bytes, packed;
};

static int truncated(const char *what, struct error *err)
{
    return error_set(err, ERROR_BAD_RECIPE, "ends inside the %s", what);
}

static int get_magic(struct bytes_view *view, uint16_t *flags, struct error *err)
{
    struct bytes_view magic;
    uint16_t version;

    if (bytes_get_view(view, 4, &magic) < 0 || bytes_get_u16(view, &version) < 0 ||
        bytes_get_u16(view, flags) < 0)
        return truncated("header", err);
    if (!bytes_equal(magic, bytes_view_of(MAGIC, 4)))
        return error_set(err, ERROR_BAD_RECIPE, "does not begin with " MAGIC);
    if (version != VERSION)
        return error_set(err, ERROR_BAD_RECIPE, "version %u, expected %d", version, VERSION);
    if ((*flags & ~FLAG_HAS_BASE) != 0)
        return error_set(err, ERROR_BAD_RECIPE, "unknown flags %#x", *flags);
    return 0;
}

static int get_header(struct bytes_view *view, struct recipe *recipe, struct header *header,
                      struct error *err)
{
    uint16_t flags;
    int result = get_magic(view, &flags, err);

    if (result < 0)
        return result;
    if (bytes_get_u32(view, &recipe->file_count) < 0 ||
        bytes_get_u32(view, &recipe->chunk_count) < 0 ||
        bytes_get_u64(view, &header->names_size) < 0 || bytes_get_u64(view, &header->bytes) < 0 ||
        bytes_get_u64(view, &header->packed) < 0)
        return truncated("header", err);
    recipe->has_base = (flags & FLAG_HAS_BASE) != 0;
    if (recipe->file_count == 0)
        return error_set(err, ERROR_BAD_RECIPE, "lists no files");
    if (recipe->file_count > LIMIT_PACKAGE_FILES)
        return error_set(err, ERROR_LIMIT, "%" PRIu32 " files, PACKAGE_FILES is %d",
                         recipe->file_count, LIMIT_PACKAGE_FILES);
    if (recipe->chunk_count > LIMIT_CHUNKS)
        return error_set(err, ERROR_LIMIT, "%" PRIu32 " chunks, CHUNKS is %d", recipe->chunk_count,
                         LIMIT_CHUNKS);
    if (header->bytes > LIMIT_CONTENT_BYTES)
        return error_set(err, ERROR_LIMIT, "%" PRIu64 " bytes, CONTENT_BYTES is %lu", header->bytes,
                         LIMIT_CONTENT_BYTES);
    return 0;
}

/* The three tables fill what follows the header exactly, so all that is allocated below is bounded
 * by bytes that are there. */
static int check_size(const struct bytes_view *view, const struct recipe *recipe,
                      const struct header *header, struct error *err)
{
    uint64_t rows = (uint64_t)recipe->file_count * RECIPE_FILE_BYTES +
                    (uint64_t)recipe->chunk_count * RECIPE_CHUNK_BYTES;

    if (header->names_size > view->size || rows > view->size ||
        rows + header->names_size != view->size)
        return error_set(err, ERROR_BAD_RECIPE,
                         "%zu bytes after the header, its counts ask for %" PRIu64, view->size,
                         rows + header->names_size);
    return 0;
}

static int get_file(struct bytes_view *view, struct recipe_file *file, uint32_t *name_size,
                    struct error *err)
{
    struct bytes_view digest;

    if (bytes_get_u64(view, &file->size) < 0 || bytes_get_u32(view, &file->record_size) < 0 ||
        bytes_get_u32(view, name_size) < 0 || bytes_get_view(view, DIGEST_BYTES, &digest) < 0)
        return truncated("file table", err);
    file->digest = digest.data;
    if (file->size > LIMIT_CONTENT_BYTES)
        return error_set(err, ERROR_LIMIT, "%" PRIu64 " bytes, CONTENT_BYTES is %lu", file->size,
                         LIMIT_CONTENT_BYTES);
    if (file->record_size != 0 && file->size % file->record_size != 0)
        return error_set(err, ERROR_BAD_RECIPE,
                         "%" PRIu64 " bytes are no whole number of records of %" PRIu32, file->size,
                         file->record_size);
    return 0;
}

static int get_name(struct bytes_view *names, uint32_t size, struct recipe_file *file,
                    struct error *err)
{
    struct bytes_view name;
    uint8_t end;

    if (bytes_get_view(names, size, &name) < 0 || bytes_get_u8(names, &end) < 0 || end != 0)
        return error_set(err, ERROR_BAD_RECIPE, "the name of %" PRIu32 " bytes does not fit", size);
    if (!path_name_valid((const char *)name.data, name.size))
        return error_set(err, ERROR_BAD_RECIPE, "a name breaks the rules for file names");
    file->name = (const char *)name.data;
    return 0;
}

static int get_files(struct bytes_view *view, struct recipe *recipe, const struct header *header,
                     struct error *err)
{
    struct bytes_view rows, names;
    uint32_t name_size;
    int result = 0;

    if (bytes_get_view(view, (size_t)recipe->file_count * RECIPE_FILE_BYTES, &rows) < 0 ||
        bytes_get_view(view, header->names_size, &names) < 0)
        return truncated("file table", err);
    recipe->files = bytes_allocate(recipe->file_count, sizeof(*recipe->files));
    for (uint32_t i = 0; i < recipe->file_count && result == 0; i++) {
        result = get_file(&rows, &recipe->files[i], &name_size, err);
        if (result == 0)
            result = get_name(&names, name_size, &recipe->files[i], err);
        if (result < 0)
            error_context(err, "file %" PRIu32, i);
        recipe->bytes += recipe->files[i].size;
    }
    if (result == 0 && names.size != 0)
        result = error_set(err, ERROR_BAD_RECIPE, "%zu bytes after the last name", names.size);
    if (result == 0 && recipe->bytes != header->bytes)
        result = error_set(err, ERROR_BAD_RECIPE, "files hold %" PRIu64 " bytes, not %" PRIu64,
                           recipe->bytes, header->bytes);
    return result;
}

/* The order in which names that a case-insensitive filesystem takes for one stand side by side, and
 * what lies in a folder directly after the folder's own name: '/' before all else. */
static unsigned fold(char c)
{
    if (c == '/')
        return 1;
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static int fold_compare(const void *left, const void *right)
{
    const char *a = *(const char *const *)left;
    const char *b = *(const char *const *)right;

    while (*a != '\0' && fold(*a) == fold(*b)) {
        a++;
        b++;
    }
    return (*a != '\0' ? (int)fold(*a) : 0) - (*b != '\0' ? (int)fold(*b) : 0);
}

/* Two neighbours in fold order: one name, a file that is also a folder, or one folder spelt in two
 * ways. */
static int check_neighbours(const char *a, const char *b, struct error *err)
{
    bool same_spelling = true;
    size_t i = 0;

    while (a[i] != '\0' && b[i] != '\0' && fold(a[i]) == fold(b[i])) {
        same_spelling = same_spelling && a[i] == b[i];
        if (a[i] == '/' && !same_spelling)
            return error_set(err, ERROR_BAD_RECIPE,
                             "a folder of \"%s\" and of \"%s\" differ only "
                             "by case",
                             a, b);
        i++;
    }
    if (a[i] == '\0' && b[i] == '\0')
        return error_set(err, ERROR_BAD_RECIPE, "\"%s\" and \"%s\" differ only by case", a, b);
    if (a[i] == '\0' && b[i] == '/')
        return error_set(err, ERROR_BAD_RECIPE, "\"%s\" is a file and a folder of \"%s\"", a, b);
    return 0;
}

static int check_fold(const struct recipe *recipe, struct error *err)
{
    const char **names = bytes_allocate(recipe->file_count, sizeof(*names));
    int result = 0;

    for (uint32_t i = 0; i < recipe->file_count; i++)
        names[i] = recipe->files[i].name;
    qsort(names, recipe->file_count, sizeof(*names), fold_compare);
    for (uint32_t i = 1; i < recipe->file_count && result == 0; i++)
        result = check_neighbours(names[i - 1], names[i], err);
    free(names);
    return result;
}

static int check_names(const struct recipe *recipe, struct error *err)
{
    for (uint32_t i = 1; i < recipe->file_count; i++) {
        const char *before = recipe->files[i - 1].name;
        const char *name = recipe->files[i].name;

        if (strcmp(before, name) >= 0)
            return error_set(err, ERROR_BAD_RECIPE, "\"%s\" does not sort after \"%s\"", name,
                             before);
    }
    return check_fold(recipe, err);
}

static int get_chunk(struct bytes_view *view, struct recipe_chunk *chunk, struct error *err)
{
    struct bytes_view frame, content;

    if (bytes_get_view(view, DIGEST_BYTES, &frame) < 0 ||
        bytes_get_view(view, DIGEST_BYTES, &content) < 0 ||
        bytes_get_u32(view, &chunk->packed) < 0 || bytes_get_u32(view, &chunk->length) < 0 ||
        bytes_get_u8(view, &chunk->codec) < 0 || bytes_get_u32(view, &chunk->base_file) < 0 ||
        bytes_get_u64(view, &chunk->base_offset) < 0 ||
        bytes_get_u32(view, &chunk->base_length) < 0)
        return truncated("chunk table", err);
    chunk->frame = frame.data;
    chunk->content = content.data;
    return 0;
}

bool recipe_builds(const struct recipe_chunk *chunk)
{
    return chunk->codec > CODEC_ZSTD;
}

bool recipe_is_copy(const struct recipe_chunk *chunk)
{
    return chunk->codec <= CODEC_ZSTD && chunk->base_length != 0;
}

/* What a codec asks of the base range. */
static const struct codec_rule {
    const char *name;
    bool builds; /* is nothing without a base */
    uint32_t base_lowest;
} codec_rules[] = {
    [CODEC_STORED] = {"stored", false, 0},
    [CODEC_ZSTD] = {"zstd", false, 0},
    [CODEC_ZSTD_PREFIX] = {"zstd with prefix", true, 1},
    [CODEC_RECORDS] = {"sorted records", true, 0},
};

static int check_base(const struct recipe *recipe, const struct recipe_chunk *chunk,
                      struct error *err)
{
    const struct codec_rule *rule = &codec_rules[chunk->codec];
    bool names = chunk->base_file != 0 || chunk->base_offset != 0 || chunk->base_length != 0;

    if (!recipe->has_base && (names || rule->builds))
        return error_set(err, ERROR_BAD_RECIPE, "codec %u (%s) %s, and the recipe has no base",
                         chunk->codec, rule->name,
                         rule->builds ? "builds on a base" : "names a base range");
    if (chunk->base_length > LIMIT_BASE_BYTES || chunk->base_offset > LIMIT_CONTENT_BYTES)
        return error_set(err, ERROR_LIMIT,
                         "a base range of %" PRIu32 " bytes at %" PRIu64 ", BASE_BYTES is %lu",
                         chunk->base_length, chunk->base_offset, LIMIT_BASE_BYTES);
    if (chunk->base_length < rule->base_lowest ||
        (!rule->builds && names && chunk->base_length != chunk->length))
        return error_set(err, ERROR_BAD_RECIPE,
                         "codec %u (%s) of %" PRIu32 " bytes names a base range of %" PRIu32,
                         chunk->codec, rule->name, chunk->length, chunk->base_length);
    return 0;
}

static int check_codec(const struct recipe *recipe, const struct recipe_chunk *chunk,
                       struct error *err)
{
    if (chunk->codec > CODEC_RECORDS)
        return error_set(err, ERROR_UNKNOWN_CODEC, "codec %u", chunk->codec);
    if (chunk->codec == CODEC_STORED &&
        (chunk->packed != chunk->length || memcmp(chunk->frame, chunk->content, DIGEST_BYTES) != 0))
        return error_set(err, ERROR_BAD_RECIPE, "a stored frame differs from its content");
    return check_base(recipe, chunk, err);
}

static int check_chunk(const struct recipe *recipe, const struct recipe_chunk *chunk,
                       struct error *err)
{
    if (chunk->packed > LIMIT_FRAME_BYTES || chunk->length > LIMIT_FRAME_BYTES)
        return error_set(err, ERROR_LIMIT,
                         "%" PRIu32 " bytes packed, %" PRIu32 " plain, FRAME_BYTES is %lu",
                         chunk->packed, chunk->length, LIMIT_FRAME_BYTES);
    if (chunk->packed == 0 || chunk->length == 0)
        return error_set(err, ERROR_BAD_RECIPE, "an empty chunk");
    return check_codec(recipe, chunk, err);
}

static int get_chunks(struct bytes_view *view, struct recipe *recipe, struct error *err)
{
    int result = 0;

    recipe->chunks = bytes_allocate(recipe->chunk_count, sizeof(*recipe->chunks));
    for (uint32_t i = 0; i < recipe->chunk_count && result == 0; i++) {
        result = get_chunk(view, &recipe->chunks[i], err);
        if (result == 0)
            result = check_chunk(recipe, &recipe->chunks[i], err);
        if (result < 0)
            error_context(err, "chunk %" PRIu32, i);
    }
    return result;
}

/* Where in the stream the mapping stands. */
struct place {
    uint32_t file;
    uint64_t offset; /* in that file */
};

/* Takes from the file at place what the chunk still has to give. A file of RECIPE_RUN_BYTES or more
 * shares no chunk: that is what lets its chunks be judged and reused alone. */
static int map_piece(struct recipe *recipe, uint32_t chunk, struct place *place, uint32_t *left,
                     struct error *err)
{
    struct recipe_file *file = &recipe->files[place->file];
    uint64_t rest = file->size - place->offset;
    uint32_t length = recipe->chunks[chunk].length;
    uint32_t take = *left < rest ? *left : (uint32_t)rest;

    if (file->size >= RECIPE_RUN_BYTES && (take != length))
        return error_set(err, ERROR_BAD_RECIPE, "shares its bytes between \"%s\" and another file",
                         file->name);
    if (place->offset == 0) {
        file->first_chunk = chunk;
        file->first_offset = length - *left;
    }
    file->chunk_count++;
    place->offset += take;
    *left -= take;
    return 0;
}

/* Codec 3 knows whole records of one file. */
static int check_records(const struct recipe *recipe, uint32_t number, struct error *err)
{
    const struct recipe_chunk *chunk = &recipe->chunks[number];
    const struct recipe_file *file = &recipe->files[chunk->file];

    if (chunk->codec != CODEC_RECORDS)
        return 0;
    if (file->record_size == 0 || file->record_size > LIMIT_RECORD_BYTES ||
        file->size < RECIPE_RUN_BYTES)
        return error_set(err, ERROR_BAD_RECIPE, "\"%s\" is no list of records", file->name);
    if (chunk->length % file->record_size != 0 || chunk->base_length % file->record_size != 0 ||
        chunk->base_offset % file->record_size != 0 || chunk->file_offset % file->record_size != 0)
        return error_set(err, ERROR_BAD_RECIPE, "cuts a record of \"%s\"", file->name);
    return 0;
}

static void skip_finished(const struct recipe *recipe, struct place *place)
{
    while (place->file < recipe->file_count && place->offset == recipe->files[place->file].size) {
        place->file++;
        place->offset = 0;
    }
}

static int map_chunk(struct recipe *recipe, uint32_t chunk, struct place *place, struct error *err)
{
    uint32_t left = recipe->chunks[chunk].length;
    int result = 0;

    skip_finished(recipe, place);
    recipe->chunks[chunk].file = place->file;
    recipe->chunks[chunk].file_offset = place->offset;
    while (left > 0 && result == 0) {
        if (place->file == recipe->file_count)
            result = error_set(err, ERROR_BAD_RECIPE, "goes past the end of the last file");
        else
            result = map_piece(recipe, chunk, place, &left, err);
        skip_finished(recipe, place);
    }
    return result < 0 ? result : check_records(recipe, chunk, err);
}

static int map_chunks(struct recipe *recipe, struct error *err)
{
    struct place place = {0};

    for (uint32_t i = 0; i < recipe->chunk_count; i++) {
        int result = map_chunk(recipe, i, &place, err);

        if (result < 0)
            return error_context(err, "chunk %" PRIu32, i);
    }
    skip_finished(recipe, &place);
    if (place.file < recipe->file_count)
        return error_set(err, ERROR_BAD_RECIPE, "the chunks end before \"%s\" is whole",
                         recipe->files[place.file].name);
    return 0;
}

static int frame_compare(const void *left, const void *right, void *context)
{
    const struct recipe *recipe = context;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    int order = memcmp(recipe->chunks[a].frame, recipe->chunks[b].frame, DIGEST_BYTES);

    if (order == 0)
        return a < b ? -1 : a > b;
    return order;
}

uint32_t *recipe_frames_sorted(const struct recipe *recipe)
{
    uint32_t *rows = bytes_allocate(recipe->chunk_count, sizeof(*rows));
    struct recipe borrowed = *recipe; /* qsort_r's context is not const */

    for (uint32_t i = 0; i < recipe->chunk_count; i++)
        rows[i] = i;
    qsort_r(rows, recipe->chunk_count, sizeof(*rows), frame_compare, &borrowed);
    return rows;
}

/* The frame of a range is often another's as well: "all of it, nothing new". Where the base has the
 * bytes is no matter of the frame: they may lie there more than once. */
static bool chunks_agree(const struct recipe_chunk *a, const struct recipe_chunk *b)
{
    if (codec_rules[a->codec].builds)
        return a->codec == b->codec && a->packed == b->packed;
    return memcmp(a->content, b->content, DIGEST_BYTES) == 0 && a->packed == b->packed &&
           a->length == b->length && a->codec == b->codec;
}

static bool is_same_frame(const struct recipe *recipe, uint32_t a, uint32_t b)
{
    return memcmp(recipe->chunks[a].frame, recipe->chunks[b].frame, DIGEST_BYTES) == 0;
}

uint64_t recipe_sum_packed(const struct recipe *recipe, const uint32_t *sorted)
{
    uint64_t packed = 0;
    bool counted = false;

    for (uint32_t i = 0; i < recipe->chunk_count; i++) {
        const struct recipe_chunk *chunk = &recipe->chunks[sorted[i]];

        counted = counted && is_same_frame(recipe, sorted[i - 1], sorted[i]);
        if (counted || recipe_is_copy(chunk))
            continue;
        packed += chunk->packed;
        counted = true;
    }
    return packed;
}

/* Rows that name one frame must agree. */
static int sum_frames(struct recipe *recipe, struct error *err)
{
    uint32_t *rows = recipe_frames_sorted(recipe);
    int result = 0;

    for (uint32_t i = 1; i < recipe->chunk_count && result == 0; i++) {
        if (is_same_frame(recipe, rows[i - 1], rows[i]) &&
            !chunks_agree(&recipe->chunks[rows[i - 1]], &recipe->chunks[rows[i]]))
            result = error_set(err, ERROR_BAD_RECIPE,
                               "chunks %" PRIu32 " and %" PRIu32 " name one frame but differ",
                               rows[i - 1], rows[i]);
    }
    recipe->packed = recipe_sum_packed(recipe, rows);
    free(rows);
    return result;
}

int recipe_parse(struct bytes_view data, struct recipe *recipe, struct error *err)
{
    struct header header = {0};
    int result;

    *recipe = (struct recipe){0};
    if (data.size > LIMIT_RECIPE_BYTES)
        return error_set(err, ERROR_LIMIT, "%zu bytes, RECIPE_BYTES is %lu", data.size,
                         LIMIT_RECIPE_BYTES);
    result = get_header(&data, recipe, &header, err);
    if (result == 0)
        result = check_size(&data, recipe, &header, err);
    if (result == 0)
        result = get_files(&data, recipe, &header, err);
    if (result == 0)
        result = check_names(recipe, err);
    if (result == 0)
        result = get_chunks(&data, recipe, err);
    if (result == 0)
        result = map_chunks(recipe, err);
    if (result == 0)
        result = sum_frames(recipe, err);
    if (result == 0 && recipe->packed != header.packed)
        result = error_set(err, ERROR_BAD_RECIPE, "frames hold %" PRIu64 " bytes, not %" PRIu64,
                           recipe->packed, header.packed);
    return result;
}

void recipe_clear(struct recipe *recipe)
{
    free(recipe->files);
    free(recipe->chunks);
    *recipe = (struct recipe){0};
}

static void limit_piece(const struct recipe *recipe, uint32_t chunk, struct recipe_piece *piece)
{
    uint64_t rest = recipe->files[piece->file].size - piece->file_offset;
    uint32_t left = recipe->chunks[chunk].length - piece->chunk_offset;

    piece->size = left < rest ? left : (uint32_t)rest;
}

void recipe_first_piece(const struct recipe *recipe, uint32_t chunk, struct recipe_piece *piece)
{
    *piece = (struct recipe_piece){.file = recipe->chunks[chunk].file,
                                   .file_offset = recipe->chunks[chunk].file_offset};
    limit_piece(recipe, chunk, piece);
}

bool recipe_next_piece(const struct recipe *recipe, uint32_t chunk, struct recipe_piece *piece)
{
    piece->chunk_offset += piece->size;
    if (piece->chunk_offset == recipe->chunks[chunk].length)
        return false;
    do {
        piece->file++;
    } while (recipe->files[piece->file].size == 0);
    piece->file_offset = 0;
    limit_piece(recipe, chunk, piece);
    return true;
}
