/* SPDX-License-Identifier: ISC */
#include "drivers/compile/key-sort.h"

#include <string.h>

#define VALUES       256
#define FEW          48 /* records up to which inserting one by one is faster */
#define PROGRESS_MIN 65536

static int compare(const struct key_record *a, const struct key_record *b)
{
    int order = memcmp(a->key, b->key, sizeof(a->key));

    return order != 0 ? order : memcmp(a->place, b->place, sizeof(a->place));
}

static void insert_each(struct key_record *records, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++) {
        struct key_record moving = records[i];
        uint64_t to = i;

        for (; to > 0 && compare(&moving, &records[to - 1]) < 0; to--)
            records[to] = records[to - 1];
        records[to] = moving;
    }
}

static unsigned byte_at(const struct key_record *record, size_t depth)
{
    return depth < sizeof(record->key) ? record->key[depth]
                                       : record->place[depth - sizeof(record->key)];
}

/* Brings each record into the bucket of its byte: *ends are where the buckets end. */
static void split(struct key_record *records, uint64_t count, size_t depth, uint64_t ends[VALUES])
{
    uint64_t next[VALUES];
    uint64_t start = 0;

    memset(ends, 0, VALUES * sizeof(ends[0]));
    for (uint64_t i = 0; i < count; i++)
        ends[byte_at(&records[i], depth)]++;
    for (unsigned value = 0; value < VALUES; value++) {
        next[value] = start;
        start += ends[value];
        ends[value] = start;
    }
    for (unsigned value = 0; value < VALUES; value++) {
        while (next[value] < ends[value]) {
            struct key_record moving = records[next[value]];
            unsigned home = byte_at(&moving, depth);

            while (home != value) {
                struct key_record other = records[next[home]];

                records[next[home]++] = moving;
                moving = other;
                home = byte_at(&moving, depth);
            }
            records[next[value]++] = moving;
        }
    }
}

static void sort_below(struct key_record *records, uint64_t count, size_t depth)
{
    uint64_t ends[VALUES];
    uint64_t start = 0;

    if (count <= FEW) {
        insert_each(records, count);
        return;
    }
    if (depth == KEY_ORDER_BYTES)
        return;
    split(records, count, depth, ends);
    for (unsigned value = 0; value < VALUES; value++) {
        sort_below(records + start, ends[value] - start, depth + 1);
        start = ends[value];
    }
}

int key_sort(struct key_record *records, uint64_t count, key_list_progress progress, void *context,
             struct error *err)
{
    uint64_t ends[VALUES];
    uint64_t start = 0, told = 0;
    int result = 0;

    split(records, count, 0, ends);
    for (unsigned value = 0; value < VALUES && result == 0; value++) {
        sort_below(records + start, ends[value] - start, 1);
        start = ends[value];
        if (progress != NULL && start - told >= PROGRESS_MIN) {
            told = start;
            result = progress(context, start * sizeof(*records), count * sizeof(*records), err);
        }
    }
    return result;
}
