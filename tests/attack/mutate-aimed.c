/* SPDX-License-Identifier: ISC
 *
 * What an attacker would write, not what decay would: chains that never end, sizes that lie, numbers
 * that are divided by.
 */
#include "tests/attack/mutate.h"

#include <string.h>

struct field {
    const char *words;
    uint64_t offset;
    size_t size;
    uint64_t values[6];
    size_t count;
};

#define VALUES(...) {__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t)

static void aim_at_fields(struct mutate_image *image, const struct field *fields, size_t count,
                          uint64_t base)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < fields[i].count; k++)
            mutate_aim_at(image, fields[i].words, base + fields[i].offset, fields[i].values[k],
                          fields[i].size);
    }
}

/* FAT. */

struct fat {
    unsigned bits;
    uint64_t table_at, heap_at, cluster_bytes, clusters, root_at;
};

static const struct field fat_fields[] = {
    {"bytes a sector", 11, 2, VALUES(0, 1, 511, 4096, 0x8000, 0xffff)},
    {"sectors a cluster", 13, 1, VALUES(0, 3, 64, 128, 255)},
    {"reserved sectors", 14, 2, VALUES(0, 1, 0xffff)},
    {"number of tables", 16, 1, VALUES(0, 1, 3, 255)},
    {"entries in the root", 17, 2, VALUES(0, 1, 513, 0xffff)},
    {"sectors in 16 bits", 19, 2, VALUES(0, 1, 8, 0xffff)},
    {"sectors of a table in 16 bits", 22, 2, VALUES(0, 1, 0xffff)},
    {"sectors in 32 bits", 32, 4, VALUES(0, 1, 64, 0xffffffff, 0x7fffffff)},
    {"sectors of a table in 32 bits", 36, 4, VALUES(0, 1, 0xffffffff, 0x7fffffff)},
    {"the root's cluster", 44, 4, VALUES(0, 1, 3, 0xfffffff, 0xffffffff)},
    {"the end of the first sector", 510, 2, VALUES(0, 0xffff)},
};

static bool find_fat(const struct mutate_image *image, struct fat *fat)
{
    uint64_t sector = mutate_get(image, 11, 2), reserved = mutate_get(image, 14, 2);
    uint64_t tables = mutate_get(image, 16, 1), table = mutate_get(image, 22, 2);
    uint64_t total = mutate_get(image, 19, 2), root = mutate_get(image, 17, 2) * 32;

    if (sector != 512 || mutate_get(image, 510, 2) != 0xaa55 || tables == 0)
        return false;
    table = table != 0 ? table : mutate_get(image, 36, 4);
    total = total != 0 ? total : mutate_get(image, 32, 4);
    fat->table_at = reserved * sector;
    fat->root_at = (reserved + tables * table) * sector;
    fat->heap_at = fat->root_at + root;
    fat->cluster_bytes = mutate_get(image, 13, 1) * sector;
    if (fat->cluster_bytes == 0)
        return false;
    fat->clusters = (total * sector - fat->heap_at) / fat->cluster_bytes;
    fat->bits = fat->clusters < 4085 ? 12 : fat->clusters < 65525 ? 16 : 32;
    return true;
}

static void put_link(struct mutate_image *image, const struct fat *fat, uint64_t cluster,
                     uint64_t next, const char *words)
{
    uint64_t at = fat->table_at + cluster * fat->bits / 8;
    uint64_t value = next;

    if (fat->bits == 12) { /* one and a half bytes: the other half stays */
        value = mutate_get(image, at, 2);
        value = cluster % 2 == 0 ? (value & 0xf000) | (next & 0xfff)
                                 : (value & 0xf) | (next & 0xfff) << 4;
    }
    if (words == NULL)
        mutate_aim_first(image, at, value, fat->bits == 32 ? 4 : 2);
    else
        mutate_aim_at(image, words, at, value, fat->bits == 32 ? 4 : 2);
}

static void aim_at_chain(struct mutate_image *image, const struct fat *fat, uint64_t cluster)
{
    put_link(image, fat, cluster, cluster, "a cluster that follows itself");
    put_link(image, fat, cluster, 0, "a chain that goes on in free space");
    put_link(image, fat, cluster, 1, "a chain that goes on in cluster 1");
    put_link(image, fat, cluster, 2, "a chain that goes on in another's");
    put_link(image, fat, cluster, fat->clusters + 1, "a chain that goes on in the last cluster");
    put_link(image, fat, cluster, fat->clusters + 2,
             "a chain that goes on behind the last cluster");
    put_link(image, fat, cluster, 0xfffffff7, "a chain that goes on in a bad cluster");
    put_link(image, fat, cluster, 0xffffffff, "a chain that ends early");
    put_link(image, fat, cluster, cluster + 2, NULL);
    put_link(image, fat, cluster + 2, cluster, "a chain of two that follow each other");
}

/* Every cluster is followed by the next one, so that whatever begins a folder is all of the image. */
static void aim_at_all_chains(struct mutate_image *image, const struct fat *fat)
{
    uint64_t most = fat->clusters < 1500 ? fat->clusters : 1500;

    if (fat->bits == 12)
        return;
    for (uint64_t i = 2; i < most; i++)
        put_link(image, fat, i, i + 1, i + 1 == most ? "all clusters in one chain" : NULL);
}

static void aim_at_entry(struct mutate_image *image, const struct fat *fat, uint64_t at)
{
    static const struct field fields[] = {
        {"first letter of a name", 0, 1, VALUES(0, 0xe5, 5, 0x20, '/')},
        {"attributes", 11, 1, VALUES(0, 8, 15, 16, 63, 255)},
        {"high half of the first cluster", 20, 2, VALUES(1, 0x7fff, 0xffff)},
        {"low half of the first cluster", 26, 2, VALUES(0, 1, 2, 3, 0xfff7, 0xffff)},
        {"size", 28, 4, VALUES(0, 1, 0x7fffffff, 0x80000000, 0xffffffff)},
    };
    uint64_t cluster = mutate_get(image, at + 26, 2) | mutate_get(image, at + 20, 2) << 16;

    aim_at_fields(image, fields, sizeof(fields) / sizeof(fields[0]), at);
    if (cluster >= 2 && cluster < fat->clusters)
        aim_at_chain(image, fat, cluster);
    if (at >= 32) { /* what stands before it may be a part of its long name */
        mutate_aim_at(image, "a long name's checksum", at - 32 + 13, 0, 1);
        mutate_aim_at(image, "a long name's order", at - 32, 0x7f, 1);
        mutate_aim_at(image, "a long name's attributes", at - 32 + 11, 0x2f, 1);
    }
}

/* Entries of files and folders with a short name like ours. */
static void aim_at_entries(struct mutate_image *image, const struct fat *fat)
{
    unsigned found = 0;

    for (size_t i = 0; i < image->record_count && found < 8; i++) {
        for (uint64_t at = image->records[i]; at < image->records[i] + MUTATE_SECTOR && found < 8;
             at += 32) {
            uint64_t attributes = mutate_get(image, at + 11, 1);
            const uint8_t *entry = image->base + at;

            if ((attributes == 16 || attributes == 32) && at >= fat->root_at && entry[0] >= 'A' &&
                entry[0] <= 'Z') {
                aim_at_entry(image, fat, at);
                found++;
            }
        }
    }
}

static void aim_at_fat(struct mutate_image *image)
{
    struct fat fat;

    aim_at_fields(image, fat_fields, sizeof(fat_fields) / sizeof(fat_fields[0]), 0);
    if (!find_fat(image, &fat))
        return;
    aim_at_entries(image, &fat);
    aim_at_all_chains(image, &fat);
}

/* exFAT. */

static const struct field exfat_fields[] = {
    {"sectors", 72, 8, VALUES(0, 1, 0xffffffff, UINT64_MAX)},
    {"place of the table", 80, 4, VALUES(0, 1, 0x7fffffff, 0xffffffff)},
    {"size of the table", 84, 4, VALUES(0, 1, 0x7fffffff, 0xffffffff)},
    {"place of the clusters", 88, 4, VALUES(0, 1, 0x7fffffff, 0xffffffff)},
    {"number of clusters", 92, 4, VALUES(0, 1, 3, 0xfffffff5, 0xffffffff)},
    {"the root's cluster", 96, 4, VALUES(0, 1, 2, 3, 0xffffffff)},
    {"bytes a sector, as a power", 108, 1, VALUES(0, 8, 10, 12, 31, 255)},
    {"sectors a cluster, as a power", 109, 1, VALUES(0, 16, 25, 31, 32, 255)},
    {"number of tables", 110, 1, VALUES(0, 2, 3, 255)},
};

static const struct field exfat_set[] = {
    {"type of an entry", 0, 1, VALUES(0, 5, 0x81, 0x82, 0x83, 0xc1)},
    {"number of further entries", 1, 1, VALUES(0, 1, 18, 19, 255)},
    {"attributes", 4, 2, VALUES(0, 16, 32, 0xffff)},
    {"flags of a stream", 33, 1, VALUES(0, 1, 2, 3, 255)},
    {"length of a name", 35, 1, VALUES(0, 1, 30, 255)},
    {"first cluster", 52, 4, VALUES(0, 1, 2, 3, 0xfffffff7, 0xffffffff)},
    {"size", 56, 8, VALUES(0, 1, 0xffffffff, INT64_MAX, UINT64_MAX)},
    {"first letter of a name", 66, 2, VALUES(0, '/', 0xd800, 0xffff)},
    {"type of a name's entry", 64, 1, VALUES(0, 0x41, 0xc0)},
};

static void aim_at_exfat(struct mutate_image *image)
{
    struct fat fat = {.bits = 32};
    unsigned shift = (unsigned)mutate_get(image, 108, 1), found = 0;

    fat.table_at = mutate_get(image, 80, 4) << shift;
    fat.clusters = mutate_get(image, 92, 4);
    aim_at_fields(image, exfat_fields, sizeof(exfat_fields) / sizeof(exfat_fields[0]), 0);
    for (uint64_t cluster = mutate_get(image, 96, 4), i = 0; i < 4; i++)
        aim_at_chain(image, &fat, cluster + i);
    for (size_t i = 0; i < image->record_count && found < 3; i++) {
        for (uint64_t at = image->records[i]; at < image->records[i] + MUTATE_SECTOR && found < 3;
             at += 32) {
            if (image->base[at] != 0x85 || at + 96 > image->size || image->base[at + 32] != 0xc0)
                continue;
            aim_at_fields(image, exfat_set, sizeof(exfat_set) / sizeof(exfat_set[0]), at);
            aim_at_chain(image, &fat, mutate_get(image, at + 52, 4));
            found++;
        }
    }
    aim_at_all_chains(image, &fat);
}

/* NTFS. */

static const struct field ntfs_fields[] = {
    {"bytes a sector", 11, 2, VALUES(0, 1, 256, 1024, 0xffff)},
    {"sectors a cluster", 13, 1, VALUES(0, 1, 3, 128, 0xf0, 0x81)},
    {"sectors", 40, 8, VALUES(0, 1, 64, 0xffffffff, UINT64_MAX)},
    {"place of the records", 48, 8, VALUES(0, 1, 0xffffffff, INT64_MAX, UINT64_MAX)},
    {"place of the records' mirror", 56, 8, VALUES(0, 1, 0xffffffff, UINT64_MAX)},
    {"size of a record", 64, 1, VALUES(0, 1, 0x7f, 0x80, 0xf7, 0xe0)},
    {"size of an index record", 68, 1, VALUES(0, 1, 0x7f, 0x80, 0xf7, 0xe0)},
};

static const struct field ntfs_record[] = {
    {"place of the update sequence", 4, 2, VALUES(0, 1, 0x1fe, 0x3fe, 0xffff)},
    {"size of the update sequence", 6, 2, VALUES(0, 1, 2, 0x100, 0xffff)},
    {"sequence", 16, 2, VALUES(0, 0xffff)},
    {"place of the attributes", 20, 2, VALUES(0, 1, 0x3f8, 0x3ff, 0xffff)},
    {"flags", 22, 2, VALUES(0, 1, 2, 3, 0xffff)},
    {"size in use", 24, 4, VALUES(0, 1, 0x400, 0x7fffffff, 0xffffffff)},
    {"base record", 32, 8, VALUES(1, 5, 64, UINT64_MAX)},
};

static const struct field ntfs_attribute[] = {
    {"type of an attribute", 0, 4, VALUES(0x20, 0x80, 0x90, 0xa0, 0xffffffff)},
    {"size of an attribute", 4, 4, VALUES(0, 1, 8, 0x3f0, 0x7fffffff, 0xffffffff)},
    {"not resident", 8, 1, VALUES(0, 1, 255)},
    {"length of an attribute's name", 9, 1, VALUES(1, 128, 255)},
    {"place of an attribute's name", 10, 2, VALUES(0, 0x3f0, 0xffff)},
    {"flags of an attribute", 12, 2, VALUES(1, 0x4000, 0x8000, 0xffff)},
    {"size of the content, or first cluster of the runs", 16, 4,
     VALUES(0, 0x400, 0x7fffffff, 0xffffffff)},
    {"place of the content", 20, 2, VALUES(0, 1, 0x3f8, 0xffff)},
    {"last cluster of the runs", 24, 8, VALUES(0, INT64_MAX, UINT64_MAX)},
    {"place of the runs", 32, 2, VALUES(0, 1, 0x3ff, 0xffff)},
    {"compression unit", 34, 2, VALUES(1, 4, 16, 31, 255)},
    {"allocated size", 40, 8, VALUES(0, 1, INT64_MAX, UINT64_MAX)},
    {"size", 48, 8, VALUES(0, 1, 0xffffffff, INT64_MAX, UINT64_MAX)},
    {"first run", 64, 1, VALUES(0, 0x11, 0x88, 0xff, 0x01)},
    {"length of the first run", 65, 1, VALUES(0, 0x7f, 0x80, 0xff)},
};

static void aim_at_record(struct mutate_image *image, uint64_t at)
{
    uint64_t next = at + mutate_get(image, at + 20, 2);

    aim_at_fields(image, ntfs_record, sizeof(ntfs_record) / sizeof(ntfs_record[0]), at);
    for (unsigned i = 0; i < 8 && next + 72 <= at + 2 * MUTATE_SECTOR; i++) {
        uint64_t size = mutate_get(image, next + 4, 4);

        if (mutate_get(image, next, 4) == 0xffffffff || size == 0 || size > 2 * MUTATE_SECTOR)
            break;
        if (i > 0) /* the first is times, which nobody asks for */
            aim_at_fields(image, ntfs_attribute, sizeof(ntfs_attribute) / sizeof(ntfs_attribute[0]),
                          next);
        next += size;
    }
}

static const struct field ntfs_index[] = {
    {"place of the update sequence", 4, 2, VALUES(0, 0xffff)},
    {"size of the update sequence", 6, 2, VALUES(0, 1, 0xffff)},
    {"place of the first entry", 24, 4, VALUES(0, 1, 0xfff, 0x7fffffff, 0xffffffff)},
    {"end of the entries", 28, 4, VALUES(0, 1, 0xfff, 0x7fffffff, 0xffffffff)},
    {"end of the room", 32, 4, VALUES(0, 1, 0x7fffffff, 0xffffffff)},
    {"record that an entry names", 64, 8, VALUES(0, 5, 11, UINT64_MAX)},
    {"size of an entry", 72, 2, VALUES(0, 1, 8, 0xfff, 0xffff)},
    {"size of an entry's name", 74, 2, VALUES(0, 1, 0xffff)},
    {"length of an entry's name", 144, 1, VALUES(0, 255)},
};

static void aim_at_ntfs(struct mutate_image *image)
{
    unsigned records = 0, indexes = 0;

    aim_at_fields(image, ntfs_fields, sizeof(ntfs_fields) / sizeof(ntfs_fields[0]), 0);
    for (size_t i = 0; i < image->record_count; i++) {
        uint64_t at = image->records[i];

        if (memcmp(image->base + at, "FILE", 4) == 0 && records++ < 1)
            aim_at_record(image, at);
        if (memcmp(image->base + at, "INDX", 4) == 0 && indexes++ < 1)
            aim_at_fields(image, ntfs_index, sizeof(ntfs_index) / sizeof(ntfs_index[0]), at);
    }
}

/* ISO 9660. */

static const struct field iso_descriptor[] = {
    {"type of a descriptor", 0, 1, VALUES(0, 2, 3, 255)},
    {"size of a block", 128, 2, VALUES(0, 1, 512, 0xffff)},
    {"size of the root's record", 156, 1, VALUES(0, 1, 255)},
    {"the root's place", 158, 4, VALUES(0, 16, 0x7fffffff, 0xffffffff)},
    {"the root's size", 166, 4, VALUES(0, 1, 0x7fffffff, 0xffffffff)},
};

static const struct field iso_record[] = {
    {"size of a record", 0, 1, VALUES(0, 1, 33, 34, 255)},
    {"blocks of attributes", 1, 1, VALUES(1, 255)},
    {"size", 10, 4, VALUES(0, 1, 0x7fffffff, 0xffffffff)},
    {"flags", 25, 1, VALUES(0, 2, 4, 0x80, 255)},
    {"interleaved", 26, 1, VALUES(1, 255)},
    {"length of an identifier", 32, 1, VALUES(0, 1, 200, 255)},
    {"first letter", 33, 1, VALUES(0, 1, '/', ';')},
};

/* Both byte orders agree, so that it is what it says that is judged. */
static void aim_at_both(struct mutate_image *image, uint64_t at, uint64_t value, const char *words)
{
    mutate_aim_first(image, at, value, 4);
    mutate_aim_at(image, words, at + 4, __builtin_bswap32((uint32_t)value), 4);
}

/* A continuation of the system use area that is its own. */
static void aim_at_continuation(struct mutate_image *image, uint64_t at)
{
    uint64_t use = at + 33 + mutate_get(image, at + 32, 1), block = use / 2048;

    use += mutate_get(image, at + 32, 1) % 2 == 0;
    mutate_aim_first(image, use, 0x011c4543, 4); /* CE, 28 bytes, version 1 */
    mutate_aim_first(image, use + 4, block, 4);
    mutate_aim_first(image, use + 8, __builtin_bswap32((uint32_t)block), 4);
    mutate_aim_first(image, use + 12, use % 2048, 4);
    mutate_aim_first(image, use + 16, __builtin_bswap32((uint32_t)(use % 2048)), 4);
    mutate_aim_first(image, use + 20, 28, 4);
    mutate_aim_at(image, "a continuation that goes on in itself", use + 24, __builtin_bswap32(28),
                  4);
}

static void aim_at_iso(struct mutate_image *image)
{
    unsigned found = 0;

    for (uint64_t at = 0x8000; at < 0x8000 + 3 * 2048; at += 2048) {
        aim_at_fields(image, iso_descriptor, sizeof(iso_descriptor) / sizeof(iso_descriptor[0]),
                      at);
        aim_at_both(image, at + 158, at / 2048, "a root that lies in its descriptor");
        aim_at_both(image, at + 166, 0x7fffffff, "a root that is larger than the disc");
    }
    for (size_t i = 0; i < image->record_count && found < 4; i++) {
        uint64_t at = image->records[i];

        if (at % 2048 != 0 || at < 0x9000 || image->base[at] < 34)
            continue;
        found++;
        for (unsigned k = 0; k < 3 && image->base[at] >= 34; k++, at += image->base[at]) {
            aim_at_fields(image, iso_record, sizeof(iso_record) / sizeof(iso_record[0]), at);
            aim_at_both(image, at + 2, image->records[i] / 2048, "a folder within itself");
            aim_at_both(image, at + 2, 0xffffffff, "what lies behind the end");
            aim_at_both(image, at + 10, 0xffffffff, "what is larger than the disc");
            aim_at_continuation(image, at);
        }
    }
}

/* Partition tables. */

static const struct field mbr_row[] = {
    {"state of a partition", 446, 1, VALUES(1, 0x7f, 0x80, 0xff)},
    {"type of a partition", 450, 1, VALUES(0, 5, 15, 0x85, 0xee)},
    {"start of a partition", 454, 4, VALUES(0, 1, 2047, 0x7fffffff, 0xffffffff)},
    {"size of a partition", 458, 4, VALUES(0, 1, 0x7fffffff, 0xffffffff)},
    {"the table's end", 510, 2, VALUES(0, 0xffff)},
};

static const struct field gpt_fields[] = {
    {"place of the rows", 512 + 72, 8, VALUES(0, 1, INT64_MAX, UINT64_MAX)},
    {"number of rows", 512 + 80, 4, VALUES(0, 1, 129, 0x7fffffff, 0xffffffff)},
    {"size of a row", 512 + 84, 4, VALUES(0, 1, 127, 129, 0xffffffff)},
    {"start of a partition", 1024 + 32, 8, VALUES(0, 1, 33, INT64_MAX, UINT64_MAX)},
    {"end of a partition", 1024 + 40, 8, VALUES(0, 1, INT64_MAX, UINT64_MAX)},
    {"type of a partition", 1024, 8, VALUES(0, 1)},
};

/* The partition becomes an extended one whose only link is at sector 1 and leads to itself. */
static void aim_at_links(struct mutate_image *image)
{
    mutate_aim_first(image, 450, 5, 1);
    mutate_aim_first(image, 454, 1, 4);
    mutate_aim_first(image, 512 + 510, 0xaa55, 2);
    mutate_aim_first(image, 512 + 446 + 16 + 4, 5, 1);
    mutate_aim_at(image, "an extended partition that leads to itself", 512 + 446 + 16 + 8, 0, 4);
    mutate_aim_first(image, 446 + 16 + 4, 7, 1);
    mutate_aim_first(image, 446 + 16 + 8, 2048, 4);
    mutate_aim_at(image, "two partitions in one place", 446 + 16 + 12, 2048, 4);
}

static void aim_at_table(struct mutate_image *image)
{
    aim_at_fields(image, mbr_row, sizeof(mbr_row) / sizeof(mbr_row[0]), 0);
    if (memcmp(image->base + 512, "EFI PART", 8) == 0)
        aim_at_fields(image, gpt_fields, sizeof(gpt_fields) / sizeof(gpt_fields[0]), 0);
    else
        aim_at_links(image);
}

void mutate_take_aim(struct mutate_image *image)
{
    if (memcmp(image->base + 3, "EXFAT   ", 8) == 0)
        aim_at_exfat(image);
    else if (memcmp(image->base + 3, "NTFS    ", 8) == 0)
        aim_at_ntfs(image);
    else if (image->size > 0x8006 && memcmp(image->base + 0x8001, "CD001", 5) == 0)
        aim_at_iso(image);
    else if (image->base[0] == 0xeb)
        aim_at_fat(image);
    else
        aim_at_table(image);
}
