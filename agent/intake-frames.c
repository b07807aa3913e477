/* SPDX-License-Identifier: ISC */
#include "agent/intake-frames.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/log.h"
#include "media/base/path.h"
#include "media/pack.h"
#include "media/volume.h"

#define PACKS_FOLDER VOLUME_ROOT "/packs"
#define NOT_FOUND    UINT32_MAX
#define NOT_NEEDED   (UINT32_MAX - 1)
/* Bytes between two frames that are read along rather than asked around: two tar headers. */
#define GAP_BYTES (4 * PACK_BLOCK_BYTES)
/* A medium full of broken packs does not get to fill the log. */
#define BROKEN_LOGGED 8

/* Eight bytes a chunk: a recipe may have millions. */
struct place {
    uint32_t pack;  /* NOT_FOUND, NOT_NEEDED, or row of packs */
    uint32_t block; /* offset in blocks */
};

struct intake_frames {
    struct reader *reader;
    const struct recipe *recipe;
    char **packs; /* names of the folder; not only those of packs */
    size_t pack_count;
    struct place *places; /* one a chunk */
    uint64_t missing;
    uint64_t read_bytes;
    struct error broken; /* the first pack that was passed over */
    unsigned broken_count;
};

/* While indexes are walked. */
struct search {
    struct intake_frames *frames;
    const uint32_t *sorted; /* rows of the chunk table by frame digest */
    uint32_t pack;
};

struct pack_source {
    struct reader *reader;
    const char *name;
};

static const char *pack_path(const char *name, char out[static VOLUME_NAME_BYTES])
{
    snprintf(out, VOLUME_NAME_BYTES, PACKS_FOLDER "/%s", name);
    return out;
}

static int read_pack(void *context, uint64_t offset, void *out, size_t size, struct error *err)
{
    const struct pack_source *source = context;

    return reader_read(source->reader, source->name, offset, out, size, err);
}

static const struct recipe_chunk *sorted_chunk(const struct search *search, uint32_t i)
{
    return &search->frames->recipe->chunks[search->sorted[i]];
}

/* The first of the sorted rows whose digest is not below the given one. */
static uint32_t lower_bound(const struct search *search, const uint8_t *digest)
{
    uint32_t low = 0, high = search->frames->recipe->chunk_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (memcmp(sorted_chunk(search, middle)->frame, digest, DIGEST_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Notes the place for every chunk that uses this frame. What was found first stays. */
static int note_entry(void *context, const struct pack_entry *entry, struct error *err)
{
    struct search *search = context;
    struct intake_frames *frames = search->frames;
    uint32_t first = lower_bound(search, entry->digest);
    bool found = false;

    for (uint32_t i = first; i < frames->recipe->chunk_count; i++) {
        struct place *place = &frames->places[search->sorted[i]];

        if (memcmp(sorted_chunk(search, i)->frame, entry->digest, DIGEST_BYTES) != 0)
            break;
        if (place->pack != NOT_FOUND)
            continue;
        if (entry->length != sorted_chunk(search, i)->packed)
            return error_set(err, ERROR_BAD_PACK, "a frame of %" PRIu32 " bytes, not %" PRIu32,
                             entry->length, sorted_chunk(search, i)->packed);
        *place = (struct place){search->pack, (uint32_t)(entry->offset / PACK_BLOCK_BYTES)};
        found = true;
    }
    frames->missing -= found;
    return 0;
}

/* Takes back what a pack's index told before it turned out to be broken. */
static void forget_pack(struct search *search)
{
    struct intake_frames *frames = search->frames;
    const uint8_t *before = NULL;

    for (uint32_t i = 0; i < frames->recipe->chunk_count; i++) {
        struct place *place = &frames->places[search->sorted[i]];
        const uint8_t *digest = sorted_chunk(search, i)->frame;

        if (place->pack == search->pack) {
            frames->missing += before == NULL || memcmp(before, digest, DIGEST_BYTES) != 0;
            before = digest;
            place->pack = NOT_FOUND;
        }
    }
}

static int walk_pack(struct search *search, const char *path, struct error *err)
{
    struct pack_source source = {search->frames->reader, path};
    uint64_t size;
    int result = reader_size(source.reader, path, &size, err);

    if (result < 0)
        return result;
    return pack_walk(read_pack, &source, size, note_entry, search, err);
}

/* What is wrong with one pack, not with the medium or the reader. */
static bool is_pack_fault(enum error_code code)
{
    static const enum error_code faults[] = {ERROR_BAD_PACK, ERROR_LIMIT, ERROR_UNEXPECTED_FILE,
                                             ERROR_MEDIUM_DAMAGED, ERROR_IO};

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        if (faults[i] == code)
            return true;
    }
    return false;
}

static int search_pack(struct search *search, struct error *err)
{
    struct intake_frames *frames = search->frames;
    char path[VOLUME_NAME_BYTES];
    struct error fault = {0};
    int result = walk_pack(search, pack_path(frames->packs[search->pack], path), &fault);

    if (result == 0)
        return 0;
    forget_pack(search);
    error_object(&fault, path);
    if (!is_pack_fault(fault.code)) {
        *err = fault;
        return result;
    }
    if (frames->broken_count < BROKEN_LOGGED)
        log_write(LOG_LEVEL_WARN, "passed over: %s", fault.words);
    if (frames->broken_count++ == 0)
        frames->broken = fault;
    return 0;
}

/* Whether a name in packs/ is one of the format's; others are never opened. */
static bool is_pack_name(const char *name)
{
    struct volume_name parsed;
    char path[VOLUME_NAME_BYTES];

    return strlen(name) < VOLUME_NAME_BYTES - sizeof(PACKS_FOLDER) - 1 &&
           volume_parse(pack_path(name, path), &parsed) == 0 && parsed.kind == VOLUME_PACK;
}

static int search_packs(struct search *search, struct error *err)
{
    struct intake_frames *frames = search->frames;
    size_t packs = 0;
    int result = 0;

    if (frames->missing > 0)
        result =
            reader_list(frames->reader, PACKS_FOLDER, &frames->packs, &frames->pack_count, err);
    for (size_t i = 0; i < frames->pack_count && frames->missing > 0 && result == 0; i++) {
        if (!is_pack_name(frames->packs[i]))
            continue;
        if (packs++ == LIMIT_PACKS)
            return error_set(err, ERROR_LIMIT, "more packs than PACKS, %d", LIMIT_PACKS);
        search->pack = (uint32_t)i;
        result = search_pack(search, err);
    }
    return result;
}

/* Distinct frames that a chunk needs. */
static uint64_t count_needed(const struct search *search)
{
    const uint8_t *before = NULL;
    uint64_t count = 0;

    for (uint32_t i = 0; i < search->frames->recipe->chunk_count; i++) {
        const uint8_t *frame = sorted_chunk(search, i)->frame;

        if (search->frames->places[search->sorted[i]].pack == NOT_NEEDED)
            continue;
        count += before == NULL || memcmp(before, frame, DIGEST_BYTES) != 0;
        before = frame;
    }
    return count;
}

int intake_frames_find(struct reader *reader, const struct recipe *recipe, const bool *kept,
                       struct intake_frames **frames, struct error *err)
{
    struct intake_frames *made = bytes_allocate(1, sizeof(*made));
    uint32_t *sorted = recipe_frames_sorted(recipe);
    struct search search = {.frames = made, .sorted = sorted};
    int result;

    *frames = NULL;
    made->reader = reader;
    made->recipe = recipe;
    made->places = bytes_allocate(recipe->chunk_count, sizeof(*made->places));
    for (uint32_t i = 0; i < recipe->chunk_count; i++)
        made->places[i].pack = kept[i] ? NOT_NEEDED : NOT_FOUND;
    made->missing = count_needed(&search);
    result = search_packs(&search, err);
    free(sorted);
    if (result < 0) {
        intake_frames_free(made);
        return result;
    }
    *frames = made;
    return 0;
}

void intake_frames_free(struct intake_frames *frames)
{
    if (frames == NULL)
        return;
    path_free_names(frames->packs, frames->pack_count);
    free(frames->places);
    free(frames);
}

uint64_t intake_frames_missing(const struct intake_frames *frames, struct error *why)
{
    if (frames->missing == 0)
        return 0;
    if (frames->broken_count > 0)
        *why = frames->broken;
    else
        error_set(why, ERROR_VOLUME_MISSING, "%" PRIu64 " frames are in no pack of this medium",
                  frames->missing);
    return frames->missing;
}

bool intake_frames_has(const struct intake_frames *frames, uint32_t chunk)
{
    return frames->places[chunk].pack < NOT_NEEDED;
}

uint64_t intake_frames_read_bytes(const struct intake_frames *frames)
{
    return frames->read_bytes;
}

static uint64_t offset_of(const struct intake_frames *frames, uint32_t chunk)
{
    return (uint64_t)frames->places[chunk].block * PACK_BLOCK_BYTES;
}

/* Memory for the range that a chunk's frame builds on. */
static size_t range_size(const struct recipe_chunk *chunk)
{
    return recipe_builds(chunk) ? chunk->base_length : 0;
}

void intake_frames_run(const struct intake_frames *frames, uint32_t chunk, uint32_t most,
                       size_t room, struct intake_run *run)
{
    const struct recipe *recipe = frames->recipe;
    uint64_t start = offset_of(frames, chunk);
    uint64_t end = start + recipe->chunks[chunk].packed;
    size_t ranges = range_size(&recipe->chunks[chunk]);

    run->first = chunk;
    run->count = 1;
    for (uint32_t i = chunk + 1; i < recipe->chunk_count && run->count < most; i++) {
        const struct recipe_chunk *row = &recipe->chunks[i];
        uint64_t offset = offset_of(frames, i);

        if (frames->places[i].pack != frames->places[chunk].pack || offset < end ||
            offset - end > GAP_BYTES ||
            offset + row->packed - start + ranges + range_size(row) > room)
            break;
        end = offset + row->packed;
        ranges += range_size(row);
        run->count++;
    }
    run->size = (size_t)(end - start);
    run->memory = run->size + ranges;
}

size_t intake_frames_place(const struct intake_frames *frames, const struct intake_run *run,
                           uint32_t chunk)
{
    return (size_t)(offset_of(frames, chunk) - offset_of(frames, run->first));
}

int intake_frames_read(struct intake_frames *frames, const struct intake_run *run, uint8_t *out,
                       struct error *err)
{
    char path[VOLUME_NAME_BYTES];
    int result;

    pack_path(frames->packs[frames->places[run->first].pack], path);
    result = reader_read(frames->reader, path, offset_of(frames, run->first), out, run->size, err);
    if (result == -ERROR_NOT_FOUND)
        return error_set(err, ERROR_MEDIUM_GONE, "%s was there before and is not now", path);
    if (result < 0)
        return error_object(err, path);
    frames->read_bytes += run->size;
    return 0;
}
