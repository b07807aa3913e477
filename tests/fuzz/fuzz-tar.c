/* SPDX-License-Identifier: ISC
 *
 * The pass over a tar's headers: whatever is accepted is a tree whose files lie in the tar, apart
 * from each other, and that lists what it finds.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/reader-tar.h"
#include "media/base/bytes.h"
#include "media/base/path.h"
#include "tests/fuzz/fuzz.h"

/* A file of its own each time costs more than the pass. */
static int file_with(const uint8_t *data, size_t size)
{
    static int fd = -1;

    if (fd < 0)
        fd = memfd_create("tar", MFD_CLOEXEC);
    FUZZ_MUST(fd >= 0 && ftruncate(fd, 0) == 0);
    FUZZ_MUST(pwrite(fd, data, size, 0) == (ssize_t)size);
    return fd;
}

static void check_row(const struct tar_index *index, size_t i, size_t size)
{
    const struct tar_row *row = &index->rows[i], *found;
    struct error err = {0};

    FUZZ_MUST(path_name_valid(row->name, strlen(row->name)));
    FUZZ_MUST(row->offset % TAR_BLOCK_BYTES == 0 && row->offset >= TAR_BLOCK_BYTES);
    FUZZ_MUST(row->offset <= size && row->size <= size - row->offset);
    FUZZ_MUST(tar_index_file(index, row->name, &found, &err) ==
              (row->is_folder ? -ERROR_UNEXPECTED_FILE : 0));
    for (size_t j = 0; j < i; j++)
        FUZZ_MUST(index->rows[j].offset + index->rows[j].size <= row->offset ||
                  row->offset + row->size <= index->rows[j].offset);
}

static void check_list(const struct tar_index *index)
{
    struct error err = {0};
    char **names = NULL;
    size_t count = 0;

    FUZZ_MUST(tar_index_list(index, "sallyport", &names, &count, &err) == 0);
    for (size_t i = 0; i < count; i++) {
        FUZZ_MUST(path_component_valid(names[i], strlen(names[i])));
        FUZZ_MUST(i == 0 || strcmp(names[i - 1], names[i]) < 0);
    }
    path_free_names(names, count);
}

/* A header whose sum is wrong is refused by that alone, and nothing behind it is tried. */
static void mend_sums(uint8_t *data, size_t size)
{
    for (size_t at = 0; at + TAR_BLOCK_BYTES <= size; at += TAR_BLOCK_BYTES) {
        uint8_t *header = data + at;
        unsigned sum = 0;

        if (memcmp(header + 257, "ustar", 5) != 0)
            continue;
        memset(header + 148, ' ', 8);
        for (size_t i = 0; i < TAR_BLOCK_BYTES; i++)
            sum += header[i];
        snprintf((char *)header + 148, 8, "%06o", sum);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *mended = bytes_allocate(1, size + 1);
    struct tar_index index = {0};
    struct error err = {0};

    memcpy(mended, data, size);
    mend_sums(mended, size);
    if (tar_index_read(&index, file_with(mended, size), &err) == 0) {
        for (size_t i = 0; i < index.count; i++)
            check_row(&index, i, size);
        check_list(&index);
    }
    tar_index_clear(&index);
    free(mended);
    return 0;
}
