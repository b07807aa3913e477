/* SPDX-License-Identifier: ISC */
#include "media/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/path.h"

struct pack_writer {
    struct archive *archive;
    struct archive_entry *entry;
    struct bytes rows; /* the index so far */
    uint64_t count;
    uint64_t size; /* bytes written so far: the archive's own count, kept for the ceiling */
    uint64_t ceiling;
    pack_put put;
    void *context;
    int fd;               /* what put_to_fd writes to */
    bool given_up;        /* what libarchive still wants to write goes nowhere */
    struct error failure; /* why putting failed; ERROR_OK: it did not */
};

static uint64_t round_up(uint64_t value)
{
    return (value + PACK_BLOCK_BYTES - 1) / PACK_BLOCK_BYTES * PACK_BLOCK_BYTES;
}

/* Everything behind the frames: the index's tar header, rows, footer, closing blocks. */
uint64_t pack_index_bytes(uint64_t count)
{
    return PACK_BLOCK_BYTES + round_up(count * PACK_ROW_BYTES) + PACK_TAIL_BYTES;
}

uint64_t pack_frame_bytes(uint64_t size)
{
    return PACK_BLOCK_BYTES + round_up(size);
}

/* Our own write failure comes first: libarchive was not told of it. */
static int archive_failed(struct pack_writer *writer, const char *what, struct error *err)
{
    if (writer->failure.code != ERROR_OK) {
        *err = writer->failure;
        return error_context(err, "%s", what);
    }
    return error_set(err, ERROR_IO, "%s: %s", what, archive_error_string(writer->archive));
}

static void writer_free(struct pack_writer *writer)
{
    archive_entry_free(writer->entry);
    /* archive_write_free() finishes a tar that was given up; archive_write_fail() would prevent
     * that, but then libarchive 3.6 leaks what archive_write_open() made. */
    writer->given_up = true;
    archive_write_free(writer->archive);
    bytes_clear(&writer->rows);
    free(writer);
}

static int put_to_fd(void *context, const void *data, size_t size, struct error *err)
{
    const struct pack_writer *writer = context;

    return path_write(writer->fd, data, size, err);
}

/* libarchive's writer. A failure is kept here and told by us: libarchive 3.6 leaks what
 * archive_write_open() made once it has seen one. */
static la_ssize_t write_some(struct archive *archive, void *context, const void *data, size_t size)
{
    struct pack_writer *writer = context;

    if (!writer->given_up && writer->put(writer->context, data, size, &writer->failure) < 0)
        writer->given_up = true;
    return (la_ssize_t)size;
}

/* No blocking and no padding to a tape record: the bytes depend on the frames only. */
static int set_up(struct pack_writer *writer, struct error *err)
{
    struct archive *archive = writer->archive;

    if (archive_write_set_format_pax_restricted(archive) != ARCHIVE_OK ||
        archive_write_add_filter_none(archive) != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(archive, 0) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK ||
        archive_write_open(archive, writer, NULL, write_some, NULL) != ARCHIVE_OK)
        return archive_failed(writer, "beginning a pack", err);
    return 0;
}

int pack_write_open_to(pack_put put, void *context, uint64_t ceiling, struct pack_writer **writer,
                       struct error *err)
{
    struct pack_writer *made = bytes_allocate(1, sizeof(*made));
    int result;

    *writer = NULL;
    made->put = put;
    made->context = context != NULL ? context : made;
    made->ceiling = ceiling != 0 && ceiling < LIMIT_PACK_BYTES ? ceiling : LIMIT_PACK_BYTES;
    made->archive = archive_write_new();
    made->entry = archive_entry_new();
    bytes_init(&made->rows, (size_t)LIMIT_PACK_FRAMES * PACK_ROW_BYTES + 2 * PACK_BLOCK_BYTES);
    if (made->archive == NULL || made->entry == NULL)
        result = error_set(err, ERROR_INTERNAL, "no memory for a pack");
    else
        result = set_up(made, err);
    if (result < 0) {
        writer_free(made);
        return result;
    }
    *writer = made;
    return 0;
}

int pack_write_open(int fd, uint64_t ceiling, struct pack_writer **writer, struct error *err)
{
    int result = pack_write_open_to(put_to_fd, NULL, ceiling, writer, err);

    if (result == 0)
        (*writer)->fd = fd;
    return result;
}

static int write_data(struct pack_writer *writer, const void *data, size_t size, struct error *err)
{
    const uint8_t *from = data;

    while (size > 0) {
        la_ssize_t written = archive_write_data(writer->archive, from, size);

        if (written <= 0)
            return archive_failed(writer, "writing a pack", err);
        from += written;
        size -= (size_t)written;
    }
    return 0;
}

/* One tar entry with the name that its bytes have. *offset gets the place of its bytes. */
static int write_entry(struct pack_writer *writer, const uint8_t digest[static DIGEST_BYTES],
                       const void *data, size_t size, uint64_t *offset, struct error *err)
{
    char name[DIGEST_TEXT_BYTES];
    int result;

    archive_entry_clear(writer->entry);
    archive_entry_set_pathname(writer->entry, digest_text(digest, name));
    archive_entry_set_filetype(writer->entry, AE_IFREG);
    archive_entry_set_perm(writer->entry, 0444);
    archive_entry_set_size(writer->entry, (la_int64_t)size);
    archive_entry_set_mtime(writer->entry, 0, 0);
    archive_entry_set_uid(writer->entry, 0);
    archive_entry_set_gid(writer->entry, 0);
    if (archive_write_header(writer->archive, writer->entry) != ARCHIVE_OK)
        return archive_failed(writer, "writing a pack", err);
    *offset = (uint64_t)archive_filter_bytes(writer->archive, 0);
    result = write_data(writer, data, size, err);
    if (result == 0 && (archive_write_finish_entry(writer->archive) != ARCHIVE_OK ||
                        writer->failure.code != ERROR_OK))
        result = archive_failed(writer, "writing a pack", err);
    writer->size = (uint64_t)archive_filter_bytes(writer->archive, 0);
    return result;
}

int pack_write_frame(struct pack_writer *writer, const uint8_t digest[static DIGEST_BYTES],
                     const void *data, size_t size, struct error *err)
{
    uint64_t offset;
    int result;

    if (size == 0 || size > LIMIT_FRAME_BYTES)
        return error_set(err, ERROR_LIMIT, "a frame of %zu bytes, FRAME_BYTES is %lu", size,
                         LIMIT_FRAME_BYTES);
    if (writer->count == LIMIT_PACK_FRAMES ||
        writer->size + pack_frame_bytes(size) + pack_index_bytes(writer->count + 1) >
            writer->ceiling)
        return error_set(err, ERROR_LIMIT, "the pack is full");
    result = write_entry(writer, digest, data, size, &offset, err);
    if (result == 0)
        result = bytes_put(&writer->rows, digest, DIGEST_BYTES, err);
    if (result == 0)
        result = bytes_put_u64(&writer->rows, offset, err);
    if (result == 0)
        result = bytes_put_u32(&writer->rows, (uint32_t)size, err);
    writer->count++;
    return result;
}

uint64_t pack_write_size(const struct pack_writer *writer)
{
    return writer->size + pack_index_bytes(writer->count);
}

static int row_compare(const void *left, const void *right)
{
    return memcmp(left, right, DIGEST_BYTES);
}

void pack_identity(uint8_t (*digests)[DIGEST_BYTES], size_t count, uint8_t id[static DIGEST_BYTES])
{
    struct digest *digest = digest_new();

    if (count > 0)
        qsort(digests, count, DIGEST_BYTES, row_compare);
    for (size_t i = 0; i < count; i++)
        digest_add(digest, digests[i], DIGEST_BYTES);
    digest_finish(digest, id);
}

/* The pack's name: the same frames in another order are the same pack. */
static int compute_id(const struct pack_writer *writer, uint8_t id[static DIGEST_BYTES],
                      struct error *err)
{
    struct digest *digest = digest_new();
    uint8_t *rows = bytes_allocate(writer->count, PACK_ROW_BYTES);
    int result = 0;

    if (writer->count > 0)
        memcpy(rows, writer->rows.data, writer->rows.size);
    qsort(rows, writer->count, PACK_ROW_BYTES, row_compare);
    for (uint64_t i = 0; i < writer->count; i++) {
        const uint8_t *row = rows + i * PACK_ROW_BYTES;

        if (i > 0 && row_compare(row - PACK_ROW_BYTES, row) == 0)
            result = error_set(err, ERROR_INTERNAL, "a frame was written to a pack twice");
        digest_add(digest, row, DIGEST_BYTES);
    }
    digest_finish(digest, id);
    free(rows);
    return result;
}

static int put_footer(struct pack_writer *writer, struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    uint8_t *padding;
    size_t end = round_up(writer->rows.size) + PACK_BLOCK_BYTES;
    int result = bytes_reserve(&writer->rows, round_up(writer->rows.size) - writer->rows.size,
                               &padding, err);

    if (result < 0)
        return result;
    digest_of(writer->rows.data, writer->rows.size, digest);
    result = bytes_put(&writer->rows, "SPPACKIX", 8, err);
    if (result == 0)
        result = bytes_put_u64(&writer->rows, 1, err); /* version u32, zero u32 */
    if (result == 0)
        result = bytes_put_u64(&writer->rows, writer->size + PACK_BLOCK_BYTES, err);
    if (result == 0)
        result = bytes_put_u64(&writer->rows, writer->count, err);
    if (result == 0)
        result = bytes_put(&writer->rows, digest, DIGEST_BYTES, err);
    if (result == 0)
        result = bytes_reserve(&writer->rows, end - writer->rows.size, &padding, err);
    return result;
}

static int write_index(struct pack_writer *writer, struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    uint64_t expected = writer->size + PACK_BLOCK_BYTES;
    uint64_t offset = 0;
    int result = put_footer(writer, err);

    if (result < 0)
        return result;
    digest_of(writer->rows.data, writer->rows.size, digest);
    result = write_entry(writer, digest, writer->rows.data, writer->rows.size, &offset, err);
    if (result == 0 && offset != expected)
        result = error_set(err, ERROR_INTERNAL, "the tar header of the index took an odd size");
    return result;
}

int pack_write_close(struct pack_writer *writer, uint8_t id[static DIGEST_BYTES], uint64_t *size,
                     struct error *err)
{
    int result = compute_id(writer, id, err);

    *size = 0;
    if (result == 0)
        result = write_index(writer, err);
    if (result == 0 &&
        (archive_write_close(writer->archive) != ARCHIVE_OK || writer->failure.code != ERROR_OK))
        result = archive_failed(writer, "finishing a pack", err);
    if (result == 0)
        *size = (uint64_t)archive_filter_bytes(writer->archive, 0);
    writer_free(writer);
    return result;
}

void pack_write_abort(struct pack_writer *writer)
{
    if (writer != NULL)
        writer_free(writer);
}
