/* SPDX-License-Identifier: ISC
 *
 * What tells filesystems and partitions of an image apart.
 */
#include "tests/test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "agent/reader-image.h"
#include "media/base/bytes.h"
#include "media/base/path.h"

#define SECTOR 512

static void put32(uint8_t *at, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void medium_of(struct image_medium *medium, const void *data, size_t size)
{
    struct error err = {0};
    int fd = memfd_create("medium", MFD_CLOEXEC);

    assert_ok(path_write(fd, data, size, &err), &err);
    assert_ok(image_medium_measure(fd, medium, &err), &err);
}

static void filesystems_that_are_not_read_are_known_by_name(void **state)
{
    static const struct {
        const char *name, *bytes;
        size_t at, size;
    } rows[] = {
        {"ext2, ext3 or ext4", "\x53\xef", 1080, 2},
        {"XFS", "XFSB", 0, 4},
        {"Btrfs", "_BHRfS_M", 65600, 8},
        {"BitLocker", "-FVE-FS-", 3, 8},
        {"UDF", "BEA01", 32769, 5},
        {"HFS+", "H+\0\4", 1024, 4},
        {"a gzip file", "\x1f\x8b\x08", 0, 3},
        {"a ZIP file", "PK\3\4", 0, 4},
    };
    uint8_t *data = bytes_allocate(1, 70000);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct image_medium medium;
        const struct image_kind *kind;

        memset(data, 0, 70000);
        memcpy(data + rows[i].at, rows[i].bytes, rows[i].size);
        medium_of(&medium, data, 70000);
        kind = image_kind_at(&medium, 0, medium.size);
        assert_non_null(kind);
        assert_string_equal(kind->name, rows[i].name);
        assert_int_equal(kind->type, TSK_FS_TYPE_UNSUPP);
        assert_null(image_kind_at(&medium, 0, rows[i].at + 1)); /* it would lie behind the end */
        close(medium.fd);
    }
    free(data);
    shows_case("D9");
}

static void put_row(uint8_t *sector, unsigned row, uint8_t type, uint32_t start, uint32_t size)
{
    uint8_t *at = sector + 446 + row * 16;

    at[4] = type;
    put32(at + 8, start);
    put32(at + 12, size);
    sector[510] = 0x55;
    sector[511] = 0xaa;
}

static void partitions_of(uint8_t *data, size_t size, enum error_code code, size_t expected,
                          struct image_partition *partitions)
{
    struct image_medium medium;
    struct error err = {0};
    size_t count = 99;
    int result;

    medium_of(&medium, data, size);
    result = image_partitions(&medium, partitions, &count, &err);
    assert_int_equal(result, -(int)code);
    assert_int_equal(count, expected);
    close(medium.fd);
}

static void partitions_are_those_of_the_mbr(void **state)
{
    struct image_partition found[LIMIT_PARTITIONS];
    uint8_t data[64 * SECTOR] = {0};

    put_row(data, 1, 7, 8, 4);
    put_row(data, 2, 5, 16, 40);
    put_row(data, 3, 0x0b, 2, 3);
    put_row(data + 16 * SECTOR, 0, 7, 1, 5);
    put_row(data + 16 * SECTOR, 1, 5, 10, 10);
    put_row(data + 26 * SECTOR, 0, 7, 2, 6);
    partitions_of(data, sizeof(data), ERROR_OK, 4, found);
    assert_int_equal(found[0].number, 2);
    assert_int_equal(found[0].offset, 8 * SECTOR);
    assert_int_equal(found[0].size, 4 * SECTOR);
    assert_int_equal(found[1].number, 4);
    assert_int_equal(found[2].number, 5);
    assert_int_equal(found[2].offset, 17 * SECTOR);
    assert_int_equal(found[3].number, 6);
    assert_int_equal(found[3].offset, 28 * SECTOR);

    put_row(data + 26 * SECTOR, 1, 5, 0, 10); /* back to the first link */
    partitions_of(data, sizeof(data), ERROR_LIMIT, 0, found);
    put_row(data + 26 * SECTOR, 1, 5, 30, 10); /* where there is no link */
    partitions_of(data, sizeof(data), ERROR_MEDIUM_DAMAGED, 0, found);
    put_row(data + 26 * SECTOR, 1, 0, 0, 0);
    put_row(data, 1, 7, 8, 57); /* one sector too many */
    partitions_of(data, sizeof(data), ERROR_MEDIUM_DAMAGED, 0, found);
    put_row(data, 1, 7, UINT32_MAX, UINT32_MAX);
    partitions_of(data, sizeof(data), ERROR_MEDIUM_DAMAGED, 0, found);
    data[510] = 0;
    partitions_of(data, sizeof(data), ERROR_OK, 0, found);
}

static void partitions_are_those_of_the_gpt(void **state)
{
    struct image_partition found[LIMIT_PARTITIONS];
    uint8_t data[64 * SECTOR] = {0}, *header = data + SECTOR, *row = data + 2 * SECTOR + 128;

    put_row(data, 0, 0xee, 1, 63);
    partitions_of(data, sizeof(data), ERROR_MEDIUM_DAMAGED, 0, found); /* announced, not there */
    memcpy(header, "EFI PART", 8);
    put32(header + 72, 2);
    put32(header + 80, 128);
    put32(header + 84, 128);
    row[0] = 1;
    put32(row + 32, 40);
    put32(row + 40, 49);
    partitions_of(data, sizeof(data), ERROR_OK, 1, found);
    assert_int_equal(found[0].number, 2);
    assert_int_equal(found[0].offset, 40 * SECTOR);
    assert_int_equal(found[0].size, 10 * SECTOR);
    put32(row + 40, 64);
    partitions_of(data, sizeof(data), ERROR_MEDIUM_DAMAGED, 0, found);
    put32(row + 40, 39);
    partitions_of(data, sizeof(data), ERROR_MEDIUM_DAMAGED, 0, found);
    put32(row + 40, 49);
    put32(header + 80, UINT32_MAX);
    partitions_of(data, sizeof(data), ERROR_MEDIUM_DAMAGED, 0, found);
}

static void numbers_of_the_first_sector_must_fit(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } wrong[] = {{11, 1}, {13, 0}, {13, 3}, {14, 0}, {16, 0},  {16, 3},
                 {20, 9}, {22, 0}, {22, 1}, {23, 2}, {510, 0}, {0, 0}};
    uint8_t boot[400 * SECTOR] = {0xeb, 0x3c, 0x90};
    const struct image_kind *kind;
    struct image_medium medium;
    struct error err = {0};

    boot[12] = 2; /* 512 bytes a sector, one a cluster, 400 in all */
    boot[13] = boot[14] = boot[16] = 1;
    boot[17] = 16;
    put32(boot + 18, 400U << 8);
    boot[21] = 0xf8;
    boot[22] = 2;
    boot[510] = 0x55;
    boot[511] = 0xaa;
    medium_of(&medium, boot, sizeof(boot));
    kind = image_kind_at(&medium, 0, medium.size);
    assert_non_null(kind);
    assert_string_equal(kind->name, "FAT");
    assert_ok(image_kind_check(kind, &medium, 0, medium.size, &err), &err);
    assert_refused(image_kind_check(kind, &medium, 0, medium.size - 1, &err), &err,
                   ERROR_MEDIUM_DAMAGED);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(pwrite(medium.fd, &wrong[i].value, 1, (off_t)wrong[i].at), 1);
        assert_refused(image_kind_check(kind, &medium, 0, medium.size, &err), &err,
                       ERROR_MEDIUM_DAMAGED);
        assert_int_equal(pwrite(medium.fd, boot + wrong[i].at, 1, (off_t)wrong[i].at), 1);
    }
    close(medium.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filesystems_that_are_not_read_are_known_by_name),
        cmocka_unit_test(numbers_of_the_first_sector_must_fit),
        cmocka_unit_test(partitions_are_those_of_the_mbr),
        cmocka_unit_test(partitions_are_those_of_the_gpt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
