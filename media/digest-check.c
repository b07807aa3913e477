/* SPDX-License-Identifier: ISC */
#include "media/digest-check.h"

#include <stdlib.h>
#include <string.h>

#include "media/digest-lanes.h"

struct slot {
    uint8_t *bytes;
    uint8_t expected[DIGEST_BYTES];
    size_t number;
    struct slot *next_free;
};

struct digest_check {
    struct digest_lanes *lanes;
    digest_check_tell tell;
    void *context;
    uint8_t *memory;
    struct slot *slots, *free; /* one at least is free: lanes give one back before all are taken */
};

static void give_back(struct digest_check *check, struct slot *slot)
{
    slot->next_free = check->free;
    check->free = slot;
}

static void compare(void *context, void *tag, const uint8_t digest[static DIGEST_BYTES])
{
    struct digest_check *check = context;
    struct slot *slot = tag;

    check->tell(check->context, slot->number, slot->expected,
                memcmp(digest, slot->expected, DIGEST_BYTES) == 0);
    give_back(check, slot);
}

struct digest_check *digest_check_new(size_t most, digest_check_tell tell, void *context)
{
    struct digest_check *check = bytes_allocate(1, sizeof(*check));
    size_t width = digest_path_width(DIGEST_PATH_AUTO);

    check->lanes = digest_lanes_new(DIGEST_PATH_AUTO, compare, check);
    check->tell = tell;
    check->context = context;
    check->memory = bytes_allocate(width, most);
    check->slots = bytes_allocate(width, sizeof(*check->slots));
    for (size_t i = 0; i < width; i++) {
        check->slots[i].bytes = check->memory + i * most;
        give_back(check, &check->slots[i]);
    }
    return check;
}

uint8_t *digest_check_buffer(const struct digest_check *check)
{
    return check->free->bytes;
}

void digest_check_put(struct digest_check *check, size_t size,
                      const uint8_t expected[static DIGEST_BYTES], size_t number)
{
    struct slot *slot = check->free;

    check->free = slot->next_free;
    memcpy(slot->expected, expected, DIGEST_BYTES);
    slot->number = number;
    digest_lanes_put(check->lanes, slot->bytes, size, slot);
}

void digest_check_finish(struct digest_check *check)
{
    digest_lanes_finish(check->lanes);
}

void digest_check_free(struct digest_check *check)
{
    if (check == NULL)
        return;
    digest_lanes_free(check->lanes);
    free(check->memory);
    free(check->slots);
    free(check);
}
