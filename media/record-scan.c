/* SPDX-License-Identifier: ISC */
#include "media/record-scan.h"

#include <string.h>

/* Digests of 16 to 64 bytes, and those with a number beside them. */
static const uint32_t candidates[RECORD_SCAN_SIZES] = {16, 20, 24, 32, 36, 40, 48, 64};

void record_scan_begin(struct record_scan *scan, uint64_t file_bytes)
{
    memset(scan, 0, sizeof(*scan));
    if (file_bytes < RECORD_SCAN_LEAST_BYTES)
        return;
    for (size_t i = 0; i < RECORD_SCAN_SIZES; i++)
        scan->sizes[i].size = file_bytes % candidates[i] == 0 ? candidates[i] : 0;
}

/* Rules the size out where this record is not greater than the one before it. */
static void take(struct record_scan_size *row, const uint8_t *before, const uint8_t *record)
{
    if (row->any && memcmp(before, record, row->size) >= 0)
        row->size = 0;
    row->any = 1;
}

/* Begins with what is left of a record. Returns how many bytes of data it took. */
static size_t take_part(struct record_scan_size *row, const uint8_t *data, size_t size)
{
    size_t missing = row->size - row->filled;
    size_t taken = size < missing ? size : missing;

    memcpy(row->part + row->filled, data, taken);
    row->filled += (uint32_t)taken;
    if (row->filled < row->size)
        return taken;
    take(row, row->before, row->part);
    memcpy(row->before, row->part, RECORD_SCAN_LONGEST);
    row->filled = 0;
    return taken;
}

static void scan_size(struct record_scan_size *row, const uint8_t *data, size_t size)
{
    const uint8_t *before = row->before;
    size_t at = row->filled > 0 ? take_part(row, data, size) : 0;

    for (; row->size != 0 && size - at >= row->size; at += row->size) {
        take(row, before, data + at);
        before = data + at;
    }
    if (row->size == 0)
        return;
    if (before != row->before)
        memcpy(row->before, before, row->size);
    if (at < size)
        (void)take_part(row, data + at, size - at);
}

void record_scan_add(struct record_scan *scan, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < RECORD_SCAN_SIZES; i++) {
        if (scan->sizes[i].size != 0)
            scan_size(&scan->sizes[i], data, size);
    }
}

uint32_t record_scan_result(const struct record_scan *scan)
{
    for (size_t i = 0; i < RECORD_SCAN_SIZES; i++) {
        if (scan->sizes[i].size != 0)
            return scan->sizes[i].size;
    }
    return 0;
}
