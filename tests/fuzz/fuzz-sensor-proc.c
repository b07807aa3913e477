/* SPDX-License-Identifier: ISC
 *
 * A text in the place of what /proc says of a process: its status, its stat, its arguments. Each is an
 * answer within its bounds or none.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/sensor-proc.h"
#include "media/base/limits.h"
#include "tests/fuzz/fuzz.h"

#define PID 7

static char folder[] = "/tmp/sallyport-fuzz-XXXXXX";
static int proc = -1, text = -1;
static const char *const names[] = {"7/status", "7/stat", "7/cmdline"};
#define NAMES (sizeof(names) / sizeof(names[0]))

static void remove_folder(void)
{
    for (size_t i = 0; i < NAMES; i++)
        (void)unlinkat(proc, names[i], 0);
    (void)unlinkat(proc, "7", AT_REMOVEDIR);
    (void)rmdir(folder);
}

/* A folder in the place of /proc, made once: all its files are the one that lies in memory. */
static void begin(void)
{
    char target[64];

    FUZZ_MUST(mkdtemp(folder) != NULL);
    proc = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    text = memfd_create("text", MFD_CLOEXEC);
    FUZZ_MUST(proc >= 0 && text >= 0 && mkdirat(proc, "7", 0700) == 0);
    snprintf(target, sizeof(target), "/proc/self/fd/%d", text);
    for (size_t i = 0; i < NAMES; i++)
        FUZZ_MUST(symlinkat(target, proc, names[i]) == 0);
    (void)atexit(remove_folder);
}

static void check_arguments(struct bytes_view list)
{
    size_t count = 0;

    FUZZ_MUST(list.size <= LIMIT_EVENT_ARGV_BYTES);
    FUZZ_MUST(list.size == 0 || list.data[list.size - 1] == '\0');
    for (size_t i = 0; i < list.size; i++)
        count += list.data[i] == '\0';
    FUZZ_MUST(count <= LIMIT_EVENT_ARGUMENTS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sensor_proc_status status;
    struct bytes memory;

    if (proc < 0)
        begin();
    FUZZ_MUST(ftruncate(text, 0) == 0 && pwrite(text, data, size, 0) == (ssize_t)size);
    if (sensor_proc_status(proc, PID, &status))
        FUZZ_MUST(status.parent >= 0 && status.uid >= 0 && status.uid <= UINT32_MAX);
    (void)sensor_proc_start(proc, PID);
    bytes_init(&memory, LIMIT_EVENT_ARGV_BYTES);
    check_arguments(sensor_proc_arguments(proc, PID, &memory));
    bytes_clear(&memory);
    return 0;
}
