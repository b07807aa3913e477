/* SPDX-License-Identifier: ISC
 *
 * sallyport-reader-tar: bytes by name from a tar file. Opens nothing, writes to the client's ring
 * only. The protocol is in media/base/reader.h.
 */
#include <config.h>

#include <errno.h>
#include <locale.h>

#include "agent/reader-serve.h"
#include "agent/reader-tar.h"
#include "media/base/limits.h"
#include "media/base/log.h"
#include "media/base/path.h"
#include "media/base/sandbox.h"
#include "media/base/spawn.h"

#define TAR_FD       SPAWN_FD_FIRST
#define MEMORY_BYTES (512 * MIB)
#define OPEN_FILES   32

struct tar {
    struct tar_index index;
    struct error failure; /* why there is no index, which is then every answer */
};

static int need_index(const struct tar *tar, struct error *err)
{
    if (tar->failure.code == ERROR_OK)
        return 0;
    *err = tar->failure;
    return -(int)err->code;
}

static int list_folder(void *context, const char *folder, char ***names, size_t *count,
                       struct error *err)
{
    const struct tar *tar = context;
    int result = need_index(tar, err);

    return result == 0 ? tar_index_list(&tar->index, folder, names, count, err) : result;
}

static int size_of(void *context, const char *name, uint64_t *size, struct error *err)
{
    const struct tar *tar = context;
    const struct tar_row *row;
    int result = need_index(tar, err);

    if (result == 0)
        result = tar_index_file(&tar->index, name, &row, err);
    if (result == 0)
        *size = row->size;
    return result;
}

static int read_bytes(void *context, const char *name, uint64_t offset, uint8_t *out, size_t size,
                      struct error *err)
{
    const struct tar *tar = context;
    const struct tar_row *row;
    int result = need_index(tar, err);

    if (result == 0)
        result = tar_index_file(&tar->index, name, &row, err);
    if (result < 0)
        return result;
    if (offset > row->size || size > row->size - offset)
        return error_set(err, ERROR_MEDIUM_DAMAGED, "ends before offset %llu",
                         (unsigned long long)offset + size);
    result = path_pread(TAR_FD, out, size, row->offset + offset, err);
    if (result == -ERROR_IO && (errno == EIO || errno == EBADMSG))
        err->code = ERROR_MEDIUM_DAMAGED;
    return result < 0 ? -(int)err->code : 0;
}

static int confine(struct error *err)
{
    const struct sandbox_profile profile = {
        .name = "reader-tar",
        .memory_bytes = MEMORY_BYTES,
        .open_files = OPEN_FILES,
    };
    int result = sandbox_enter(&profile, err);

    return result == 0 ? sandbox_seal(&profile, err) : result;
}

int main(void)
{
    static const struct reader_methods methods = {list_folder, size_of, read_bytes};
    struct tar tar = {.failure = {.code = ERROR_OK}};
    struct error err = {0};
    int result;

    log_open("reader-tar", SPAWN_FD_LOG, LOG_LEVEL_INFO);
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* names are read as they are written */
    result = confine(&err);
    if (result == 0) {
        /* A tar that can't be read is an answer to the client, not the end of its reader. */
        (void)!tar_index_read(&tar.index, TAR_FD, &tar.failure);
        result = reader_serve(&methods, &tar, &err);
    }
    tar_index_clear(&tar.index);
    if (result < 0)
        log_write(LOG_LEVEL_ERROR, "%s: %s", error_name(err.code), err.words);
    return result < 0 ? 1 : 0;
}
