/* SPDX-License-Identifier: ISC
 *
 * A file that somebody runs: what is behind it is told by its bytes, and only by those.
 */
#include <elf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/sensor-start.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("program", MFD_CLOEXEC);
    enum sensor_file_kind kind;

    FUZZ_MUST(fd >= 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    kind = sensor_file_kind(fd);
    FUZZ_MUST((kind == SENSOR_FILE_SCRIPT) == (size >= 2 && memcmp(data, "#!", 2) == 0));
    if (kind == SENSOR_FILE_STATIC || kind == SENSOR_FILE_DYNAMIC)
        FUZZ_MUST(size >= sizeof(Elf32_Ehdr) && memcmp(data, ELFMAG, SELFMAG) == 0);
    FUZZ_MUST(lseek(fd, 0, SEEK_CUR) == 0);
    close(fd);
    return 0;
}
