/* SPDX-License-Identifier: ISC
 *
 * Where a file lies is libtsk's answer (runs of blocks); it is checked once, then the bytes come
 * straight from the medium. libtsk itself would begin at the first run for every piece, and answer
 * with zeros for what is missing.
 */
#include "agent/reader-image.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"

static int damaged(const char *name, const char *words, struct error *err)
{
    return error_set(err, ERROR_MEDIUM_DAMAGED, "%s: %s", name, words);
}

/* NTFS can hold more than one stream: the one without a name is the file. */
static const TSK_FS_ATTR *content_of(TSK_FS_FILE *file)
{
    int count = tsk_fs_file_attr_getsize(file);

    if (file->fs_info->ftype != TSK_FS_TYPE_NTFS)
        return tsk_fs_file_attr_get(file);
    for (int i = 0; i < count; i++) {
        const TSK_FS_ATTR *data = tsk_fs_file_attr_get_idx(file, i);

        if (data != NULL && data->type == TSK_FS_ATTR_TYPE_NTFS_DATA &&
            (data->name == NULL || data->name[0] == '\0'))
            return data;
    }
    return NULL;
}

/* The runs follow each other without a gap and lie within the filesystem; together they have the
 * file's size. A chain that comes back to itself is shorter than that. */
static int check_runs(const char *name, const TSK_FS_ATTR *data, struct error *err)
{
    const TSK_FS_INFO *filesystem = data->fs_file->fs_info;
    uint64_t blocks = ((uint64_t)data->size + filesystem->block_size - 1) / filesystem->block_size;
    uint64_t next = 0;

    if (data->nrd.skiplen != 0)
        return damaged(name, "has a part before its beginning", err);
    for (const TSK_FS_ATTR_RUN *run = data->nrd.run; run != NULL && next < blocks;
         run = run->next) {
        bool hole = (run->flags & TSK_FS_ATTR_RUN_FLAG_SPARSE) != 0;

        if ((run->flags & TSK_FS_ATTR_RUN_FLAG_FILLER) != 0 || run->offset != next ||
            run->len == 0 || run->len > INT64_MAX / filesystem->block_size - next)
            return damaged(name, "parts of it are missing", err);
        if (!hole && (run->addr > filesystem->last_block ||
                      run->len - 1 > filesystem->last_block - run->addr))
            return damaged(name, "lies outside the filesystem", err);
        next += run->len;
    }
    return next < blocks ? damaged(name, "ends before its size", err) : 0;
}

static int check_content(const char *name, const TSK_FS_ATTR *data, struct error *err)
{
    if (data->size < 0)
        return damaged(name, "has a size that can't be", err);
    if ((data->flags & TSK_FS_ATTR_ENC) != 0)
        return error_set(err, ERROR_UNEXPECTED_FILE, "%s is encrypted by its filesystem", name);
    if ((data->flags & TSK_FS_ATTR_RES) != 0)
        return (uint64_t)data->size > data->rd.buf_size
                   ? damaged(name, "is larger than its record", err)
                   : 0;
    if ((data->flags & TSK_FS_ATTR_COMP) != 0)
        return 0; /* libtsk reads it */
    return check_runs(name, data, err);
}

void image_file_close(struct image_file *file)
{
    tsk_fs_file_close(file->file);
    free(file->name);
    *file = (struct image_file){0};
}

static int take_content(struct image_file *file, struct image_medium *medium, const char *name,
                        struct error *err)
{
    if (file->file == NULL || file->file->meta == NULL ||
        (file->file->meta->flags & TSK_FS_META_FLAG_ALLOC) == 0)
        return damaged(name, "its record is no longer in use", err);
    if (file->file->meta->type != TSK_FS_META_TYPE_REG)
        return error_set(err, ERROR_UNEXPECTED_FILE, "%s is no regular file", name);
    file->data = content_of(file->file);
    if (file->data == NULL)
        return image_medium_blame(medium, err) < 0 ? error_context(err, "%s", name) : 0;
    file->size = (uint64_t)file->data->size;
    file->run = file->data->nrd.run;
    return check_content(name, file->data, err);
}

int image_file_open(struct image_file *file, struct image_tree *tree, struct image_medium *medium,
                    const char *name, struct error *err)
{
    const struct image_entry *entry;
    int result;

    if (file->name != NULL && strcmp(file->name, name) == 0)
        return 0;
    image_file_close(file);
    result = image_tree_find(tree, name, &entry, err);
    if (result < 0)
        return result;
    if (entry->kind != IMAGE_FILE)
        return error_set(err, ERROR_UNEXPECTED_FILE, "%s is no regular file in one piece", name);
    if (image_tree_filesystem(tree) == NULL) {
        *file = (struct image_file){
            .name = bytes_copy_string(name), .at = entry->number, .size = entry->size};
        return 0;
    }
    image_medium_begin(medium);
    file->file = tsk_fs_file_open_meta(image_tree_filesystem(tree), NULL, entry->number);
    if (file->file == NULL && image_medium_blame(medium, err) < 0)
        return error_context(err, "%s", name);
    result = take_content(file, medium, name, err);
    if (result < 0)
        image_file_close(file);
    else
        file->name = bytes_copy_string(name);
    return result;
}

/* From one run, at most size bytes: how many; 0 with *err set where the medium fails. */
static size_t read_run(const struct image_file *file, struct image_medium *medium, uint64_t offset,
                       uint8_t *out, size_t size)
{
    const TSK_FS_INFO *filesystem = file->data->fs_file->fs_info;
    uint64_t block = filesystem->block_size, start = file->run->offset * block;
    uint64_t left = file->run->len * block - (offset - start);
    uint64_t initialised = (uint64_t)file->data->nrd.initsize;
    size_t take = size < left ? size : (size_t)left;

    if ((file->run->flags & TSK_FS_ATTR_RUN_FLAG_SPARSE) != 0 || offset >= initialised) {
        memset(out, 0, take);
        return take;
    }
    if (take > initialised - offset)
        take = (size_t)(initialised - offset);
    return image_medium_read(
        medium, (uint64_t)filesystem->offset + file->run->addr * block + (offset - start), out,
        take);
}

static int read_runs(struct image_file *file, struct image_medium *medium, uint64_t offset,
                     uint8_t *out, size_t size, struct error *err)
{
    uint64_t block = file->data->fs_file->fs_info->block_size;

    if (file->run != NULL && file->run->offset * block > offset)
        file->run = file->data->nrd.run;
    while (size > 0 && file->run != NULL) {
        size_t got;

        if (offset - file->run->offset * block >= file->run->len * block) {
            file->run = file->run->next;
            continue;
        }
        got = read_run(file, medium, offset, out, size);
        if (got == 0)
            return image_medium_blame(medium, err);
        out += got;
        offset += got;
        size -= got;
    }
    return size == 0 ? 0 : error_set(err, ERROR_MEDIUM_DAMAGED, "ends early");
}

static int read_by_libtsk(struct image_file *file, struct image_medium *medium, uint64_t offset,
                          uint8_t *out, size_t size, struct error *err)
{
    while (size > 0) {
        ssize_t got = tsk_fs_attr_read(file->data, (TSK_OFF_T)offset, (char *)out, size,
                                       TSK_FS_FILE_READ_FLAG_NONE);

        if (got <= 0)
            return image_medium_blame(medium, err);
        out += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return 0;
}

static int read_content(struct image_file *file, struct image_medium *medium, uint64_t offset,
                        uint8_t *out, size_t size, struct error *err)
{
    if (size == 0)
        return 0;
    if (file->data == NULL)
        return image_medium_read(medium, file->at + offset, out, size) == size
                   ? 0
                   : image_medium_blame(medium, err);
    if ((file->data->flags & TSK_FS_ATTR_RES) != 0) {
        memcpy(out, file->data->rd.buf + offset, size);
        return 0;
    }
    if ((file->data->flags & TSK_FS_ATTR_COMP) != 0)
        return read_by_libtsk(file, medium, offset, out, size, err);
    return read_runs(file, medium, offset, out, size, err);
}

int image_file_read(struct image_file *file, struct image_medium *medium, uint64_t offset,
                    uint8_t *out, size_t size, struct error *err)
{
    if (offset > file->size || size > file->size - offset)
        return damaged(file->name, "ends early", err);
    image_medium_begin(medium);
    return read_content(file, medium, offset, out, size, err) < 0
               ? error_context(err, "%s", file->name)
               : 0;
}
