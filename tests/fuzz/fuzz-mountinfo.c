/* SPDX-License-Identifier: ISC
 *
 * A text in the place of /proc/self/mountinfo: rows, each whole, or a refusal.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/sensor-mountinfo.h"
#include "media/base/limits.h"
#include "tests/fuzz/fuzz.h"

static int file_of(const uint8_t *data, size_t size)
{
    int fd = memfd_create("mountinfo", MFD_CLOEXEC);

    FUZZ_MUST(fd >= 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    return fd;
}

/* Undoing escapes makes texts shorter only. */
static void check_row(const struct sensor_mounts *mounts, size_t i, size_t size)
{
    const struct sensor_mount *row = &mounts->rows[i], *found;

    FUZZ_MUST(strlen(row->target) <= size && strlen(row->type) <= size &&
              strlen(row->source) <= size);
    FUZZ_MUST(row->target >= mounts->text && row->source <= mounts->text + size);
    found = sensor_mounts_find(mounts, row->id);
    FUZZ_MUST(found != NULL && found <= row && found->id == row->id);
    FUZZ_MUST(sensor_mount_use(row->type) <= SENSOR_MOUNT_ALL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = file_of(data, size);
    struct sensor_mounts mounts;
    struct error err = {0};

    if (sensor_mounts_read(fd, &mounts, &err) < 0) {
        FUZZ_MUST(err.code == ERROR_LIMIT && err.words[0] != '\0');
    } else {
        FUZZ_MUST(mounts.count <= LIMIT_SENSOR_MOUNTS);
        for (size_t i = 0; i < mounts.count; i++)
            check_row(&mounts, i, size);
        sensor_mounts_clear(&mounts);
    }
    close(fd);
    return 0;
}
