/* SPDX-License-Identifier: ISC */
#include "drivers/hash-names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "drivers/hash-index.h"
#include "media/base/text.h"

#define PROGRESS_NAMES 65536
#define DELETE         0x7f
#define C1_LEAD        0xc2 /* U+0080 to U+009F are c2 80 to c2 9f */
#define C1_LAST        0x9f

struct hash_names {
    const uint8_t *data; /* the whole file */
    uint64_t size;
    const uint8_t *entries, *text;
    uint64_t records, count, text_bytes;
};

struct entry {
    uint32_t record, start;
};

static uint32_t number(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static struct entry entry_at(const struct hash_names *names, uint64_t i)
{
    const uint8_t *at = names->entries + HASH_NAMES_ENTRY * i;

    return (struct entry){number(at), number(at + 4)};
}

static uint64_t end_of(const struct hash_names *names, uint64_t i)
{
    return i + 1 < names->count ? entry_at(names, i + 1).start : names->text_bytes;
}

bool hash_name_valid(struct bytes_view name)
{
    if (name.size < 1 || name.size > HASH_NAME_BYTES || !text_is_utf8(name.data, name.size))
        return false;
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] < ' ' || name.data[i] == DELETE)
            return false;
        if (name.data[i] == C1_LEAD && name.data[i + 1] <= C1_LAST) /* UTF-8: one more follows */
            return false;
    }
    return true;
}

struct header {
    uint32_t version, zero;
    uint64_t records, count, entries_offset, entries_bytes, text_offset, text_bytes;
};

static int read_header(struct bytes_view view, struct header *header, struct error *err)
{
    struct bytes_view magic;

    if (bytes_get_view(&view, sizeof(HASH_NAMES_MAGIC) - 1, &magic) < 0 ||
        bytes_get_u32(&view, &header->version) < 0 || bytes_get_u32(&view, &header->zero) < 0 ||
        bytes_get_u64(&view, &header->records) < 0 || bytes_get_u64(&view, &header->count) < 0 ||
        bytes_get_u64(&view, &header->entries_offset) < 0 ||
        bytes_get_u64(&view, &header->entries_bytes) < 0 ||
        bytes_get_u64(&view, &header->text_offset) < 0 ||
        bytes_get_u64(&view, &header->text_bytes) < 0)
        return error_set(err, ERROR_BAD_CONTENT, "ends inside the header of %d bytes",
                         HASH_NAMES_HEADER);
    if (!bytes_equal(magic, bytes_view_of(HASH_NAMES_MAGIC, sizeof(HASH_NAMES_MAGIC) - 1)))
        return error_set(err, ERROR_BAD_CONTENT,
                         "offset 0: holds no names of a hash index: expected " HASH_NAMES_MAGIC);
    return 0;
}

static int check_header(const struct header *header, uint64_t size, struct error *err)
{
    const uint64_t entries = HASH_NAMES_ENTRY * header->count;
    const struct {
        unsigned offset;
        const char *what;
        uint64_t found, expected;
    } rows[] = {
        {8, "version", header->version, HASH_NAMES_VERSION},
        {12, "reserved bytes", header->zero, 0},
        {32, "offset of the entries", header->entries_offset, HASH_NAMES_HEADER},
        {40, "bytes of the entries", header->entries_bytes, entries},
        {48, "offset of the text", header->text_offset, HASH_NAMES_HEADER + entries},
        {56, "bytes of the text", header->text_bytes, size - HASH_NAMES_HEADER - entries},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].found != rows[i].expected)
            return error_set(err, ERROR_BAD_CONTENT,
                             "offset %u: %s: %" PRIu64 ", expected %" PRIu64, rows[i].offset,
                             rows[i].what, rows[i].found, rows[i].expected);
    }
    return 0;
}

static int take_header(struct hash_names *names, struct error *err)
{
    struct header header = {0};
    int result = read_header(bytes_view_of(names->data, (size_t)names->size), &header, err);

    if (result < 0)
        return result;
    if (header.count > header.records || header.records > HASH_INDEX_RECORDS)
        return error_set(err, ERROR_BAD_CONTENT,
                         "offset 24: %" PRIu64 " names for %" PRIu64 " records", header.count,
                         header.records);
    if (header.count > (names->size - HASH_NAMES_HEADER) / HASH_NAMES_ENTRY)
        return error_set(err, ERROR_BAD_CONTENT,
                         "offset 24: %" PRIu64 " names do not fit into %" PRIu64 " bytes",
                         header.count, names->size);
    result = check_header(&header, names->size, err);
    if (result == 0) {
        names->records = header.records;
        names->count = header.count;
        names->entries = names->data + HASH_NAMES_HEADER;
        names->text = names->data + header.text_offset;
        names->text_bytes = header.text_bytes;
    }
    return result;
}

int hash_names_open(int fd, uint64_t size, struct hash_names **names, struct error *err)
{
    void *data;
    int result;

    *names = NULL;
    if (size < HASH_NAMES_HEADER || size > SIZE_MAX)
        return error_set(err, ERROR_BAD_CONTENT,
                         "ends inside the header: %" PRIu64 " bytes, expected at least %d", size,
                         HASH_NAMES_HEADER);
    data = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED)
        return error_set_errno(err, ERROR_IO, errno, "mapping %" PRIu64 " bytes", size);
    *names = bytes_allocate(1, sizeof(**names));
    (*names)->data = data;
    (*names)->size = size;
    result = take_header(*names, err);
    if (result < 0) {
        hash_names_close(*names);
        *names = NULL;
    }
    return result;
}

void hash_names_close(struct hash_names *names)
{
    if (names == NULL)
        return;
    (void)munmap((void *)(uintptr_t)names->data, (size_t)names->size);
    free(names);
}

static int refuse_name(const struct hash_names *names, uint64_t i, const char *words,
                       struct error *err)
{
    return error_set(err, ERROR_BAD_CONTENT,
                     "record %" PRIu32 ": name %" PRIu64 ": %s (offset %" PRIu64 ")",
                     entry_at(names, i).record, i, words, HASH_NAMES_HEADER + HASH_NAMES_ENTRY * i);
}

static int check_name(const struct hash_names *names, uint64_t i, struct error *err)
{
    struct entry entry = entry_at(names, i);
    uint64_t end = end_of(names, i);

    if (entry.record >= names->records)
        return refuse_name(names, i, "the index has no such record", err);
    if (i == 0 && entry.start != 0)
        return refuse_name(names, i, "the first one starts at 0", err);
    if (i > 0 && entry.record <= entry_at(names, i - 1).record)
        return refuse_name(names, i, "records rise", err);
    if (end > names->text_bytes || end <= entry.start || end - entry.start > HASH_NAME_BYTES)
        return refuse_name(names, i, "names are 1 to 255 bytes, inside the text", err);
    if (!hash_name_valid(bytes_view_of(names->text + entry.start, (size_t)(end - entry.start))))
        return refuse_name(names, i, "names are UTF-8 without control characters", err);
    return 0;
}

int hash_names_validate(const struct hash_names *names, uint64_t records,
                        hash_names_progress progress, void *context, struct error *err)
{
    int result = 0;

    if (names->records != records)
        return error_set(err, ERROR_BAD_CONTENT,
                         "offset 16: belongs to an index of %" PRIu64 " records, this one has "
                         "%" PRIu64,
                         names->records, records);
    if (names->count == 0 && names->text_bytes > 0)
        return error_set(err, ERROR_BAD_CONTENT, "offset 56: text without a name");
    for (uint64_t i = 0; i < names->count && result == 0; i++) {
        if (progress != NULL && i % PROGRESS_NAMES == 0)
            progress(context, i);
        result = check_name(names, i, err);
    }
    return result;
}

uint64_t hash_names_count(const struct hash_names *names)
{
    return names->count;
}

bool hash_names_get(const struct hash_names *names, uint32_t record, struct bytes_view *name)
{
    uint64_t low = 0, high = names->count, end;
    struct entry entry;

    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;

        if (entry_at(names, middle).record <= record)
            low = middle;
        else
            high = middle;
    }
    if (names->count == 0)
        return false;
    entry = entry_at(names, low);
    end = end_of(names, low);
    if (entry.record != record || end > names->text_bytes || entry.start >= end)
        return false;
    *name = bytes_view_of(names->text + entry.start, (size_t)(end - entry.start));
    return true;
}
