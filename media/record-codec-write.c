/* SPDX-License-Identifier: ISC */
#include "media/record-codec.h"

#include <inttypes.h>
#include <string.h>

#include "media/base/limits.h"

struct change {
    uint32_t removed, added;
    struct bytes gaps, records;
};

static int check_list(struct bytes_view list, uint32_t record_size, const char *what,
                      struct error *err)
{
    if (record_size == 0 || record_size > LIMIT_RECORD_BYTES || list.size % record_size != 0)
        return error_set(err, ERROR_BAD_CONTENT, "%s: %zu bytes are no records of %" PRIu32, what,
                         list.size, record_size);
    for (size_t i = record_size; i < list.size; i += record_size) {
        if (memcmp(list.data + i - record_size, list.data + i, record_size) >= 0)
            return error_set(err, ERROR_BAD_CONTENT, "%s: record %zu does not ascend", what,
                             i / record_size);
    }
    return 0;
}

static int put_gap(struct bytes *gaps, uint32_t gap, struct error *err)
{
    int result = 0;

    while (gap >= 0x80 && result == 0) {
        result = bytes_put_u8(gaps, (uint8_t)(gap | 0x80), err);
        gap >>= 7;
    }
    return result < 0 ? result : bytes_put_u8(gaps, (uint8_t)gap, err);
}

/* Both lists ascend: what is only in one of them is the change. */
static int compare(struct bytes_view plain, struct bytes_view base, uint32_t record_size,
                   struct change *change, struct error *err)
{
    uint32_t stayed = 0; /* since the last one removed */
    int result = 0;

    while ((plain.size > 0 || base.size > 0) && result == 0) {
        int order = plain.size == 0  ? -1
                    : base.size == 0 ? 1
                                     : memcmp(base.data, plain.data, record_size);

        if (order < 0) {
            result = put_gap(&change->gaps, stayed, err);
            change->removed++;
        } else if (order > 0) {
            result = bytes_put(&change->records, plain.data, record_size, err);
            change->added++;
        }
        stayed = order < 0 ? 0 : order == 0 ? stayed + 1 : stayed;
        if (order <= 0)
            base = bytes_view_of(base.data + record_size, base.size - record_size);
        if (order >= 0)
            plain = bytes_view_of(plain.data + record_size, plain.size - record_size);
    }
    return result;
}

static int put_change(const struct change *change, struct bytes *out, struct error *err)
{
    int result = bytes_put_u32(out, change->removed, err);

    if (result == 0)
        result = bytes_put_u32(out, change->added, err);
    if (result == 0)
        result = bytes_put(out, change->gaps.data, change->gaps.size, err);
    if (result == 0)
        result = bytes_put(out, change->records.data, change->records.size, err);
    return result;
}

int record_encode(struct bytes_view plain, struct bytes_view base, uint32_t record_size,
                  struct bytes *out, struct error *err)
{
    struct change change = {0};
    int result = check_list(base, record_size, "base", err);

    bytes_init(&change.gaps, LIMIT_BASE_BYTES * 2);
    bytes_init(&change.records, LIMIT_FRAME_BYTES);
    if (result == 0)
        result = check_list(plain, record_size, "list", err);
    if (result == 0)
        result = compare(plain, base, record_size, &change, err);
    if (result == 0)
        result = put_change(&change, out, err);
    bytes_clear(&change.gaps);
    bytes_clear(&change.records);
    return result;
}
