/* SPDX-License-Identifier: ISC */
#include "tests/attack/mutate.h"

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/bytes.h"

#define TOUCHED_MOST 4096
#define AIMS_MOST    4096

static uint64_t next_random(struct mutate_image *image)
{
    image->random ^= image->random << 13;
    image->random ^= image->random >> 7;
    image->random ^= image->random << 17;
    return image->random;
}

static uint64_t below(struct mutate_image *image, uint64_t bound)
{
    return next_random(image) % bound;
}

/* The base, and which of its sectors are worth changing. */

static bool is_empty(const uint8_t *sector)
{
    for (size_t i = 1; i < MUTATE_SECTOR; i++) {
        if (sector[i] != sector[0])
            return false;
    }
    return true;
}

/* Where names of the tree stand are its folders and records; what begins the filesystem is as good. */
static bool is_record(const struct mutate_image *image, uint64_t offset)
{
    static const struct {
        const char *bytes;
        size_t size;
    } marks[] = {{"p7m", 3},   {"P7M", 3},   {"p\0007\0m", 5}, {"s\0a\0l\0l\0y", 9},
                 {"SALLY", 5}, {"sally", 5}, {"NTFS    ", 8},  {"EXFAT   ", 8},
                 {"CD001", 5}, {"FAT", 3},   {"EFI PART", 8}};
    const uint8_t *sector = image->base + offset;

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (memmem(sector, MUTATE_SECTOR, marks[i].bytes, marks[i].size) != NULL)
            return true;
    }
    return offset == 0;
}

static void sort_sectors(struct mutate_image *image, const char *content)
{
    size_t count = (size_t)(image->size / MUTATE_SECTOR);

    image->sectors = bytes_allocate(count, sizeof(*image->sectors));
    image->records = bytes_allocate(count, sizeof(*image->records));
    for (size_t i = 0; i < count; i++) {
        const uint8_t *sector = image->base + i * MUTATE_SECTOR;

        if (is_empty(sector) || memcmp(sector, content, strlen(content)) == 0)
            continue;
        image->sectors[image->sector_count++] = i * MUTATE_SECTOR;
        if (is_record(image, i * MUTATE_SECTOR))
            image->records[image->record_count++] = i * MUTATE_SECTOR;
    }
    if (image->record_count == 0)
        errx(1, "this is no image of a filesystem");
}

static void write_at(const struct mutate_image *image, uint64_t offset, const void *data,
                     size_t size)
{
    if (pwrite(image->fd, data, size, (off_t)offset) != (ssize_t)size)
        err(1, "writing the copy");
}

/* Only what is not zero: the copy has holes where the base has. */
static void fill_copy(struct mutate_image *image, uint64_t from)
{
    static const uint8_t zeros[MUTATE_SECTOR];

    if (ftruncate(image->fd, (off_t)image->size) < 0)
        err(1, "the copy");
    for (uint64_t at = from; at < image->size; at += MUTATE_SECTOR) {
        size_t size = image->size - at < MUTATE_SECTOR ? (size_t)(image->size - at) : MUTATE_SECTOR;

        if (memcmp(image->base + at, zeros, size) != 0)
            write_at(image, at, image->base + at, size);
    }
}

void mutate_open(struct mutate_image *image, const char *path, const char *content, uint64_t seed)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    *image = (struct mutate_image){.random = seed};
    image->fd = memfd_create("copy", MFD_CLOEXEC);
    if (fd < 0 || image->fd < 0 || fstat(fd, &status) < 0)
        err(1, "%s", path);
    image->size = (uint64_t)status.st_size;
    image->base = mmap(NULL, image->size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (image->base == MAP_FAILED)
        err(1, "%s", path);
    close(fd);
    image->touched = bytes_allocate(TOUCHED_MOST, sizeof(*image->touched));
    image->aims = bytes_allocate(AIMS_MOST, sizeof(*image->aims));
    sort_sectors(image, content);
    fill_copy(image, 0);
    mutate_take_aim(image);
}

void mutate_close(struct mutate_image *image)
{
    munmap((void *)(uintptr_t)image->base, image->size);
    close(image->fd);
    free(image->sectors);
    free(image->records);
    free(image->touched);
    free(image->aims);
}

void mutate_restore(struct mutate_image *image)
{
    struct stat status;

    if (image->cut) {
        if (fstat(image->fd, &status) < 0)
            err(1, "the copy");
        fill_copy(image, (uint64_t)status.st_size / MUTATE_SECTOR * MUTATE_SECTOR);
    }
    for (size_t i = 0; i < image->touched_count; i++)
        write_at(image, image->touched[i], image->base + image->touched[i], MUTATE_SECTOR);
    image->touched_count = 0;
    image->cut = false;
}

/* Changes. */

static void touch(struct mutate_image *image, uint64_t offset)
{
    if (image->touched_count == TOUCHED_MOST)
        errx(1, "more changes than there is room for");
    image->touched[image->touched_count++] = offset / MUTATE_SECTOR * MUTATE_SECTOR;
}

uint64_t mutate_get(const struct mutate_image *image, uint64_t offset, size_t size)
{
    uint64_t value = 0;

    for (size_t i = size; i-- > 0;)
        value = value << 8 | image->base[offset + i];
    return value;
}

void mutate_put(struct mutate_image *image, uint64_t offset, uint64_t value, size_t size)
{
    uint8_t bytes[8];

    if (offset + size > image->size)
        return;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    touch(image, offset);
    touch(image, offset + size - 1);
    write_at(image, offset, bytes, size);
}

static void flip_bits(struct mutate_image *image, uint64_t sector)
{
    uint64_t at = sector + below(image, MUTATE_SECTOR);

    mutate_put(image, at, image->base[at] ^ 1U << below(image, 8), 1);
}

static void set_byte(struct mutate_image *image, uint64_t sector)
{
    mutate_put(image, sector + below(image, MUTATE_SECTOR), next_random(image), 1);
}

static void set_field(struct mutate_image *image, uint64_t sector)
{
    static const uint64_t values[] = {
        0,      1,          2,          0x7f,       0x80,       0xff,       0x7fff,    0x8000,
        0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x0ffffff7, 0x0ffffff8, INT64_MAX, UINT64_MAX};
    size_t size = (size_t)1 << below(image, 4);
    uint64_t at = sector + below(image, MUTATE_SECTOR / size) * size;
    uint64_t value = values[below(image, sizeof(values) / sizeof(values[0]))];

    if (below(image, 3) == 0)
        value = mutate_get(image, at, size) + below(image, 5) - 2;
    mutate_put(image, at, value, size);
}

static void copy_other(struct mutate_image *image, uint64_t sector)
{
    touch(image, sector);
    write_at(image, sector, image->base + image->sectors[below(image, image->sector_count)],
             MUTATE_SECTOR);
}

static void shift(struct mutate_image *image, uint64_t sector)
{
    uint64_t by = 1 + below(image, 64);

    touch(image, sector);
    write_at(image, sector + by, image->base + sector, MUTATE_SECTOR - by);
}

static void fill(struct mutate_image *image, uint64_t sector)
{
    uint8_t bytes[MUTATE_SECTOR];
    size_t from = (size_t)below(image, MUTATE_SECTOR);

    memset(bytes, below(image, 2) == 0 ? 0 : 0xff, sizeof(bytes));
    touch(image, sector);
    write_at(image, sector + from, bytes, sizeof(bytes) - from);
}

static void cut(struct mutate_image *image, uint64_t sector)
{
    if (below(image, 4) != 0) { /* one in four: most of it goes, and little can be seen */
        set_field(image, sector);
        return;
    }
    if (ftruncate(image->fd, (off_t)(sector + below(image, MUTATE_SECTOR))) < 0)
        err(1, "cutting the copy");
    image->cut = true;
}

void mutate_randomly(struct mutate_image *image)
{
    static void (*const changes[])(struct mutate_image * image, uint64_t sector) = {
        flip_bits, flip_bits,  set_byte, set_byte, set_field, set_field,
        set_field, copy_other, shift,    fill,     cut};
    uint64_t count = 1 + below(image, 4);

    for (uint64_t i = 0; i < count && !image->cut; i++) {
        bool record = below(image, 4) != 0;
        uint64_t sector = record ? image->records[below(image, image->record_count)]
                                 : image->sectors[below(image, image->sector_count)];

        if (record && below(image, 2) == 0 && sector + 2 * MUTATE_SECTOR <= image->size)
            sector += MUTATE_SECTOR; /* the second half of a record */
        changes[below(image, sizeof(changes) / sizeof(changes[0]))](image, sector);
    }
}

/* What was aimed at. */

static void add_aim(struct mutate_image *image, const struct mutate_aim *aim)
{
    if (image->aim_count == AIMS_MOST || aim->offset + aim->size > image->size)
        return;
    image->aims[image->aim_count++] = *aim;
}

void mutate_aim_at(struct mutate_image *image, const char *words, uint64_t offset, uint64_t value,
                   size_t size)
{
    add_aim(image, &(struct mutate_aim){words, offset, value, size, false});
}

void mutate_aim_first(struct mutate_image *image, uint64_t offset, uint64_t value, size_t size)
{
    add_aim(image, &(struct mutate_aim){"", offset, value, size, true});
}

bool mutate_aimed(struct mutate_image *image, size_t *next, const char **words)
{
    const struct mutate_aim *aim;

    if (*next == image->aim_count)
        return false;
    do {
        aim = &image->aims[(*next)++];
        mutate_put(image, aim->offset, aim->value, aim->size);
        *words = aim->words;
    } while (aim->more && *next < image->aim_count);
    return true;
}
