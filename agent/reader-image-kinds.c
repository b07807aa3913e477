/* SPDX-License-Identifier: ISC
 *
 * By marks at fixed places. libtsk's own guess would try a dozen parsers on bytes from outside;
 * so it is told what to open, and only after the numbers that it divides by and allocates for make
 * sense. Sources: Microsoft's FAT and exFAT specifications, ECMA-119, and for what is only named the
 * kernel's headers and libblkid's tables.
 */
#include "agent/reader-image.h"

#include <string.h>

#include "media/base/bytes.h"

#define SECTOR 512

struct mark {
    struct image_kind kind;
    uint64_t at;
    const char *bytes;
    size_t size;
};

#define MARK(bytes) bytes, sizeof(bytes) - 1
#define UNPACK(tool)                                                                               \
    TSK_FS_TYPE_UNSUPP,                                                                            \
        "unpack it first: " tool " FILE > NAME, or a tar: " tool " FILE | sallyport import -"
#define NOT_READ TSK_FS_TYPE_UNSUPP, NULL

static const struct mark marks[] = {
    {{"exFAT", TSK_FS_TYPE_EXFAT, NULL}, 3, MARK("EXFAT   ")},
    {{"NTFS", TSK_FS_TYPE_NTFS, NULL}, 3, MARK("NTFS    ")},
    {{"ISO 9660", TSK_FS_TYPE_ISO9660, NULL}, 32769, MARK("CD001")},
    {{"UDF", NOT_READ}, 32769, MARK("BEA01")},
    {{"LUKS", NOT_READ}, 0, MARK("LUKS\xba\xbe")},
    {{"BitLocker", NOT_READ}, 3, MARK("-FVE-FS-")},
    {{"ReFS", NOT_READ}, 3, MARK("ReFS\0\0\0\0")},
    {{"ext2, ext3 or ext4", NOT_READ}, 1080, MARK("\x53\xef")},
    {{"XFS", NOT_READ}, 0, MARK("XFSB")},
    {{"Btrfs", NOT_READ}, 65600, MARK("_BHRfS_M")},
    {{"F2FS", NOT_READ}, 1024, MARK("\x10\x20\xf5\xf2")},
    {{"HFS+", NOT_READ}, 1024, MARK("H+\0\4")},
    {{"HFSX", NOT_READ}, 1024, MARK("HX\0\5")},
    {{"APFS", NOT_READ}, 32, MARK("NXSB")},
    {{"squashfs", NOT_READ}, 0, MARK("hsqs")},
    {{"an LVM volume", NOT_READ}, 512, MARK("LABELONE")},
    {{"swap space", NOT_READ}, 4086, MARK("SWAPSPACE2")},
    {{"a qcow2 image", TSK_FS_TYPE_UNSUPP, "make a plain one: qemu-img convert -O raw"},
     0,
     MARK("QFI\xfb")},
    {{"a VMDK image", TSK_FS_TYPE_UNSUPP, "make a plain one: qemu-img convert -O raw"},
     0,
     MARK("KDMV")},
    {{"a gzip file", UNPACK("gzip -dc")}, 0, MARK("\x1f\x8b\x08")},
    {{"an xz file", UNPACK("xz -dc")},
     0,
     MARK("\xfd"
          "7zXZ\0")},
    {{"a zstd file", UNPACK("zstd -dc")}, 0, MARK("\x28\xb5\x2f\xfd")},
    {{"a bzip2 file", UNPACK("bzip2 -dc")}, 0, MARK("BZh")},
    {{"a ZIP file", TSK_FS_TYPE_UNSUPP, "unpack it into a folder first"}, 0, MARK("PK\3\4")},
};

static const struct image_kind fat = {"FAT", TSK_FS_TYPE_FAT_DETECT, NULL};

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) | (uint32_t)get16(at + 2) << 16;
}

static uint64_t get64(const uint8_t *at)
{
    return (uint64_t)get32(at) | (uint64_t)get32(at + 4) << 32;
}

static bool is_power(uint64_t value, uint64_t least, uint64_t most)
{
    return value >= least && value <= most && (value & (value - 1)) == 0;
}

/* FAT has no mark of its own: a boot sector's jump and end, and no partition table's first bytes. */
static bool looks_like_fat(const uint8_t boot[static SECTOR])
{
    return (boot[0] == 0xeb || boot[0] == 0xe9) && boot[510] == 0x55 && boot[511] == 0xaa &&
           is_power(get16(boot + 11), 512, 4096) && is_power(boot[13], 1, 128) &&
           boot[21] >= 0xf0 && boot[16] >= 1 && boot[16] <= 2;
}

static bool has_mark(const struct mark *mark, struct image_medium *medium, uint64_t offset,
                     uint64_t size)
{
    uint8_t bytes[16];

    return mark->at + mark->size <= size &&
           image_medium_read(medium, offset + mark->at, bytes, mark->size) == mark->size &&
           memcmp(bytes, mark->bytes, mark->size) == 0;
}

const struct image_kind *image_kind_at(struct image_medium *medium, uint64_t offset, uint64_t size)
{
    uint8_t boot[SECTOR];

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (has_mark(&marks[i], medium, offset, size))
            return &marks[i].kind;
    }
    if (size >= SECTOR && image_medium_read(medium, offset, boot, SECTOR) == SECTOR &&
        looks_like_fat(boot))
        return &fat;
    return NULL;
}

static int wrong(const char *what, struct error *err)
{
    return error_set(err, ERROR_MEDIUM_DAMAGED, "its first sector gives %s", what);
}

static int cut(uint64_t wanted, uint64_t size, struct error *err)
{
    return error_set(err, ERROR_MEDIUM_DAMAGED,
                     "says that it has %llu bytes, but only %llu are there: the copy was cut short",
                     (unsigned long long)wanted, (unsigned long long)size);
}

/* Sectors, clusters and tables of FAT12, FAT16 and FAT32: which of them it is follows from the number
 * of clusters, and the table must have a place for each. */
static int check_fat(const uint8_t *boot, uint64_t size, struct error *err)
{
    uint64_t sector = get16(boot + 11), per_cluster = boot[13], reserved = get16(boot + 14);
    uint64_t tables = boot[16],
             root_sectors = ((uint64_t)get16(boot + 17) * 32 + sector - 1) / sector;
    uint64_t total = get16(boot + 19) != 0 ? get16(boot + 19) : get32(boot + 32);
    uint64_t table = get16(boot + 22) != 0 ? get16(boot + 22) : get32(boot + 36);
    uint64_t before, clusters, bits;

    if (!looks_like_fat(boot) || sector * per_cluster > 64 * KIB)
        return wrong("no sector and cluster size of FAT", err);
    before = reserved + tables * table + root_sectors;
    if (reserved == 0 || table == 0 || before + per_cluster > total)
        return wrong("a file allocation table that does not fit", err);
    if (total * sector > size)
        return cut(total * sector, size, err);
    clusters = (total - before) / per_cluster;
    bits = clusters < 4085 ? 12 : clusters < 65525 ? 16 : 32;
    if ((clusters + 2) * bits > table * sector * 8 || clusters > 0x0ffffff5)
        return wrong("a file allocation table that is too small for its clusters", err);
    if ((bits == 32) != (get16(boot + 17) == 0))
        return wrong("a root folder that does not go with its number of clusters", err);
    if (bits == 32 && (get32(boot + 44) < 2 || get32(boot + 44) >= clusters + 2))
        return wrong("a root folder that lies outside", err);
    return 0;
}

static int check_exfat(const uint8_t *boot, uint64_t size, struct error *err)
{
    uint64_t shift = boot[108], cluster_shift = boot[109];
    uint64_t total = get64(boot + 72), table_at = get32(boot + 80), table = get32(boot + 84);
    uint64_t heap_at = get32(boot + 88), clusters = get32(boot + 92), root = get32(boot + 96);

    if (shift < 9 || shift > 12 || cluster_shift > 25 - shift)
        return wrong("no sector and cluster size of exFAT", err);
    if (total > size >> shift)
        return cut(total << shift, size, err);
    if (boot[110] < 1 || boot[110] > 2 || table_at < 24 || table == 0 ||
        table_at + table * boot[110] > heap_at || heap_at >= total)
        return wrong("a file allocation table that does not fit", err);
    if (clusters == 0 || clusters > (total - heap_at) >> cluster_shift ||
        (clusters + 2) * 4 > table << shift)
        return wrong("more clusters than there is room for", err);
    if (root < 2 || root >= clusters + 2)
        return wrong("a root folder that lies outside", err);
    return 0;
}

/* A count of units, or above 128 a power of two of bytes, as NTFS writes it; 0: too large for any. */
static uint64_t count_or_power(uint8_t value, uint64_t unit)
{
    if (value <= 128)
        return value * unit;
    return 256 - value <= 21 ? 1ULL << (256 - value) : 0;
}

static int check_ntfs(const uint8_t *boot, uint64_t size, struct error *err)
{
    uint64_t sector = get16(boot + 11), total = get64(boot + 40);
    uint64_t cluster = boot[13] <= 128 ? boot[13] * sector : count_or_power(boot[13], 1) * sector;
    uint64_t clusters;

    if (!is_power(sector, 512, 4096) || !is_power(cluster, 512, 2 * MIB))
        return wrong("no sector and cluster size of NTFS", err);
    if (total == 0 || total > size / sector)
        return total == 0 ? wrong("no size", err) : cut(total * sector, size, err);
    if (!is_power(count_or_power(boot[64], cluster), 512, 4096) ||
        !is_power(count_or_power(boot[68], cluster), 512, 64 * KIB))
        return wrong("no record size of NTFS", err);
    clusters = total * sector / cluster;
    if (get64(boot + 48) >= clusters || get64(boot + 56) >= clusters)
        return wrong("a master file table that lies outside", err);
    return 0;
}

int image_kind_check(const struct image_kind *kind, struct image_medium *medium, uint64_t offset,
                     uint64_t size, struct error *err)
{
    static const struct {
        TSK_FS_TYPE_ENUM type;
        int (*check)(const uint8_t *boot, uint64_t size, struct error *err);
    } rows[] = {
        {TSK_FS_TYPE_FAT_DETECT, check_fat},
        {TSK_FS_TYPE_EXFAT, check_exfat},
        {TSK_FS_TYPE_NTFS, check_ntfs},
    };
    uint8_t boot[SECTOR];

    if (image_medium_read(medium, offset, boot, SECTOR) != SECTOR)
        return image_medium_blame(medium, err);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].type == kind->type)
            return rows[i].check(boot, size, err);
    }
    return 0;
}
