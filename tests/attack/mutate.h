/* SPDX-License-Identifier: ISC
 *
 * Changed copies of a filesystem image, one at a time in one memory file, the same for the same
 * seed.
 */
#ifndef TESTS_ATTACK_MUTATE_H
#define TESTS_ATTACK_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUTATE_SECTOR 512

/* A change that aims at something: a field gets a value. */
struct mutate_aim {
    const char *words;
    uint64_t offset, value;
    size_t size;
    bool more; /* the next one goes with it */
};

struct mutate_image {
    int fd;              /* the changed copy */
    const uint8_t *base; /* as it was made */
    uint64_t size;
    uint64_t *sectors; /* offsets of those that hold structure: not empty, no file's content */
    size_t sector_count;
    uint64_t *records; /* of these, those with names of the tree, and the first ones */
    size_t record_count;
    uint64_t random;
    uint64_t *touched; /* offsets of sectors that differ now */
    size_t touched_count;
    bool cut; /* the copy is shorter now */
    struct mutate_aim *aims;
    size_t aim_count;
};

/* content: what each sector of a file's content begins with, so that it is told from structure. */
void mutate_open(struct mutate_image *image, const char *path, const char *content, uint64_t seed);
void mutate_close(struct mutate_image *image);

/* The copy is the base again. */
void mutate_restore(struct mutate_image *image);
/* One to four random changes. */
void mutate_randomly(struct mutate_image *image);

/* One field of size bytes, little-endian. */
void mutate_put(struct mutate_image *image, uint64_t offset, uint64_t value, size_t size);
uint64_t mutate_get(const struct mutate_image *image, uint64_t offset, size_t size);

/* Looks up what there is to aim at in this kind of image. */
void mutate_take_aim(struct mutate_image *image);
/* For what looks it up. */
void mutate_aim_at(struct mutate_image *image, const char *words, uint64_t offset, uint64_t value,
                   size_t size);
void mutate_aim_first(struct mutate_image *image, uint64_t offset, uint64_t value, size_t size);
/* Applies number next and those that go with it to the restored copy; *next is then the one after.
 * False past the last. */
bool mutate_aimed(struct mutate_image *image, size_t *next, const char **words);

#endif
