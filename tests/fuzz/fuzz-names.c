/* SPDX-License-Identifier: ISC
 *
 * Names from a medium: what the tree's patterns take apart is put together to the same name, and is
 * safe to open.
 */
#include <string.h>

#include "media/base/path.h"
#include "media/volume.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *path = bytes_allocate(size + 1, 1);
    char again[VOLUME_NAME_BYTES];
    struct volume_name name;

    memcpy(path, data, size);
    if (volume_parse(path, &name) == 0) {
        FUZZ_MUST(strcmp(volume_format(&name, again), path) == 0);
        FUZZ_MUST(path_name_valid(path, strlen(path)));
    }
    if (path_name_valid(path, strlen(path))) {
        FUZZ_MUST(path[0] != '/' && strstr(path, "/../") == NULL && strncmp(path, "../", 3) != 0);
        FUZZ_MUST(strstr(path, "//") == NULL && strcmp(path, "..") != 0);
    }
    free(path);
    return 0;
}
