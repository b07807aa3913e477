/* SPDX-License-Identifier: ISC
 *
 * What comes by HTTP beside documents: URLs, ranges, INDEX. One input is read as each of them.
 */
#include <stdlib.h>
#include <string.h>

#include "media/base/http-range.h"
#include "media/base/path.h"
#include "media/base/url.h"
#include "media/tree-index.h"
#include "tests/fuzz/fuzz.h"

#define SIZE 1000

static void read_ranges(const char *text)
{
    uint64_t first, last, size;

    if (http_range_read(text, SIZE, &first, &last) == HTTP_RANGE_PART)
        FUZZ_MUST(first <= last && last < SIZE);
    if (http_range_content(text, &first, &last, &size) == 0)
        FUZZ_MUST(first <= last && last < size);
}

static void read_index(struct bytes_view index)
{
    struct error err = {0};
    char **names;
    size_t count;

    if (tree_index_check(index, &err) < 0 ||
        tree_index_list(index, "sallyport/packs", &names, &count, &err) < 0)
        return;
    for (size_t i = 0; i < count; i++) {
        FUZZ_MUST(path_component_valid(names[i], strlen(names[i])));
        FUZZ_MUST(i == 0 || strcmp(names[i - 1], names[i]) < 0);
    }
    path_free_names(names, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = bytes_allocate(1, size + 1);
    struct error err = {0};
    struct url url;

    if (size > 0)
        memcpy(text, data, size);
    if (url_parse(text, &url, &err) == 0)
        FUZZ_MUST(url.host[0] != '\0' && url.port != 0 && strpbrk(url.path, "?#%@") == NULL);
    read_ranges(text);
    read_index(bytes_view_of(data, size));
    free(text);
    return 0;
}
