/* SPDX-License-Identifier: ISC
 *
 * make-exfat IMAGE FOLDER [scattered]: copies what lies in FOLDER into the root of a fresh exFAT
 * image (mkfs.exfat made it), as another system would; fsck.exfat judges the outcome. Files get
 * neighbouring clusters without a chain, as exFAT may; with "scattered" every second cluster and a
 * chain. Folders always have a chain. Names are ASCII. Microsoft's "exFAT file system
 * specification" is the source of every offset here.
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/bytes.h"

#define ENTRY       32
#define END_OF_FILE 0xffffffffU
#define FIRST       2 /* the number of the first cluster */
#define IS_FOLDER   0x10
#define NO_CHAIN    0x02

struct image {
    int fd;
    uint32_t cluster_bytes, clusters;
    uint64_t fat_at, heap_at;
    uint32_t *fat; /* clusters + FIRST entries */
    uint8_t *bitmap;
    uint32_t bitmap_cluster, bitmap_bytes, root;
    uint32_t next; /* the search for free ones starts here */
    uint32_t step; /* 1: neighbours, 2: scattered */
};

/* A run of clusters that something lies in. */
struct place {
    uint32_t first;
    bool chained;
};

struct folder {
    uint8_t *data;
    size_t size;
};

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)(at[0] | at[1] << 8 | at[2] << 16) | (uint32_t)at[3] << 24;
}

static void put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, (uint16_t)value);
    put16(at + 2, (uint16_t)(value >> 16));
}

static void put64(uint8_t *at, uint64_t value)
{
    put32(at, (uint32_t)value);
    put32(at + 4, (uint32_t)(value >> 32));
}

static void read_at(int fd, void *out, size_t size, uint64_t offset)
{
    if (pread(fd, out, size, (off_t)offset) != (ssize_t)size)
        err(1, "reading %zu bytes at %llu", size, (unsigned long long)offset);
}

static void write_at(int fd, const void *data, size_t size, uint64_t offset)
{
    if (pwrite(fd, data, size, (off_t)offset) != (ssize_t)size)
        err(1, "writing %zu bytes at %llu", size, (unsigned long long)offset);
}

static uint64_t cluster_at(const struct image *image, uint32_t cluster)
{
    return image->heap_at + (uint64_t)(cluster - FIRST) * image->cluster_bytes;
}

/* The bitmap of what is in use is named by an entry of the root. */
static void find_bitmap(struct image *image)
{
    uint8_t *root = bytes_allocate(1, image->cluster_bytes);

    read_at(image->fd, root, image->cluster_bytes, cluster_at(image, image->root));
    for (uint32_t i = 0; i < image->cluster_bytes; i += ENTRY) {
        if (root[i] == 0x81) {
            image->bitmap_cluster = get32(root + i + 20);
            image->bitmap_bytes = get32(root + i + 24);
        }
    }
    free(root);
    if (image->bitmap_bytes < (image->clusters + 7) / 8)
        errx(1, "no allocation bitmap in the root");
    image->bitmap = bytes_allocate(1, image->bitmap_bytes);
    read_at(image->fd, image->bitmap, image->bitmap_bytes,
            cluster_at(image, image->bitmap_cluster));
}

static void open_image(struct image *image, const char *path)
{
    uint8_t boot[512];
    uint32_t sector_shift;

    image->fd = open(path, O_RDWR | O_CLOEXEC);
    if (image->fd < 0)
        err(1, "%s", path);
    read_at(image->fd, boot, sizeof(boot), 0);
    if (memcmp(boot + 3, "EXFAT   ", 8) != 0)
        errx(1, "%s is no exFAT image", path);
    sector_shift = boot[108];
    image->cluster_bytes = 1U << (sector_shift + boot[109]);
    image->clusters = get32(boot + 92);
    image->fat_at = (uint64_t)get32(boot + 80) << sector_shift;
    image->heap_at = (uint64_t)get32(boot + 88) << sector_shift;
    image->root = get32(boot + 96);
    image->fat = bytes_allocate(image->clusters + FIRST, sizeof(uint32_t));
    read_at(image->fd, image->fat, (image->clusters + FIRST) * sizeof(uint32_t), image->fat_at);
    find_bitmap(image);
    image->next = FIRST;
}

static void close_image(struct image *image)
{
    write_at(image->fd, image->fat, (image->clusters + FIRST) * sizeof(uint32_t), image->fat_at);
    write_at(image->fd, image->bitmap, image->bitmap_bytes,
             cluster_at(image, image->bitmap_cluster));
    free(image->fat);
    free(image->bitmap);
    if (close(image->fd) < 0)
        err(1, "closing");
}

static bool in_use(const struct image *image, uint32_t cluster)
{
    uint32_t bit = cluster - FIRST;

    return (image->bitmap[bit / 8] >> bit % 8 & 1) != 0;
}

static uint32_t take_cluster(struct image *image)
{
    uint32_t cluster = image->next;

    while (cluster < image->clusters + FIRST && in_use(image, cluster))
        cluster++;
    if (cluster >= image->clusters + FIRST)
        errx(1, "the image is full");
    image->bitmap[(cluster - FIRST) / 8] |= (uint8_t)(1U << (cluster - FIRST) % 8);
    image->next = cluster + image->step;
    return cluster;
}

/* Clusters for size bytes, each written as it is taken. */
static struct place store(struct image *image, int from, const uint8_t *data, uint64_t size,
                          bool chained)
{
    uint8_t *buffer = bytes_allocate(1, image->cluster_bytes);
    struct place place = {.first = 0, .chained = chained};
    uint32_t last = 0;

    for (uint64_t done = 0; done < size; done += image->cluster_bytes) {
        size_t part =
            size - done < image->cluster_bytes ? (size_t)(size - done) : image->cluster_bytes;
        uint32_t cluster = take_cluster(image);

        memset(buffer, 0, image->cluster_bytes);
        if (data != NULL)
            memcpy(buffer, data + done, part);
        else
            read_at(from, buffer, part, done);
        write_at(image->fd, buffer, image->cluster_bytes, cluster_at(image, cluster));
        if (place.first == 0)
            place.first = cluster;
        if (chained && last != 0)
            image->fat[last] = cluster;
        if (chained)
            image->fat[cluster] = END_OF_FILE;
        last = cluster;
    }
    free(buffer);
    return place;
}

static uint16_t name_hash(const char *name)
{
    uint16_t hash = 0;

    for (; *name != '\0'; name++) {
        uint8_t letter = (uint8_t)(*name >= 'a' && *name <= 'z' ? *name - 32 : *name);

        hash = (uint16_t)((uint16_t)(hash << 15 | hash >> 1) + letter);
        hash = (uint16_t)(hash << 15 | hash >> 1); /* the high byte is zero */
    }
    return hash;
}

static uint16_t set_checksum(const uint8_t *set, size_t size)
{
    uint16_t sum = 0;

    for (size_t i = 0; i < size; i++) {
        if (i != 2 && i != 3)
            sum = (uint16_t)((uint16_t)(sum << 15 | sum >> 1) + set[i]);
    }
    return sum;
}

/* The entries of one file or folder: itself, where it lies, its name. */
static void add_entries(struct folder *folder, const char *name, bool is_folder, struct place place,
                        uint64_t size)
{
    const uint32_t new_year = 1U << 25 | 1U << 21 | 1U << 16; /* of 1981 */
    size_t length = strlen(name), parts = (length + 14) / 15;
    size_t bytes = (2 + parts) * ENTRY;
    uint8_t *set;

    folder->data = realloc(folder->data, folder->size + bytes);
    if (folder->data == NULL)
        err(1, "memory");
    set = folder->data + folder->size;
    memset(set, 0, bytes);
    set[0] = 0x85;
    set[1] = (uint8_t)(1 + parts);
    put16(set + 4, is_folder ? IS_FOLDER : 0x20);
    for (size_t at = 8; at < 20; at += 4)
        put32(set + at, new_year);
    set[ENTRY] = 0xc0;
    set[ENTRY + 1] = (uint8_t)(1 | (place.chained || size == 0 ? 0 : NO_CHAIN));
    set[ENTRY + 3] = (uint8_t)length;
    put16(set + ENTRY + 4, name_hash(name));
    put64(set + ENTRY + 8, size);
    put32(set + ENTRY + 20, place.first);
    put64(set + ENTRY + 24, size);
    for (size_t i = 0; i < parts; i++)
        set[(2 + i) * ENTRY] = 0xc1;
    for (size_t i = 0; i < length; i++)
        set[(2 + i / 15) * ENTRY + 2 + i % 15 * 2] = (uint8_t)name[i];
    put16(set + 2, set_checksum(set, bytes));
    folder->size += bytes;
}

static struct folder copy_folder(struct image *image, int fd);

static void copy_one(struct image *image, int fd, const char *name, struct folder *out)
{
    struct place place;
    struct stat status;
    int file = openat(fd, name, O_RDONLY | O_CLOEXEC);

    if (file < 0 || fstat(file, &status) < 0)
        err(1, "%s", name);
    if (S_ISDIR(status.st_mode)) {
        struct folder below = copy_folder(image, file);
        uint64_t size =
            (below.size + image->cluster_bytes - 1) / image->cluster_bytes * image->cluster_bytes;

        size = size > 0 ? size : image->cluster_bytes;
        below.data = realloc(below.data, size);
        if (below.data == NULL)
            err(1, "memory");
        memset(below.data + below.size, 0, size - below.size);
        place = store(image, -1, below.data, size, true);
        add_entries(out, name, true, place, size);
        free(below.data);
    } else {
        place = store(image, file, NULL, (uint64_t)status.st_size, image->step > 1);
        add_entries(out, name, false, place, (uint64_t)status.st_size);
        close(file);
    }
}

/* Takes fd. */
static struct folder copy_folder(struct image *image, int fd)
{
    struct folder folder = {NULL, 0};
    struct dirent *entry;
    DIR *names = fdopendir(fd);

    if (names == NULL)
        err(1, "a folder");
    while ((entry = readdir(names)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            copy_one(image, fd, entry->d_name, &folder);
    }
    closedir(names);
    return folder;
}

/* Behind the entries that mkfs.exfat wrote; the root gets as many clusters more as it takes. */
static void add_to_root(struct image *image, const struct folder *folder)
{
    uint8_t *root = bytes_allocate(1, image->cluster_bytes);
    uint32_t cluster = image->root, at = 0;

    read_at(image->fd, root, image->cluster_bytes, cluster_at(image, cluster));
    while (at < image->cluster_bytes && root[at] != 0)
        at += ENTRY;
    for (size_t done = 0; done < folder->size; done += ENTRY, at += ENTRY) {
        if (at == image->cluster_bytes) {
            write_at(image->fd, root, image->cluster_bytes, cluster_at(image, cluster));
            image->fat[cluster] = take_cluster(image);
            cluster = image->fat[cluster];
            image->fat[cluster] = END_OF_FILE;
            memset(root, 0, image->cluster_bytes);
            at = 0;
        }
        memcpy(root + at, folder->data + done, ENTRY);
    }
    write_at(image->fd, root, image->cluster_bytes, cluster_at(image, cluster));
    free(root);
}

int main(int argc, char **argv)
{
    struct image image = {.fd = -1};
    struct folder root;
    int fd;

    if (argc < 3)
        errx(2, "usage: make-exfat IMAGE FOLDER [scattered]");
    open_image(&image, argv[1]);
    image.step = argc > 3 ? 2 : 1;
    fd = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        err(1, "%s", argv[2]);
    root = copy_folder(&image, fd);
    add_to_root(&image, &root);
    free(root.data);
    close_image(&image);
    return 0;
}
