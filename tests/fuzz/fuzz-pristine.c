/* SPDX-License-Identifier: ISC
 *
 * The list of pristine copies: what is accepted has names of one component, and one byte more or
 * less is no list.
 */
#include <string.h>

#include "agent/pristine.h"
#include "media/base/path.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pristine_list list, again;

    if (pristine_parse(bytes_view_of(data, size), &list) < 0)
        return 0;
    for (size_t i = 0; i < list.count; i++) {
        const struct pristine_file *file = &list.files[i];

        FUZZ_MUST(path_component_valid(file->name, strlen(file->name)));
        FUZZ_MUST(file->mode <= 07777);
    }
    FUZZ_MUST(pristine_parse(bytes_view_of(data, size - 1), &again) < 0);
    return 0;
}
