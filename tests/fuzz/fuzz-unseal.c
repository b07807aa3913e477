/* SPDX-License-Identifier: ISC
 *
 * Sealed files. First byte 0: the rest is a file as it lies on the disk, which nobody without the
 * key can make. Else: what whoever holds the key could seal; two bytes of plain size, then the bytes
 * in place of the zstd frame.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "drivers/unseal.h"
#include "media/base/limits.h"
#include "media/base/path.h"
#include "tests/fuzz/fuzz.h"
#include "tests/media/seal-by-hand.h"

static const struct seal_key key = {.id = "k", .key = {1}};
static const struct unseal_expected expected = {
    .type = "t", .name = "n", .key_id = "k", .plain_limit = UINT16_MAX};

static int count(void *context, const void *data, size_t size, struct error *err)
{
    *(uint64_t *)context += size;
    return 0;
}

/* Opens what is in memory; made: plain bytes, whatever the end. */
static int open_file(struct bytes_view sealed, uint64_t *made, struct error *err)
{
    int fd = memfd_create("sealed", MFD_CLOEXEC);
    int result;

    *made = 0;
    FUZZ_MUST(fd >= 0 && path_write(fd, sealed.data, sealed.size, err) == 0);
    result = unseal_file(fd, sealed.size, key.key, &expected, count, made, err);
    close(fd);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seal_by_hand what = {.key = &key, .type = "t", .name = "n"};
    struct error err = {0};
    struct bytes sealed;
    uint64_t made;

    if (size < 4)
        return 0;
    if (data[0] == 0) {
        if (open_file(bytes_view_of(data + 1, size - 1), &made, &err) != 0)
            FUZZ_MUST(err.code != ERROR_OK && err.words[0] != '\0');
        return 0;
    }
    what.plain_size = (uint64_t)data[1] | (uint64_t)data[2] << 8;
    what.compressed = bytes_view_of(data + 3, size - 3);
    seal_by_hand(&what, &sealed);
    if (open_file(bytes_view(&sealed), &made, &err) == 0)
        FUZZ_MUST(made == what.plain_size);
    else
        FUZZ_MUST(made <= what.plain_size && err.code == ERROR_BAD_CONTENT);
    bytes_clear(&sealed);
    return 0;
}
