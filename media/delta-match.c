/* SPDX-License-Identifier: ISC */
#include "media/delta-match.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"
#include "media/recipe-stream.h"

#define NOWHERE     UINT64_MAX
#define NONE        RECIPE_NO_ROW
#define SLACK_BYTES (64 * KIB) /* neighbours are often alike; and a frame of them costs no more */
#define SLACK_FILES 16         /* small ones on either side */
#define MAP_SHIFT   10         /* 64 GiB squared would not fit 64 bits */

/* What is known of one chunk of the new recipe. left and right: the nearest chunks of the same file,
 * or of the same run of small ones, that were found. */
struct place {
    uint64_t copy; /* in the base's stream; NOWHERE */
    uint32_t left, right;
};

struct delta_match {
    const struct recipe *base, *fresh;
    struct recipe_stream old, new; /* of base and fresh */
    uint32_t *by_content;          /* rows of the base */
    uint32_t *by_digest;           /* files of the base */
    struct place *places;
};

/* Two streams in proportion: [from, end) of the new one stands for [start, stop) of the base. */
struct bracket {
    uint64_t from, end, start, stop;
};

static bool is_large(const struct recipe_file *file)
{
    return file->size >= RECIPE_RUN_BYTES;
}

static int compare_digests(const void *left, const void *right, void *context)
{
    const struct recipe_file *files = context;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    int order = memcmp(files[a].digest, files[b].digest, DIGEST_BYTES);

    return order != 0 ? order : (a > b) - (a < b);
}

static uint32_t *digests_sorted(const struct recipe *recipe)
{
    uint32_t *rows = bytes_allocate((size_t)recipe->file_count + 1, sizeof(*rows));

    for (uint32_t i = 0; i < recipe->file_count; i++)
        rows[i] = i;
    qsort_r(rows, recipe->file_count, sizeof(*rows), compare_digests, recipe->files);
    return rows;
}

/* The first file of the base with these bytes. */
static uint32_t find_twin(const struct delta_match *match, const struct recipe_file *file)
{
    uint32_t low = 0, high = match->base->file_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (memcmp(match->base->files[match->by_digest[middle]].digest, file->digest,
                   DIGEST_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == match->base->file_count ||
        memcmp(match->base->files[match->by_digest[low]].digest, file->digest, DIGEST_BYTES) != 0)
        return NONE;
    return match->by_digest[low];
}

/* The first file whose name is not below this one. */
static uint32_t find_name(const struct recipe *recipe, const char *name)
{
    uint32_t low = 0, high = recipe->file_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (strcmp(recipe->files[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_name(const struct recipe *recipe, uint32_t i, const char *name)
{
    return i < recipe->file_count && strcmp(recipe->files[i].name, name) == 0;
}

static bool is_allowed(const struct delta_match *match, const struct delta_range *range)
{
    uint64_t end = range->offset + range->length;

    if (range->length == 0 || range->length > LIMIT_BASE_BYTES || end > match->base->bytes)
        return false;
    return recipe_stream_file(&match->old, end - 1) -
               recipe_stream_file(&match->old, range->offset) <
           LIMIT_BASE_FILES;
}

/* A file that was not changed lies there whatever its chunks are; other chunks by their digest,
 * those that follow each other here rather where they do so there. */
static void find_copies(struct delta_match *match)
{
    const struct recipe *base = match->base, *fresh = match->fresh;
    uint32_t row = NONE;

    for (uint32_t i = 0; i < fresh->chunk_count; i++) {
        const struct recipe_chunk *chunk = &fresh->chunks[i];
        const struct recipe_file *file = &fresh->files[chunk->file];
        uint32_t twin = is_large(file) ? find_twin(match, file) : NONE;
        bool follows = row != NONE && row + 1 < base->chunk_count &&
                       memcmp(base->chunks[row + 1].content, chunk->content, DIGEST_BYTES) == 0;

        row = follows ? row + 1 : recipe_find_content(base, match->by_content, chunk->content);
        match->places[i] = (struct place){.copy = NOWHERE, .left = NONE, .right = NONE};
        if (twin != NONE)
            match->places[i].copy = match->old.files[twin] + chunk->file_offset;
        else if (row != NONE)
            match->places[i].copy = recipe_stream_chunk(&match->old, row);
    }
}

/* Whether two neighbours are of one large file, or both of a run. */
static bool belong_together(const struct recipe *recipe, uint32_t a, uint32_t b)
{
    const struct recipe_chunk *first = &recipe->chunks[a], *second = &recipe->chunks[b];
    bool large = is_large(&recipe->files[first->file]);

    if (large != is_large(&recipe->files[second->file]))
        return false;
    return !large || first->file == second->file;
}

static void link_neighbours(struct delta_match *match)
{
    const struct recipe *fresh = match->fresh;
    struct place *places = match->places;

    for (uint32_t i = 1; i < fresh->chunk_count; i++) {
        if (belong_together(fresh, i - 1, i))
            places[i].left = places[i - 1].copy != NOWHERE ? i - 1 : places[i - 1].left;
    }
    for (uint32_t i = fresh->chunk_count; i-- > 1;) {
        if (belong_together(fresh, i - 1, i))
            places[i - 1].right = places[i].copy != NOWHERE ? i : places[i].right;
    }
}

struct delta_match *delta_match_new(const struct recipe *base, const struct recipe *fresh)
{
    struct delta_match *match = bytes_allocate(1, sizeof(*match));

    match->base = base;
    match->fresh = fresh;
    recipe_stream_open(&match->old, base);
    recipe_stream_open(&match->new, fresh);
    match->by_content = recipe_contents_sorted(base);
    match->by_digest = digests_sorted(base);
    match->places = bytes_allocate((size_t)fresh->chunk_count + 1, sizeof(*match->places));
    find_copies(match);
    link_neighbours(match);
    return match;
}

void delta_match_free(struct delta_match *match)
{
    if (match == NULL)
        return;
    recipe_stream_clear(&match->old);
    recipe_stream_clear(&match->new);
    free(match->by_content);
    free(match->by_digest);
    free(match->places);
    free(match);
}

uint64_t delta_match_place(const struct delta_match *match, uint32_t chunk)
{
    return recipe_stream_chunk(&match->new, chunk);
}

bool delta_match_copy(const struct delta_match *match, uint32_t chunk, struct delta_range *range)
{
    *range = (struct delta_range){.offset = match->places[chunk].copy,
                                  .length = match->fresh->chunks[chunk].length};
    return range->offset != NOWHERE && is_allowed(match, range);
}

bool delta_match_same(const struct delta_match *match, uint32_t file)
{
    return find_twin(match, &match->fresh->files[file]) != NONE;
}

static size_t common_prefix(const char *a, const char *b)
{
    size_t size = 0;

    while (a[size] != '\0' && a[size] == b[size])
        size++;
    return size;
}

/* How much of a name a base's file shares with it: none where it lies in another folder, or lives on
 * under its own name. */
static size_t resemblance(const struct delta_match *match, uint32_t i, const char *name)
{
    const char *slash = strrchr(name, '/');
    size_t folder = slash != NULL ? (size_t)(slash - name) + 1 : 0;
    const char *other = i < match->base->file_count ? match->base->files[i].name : "";
    size_t common = common_prefix(name, other);

    if (common <= folder || strchr(other + common, '/') != NULL ||
        has_name(match->fresh, find_name(match->fresh, other), other))
        return 0;
    return common;
}

/* The file that a large one was before: of the same name, or of a name that has gone and resembles
 * it ("model-7.bin", "model-8.bin"). NONE: it is new. */
static uint32_t find_before(const struct delta_match *match, uint32_t file)
{
    const char *name = match->fresh->files[file].name;
    uint32_t i = find_name(match->base, name);
    size_t before, after;

    if (has_name(match->base, i, name))
        return i;
    before = i > 0 ? resemblance(match, i - 1, name) : 0;
    after = resemblance(match, i, name);
    if (before == 0 && after == 0)
        return NONE;
    return before >= after ? i - 1 : i;
}

const struct recipe_file *delta_match_list(const struct delta_match *match, uint32_t file,
                                           uint64_t *place)
{
    uint32_t before = find_before(match, file);

    if (match->fresh->files[file].record_size == 0 || before == NONE ||
        match->base->files[before].record_size != match->fresh->files[file].record_size)
        return NULL;
    *place = match->old.files[before];
    return &match->base->files[before];
}

/* Between two chunks that were found, where that is in order and not much longer than what is to be
 * explained. */
static bool bracket_by_place(const struct delta_match *match, uint32_t chunk,
                             struct bracket *bracket)
{
    const struct place *place = &match->places[chunk];
    uint64_t length;

    if (place->left == NONE || place->right == NONE)
        return false;
    bracket->from = recipe_stream_chunk(&match->new, place->left + 1);
    bracket->end = recipe_stream_chunk(&match->new, place->right);
    bracket->start = match->places[place->left].copy + match->fresh->chunks[place->left].length;
    bracket->stop = match->places[place->right].copy;
    length = bracket->end - bracket->from;
    return bracket->start <= bracket->stop &&
           bracket->stop - bracket->start <= 4 * length + 2 * SLACK_BYTES;
}

/* A large file's beginning and end stand for those of the file that it was, as far as no chunk that
 * was found in that file says it better. */
static bool bracket_by_file(const struct delta_match *match, uint32_t chunk,
                            struct bracket *bracket)
{
    const struct place *place = &match->places[chunk];
    uint32_t file = match->fresh->chunks[chunk].file;
    uint32_t before = find_before(match, file);
    uint64_t start, stop;

    if (before == NONE)
        return false;
    start = match->old.files[before];
    stop = match->old.files[before + 1];
    *bracket = (struct bracket){.from = match->new.files[file],
                                .end = match->new.files[file + 1],
                                .start = start,
                                .stop = stop};
    if (place->left != NONE && match->places[place->left].copy >= start &&
        match->places[place->left].copy < stop) {
        bracket->from = recipe_stream_chunk(&match->new, place->left + 1);
        bracket->start = match->places[place->left].copy + match->fresh->chunks[place->left].length;
    }
    if (place->right != NONE && match->places[place->right].copy >= bracket->start &&
        match->places[place->right].copy < stop) {
        bracket->end = recipe_stream_chunk(&match->new, place->right);
        bracket->stop = match->places[place->right].copy;
    }
    return true;
}

/* Behind or before the one chunk that was found. */
static bool bracket_by_side(const struct delta_match *match, uint32_t chunk,
                            struct bracket *bracket)
{
    const struct place *place = &match->places[chunk];
    uint64_t total = match->base->bytes, length;

    if (place->left != NONE) {
        bracket->from = recipe_stream_chunk(&match->new, place->left + 1);
        bracket->end = recipe_stream_chunk(&match->new, chunk + 1);
        length = bracket->end - bracket->from;
        bracket->start = match->places[place->left].copy + match->fresh->chunks[place->left].length;
        bracket->stop = bracket->start < total - length ? bracket->start + length : total;
    } else if (place->right != NONE) {
        bracket->from = recipe_stream_chunk(&match->new, chunk);
        bracket->end = recipe_stream_chunk(&match->new, place->right);
        length = bracket->end - bracket->from;
        bracket->stop = match->places[place->right].copy;
        bracket->start = bracket->stop > length ? bracket->stop - length : 0;
    }
    return place->left != NONE || place->right != NONE;
}

/* Small files: those of the same names, and what stands between. */
static void bracket_by_names(const struct delta_match *match, uint64_t from, uint64_t end,
                             struct bracket *bracket)
{
    uint32_t first = recipe_stream_file(&match->new, from);
    uint32_t last = recipe_stream_file(&match->new, end - 1);
    const char *name = match->fresh->files[last].name;
    uint32_t after = find_name(match->base, name);

    after += has_name(match->base, after, name);
    *bracket = (struct bracket){
        .from = from,
        .end = end,
        .start = match->old.files[find_name(match->base, match->fresh->files[first].name)],
        .stop = match->old.files[after]};
}

/* Where a place of the new stream falls in the base's. */
static uint64_t map(const struct bracket *bracket, uint64_t place)
{
    uint64_t length = ((bracket->end - bracket->from) >> MAP_SHIFT) + 1;

    return bracket->start +
           ((place - bracket->from) >> MAP_SHIFT) * (bracket->stop - bracket->start) / length;
}

/* At most LIMIT_BASE_BYTES of the bracket, around where these bytes fall. */
static void narrow(const struct bracket *bracket, uint64_t from, uint64_t end, uint64_t *start,
                   uint64_t *stop)
{
    uint64_t middle = (map(bracket, from) + map(bracket, end)) / 2;
    uint64_t half = LIMIT_BASE_BYTES / 2;

    *start = bracket->start;
    *stop = bracket->stop;
    if (*stop - *start <= LIMIT_BASE_BYTES)
        return;
    if (middle > *start + half)
        *start =
            middle - half < *stop - LIMIT_BASE_BYTES ? middle - half : *stop - LIMIT_BASE_BYTES;
    *stop = *start + LIMIT_BASE_BYTES;
}

/* Some bytes more on either side: of the same file where it is a large one, of a few small ones. */
static void widen(const struct delta_match *match, uint64_t *start, uint64_t *stop)
{
    const uint64_t *files = match->old.files;
    uint32_t first = recipe_stream_file(&match->old, *start);
    uint32_t last = *stop > *start ? recipe_stream_file(&match->old, *stop - 1) : first;
    bool large = first == last && is_large(&match->base->files[first]);
    uint32_t count = match->base->file_count;
    uint32_t around = large ? 0 : SLACK_FILES;
    uint64_t room = LIMIT_BASE_BYTES - (*stop - *start), slack;
    uint64_t least = files[first > around ? first - around : 0];
    uint64_t most = files[last + around + 1 < count ? last + around + 1 : count];

    slack = room / 2 < SLACK_BYTES ? room / 2 : SLACK_BYTES;
    *start = *start - least > slack ? *start - slack : least;
    *stop = most - *stop > slack ? *stop + slack : most;
}

/* No more files than a range may touch. */
static void limit_files(const struct delta_match *match, uint64_t start, uint64_t *stop)
{
    uint32_t past = recipe_stream_file(&match->old, start) + LIMIT_BASE_FILES;

    if (past<match->base->file_count && * stop> match->old.files[past])
        *stop = match->old.files[past];
}

static bool find_bracket(const struct delta_match *match, uint32_t chunk, uint64_t from,
                         uint64_t end, struct bracket *bracket)
{
    const struct place *place = &match->places[chunk];

    if (place->copy != NOWHERE) { /* but it touches too many files */
        uint64_t start = recipe_stream_chunk(&match->new, chunk);

        *bracket = (struct bracket){.from = from,
                                    .end = end,
                                    .start = place->copy + (from - start),
                                    .stop = place->copy + (end - start)};
        return true;
    }
    if (bracket_by_place(match, chunk, bracket))
        return true;
    if (!is_large(&match->fresh->files[match->fresh->chunks[chunk].file])) {
        bracket_by_names(match, from, end, bracket);
        return true;
    }
    return bracket_by_file(match, chunk, bracket) || bracket_by_side(match, chunk, bracket);
}

bool delta_match_like(const struct delta_match *match, uint32_t chunk, uint64_t from, uint64_t end,
                      struct delta_range *range)
{
    struct bracket bracket = {0};
    uint64_t start, stop;

    if (match->base->bytes == 0 || !find_bracket(match, chunk, from, end, &bracket))
        return false;
    narrow(&bracket, from, end, &start, &stop);
    widen(match, &start, &stop);
    limit_files(match, start, &stop);
    *range = (struct delta_range){.offset = start, .length = (uint32_t)(stop - start)};
    return is_allowed(match, range);
}

void delta_match_name(const struct delta_match *match, const struct delta_range *range,
                      struct recipe_chunk *chunk)
{
    chunk->base_file = recipe_stream_file(&match->old, range->offset);
    chunk->base_offset = range->offset - match->old.files[chunk->base_file];
    chunk->base_length = range->length;
}
