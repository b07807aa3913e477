/* SPDX-License-Identifier: ISC
 *
 * Two small structures of fixed places, read here and not by libtsk: that follows a chain of extended
 * partitions by recursion and believes the number of entries in a GPT. Source: UEFI specification,
 * chapter 5; the MBR's type numbers for extended partitions are in wide use.
 */
#include "agent/reader-image.h"

#include <string.h>

#include "media/base/bytes.h"

#define SECTOR       512
#define MBR_ROWS     4
#define MBR_ROWS_AT  446
#define MBR_ROW      16
#define GPT_ROW      128
#define GPT_PROTECTS 0xee /* the type of the MBR's row in front of a GPT */

struct table {
    struct image_medium *medium;
    struct image_partition *partitions;
    size_t count;
};

struct mbr_row {
    uint8_t type;
    uint32_t start, sectors;
};

static int damaged(const char *words, struct error *err)
{
    return error_set(err, ERROR_MEDIUM_DAMAGED, "partition table: %s", words);
}

static int add(struct table *table, unsigned number, uint64_t offset, uint64_t size,
               struct error *err)
{
    if (offset == 0 || offset >= table->medium->size || size == 0 ||
        size > table->medium->size - offset)
        return error_set(err, ERROR_MEDIUM_DAMAGED,
                         "partition table: partition %u reaches beyond the end of the medium",
                         number);
    if (table->count == LIMIT_PARTITIONS)
        return error_set(err, ERROR_LIMIT, "partition table: more than PARTITIONS, %d",
                         LIMIT_PARTITIONS);
    table->partitions[table->count++] =
        (struct image_partition){.number = number, .offset = offset, .size = size};
    return 0;
}

static bool is_extended(uint8_t type)
{
    return type == 0x05 || type == 0x0f || type == 0x85;
}

/* The rows of a sector; false where it is no such sector. */
static bool read_rows(struct image_medium *medium, uint64_t sector,
                      struct mbr_row rows[static MBR_ROWS])
{
    uint8_t data[SECTOR], ignored[7];

    if (image_medium_read(medium, sector * SECTOR, data, SECTOR) != SECTOR || data[510] != 0x55 ||
        data[511] != 0xaa)
        return false;
    for (size_t i = 0; i < MBR_ROWS; i++) {
        struct bytes_view view = bytes_view_of(data + MBR_ROWS_AT + i * MBR_ROW, MBR_ROW);
        uint8_t active = 0;

        if (bytes_get_u8(&view, &active) < 0 || bytes_get(&view, ignored, 3) < 0 ||
            bytes_get_u8(&view, &rows[i].type) < 0 || bytes_get(&view, ignored, 3) < 0 ||
            bytes_get_u32(&view, &rows[i].start) < 0 || bytes_get_u32(&view, &rows[i].sectors) < 0)
            return false;
        if ((active & 0x7f) != 0)
            return false; /* program, not a table */
    }
    return true;
}

/* Each link: one partition, counted from this link, and the next link, counted from the first. A
 * chain that comes back to itself ends at the limit. */
static int add_logical(struct table *table, uint64_t first, struct error *err)
{
    struct mbr_row rows[MBR_ROWS];
    uint64_t at = first;

    for (unsigned number = MBR_ROWS + 1; number <= MBR_ROWS + LIMIT_PARTITIONS; number++) {
        int result = 0;

        if (!read_rows(table->medium, at, rows))
            return damaged("the chain of logical partitions is broken", err);
        if (rows[0].type != 0 && !is_extended(rows[0].type))
            result = add(table, number, (at + rows[0].start) * SECTOR,
                         (uint64_t)rows[0].sectors * SECTOR, err);
        if (result < 0 || !is_extended(rows[1].type))
            return result;
        at = first + rows[1].start;
    }
    return damaged("the chain of logical partitions does not end", err);
}

static int read_mbr(struct table *table, const struct mbr_row rows[static MBR_ROWS],
                    struct error *err)
{
    int result = 0;

    for (unsigned i = 0; i < MBR_ROWS && result == 0; i++) {
        if (rows[i].type != 0 && rows[i].start != 0 && !is_extended(rows[i].type))
            result = add(table, i + 1, (uint64_t)rows[i].start * SECTOR,
                         (uint64_t)rows[i].sectors * SECTOR, err);
    }
    for (unsigned i = 0; i < MBR_ROWS && result == 0; i++) {
        if (is_extended(rows[i].type) && rows[i].start != 0)
            result = add_logical(table, rows[i].start, err);
    }
    return result;
}

struct gpt_header {
    uint64_t rows_at;
    uint32_t rows, row_size;
};

static bool read_header(struct image_medium *medium, uint64_t sector_size,
                        struct gpt_header *header)
{
    uint8_t data[SECTOR], ignored[72 - 8];
    struct bytes_view view = bytes_view_of(data, sizeof(data));

    return image_medium_read(medium, sector_size, data, sizeof(data)) == sizeof(data) &&
           memcmp(data, "EFI PART", 8) == 0 && bytes_get(&view, ignored, 8) == 0 &&
           bytes_get(&view, ignored, sizeof(ignored)) == 0 &&
           bytes_get_u64(&view, &header->rows_at) == 0 &&
           bytes_get_u32(&view, &header->rows) == 0 && bytes_get_u32(&view, &header->row_size) == 0;
}

static int add_row(struct table *table, unsigned number, const uint8_t row[static GPT_ROW],
                   uint64_t sector_size, struct error *err)
{
    static const uint8_t unused[16];
    struct bytes_view view = bytes_view_of(row, GPT_ROW);
    uint8_t type[16], id[16];
    uint64_t first, last, sectors = table->medium->size / sector_size;

    if (bytes_get(&view, type, sizeof(type)) < 0 || bytes_get(&view, id, sizeof(id)) < 0 ||
        bytes_get_u64(&view, &first) < 0 || bytes_get_u64(&view, &last) < 0)
        return damaged("a row is short", err);
    if (memcmp(type, unused, sizeof(type)) == 0)
        return 0;
    if (last < first || last >= sectors)
        return add(table, number, UINT64_MAX, 0, err);
    return add(table, number, first * sector_size, (last - first + 1) * sector_size, err);
}

static int read_gpt(struct table *table, const struct gpt_header *header, uint64_t sector_size,
                    struct error *err)
{
    uint8_t row[GPT_ROW];
    int result = 0;

    if (header->row_size != GPT_ROW || header->rows > LIMIT_PARTITIONS ||
        header->rows_at > table->medium->size / sector_size)
        return damaged("a GPT of other than at most 128 rows of 128 bytes", err);
    for (unsigned i = 0; i < header->rows && result == 0; i++) {
        uint64_t at = header->rows_at * sector_size + (uint64_t)i * GPT_ROW;

        if (image_medium_read(table->medium, at, row, GPT_ROW) != GPT_ROW)
            return damaged("the GPT is cut short", err);
        result = add_row(table, i + 1, row, sector_size, err);
    }
    return result;
}

int image_partitions(struct image_medium *medium, struct image_partition *partitions, size_t *count,
                     struct error *err)
{
    static const uint64_t sector_sizes[] = {512, 4096};
    struct table table = {.medium = medium, .partitions = partitions};
    struct mbr_row rows[MBR_ROWS];
    struct gpt_header header;
    int result = 0;
    bool gpt = false;

    *count = 0;
    if (!read_rows(medium, 0, rows))
        return 0;
    for (size_t i = 0; i < MBR_ROWS; i++)
        gpt = gpt || rows[i].type == GPT_PROTECTS;
    if (!gpt) {
        result = read_mbr(&table, rows, err);
    } else {
        size_t i = 0;

        while (i < 2 && !read_header(medium, sector_sizes[i], &header))
            i++;
        result = i < 2 ? read_gpt(&table, &header, sector_sizes[i], err)
                       : damaged("no GPT where the MBR announces one", err);
    }
    *count = result == 0 ? table.count : 0;
    return result;
}
