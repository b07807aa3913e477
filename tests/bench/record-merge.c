/* SPDX-License-Identifier: ISC
 *
 * record-merge OLD NEW: how small the change of a sorted list of 32-byte records can be told without
 * compression: 32 bytes for each record that is new, and for each that is gone its distance from the
 * one before, seven bits a byte. Prints the bytes.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD 32

struct list {
    const unsigned char *records;
    size_t count;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "record-merge: %s: %s\n", what, why);
    exit(1);
}

static struct list map(const char *path)
{
    struct list list = {0};
    struct stat about;
    void *memory;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &about) < 0)
        die(path, strerror(errno));
    memory = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (memory == MAP_FAILED)
        die(path, strerror(errno));
    close(fd);
    list.records = memory;
    list.count = (size_t)about.st_size / RECORD;
    return list;
}

static unsigned number_bytes(size_t number)
{
    unsigned bytes = 1;

    while (number >>= 7)
        bytes++;
    return bytes;
}

/* Below 0: the old one comes first, which is gone. */
static int compare(const struct list *old, size_t i, const struct list *new, size_t j)
{
    if (i == old->count)
        return 1;
    if (j == new->count)
        return -1;
    return memcmp(old->records + i * RECORD, new->records + j *RECORD, RECORD);
}

static uint64_t merge(const struct list *old, const struct list *new)
{
    uint64_t bytes = 0;
    size_t last = 0;

    for (size_t i = 0, j = 0; i < old->count || j < new->count;) {
        int order = compare(old, i, new, j);

        if (order > 0)
            bytes += RECORD;
        if (order < 0) {
            bytes += number_bytes(i - last);
            last = i;
        }
        i += order <= 0;
        j += order >= 0;
    }
    return bytes;
}

int main(int argc, char **argv)
{
    struct list old, new;

    if (argc != 3)
        die("usage", "record-merge OLD NEW");
    old = map(argv[1]);
    new = map(argv[2]);
    printf("%llu\n", (unsigned long long)merge(&old, &new));
    return 0;
}
