/* SPDX-License-Identifier: ISC
 *
 * What is read of an image before libtsk, and discs, which it does not read: one input is a medium,
 * and what follows the empty first 32 KiB of a disc.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/reader-image.h"
#include "media/base/bytes.h"
#include "media/base/path.h"
#include "tests/fuzz/fuzz.h"

#define DEPTH   4
#define DISC_AT 32768

const size_t fuzz_replay_runs = 2000;

static bool lies_within(uint64_t at, uint64_t size, const struct image_medium *medium)
{
    return at <= medium->size && size <= medium->size - at;
}

static void read_kind(struct image_medium *medium)
{
    const struct image_kind *kind = image_kind_at(medium, 0, medium->size);
    struct error err = {0};

    if (kind != NULL && kind->type != TSK_FS_TYPE_UNSUPP)
        (void)!image_kind_check(kind, medium, 0, medium->size, &err);
}

static void read_partitions(struct image_medium *medium)
{
    struct image_partition partitions[LIMIT_PARTITIONS];
    struct error err = {0};
    size_t count;

    if (image_partitions(medium, partitions, &count, &err) < 0)
        FUZZ_MUST(count == 0 && err.code != ERROR_OK);
    for (size_t i = 0; i < count; i++)
        FUZZ_MUST(partitions[i].number > 0 &&
                  lies_within(partitions[i].offset, partitions[i].size, medium));
}

static void read_folder(const struct image_iso *iso, uint64_t at, uint64_t size, unsigned depth)
{
    struct image_listing listing = {0};
    struct error err = {0};

    if (image_iso_list(iso, at, size, &listing, &err) < 0)
        FUZZ_MUST(err.code != ERROR_OK);
    for (size_t i = 0; i < listing.count; i++) {
        const struct image_entry *entry = &listing.entries[i];

        FUZZ_MUST(lies_within(entry->number, entry->size, iso->medium));
        FUZZ_MUST(entry->name[0] != '\0' && strchr(entry->name, '/') == NULL);
        if (entry->kind == IMAGE_FOLDER && depth > 0 && i < 3)
            read_folder(iso, entry->number, entry->size, depth - 1);
    }
    image_listing_clear(&listing);
}

static void read_disc(struct image_medium *medium)
{
    struct image_iso iso;
    struct error err = {0};

    if (image_iso_open(medium, 0, medium->size, &iso, &err) == 0)
        read_folder(&iso, iso.root_at, iso.root_size, DEPTH);
    else
        FUZZ_MUST(err.code != ERROR_OK);
}

static void make_medium(struct image_medium *medium, uint64_t at, const uint8_t *data, size_t size)
{
    struct error err = {0};
    int fd = memfd_create("medium", MFD_CLOEXEC);

    if (fd < 0 || path_pwrite(fd, data, size, at, &err) < 0 ||
        image_medium_measure(fd, medium, &err) < 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image_medium medium;

    make_medium(&medium, 0, data, size);
    read_kind(&medium);
    read_partitions(&medium);
    close(medium.fd);
    make_medium(&medium, DISC_AT, data, size);
    read_disc(&medium);
    close(medium.fd);
    return 0;
}
