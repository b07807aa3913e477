/* SPDX-License-Identifier: ISC
 *
 * Keys on their way from a source into an index: collected in a scratch file, so that fifty
 * millions of them need no memory of their own, then mapped and sorted in place. Names go into a
 * second scratch file. Both files are ours alone.
 */
#ifndef DRIVERS_COMPILE_KEY_LIST_H
#define DRIVERS_COMPILE_KEY_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "drivers/compile/output.h"
#include "drivers/hash-index.h"
#include "media/base/bytes.h"
#include "media/base/error.h"

/* Where a key stands: the number of its file, in the order of their names, and the line. */
struct key_place {
    uint16_t file;
    uint64_t line; /* below 2^48 */
};

/* As it lies in the scratch file. Order is that of key and place together: their bytes. */
struct key_record {
    uint8_t key[HASH_INDEX_KEY_BYTES];
    uint8_t place[8];    /* big-endian: file, line */
    uint64_t name_start; /* in the scratch file of names */
    uint8_t name_bytes;  /* 0: no name */
    uint8_t value;
    uint8_t zero[6];
};

#define KEY_ORDER_BYTES (HASH_INDEX_KEY_BYTES + 8)

struct key_list {
    struct output records_out, names_out;
    struct key_record *records; /* once sorted */
    uint64_t count;
    const uint8_t *names;
    uint64_t mapped_count; /* records that are mapped: count may become less */
};

/* Both files are empty and stay the caller's. key_list_clear() in the end. */
void key_list_begin(struct key_list *list, int records_fd, int names_fd);
void key_list_clear(struct key_list *list);

/* Appends. ERROR_LIMIT when there are more than an index can hold; ERROR_NO_SPACE. */
int key_list_add(struct key_list *list, const uint8_t key[static HASH_INDEX_KEY_BYTES],
                 uint8_t value, struct key_place place, struct bytes_view name,
                 struct error *err) ERROR_MUST_CHECK;

/* Called now and then; done of total bytes. */
typedef int (*key_list_progress)(void *context, uint64_t done, uint64_t total, struct error *err);

/* Maps and sorts: by key, then by place. Nothing is added afterwards. */
int key_list_sort(struct key_list *list, key_list_progress progress, void *context,
                  struct error *err) ERROR_MUST_CHECK;

struct key_place key_record_place(const struct key_record *record);
struct bytes_view key_list_name(const struct key_list *list, const struct key_record *record);

#endif
