/* SPDX-License-Identifier: ISC
 *
 * "sallyport hash index 1": many SHA-256 keys, each with a small value, in a file that is used
 * where it lies: mapped, checked once, then looked up without a copy. Made when content is
 * published (drivers/compile), read by drivers. All integers are little-endian.
 *
 *   offset  bytes
 *        0      8  "SPHASHIX"
 *        8      4  version, 1
 *       12      1  bytes of a key, 32
 *       13      1  bytes of a value, 1 to 8
 *       14      1  prefix bits, B
 *       15      1  0
 *       16      8  number of records, N
 *       24      8  offset of the prefix table, 64
 *       32      8  bytes of the prefix table, 4 (2^B + 1)
 *       40      8  offset of the records, the next multiple of 64 after the table
 *       48      8  bytes of the records, N (32 + bytes of a value)
 *       56      8  0
 *       64         prefix table: 2^B + 1 numbers of 4 bytes. Entry P is the number of records whose
 *                  key begins with bits below P; records with prefix P are entry P to entry P + 1.
 *                  Then zeros up to the records.
 *                  records: key, value; keys rise from record to record. Nothing follows.
 *
 * B is given by N: the fewest bits with 2^(B+1) >= N, at most 24. So a prefix has one or two records
 * where keys are even, the same records always make the same bytes, and no record depends on
 * another one (their list can travel as a delta).
 *
 * The same is told to others in sallyport-hash-index(5).
 */
#ifndef DRIVERS_HASH_INDEX_H
#define DRIVERS_HASH_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/error.h"

#define HASH_INDEX_MAGIC       "SPHASHIX"
#define HASH_INDEX_VERSION     1
#define HASH_INDEX_HEADER      64 /* bytes; the records begin at a multiple of it */
#define HASH_INDEX_KEY_BYTES   32
#define HASH_INDEX_VALUE_BYTES 8  /* at most */
#define HASH_INDEX_PREFIX_BITS 24 /* at most: a table of 64 MiB */
#define HASH_INDEX_NONE        UINT32_MAX
/* Records at most: the prefix table counts in 4 bytes, and HASH_INDEX_NONE is no record. */
#define HASH_INDEX_RECORDS (UINT32_MAX - 1)

struct hash_index;

/* Where the sections of an index with `count` records lie. */
struct hash_index_layout {
    unsigned prefix_bits;
    uint64_t table_bytes;
    uint64_t records_offset, records_bytes;
    uint64_t file_bytes;
};

/* The layout that the format demands: one way only. count is at most HASH_INDEX_RECORDS,
 * value_bytes 1 to HASH_INDEX_VALUE_BYTES. */
struct hash_index_layout hash_index_layout(uint64_t count, unsigned value_bytes);

/* The first prefix_bits bits of a key. */
uint32_t hash_index_prefix(const uint8_t key[static HASH_INDEX_KEY_BYTES], unsigned prefix_bits);

/* Maps the file of `size` bytes for reading; fd can be closed afterwards. Looks at the header only,
 * and holds it to `size`: ERROR_BAD_CONTENT names the offset and what was expected. Lookups are safe
 * from here on whatever the file holds, but right only once it was validated. The file must not
 * get shorter while it is mapped. hash_index_close() in the end. */
int hash_index_open(int fd, uint64_t size, struct hash_index **index,
                    struct error *err) ERROR_MUST_CHECK;
void hash_index_close(struct hash_index *index); /* NULL is fine */

/* Called now and then with the record that the check has come to. */
typedef void (*hash_index_progress)(void *context, uint64_t record);

/* The whole check, once after opening: the order of the keys, no key twice, every value at most
 * `highest`, the prefix table, the padding. ERROR_BAD_CONTENT names the record (counted from 0) and
 * its offset in the file. progress may be NULL. */
int hash_index_validate(const struct hash_index *index, uint64_t highest,
                        hash_index_progress progress, void *context,
                        struct error *err) ERROR_MUST_CHECK;

uint64_t hash_index_count(const struct hash_index *index);
unsigned hash_index_value_bytes(const struct hash_index *index);
uint64_t hash_index_file_bytes(const struct hash_index *index);

/* Whether a key is there, all its bits; *record is its number then. */
bool hash_index_find(const struct hash_index *index, const uint8_t key[static HASH_INDEX_KEY_BYTES],
                     uint32_t *record);

/* The same for `count` keys that lie one behind the other; records[i] is HASH_INDEX_NONE for those
 * that are not there. The waits for memory overlap: about twice as fast as one by one when the index
 * does not fit the processor's caches. */
void hash_index_find_many(const struct hash_index *index,
                          const uint8_t (*keys)[HASH_INDEX_KEY_BYTES], size_t count,
                          uint32_t *records);

/* Key and value of a record below hash_index_count(). */
const uint8_t *hash_index_key(const struct hash_index *index, uint32_t record);
uint64_t hash_index_value(const struct hash_index *index, uint32_t record);

#endif
