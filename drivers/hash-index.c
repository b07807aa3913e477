/* SPDX-License-Identifier: ISC */
#include "drivers/hash-index.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "media/base/bytes.h"

#define PROGRESS_RECORDS 65536
#define LINEAR_RECORDS   8  /* up to here looking at one after the other is faster */
#define BATCH            16 /* lookups on the way at once: about what a core can wait for */

struct hash_index {
    const uint8_t *data; /* the whole file */
    const uint8_t *table, *records;
    uint64_t count;
    unsigned value_bytes;
    size_t record_bytes;
    struct hash_index_layout layout;
};

struct hash_index_layout hash_index_layout(uint64_t count, unsigned value_bytes)
{
    struct hash_index_layout layout = {0};

    while (layout.prefix_bits < HASH_INDEX_PREFIX_BITS && UINT64_C(2) << layout.prefix_bits < count)
        layout.prefix_bits++;
    layout.table_bytes = 4 * ((UINT64_C(1) << layout.prefix_bits) + 1);
    layout.records_offset = HASH_INDEX_HEADER + layout.table_bytes;
    layout.records_offset += -layout.records_offset % HASH_INDEX_HEADER;
    layout.records_bytes = count * (HASH_INDEX_KEY_BYTES + value_bytes);
    layout.file_bytes = layout.records_offset + layout.records_bytes;
    return layout;
}

uint32_t hash_index_prefix(const uint8_t key[static HASH_INDEX_KEY_BYTES], unsigned prefix_bits)
{
    uint32_t first =
        (uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 | (uint32_t)key[2] << 8 | key[3];

    return prefix_bits == 0 ? 0 : first >> (32 - prefix_bits);
}

static uint32_t table_entry(const struct hash_index *index, uint64_t i)
{
    const uint8_t *at = index->table + 4 * i;

    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

const uint8_t *hash_index_key(const struct hash_index *index, uint32_t record)
{
    return index->records + (size_t)record * index->record_bytes;
}

uint64_t hash_index_value(const struct hash_index *index, uint32_t record)
{
    const uint8_t *at = hash_index_key(index, record) + HASH_INDEX_KEY_BYTES;
    uint64_t value = 0;

    for (unsigned i = 0; i < index->value_bytes; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

uint64_t hash_index_count(const struct hash_index *index)
{
    return index->count;
}

unsigned hash_index_value_bytes(const struct hash_index *index)
{
    return index->value_bytes;
}

uint64_t hash_index_file_bytes(const struct hash_index *index)
{
    return index->layout.file_bytes;
}

/* Fields that the layout gives are compared with it; nothing is reached by what a file says. */
struct header {
    uint32_t version;
    uint8_t key_bytes, value_bytes, prefix_bits, zero;
    uint64_t count, table_offset, table_bytes, records_offset, records_bytes, reserved;
};

static int read_header(struct bytes_view view, struct header *header, struct error *err)
{
    struct bytes_view magic;

    if (bytes_get_view(&view, sizeof(HASH_INDEX_MAGIC) - 1, &magic) < 0 ||
        bytes_get_u32(&view, &header->version) < 0 || bytes_get_u8(&view, &header->key_bytes) < 0 ||
        bytes_get_u8(&view, &header->value_bytes) < 0 ||
        bytes_get_u8(&view, &header->prefix_bits) < 0 || bytes_get_u8(&view, &header->zero) < 0 ||
        bytes_get_u64(&view, &header->count) < 0 ||
        bytes_get_u64(&view, &header->table_offset) < 0 ||
        bytes_get_u64(&view, &header->table_bytes) < 0 ||
        bytes_get_u64(&view, &header->records_offset) < 0 ||
        bytes_get_u64(&view, &header->records_bytes) < 0 ||
        bytes_get_u64(&view, &header->reserved) < 0)
        return error_set(err, ERROR_BAD_CONTENT, "ends inside the header of %d bytes",
                         HASH_INDEX_HEADER);
    if (!bytes_equal(magic, bytes_view_of(HASH_INDEX_MAGIC, sizeof(HASH_INDEX_MAGIC) - 1)))
        return error_set(err, ERROR_BAD_CONTENT,
                         "offset 0: is no hash index: expected " HASH_INDEX_MAGIC);
    return 0;
}

/* What the layout rests on. */
static int check_shape(const struct header *header, uint64_t size, struct error *err)
{
    if (header->version != HASH_INDEX_VERSION)
        return error_set(err, ERROR_BAD_CONTENT, "offset 8: version %" PRIu32 ", expected %d",
                         header->version, HASH_INDEX_VERSION);
    if (header->key_bytes != HASH_INDEX_KEY_BYTES)
        return error_set(err, ERROR_BAD_CONTENT, "offset 12: keys of %u bytes, expected %d",
                         header->key_bytes, HASH_INDEX_KEY_BYTES);
    if (header->value_bytes < 1 || header->value_bytes > HASH_INDEX_VALUE_BYTES)
        return error_set(err, ERROR_BAD_CONTENT, "offset 13: values of %u bytes, expected 1 to %d",
                         header->value_bytes, HASH_INDEX_VALUE_BYTES);
    if (header->count > HASH_INDEX_RECORDS ||
        header->count > size / (HASH_INDEX_KEY_BYTES + header->value_bytes))
        return error_set(err, ERROR_BAD_CONTENT,
                         "offset 16: %" PRIu64 " records do not fit into %" PRIu64 " bytes",
                         header->count, size);
    return 0;
}

static int check_layout(const struct header *header, const struct hash_index_layout *layout,
                        uint64_t size, struct error *err)
{
    const struct {
        unsigned offset;
        const char *what;
        uint64_t found, expected;
    } rows[] = {
        {14, "prefix bits", header->prefix_bits, layout->prefix_bits},
        {15, "reserved byte", header->zero, 0},
        {24, "offset of the prefix table", header->table_offset, HASH_INDEX_HEADER},
        {32, "bytes of the prefix table", header->table_bytes, layout->table_bytes},
        {40, "offset of the records", header->records_offset, layout->records_offset},
        {48, "bytes of the records", header->records_bytes, layout->records_bytes},
        {56, "reserved bytes", header->reserved, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].found != rows[i].expected)
            return error_set(err, ERROR_BAD_CONTENT,
                             "offset %u: %s: %" PRIu64 ", expected %" PRIu64, rows[i].offset,
                             rows[i].what, rows[i].found, rows[i].expected);
    }
    if (size < layout->records_offset)
        return error_set(err, ERROR_BAD_CONTENT,
                         "offset %" PRIu64 ": ends inside the prefix table, expected %" PRIu64
                         " bytes with %" PRIu64 " records",
                         size, layout->file_bytes, header->count);
    if (size < layout->file_bytes)
        return error_set(err, ERROR_BAD_CONTENT,
                         "record %" PRIu64 ": the file ends before or in it, at offset %" PRIu64
                         "; expected %" PRIu64 " bytes with %" PRIu64 " records",
                         (size - layout->records_offset) /
                             (HASH_INDEX_KEY_BYTES + header->value_bytes),
                         size, layout->file_bytes, header->count);
    if (size > layout->file_bytes)
        return error_set(err, ERROR_BAD_CONTENT,
                         "offset %" PRIu64 ": %" PRIu64 " bytes after the last of %" PRIu64
                         " records",
                         layout->file_bytes, size - layout->file_bytes, header->count);
    return 0;
}

static int take_header(struct hash_index *index, uint64_t size, struct error *err)
{
    struct header header = {0};
    int result = read_header(bytes_view_of(index->data, (size_t)size), &header, err);

    if (result == 0)
        result = check_shape(&header, size, err);
    if (result < 0)
        return result;
    index->count = header.count;
    index->value_bytes = header.value_bytes;
    index->record_bytes = HASH_INDEX_KEY_BYTES + (size_t)header.value_bytes;
    index->layout = hash_index_layout(header.count, header.value_bytes);
    result = check_layout(&header, &index->layout, size, err);
    if (result == 0) {
        index->table = index->data + HASH_INDEX_HEADER;
        index->records = index->data + index->layout.records_offset;
    }
    return result;
}

int hash_index_open(int fd, uint64_t size, struct hash_index **index, struct error *err)
{
    void *data;
    int result;

    *index = NULL;
    if (size < HASH_INDEX_HEADER || size > SIZE_MAX)
        return error_set(err, ERROR_BAD_CONTENT,
                         "ends inside the header: %" PRIu64 " bytes, expected at least %d", size,
                         HASH_INDEX_HEADER);
    data = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED)
        return error_set_errno(err, ERROR_IO, errno, "mapping %" PRIu64 " bytes", size);
    *index = bytes_allocate(1, sizeof(**index));
    (*index)->data = data;
    (*index)->layout.file_bytes = size; /* what is unmapped, should the header be refused */
    result = take_header(*index, size, err);
    if (result < 0) {
        (void)munmap(data, (size_t)size);
        free(*index);
        *index = NULL;
    }
    return result;
}

void hash_index_close(struct hash_index *index)
{
    if (index == NULL)
        return;
    (void)munmap((void *)(uintptr_t)index->data, (size_t)index->layout.file_bytes);
    free(index);
}

static int refuse_record(const struct hash_index *index, uint64_t record, const char *words,
                         struct error *err)
{
    return error_set(err, ERROR_BAD_CONTENT, "record %" PRIu64 ": %s (offset %" PRIu64 ")", record,
                     words, index->layout.records_offset + record * index->record_bytes);
}

/* The table rises from 0 to the number of records: with that, and with each record inside the range
 * of its own prefix, every entry is right. */
static int check_table(const struct hash_index *index, struct error *err)
{
    uint64_t entries = index->layout.table_bytes / 4;
    uint64_t before = 0;

    for (uint64_t i = 0; i < entries; i++) {
        uint64_t entry = table_entry(index, i);

        if (entry < before || entry > index->count || (i == 0 && entry != 0) ||
            (i + 1 == entries && entry != index->count))
            return error_set(err, ERROR_BAD_CONTENT,
                             "record %" PRIu64 ": prefix table entry %" PRIu64 " (offset %" PRIu64
                             ") names it: entries rise from 0 to the number of records, %" PRIu64,
                             entry, i, HASH_INDEX_HEADER + 4 * i, index->count);
        before = entry;
    }
    for (uint64_t i = HASH_INDEX_HEADER + index->layout.table_bytes;
         i < index->layout.records_offset; i++) {
        if (index->data[i] != 0)
            return error_set(err, ERROR_BAD_CONTENT,
                             "offset %" PRIu64 ": expected zeros up to record 0", i);
    }
    return 0;
}

static int check_record(const struct hash_index *index, uint32_t record, uint64_t highest,
                        struct error *err)
{
    const uint8_t *key = hash_index_key(index, record);
    uint32_t prefix = hash_index_prefix(key, index->layout.prefix_bits);
    int order = record == 0 ? 1 : memcmp(key, key - index->record_bytes, HASH_INDEX_KEY_BYTES);

    if (order == 0)
        return refuse_record(index, record, "has the key of the record before it", err);
    if (order < 0)
        return refuse_record(index, record, "has a key below that of the record before it", err);
    if (record < table_entry(index, prefix) || record >= table_entry(index, prefix + UINT64_C(1)))
        return refuse_record(index, record, "the prefix table does not lead to it", err);
    if (hash_index_value(index, record) > highest)
        return refuse_record(index, record, "its value is out of range", err);
    return 0;
}

int hash_index_validate(const struct hash_index *index, uint64_t highest,
                        hash_index_progress progress, void *context, struct error *err)
{
    int result = check_table(index, err);

    for (uint32_t i = 0; i < index->count && result == 0; i++) {
        if (progress != NULL && i % PROGRESS_RECORDS == 0)
            progress(context, i);
        result = check_record(index, i, highest, err);
    }
    return result;
}

/* The records that a key can be among; never beyond those that there are. */
struct range {
    uint32_t first, end;
};

static struct range find_range(const struct hash_index *index, uint64_t prefix)
{
    struct range range = {table_entry(index, prefix), table_entry(index, prefix + 1)};

    if (range.end > index->count || range.first > range.end)
        range.first = range.end = 0;
    return range;
}

/* Keys are made by others: thousands with one prefix must cost no more than a few steps. */
static void narrow(const struct hash_index *index, const uint8_t *key, struct range *range)
{
    while (range->end - range->first > LINEAR_RECORDS) {
        uint32_t middle = range->first + (range->end - range->first) / 2;

        if (memcmp(hash_index_key(index, middle), key, HASH_INDEX_KEY_BYTES) <= 0)
            range->first = middle;
        else
            range->end = middle;
    }
}

static uint32_t search(const struct hash_index *index, const uint8_t *key, struct range range)
{
    narrow(index, key, &range);
    for (uint32_t i = range.first; i < range.end; i++) {
        if (memcmp(hash_index_key(index, i), key, HASH_INDEX_KEY_BYTES) == 0)
            return i;
    }
    return HASH_INDEX_NONE;
}

bool hash_index_find(const struct hash_index *index, const uint8_t key[static HASH_INDEX_KEY_BYTES],
                     uint32_t *record)
{
    uint32_t found =
        search(index, key, find_range(index, hash_index_prefix(key, index->layout.prefix_bits)));

    if (found == HASH_INDEX_NONE)
        return false;
    *record = found;
    return true;
}

/* Each step asks for what the next one reads, for all keys of the batch. */
static void find_batch(const struct hash_index *index, const uint8_t (*keys)[HASH_INDEX_KEY_BYTES],
                       size_t count, uint32_t *records)
{
    uint32_t prefixes[BATCH];
    struct range ranges[BATCH];

    for (size_t i = 0; i < count; i++) {
        prefixes[i] = hash_index_prefix(keys[i], index->layout.prefix_bits);
        __builtin_prefetch(index->table + 4 * (size_t)prefixes[i]);
    }
    for (size_t i = 0; i < count; i++) {
        ranges[i] = find_range(index, prefixes[i]);
        __builtin_prefetch(hash_index_key(index, ranges[i].first));
    }
    for (size_t i = 0; i < count; i++)
        records[i] = search(index, keys[i], ranges[i]);
}

void hash_index_find_many(const struct hash_index *index,
                          const uint8_t (*keys)[HASH_INDEX_KEY_BYTES], size_t count,
                          uint32_t *records)
{
    for (size_t done = 0; done < count; done += BATCH)
        find_batch(index, keys + done, count - done < BATCH ? count - done : BATCH, records + done);
}
