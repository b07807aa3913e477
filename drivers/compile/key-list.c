/* SPDX-License-Identifier: ISC */
#include "drivers/compile/key-list.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "drivers/compile/key-sort.h"

#define LINE_BITS 48

void key_list_begin(struct key_list *list, int records_fd, int names_fd)
{
    *list = (struct key_list){0};
    output_begin(&list->records_out, records_fd);
    output_begin(&list->names_out, names_fd);
}

void key_list_clear(struct key_list *list)
{
    if (list->records != NULL)
        (void)munmap(list->records, (size_t)list->mapped_count * sizeof(*list->records));
    if (list->names != NULL)
        (void)munmap((void *)(uintptr_t)list->names, (size_t)list->names_out.written);
    output_clear(&list->records_out);
    output_clear(&list->names_out);
    *list = (struct key_list){0};
}

int key_list_add(struct key_list *list, const uint8_t key[static HASH_INDEX_KEY_BYTES],
                 uint8_t value, struct key_place place, struct bytes_view name, struct error *err)
{
    const uint64_t number = (uint64_t)place.file << LINE_BITS | place.line;
    struct key_record record = {
        .name_start = list->names_out.written, .name_bytes = (uint8_t)name.size, .value = value};
    int result;

    if (list->count >= HASH_INDEX_RECORDS)
        return error_set(err, ERROR_LIMIT, "more than %u keys", HASH_INDEX_RECORDS);
    memcpy(record.key, key, sizeof(record.key));
    for (size_t i = 0; i < sizeof(record.place); i++)
        record.place[i] = (uint8_t)(number >> (8 * (sizeof(record.place) - 1 - i)));
    result = output_put(&list->names_out, name.data, name.size, err);
    if (result == 0)
        result = output_put(&list->records_out, &record, sizeof(record), err);
    if (result == 0)
        list->count++;
    return result;
}

static int map(int fd, uint64_t size, int protection, void **memory, struct error *err)
{
    *memory = mmap(NULL, (size_t)size, protection, MAP_SHARED, fd, 0);
    if (*memory != MAP_FAILED)
        return 0;
    *memory = NULL;
    return error_set_errno(err, ERROR_IO, errno, "mapping a scratch file");
}

/* The bytes were written before they are mapped: a full disk shows in a write, not in a signal. */
static int map_both(struct key_list *list, struct error *err)
{
    void *records = NULL, *names = NULL;
    int result = output_flush(&list->records_out, err);

    if (result == 0)
        result = output_flush(&list->names_out, err);
    if (result == 0 && list->count > 0)
        result = map(list->records_out.fd, list->count * sizeof(*list->records),
                     PROT_READ | PROT_WRITE, &records, err);
    if (result == 0 && list->names_out.written > 0)
        result = map(list->names_out.fd, list->names_out.written, PROT_READ, &names, err);
    list->records = records;
    list->names = names;
    list->mapped_count = list->count;
    return result;
}

int key_list_sort(struct key_list *list, key_list_progress progress, void *context,
                  struct error *err)
{
    int result = map_both(list, err);

    if (result == 0 && list->count > 0)
        result = key_sort(list->records, list->count, progress, context, err);
    return result;
}

struct key_place key_record_place(const struct key_record *record)
{
    uint64_t number = 0;

    for (size_t i = 0; i < sizeof(record->place); i++)
        number = number << 8 | record->place[i];
    return (struct key_place){(uint16_t)(number >> LINE_BITS),
                              number & ((UINT64_C(1) << LINE_BITS) - 1)};
}

struct bytes_view key_list_name(const struct key_list *list, const struct key_record *record)
{
    if (record->name_bytes == 0)
        return bytes_view_of(NULL, 0);
    return bytes_view_of(list->names + record->name_start, record->name_bytes);
}
