/* SPDX-License-Identifier: ISC */
#include "media/pack.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FOOTER_MAGIC "SPPACKIX"
#define MAGIC_BYTES  8
#define ROWS_A_PIECE (PACK_PIECE_BYTES / PACK_ROW_BYTES)

struct footer {
    uint64_t index_offset, count;
    uint64_t padding; /* zeros between the last row and the footer */
    uint8_t digest[DIGEST_BYTES];
};

/* A walk over the rows. */
struct walk {
    pack_read read;
    void *read_context;
    pack_visit visit;
    void *visit_context;
    struct digest *digest;
    uint64_t offset;  /* of the next row's bytes */
    uint64_t ceiling; /* where the index begins */
    uint64_t lowest;  /* where the next frame may begin: after its tar header */
};

static uint64_t round_up(uint64_t value)
{
    return (value + PACK_BLOCK_BYTES - 1) / PACK_BLOCK_BYTES * PACK_BLOCK_BYTES;
}

static int all_zero(struct bytes_view view)
{
    for (size_t i = 0; i < view.size; i++) {
        if (view.data[i] != 0)
            return 0;
    }
    return 1;
}

static int parse_footer(struct bytes_view view, struct footer *footer, struct error *err)
{
    struct bytes_view magic;
    uint32_t version, zero;

    if (bytes_get_view(&view, MAGIC_BYTES, &magic) < 0 || bytes_get_u32(&view, &version) < 0 ||
        bytes_get_u32(&view, &zero) < 0 || bytes_get_u64(&view, &footer->index_offset) < 0 ||
        bytes_get_u64(&view, &footer->count) < 0 ||
        bytes_get(&view, footer->digest, DIGEST_BYTES) < 0)
        return error_set(err, ERROR_BAD_PACK, "the footer is short");
    if (!bytes_equal(magic, bytes_view_of(FOOTER_MAGIC, MAGIC_BYTES)))
        return error_set(err, ERROR_BAD_PACK, "no index at the pack's end");
    if (version != 1)
        return error_set(err, ERROR_BAD_PACK, "index version %" PRIu32 ", expected 1", version);
    if (zero != 0 || !all_zero(view))
        return error_set(err, ERROR_BAD_PACK, "the footer's spare bytes are not zero");
    return 0;
}

/* The rows must end where the footer begins: offset and count then can't be anything else. */
static int check_footer(struct footer *footer, uint64_t size, struct error *err)
{
    uint64_t rows;

    if (footer->count > LIMIT_PACK_FRAMES)
        return error_set(err, ERROR_LIMIT, "%" PRIu64 " rows, PACK_FRAMES is %d", footer->count,
                         LIMIT_PACK_FRAMES);
    rows = footer->count * PACK_ROW_BYTES;
    footer->padding = round_up(rows) - rows;
    if (footer->index_offset % PACK_BLOCK_BYTES != 0 || footer->index_offset < PACK_BLOCK_BYTES ||
        footer->index_offset > size ||
        footer->index_offset + round_up(rows) + PACK_TAIL_BYTES != size)
        return error_set(err, ERROR_BAD_PACK,
                         "an index of %" PRIu64 " rows at %" PRIu64
                         " does not end a pack of %" PRIu64 " bytes",
                         footer->count, footer->index_offset, size);
    return 0;
}

static int read_footer(pack_read read, void *context, uint64_t size, struct footer *footer,
                       struct error *err)
{
    uint8_t block[PACK_BLOCK_BYTES];
    int result;

    if (size > LIMIT_PACK_BYTES)
        return error_set(err, ERROR_LIMIT, "%" PRIu64 " bytes, PACK_BYTES is %lu", size,
                         LIMIT_PACK_BYTES);
    if (size < PACK_TAIL_BYTES + PACK_BLOCK_BYTES || size % PACK_BLOCK_BYTES != 0)
        return error_set(err, ERROR_BAD_PACK, "%" PRIu64 " bytes are no whole pack", size);
    result = read(context, size - PACK_TAIL_BYTES, block, sizeof(block), err);
    if (result == 0)
        result = parse_footer(bytes_view_of(block, sizeof(block)), footer, err);
    if (result == 0)
        result = check_footer(footer, size, err);
    return result;
}

static int check_row(struct walk *walk, const struct pack_entry *entry, struct error *err)
{
    if (entry->length == 0 || entry->length > LIMIT_FRAME_BYTES)
        return error_set(err, ERROR_BAD_PACK, "a frame of %" PRIu32 " bytes", entry->length);
    if (entry->offset % PACK_BLOCK_BYTES != 0 || entry->offset < walk->lowest)
        return error_set(err, ERROR_BAD_PACK, "a frame at %" PRIu64 " out of order or overlapping",
                         entry->offset);
    if (entry->offset > walk->ceiling || round_up(entry->length) > walk->ceiling - entry->offset)
        return error_set(err, ERROR_BAD_PACK, "a frame at %" PRIu64 " runs into the index",
                         entry->offset);
    walk->lowest = entry->offset + round_up(entry->length) + PACK_BLOCK_BYTES;
    return 0;
}

static int walk_rows(struct walk *walk, struct bytes_view rows, struct error *err)
{
    struct pack_entry entry;
    int result = 0;

    while (rows.size > 0 && result == 0) {
        if (bytes_get(&rows, entry.digest, DIGEST_BYTES) < 0 ||
            bytes_get_u64(&rows, &entry.offset) < 0 || bytes_get_u32(&rows, &entry.length) < 0)
            return error_set(err, ERROR_BAD_PACK, "a row is short");
        result = check_row(walk, &entry, err);
        if (result == 0 && walk->visit != NULL)
            result = walk->visit(walk->visit_context, &entry, err);
    }
    return result;
}

/* Reads size bytes of the index and takes them into the digest. */
static int take(struct walk *walk, uint8_t *out, size_t size, struct error *err)
{
    int result = walk->read(walk->read_context, walk->offset, out, size, err);

    if (result < 0)
        return result;
    digest_add(walk->digest, out, size);
    walk->offset += size;
    return 0;
}

static int walk_index(struct walk *walk, const struct footer *footer, uint8_t *buffer,
                      struct error *err)
{
    uint64_t left = footer->count;
    int result = 0;

    while (left > 0 && result == 0) {
        size_t rows = left < ROWS_A_PIECE ? (size_t)left : ROWS_A_PIECE;

        result = take(walk, buffer, rows * PACK_ROW_BYTES, err);
        if (result == 0)
            result = walk_rows(walk, bytes_view_of(buffer, rows * PACK_ROW_BYTES), err);
        left -= rows;
    }
    if (result == 0 && footer->padding > 0)
        result = take(walk, buffer, (size_t)footer->padding, err);
    if (result == 0 && !all_zero(bytes_view_of(buffer, (size_t)footer->padding)))
        result = error_set(err, ERROR_BAD_PACK, "the bytes after the last row are not zero");
    return result;
}

int pack_walk(pack_read read, void *read_context, uint64_t size, pack_visit visit,
              void *visit_context, struct error *err)
{
    struct walk walk = {.read = read,
                        .read_context = read_context,
                        .visit = visit,
                        .visit_context = visit_context,
                        .lowest = PACK_BLOCK_BYTES};
    uint8_t found[DIGEST_BYTES];
    struct footer footer;
    uint8_t *buffer;
    int result = read_footer(read, read_context, size, &footer, err);

    if (result < 0)
        return result;
    walk.offset = footer.index_offset;
    /* The index has a tar header of its own. */
    walk.ceiling = footer.index_offset - PACK_BLOCK_BYTES;
    walk.digest = digest_new();
    buffer = bytes_allocate(1, PACK_PIECE_BYTES);
    result = walk_index(&walk, &footer, buffer, err);
    digest_finish(walk.digest, found);
    free(buffer);
    if (result == 0 && memcmp(found, footer.digest, DIGEST_BYTES) != 0)
        result = error_set(err, ERROR_BAD_PACK, "the index does not have its footer's digest");
    return result;
}

/* Entries as they come, for pack_index. */
struct collection {
    struct pack_entry *entries;
    size_t count, capacity;
};

static int collect(void *context, const struct pack_entry *entry, struct error *err)
{
    struct collection *collection = context;

    if (collection->count == collection->capacity) {
        size_t capacity = collection->capacity ? collection->capacity * 2 : 64;
        struct pack_entry *grown = bytes_allocate(capacity, sizeof(*grown));

        if (collection->count > 0)
            memcpy(grown, collection->entries, collection->count * sizeof(*grown));
        free(collection->entries);
        collection->entries = grown;
        collection->capacity = capacity;
    }
    collection->entries[collection->count++] = *entry;
    return 0;
}

static int entry_compare(const void *left, const void *right)
{
    const struct pack_entry *a = left, *b = right;

    return memcmp(a->digest, b->digest, DIGEST_BYTES);
}

int pack_index(pack_read read, void *context, uint64_t size, struct pack_entry **entries,
               size_t *count, struct error *err)
{
    struct collection collection = {0};
    int result = pack_walk(read, context, size, collect, &collection, err);

    *entries = NULL;
    *count = 0;
    if (result == 0 && collection.count > 0)
        qsort(collection.entries, collection.count, sizeof(*collection.entries), entry_compare);
    for (size_t i = 1; i < collection.count && result == 0; i++) {
        if (entry_compare(&collection.entries[i - 1], &collection.entries[i]) == 0)
            result = error_set(err, ERROR_BAD_PACK, "one frame has two rows in the index");
    }
    if (result < 0) {
        free(collection.entries);
        return result;
    }
    *entries = collection.entries;
    *count = collection.count;
    return 0;
}

const struct pack_entry *pack_find(const struct pack_entry *entries, size_t count,
                                   const uint8_t digest[static DIGEST_BYTES])
{
    struct pack_entry key = {0};

    if (count == 0)
        return NULL;
    memcpy(key.digest, digest, DIGEST_BYTES);
    return bsearch(&key, entries, count, sizeof(*entries), entry_compare);
}
