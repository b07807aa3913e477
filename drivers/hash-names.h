/* SPDX-License-Identifier: ISC
 *
 * "sallyport hash names 1": names for people of some records of a hash index, in a file of their
 * own so that the index stays compact. A lookup never needs it. All integers are little-endian.
 *
 *   offset  bytes
 *        0      8  "SPHASHNM"
 *        8      4  version, 1
 *       12      4  0
 *       16      8  number of records of the index that it belongs to
 *       24      8  number of names, N
 *       32      8  offset of the entries, 64
 *       40      8  bytes of the entries, 8 N
 *       48      8  offset of the text, 64 + 8 N
 *       56      8  bytes of the text
 *       64         entries: record (4), start of the name within the text (4). Records rise; a name
 *                  ends where the next one starts, the last one where the text ends.
 *                  text: UTF-8 without control characters, 1 to HASH_NAME_BYTES bytes a name, not
 *                  terminated. Nothing follows.
 */
#ifndef DRIVERS_HASH_NAMES_H
#define DRIVERS_HASH_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

#define HASH_NAMES_MAGIC   "SPHASHNM"
#define HASH_NAMES_VERSION 1
#define HASH_NAMES_HEADER  64
#define HASH_NAMES_ENTRY   8
#define HASH_NAME_BYTES    255 /* as long as a file's name */

struct hash_names;

/* Maps the file of `size` bytes and holds its header to that size. ERROR_BAD_CONTENT. Lookups are
 * safe from here on, right only once it was validated. hash_names_close() in the end. */
int hash_names_open(int fd, uint64_t size, struct hash_names **names,
                    struct error *err) ERROR_MUST_CHECK;
void hash_names_close(struct hash_names *names); /* NULL is fine */

/* Called now and then with the number of the name that the check has come to. */
typedef void (*hash_names_progress)(void *context, uint64_t name);

/* The whole check: that it belongs to an index of `records` records, and every entry and name.
 * ERROR_BAD_CONTENT names the record and the offset. progress may be NULL. */
int hash_names_validate(const struct hash_names *names, uint64_t records,
                        hash_names_progress progress, void *context,
                        struct error *err) ERROR_MUST_CHECK;

uint64_t hash_names_count(const struct hash_names *names);

/* The name of a record; false when it has none. Borrowed, not terminated; from outside: what prints
 * it goes through text_escape(). */
bool hash_names_get(const struct hash_names *names, uint32_t record, struct bytes_view *name);

/* Whether these bytes can be a name: UTF-8, no control character, 1 to HASH_NAME_BYTES. */
bool hash_name_valid(struct bytes_view name);

#endif
