/* SPDX-License-Identifier: ISC */
#include "media/record-codec.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "media/base/limits.h"

#define GAP_BYTES 5 /* of a u32 in LEB128 */

struct merge {
    uint32_t record_size;
    const uint8_t *base, *base_end;
    uint32_t index, count;       /* of base: the next one; how many there are */
    struct bytes_view gaps;      /* what is left of them */
    uint32_t removed_left, next; /* next: index of the next one removed, while any is left */
    const uint8_t *added, *added_end;
    uint8_t *out, *out_end;
    const uint8_t *last; /* record that was merged last, removed ones too; NULL: none */
};

static int get_gap(struct bytes_view *view, uint32_t *gap, struct error *err)
{
    uint64_t value = 0;
    uint8_t byte = 0;

    for (unsigned i = 0; i < GAP_BYTES; i++) {
        if (bytes_get_u8(view, &byte) < 0)
            return error_set(err, ERROR_BAD_FRAME, "ends inside a removed record's gap");
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) != 0)
            continue;
        if ((byte == 0 && i > 0) || value > UINT32_MAX)
            break;
        *gap = (uint32_t)value;
        return 0;
    }
    return error_set(err, ERROR_BAD_FRAME, "a gap that is too long or not as short as it can be");
}

/* Where the next removed record stands. */
static int find_removed(struct merge *merge, uint32_t from, struct error *err)
{
    uint32_t gap = 0;
    int result;

    if (merge->removed_left == 0)
        return 0;
    result = get_gap(&merge->gaps, &gap, err);
    if (result < 0)
        return result;
    if (from >= merge->count || gap >= merge->count - from)
        return error_set(err, ERROR_BAD_FRAME, "removes a record beyond the base range's %" PRIu32,
                         merge->count);
    merge->next = from + gap;
    return 0;
}

static int begin(struct merge *merge, struct bytes_view packed, size_t length, struct error *err)
{
    uint32_t added;
    uint64_t left;

    if (bytes_get_u32(&packed, &merge->removed_left) < 0 || bytes_get_u32(&packed, &added) < 0)
        return error_set(err, ERROR_BAD_FRAME, "ends inside its header");
    if (merge->removed_left > merge->count || (uint64_t)added * merge->record_size > packed.size)
        return error_set(err, ERROR_BAD_FRAME,
                         "%" PRIu32 " records removed and %" PRIu32 " added do not fit",
                         merge->removed_left, added);
    left = (uint64_t)merge->count - merge->removed_left + added;
    if (left * merge->record_size != length)
        return error_set(err, ERROR_BAD_FRAME, "gives %" PRIu64 " records, the recipe says %zu",
                         left, length / merge->record_size);
    merge->added_end = packed.data + packed.size;
    merge->added = merge->added_end - (size_t)added * merge->record_size;
    merge->gaps = bytes_view_of(packed.data, (size_t)(merge->added - packed.data));
    return find_removed(merge, 0, err);
}

static int check_ascends(struct merge *merge, const uint8_t *record, struct error *err)
{
    if (merge->last != NULL && memcmp(merge->last, record, merge->record_size) >= 0)
        return error_set(err, ERROR_BAD_FRAME, "its records do not ascend");
    merge->last = record;
    return 0;
}

/* The counts agree with `length` (begin), but a record that is to go may turn out to be nowhere only
 * after all of the base has been put. */
static int put(struct merge *merge, const uint8_t *record, struct error *err)
{
    if (merge->out == merge->out_end)
        return error_set(err, ERROR_BAD_FRAME, "gives more records than its counts say");
    memcpy(merge->out, record, merge->record_size);
    merge->out += merge->record_size;
    return 0;
}

static int take_base(struct merge *merge, struct error *err)
{
    int result = check_ascends(merge, merge->base, err);

    if (result < 0)
        return result;
    if (merge->removed_left > 0 && merge->index == merge->next) {
        merge->removed_left--;
        result = find_removed(merge, merge->index + 1, err);
    } else {
        result = put(merge, merge->base, err);
    }
    merge->base += merge->record_size;
    merge->index++;
    return result;
}

static int merge_all(struct merge *merge, struct error *err)
{
    int result = 0;

    while (result == 0 && (merge->base < merge->base_end || merge->added < merge->added_end)) {
        bool from_base = merge->added == merge->added_end ||
                         (merge->base < merge->base_end &&
                          memcmp(merge->base, merge->added, merge->record_size) <= 0);

        if (from_base) {
            result = take_base(merge, err);
            continue;
        }
        result = check_ascends(merge, merge->added, err);
        if (result == 0)
            result = put(merge, merge->added, err);
        merge->added += merge->record_size;
    }
    if (result == 0 && merge->gaps.size != 0)
        result =
            error_set(err, ERROR_BAD_FRAME, "%zu bytes between gaps and records", merge->gaps.size);
    return result;
}

int record_decode(struct bytes_view packed, struct bytes_view base, uint32_t record_size, void *out,
                  size_t length, struct error *err)
{
    struct merge merge = {.record_size = record_size,
                          .base = base.data,
                          .base_end = base.data + base.size,
                          .out = out,
                          .out_end = (uint8_t *)out + length};
    int result;

    if (record_size == 0 || record_size > LIMIT_RECORD_BYTES || base.size % record_size != 0 ||
        base.size > LIMIT_BASE_BYTES || length % record_size != 0)
        return error_set(err, ERROR_BAD_FRAME,
                         "%zu bytes on %zu of the base are no whole records of %" PRIu32, length,
                         base.size, record_size);
    merge.count = (uint32_t)(base.size / record_size);
    result = begin(&merge, packed, length, err);
    return result < 0 ? result : merge_all(&merge, err);
}
