/* SPDX-License-Identifier: ISC */
#include "drivers/compile/index-write.h"

#include <inttypes.h>

#include "drivers/hash-names.h"
#include "media/base/limits.h"

#define VALUE_BYTES 1
#define NUMBER      4 /* bytes of an entry of the prefix table, and of each half of a name's */

struct number {
    uint64_t value;
    size_t bytes;
};

static int put_numbers(struct output *output, const struct number *numbers, size_t count,
                       struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++)
        result = output_put_number(output, numbers[i].value, numbers[i].bytes, err);
    return result;
}

static int put_header(struct output *output, uint64_t count, const struct hash_index_layout *layout,
                      struct error *err)
{
    const struct number numbers[] = {
        {HASH_INDEX_VERSION, 4},
        {HASH_INDEX_KEY_BYTES, 1},
        {VALUE_BYTES, 1},
        {layout->prefix_bits, 1},
        {0, 1},
        {count, 8},
        {HASH_INDEX_HEADER, 8},
        {layout->table_bytes, 8},
        {layout->records_offset, 8},
        {layout->records_bytes, 8},
        {0, 8},
    };
    int result = output_put(output, HASH_INDEX_MAGIC, sizeof(HASH_INDEX_MAGIC) - 1, err);

    if (result == 0)
        result = put_numbers(output, numbers, sizeof(numbers) / sizeof(numbers[0]), err);
    return result;
}

static int put_table(struct output *output, const struct key_list *list,
                     const struct hash_index_layout *layout, struct error *err)
{
    uint64_t record = 0;
    int result = 0;

    for (uint64_t prefix = 0; prefix < UINT64_C(1) << layout->prefix_bits && result == 0;
         prefix++) {
        while (record < list->count &&
               hash_index_prefix(list->records[record].key, layout->prefix_bits) < prefix)
            record++;
        result = output_put_number(output, record, NUMBER, err);
    }
    if (result == 0)
        result = output_put_number(output, list->count, NUMBER, err);
    if (result == 0)
        result = output_put_zeros(
            output, layout->records_offset - HASH_INDEX_HEADER - layout->table_bytes, err);
    return result;
}

static int put_records(struct output *output, const struct key_list *list, struct error *err)
{
    int result = 0;

    for (uint64_t i = 0; i < list->count && result == 0; i++) {
        result = output_put(output, list->records[i].key, sizeof(list->records[i].key), err);
        if (result == 0)
            result = output_put_number(output, list->records[i].value, VALUE_BYTES, err);
    }
    return result;
}

int index_write(const struct key_list *list, int fd, struct error *err)
{
    const struct hash_index_layout layout = hash_index_layout(list->count, VALUE_BYTES);
    struct output output;
    int result;

    if (layout.file_bytes > LIMIT_DRIVER_FILE_BYTES)
        return error_set(err, ERROR_LIMIT,
                         "%" PRIu64 " keys make an index of %" PRIu64
                         " bytes, more than %lu (DRIVER_FILE_BYTES)",
                         list->count, layout.file_bytes, LIMIT_DRIVER_FILE_BYTES);
    output_begin(&output, fd);
    result = put_header(&output, list->count, &layout, err);
    if (result == 0)
        result = put_table(&output, list, &layout, err);
    if (result == 0)
        result = put_records(&output, list, err);
    if (result == 0)
        result = output_flush(&output, err);
    output_clear(&output);
    return result;
}

struct names {
    uint64_t count, text_bytes;
};

static struct names count_names(const struct key_list *list)
{
    struct names names = {0};

    for (uint64_t i = 0; i < list->count; i++) {
        names.count += list->records[i].name_bytes > 0;
        names.text_bytes += list->records[i].name_bytes;
    }
    return names;
}

static int put_names_header(struct output *output, uint64_t records, const struct names *names,
                            struct error *err)
{
    const struct number numbers[] = {
        {HASH_NAMES_VERSION, 4},
        {0, 4},
        {records, 8},
        {names->count, 8},
        {HASH_NAMES_HEADER, 8},
        {HASH_NAMES_ENTRY * names->count, 8},
        {HASH_NAMES_HEADER + HASH_NAMES_ENTRY * names->count, 8},
        {names->text_bytes, 8},
    };
    int result = output_put(output, HASH_NAMES_MAGIC, sizeof(HASH_NAMES_MAGIC) - 1, err);

    if (result == 0)
        result = put_numbers(output, numbers, sizeof(numbers) / sizeof(numbers[0]), err);
    return result;
}

static int put_names(struct output *output, const struct key_list *list, struct error *err)
{
    uint64_t start = 0;
    int result = 0;

    for (uint64_t i = 0; i < list->count && result == 0; i++) {
        const struct number entry[] = {{i, NUMBER}, {start, NUMBER}};

        if (list->records[i].name_bytes == 0)
            continue;
        result = put_numbers(output, entry, 2, err);
        start += list->records[i].name_bytes;
    }
    for (uint64_t i = 0; i < list->count && result == 0; i++) {
        struct bytes_view name = key_list_name(list, &list->records[i]);

        result = output_put(output, name.data, name.size, err);
    }
    return result;
}

int index_write_names(const struct key_list *list, int fd, struct error *err)
{
    const struct names names = count_names(list);
    struct output output;
    int result;

    if (names.count == 0)
        return 0;
    if (HASH_NAMES_HEADER + HASH_NAMES_ENTRY * names.count + names.text_bytes >
        LIMIT_DRIVER_FILE_BYTES)
        return error_set(err, ERROR_LIMIT,
                         "%" PRIu64 " names with %" PRIu64
                         " bytes of text are more than %lu (DRIVER_FILE_BYTES)",
                         names.count, names.text_bytes, LIMIT_DRIVER_FILE_BYTES);
    output_begin(&output, fd);
    result = put_names_header(&output, list->count, &names, err);
    if (result == 0)
        result = put_names(&output, list, err);
    if (result == 0)
        result = output_flush(&output, err);
    output_clear(&output);
    return result;
}
