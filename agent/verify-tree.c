/* SPDX-License-Identifier: ISC */
#include "agent/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/path.h"

#define PIECE_BYTES    (1 * MIB)
#define TREE_DEPTH     2   /* folders below the first: rings/RING */
#define UNLISTED_SHOWN 200 /* names that a report can use; the rest is the same trouble */

bool verify_is_gone(const struct error *err)
{
    switch (err->code) {
    case ERROR_PEER_GONE:
    case ERROR_PROTOCOL:
    case ERROR_TIMEOUT:
    case ERROR_MEDIUM_GONE:
        return true;
    default:
        return false;
    }
}

static void remember(struct verify *verify, const char *path, const struct bytes *data)
{
    struct verify_file *file;

    if (verify->file_count == verify->file_capacity) {
        size_t capacity = 2 * verify->file_capacity + 64;
        struct verify_file *grown = bytes_allocate(capacity, sizeof(*grown));

        if (verify->file_count > 0)
            memcpy(grown, verify->files_read, verify->file_count * sizeof(*grown));
        free(verify->files_read);
        verify->files_read = grown;
        verify->file_capacity = capacity;
    }
    file = &verify->files_read[verify->file_count++];
    snprintf(file->path, sizeof(file->path), "%s", path);
    file->size = data->size;
    digest_of(data->data, data->size, file->digest);
}

static int compare_row(const void *path, const void *row)
{
    const struct export_file *file = row;

    return strcmp(path, file->path);
}

static const struct export_file *find_row(const struct verify *verify, const char *path)
{
    if (verify->export.file_count == 0)
        return NULL;
    return bsearch(path, verify->export.files, verify->export.file_count,
                   sizeof(*verify->export.files), compare_row);
}

static int check_listed(const struct verify *verify, const struct verify_file *file,
                        struct error *err)
{
    const struct export_file *row = find_row(verify, file->path);

    if (row == NULL)
        return error_set(err, ERROR_MIXED_EXPORT, "%s is not listed", file->path);
    if (row->size != file->size || memcmp(row->digest, file->digest, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_MIXED_EXPORT, "%s is not as listed", file->path);
    return 0;
}

int verify_check_reads(const struct verify *verify, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < verify->file_count && result == 0; i++)
        result = check_listed(verify, &verify->files_read[i], err);
    return result;
}

int verify_read(struct verify *verify, const char *path, size_t limit, struct bytes *out,
                struct error *err)
{
    int result;

    if (verify->has_export && find_row(verify, path) == NULL) {
        uint64_t size;

        bytes_init(out, limit);
        result = reader_size(verify->reader, path, &size, err);
        return result != 0 ? result : error_set(err, ERROR_MIXED_EXPORT, "%s is not listed", path);
    }
    result = reader_read_all(verify->reader, path, limit, out, err);
    if (result == 0)
        remember(verify, path, out);
    return result;
}

int verify_check_last_read(const struct verify *verify, struct error *err)
{
    if (!verify->has_export || verify->file_count == 0)
        return 0;
    return check_listed(verify, &verify->files_read[verify->file_count - 1], err);
}

int verify_list(struct verify *verify, const char *folder, enum volume_kind kind, size_t limit,
                struct volume_name **names, size_t *count, struct error *err)
{
    char **found = NULL;
    size_t found_count = 0;
    int result = reader_list(verify->reader, folder, &found, &found_count, err);

    *count = 0;
    *names = bytes_allocate(found_count + 1, sizeof(**names));
    for (size_t i = 0; i < found_count && result == 0; i++) {
        char path[VOLUME_NAME_BYTES];
        int size = snprintf(path, sizeof(path), "%s/%s", folder, found[i]);

        if (size < 0 || (size_t)size >= sizeof(path) ||
            volume_parse(path, &(*names)[*count]) != 0 || (*names)[*count].kind != kind)
            continue;
        if (++*count > limit)
            result = error_set(err, ERROR_LIMIT, "more than %zu files in %s", limit, folder);
    }
    path_free_names(found, found_count);
    return result;
}

/* Bytes of a listed file in pieces: packs are larger than memory should be. */
static int hash_listed(struct verify *verify, const struct export_file *row, bool *matches,
                       struct error *err)
{
    uint8_t digest[DIGEST_BYTES], *piece = bytes_allocate(1, PIECE_BYTES);
    struct digest *state = digest_new();
    uint64_t offset = 0, size = 0;
    int result = reader_size(verify->reader, row->path, &size, err);

    *matches = false;
    while (result == 0 && size == row->size && offset < size) {
        size_t take = size - offset < PIECE_BYTES ? (size_t)(size - offset) : PIECE_BYTES;

        result = reader_read(verify->reader, row->path, offset, piece, take, err);
        if (result == 0)
            digest_add(state, piece, take);
        offset += take;
    }
    digest_finish(state, digest);
    if (result == 0 && size == row->size)
        *matches = memcmp(digest, row->digest, DIGEST_BYTES) == 0;
    free(piece);
    return result;
}

static int count_listed(struct verify *verify, struct error *err)
{
    for (size_t i = 0; i < verify->export.file_count; i++) {
        struct error file_error = {0};
        bool matches = false;

        verify->files.listed++;
        if (hash_listed(verify, &verify->export.files[i], &matches, &file_error) != 0) {
            if (verify_is_gone(&file_error)) {
                *err = file_error;
                return -(int)err->code;
            }
            if (file_error.code == ERROR_NOT_FOUND)
                verify->files.missing++;
        }
        verify->files.matching += matches;
        if (!matches && json_array_size(verify->files.unmatched) < UNLISTED_SHOWN)
            json_array_append_new(verify->files.unmatched,
                                  verify_report_text(verify->export.files[i].path));
    }
    return 0;
}

/* The way back is written by endpoints, after the export. */
static bool is_expected(const struct verify *verify, const char *path)
{
    struct volume_name name;

    if (find_row(verify, path) != NULL)
        return true;
    if (volume_parse(path, &name) != 0)
        return false;
    return name.kind == VOLUME_EXPORT || name.kind == VOLUME_RECEIPT || name.kind == VOLUME_OUTBOX;
}

static int list_unlisted(struct verify *verify, const char *folder, unsigned depth,
                         struct error *err);

static void note_unlisted(struct verify *verify, const char *path)
{
    if (!is_expected(verify, path) && json_array_size(verify->files.unlisted) < UNLISTED_SHOWN)
        json_array_append_new(verify->files.unlisted, verify_report_text(path));
}

/* What has no size may be a folder. What can't be listed either is no part of the tree. */
static int look_at(struct verify *verify, const char *path, unsigned depth, struct error *err)
{
    struct error look_error = {0};
    uint64_t size;

    if (reader_size(verify->reader, path, &size, &look_error) == 0) {
        note_unlisted(verify, path);
        return 0;
    }
    if (verify_is_gone(&look_error) ||
        (depth < TREE_DEPTH && list_unlisted(verify, path, depth + 1, &look_error) != 0 &&
         verify_is_gone(&look_error))) {
        *err = look_error;
        return -(int)err->code;
    }
    return 0;
}

/* The recursion ends at the tree's own depth. */
static int list_unlisted(struct verify *verify, const char *folder, unsigned depth,
                         struct error *err)
{
    char **found = NULL;
    size_t count = 0;
    int result = reader_list(verify->reader, folder, &found, &count, err);

    for (size_t i = 0; i < count && result == 0; i++) {
        char path[VOLUME_NAME_BYTES + 256];

        snprintf(path, sizeof(path), "%s/%s", folder, found[i]);
        result = look_at(verify, path, depth, err);
    }
    path_free_names(found, count);
    return result;
}

int verify_check_tree(struct verify *verify, struct error *err)
{
    int result;

    if (!verify->has_export)
        return 0;
    result = count_listed(verify, err);
    if (result == 0)
        result = list_unlisted(verify, VOLUME_ROOT, 0, err);
    if (result != 0)
        return result;
    if (verify->files.matching < verify->files.listed)
        return error_set(err, ERROR_MIXED_EXPORT, "%llu of %llu listed files are as listed",
                         (unsigned long long)verify->files.matching,
                         (unsigned long long)verify->files.listed);
    if (json_array_size(verify->files.unlisted) > 0)
        return error_set(err, ERROR_UNEXPECTED_FILE, "%zu files that no document lists",
                         json_array_size(verify->files.unlisted));
    return 0;
}
