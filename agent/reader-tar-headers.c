/* SPDX-License-Identifier: ISC */
#include "agent/reader-tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/base/text.h"
#include "media/volume.h"

#define PIECE_BYTES                                                                                \
    4096 /* that libarchive is given at once: bytes between headers are not wanted */
#define NAME_SHOWN   200
#define FORMAT_NAME  VOLUME_ROOT "/FORMAT"
#define END_BLOCKS   2   /* of zeros, POSIX pax, "ustar Interchange Format" */
#define KIND_OFFSET  156 /* typeflag */
#define MAGIC_OFFSET 257
#define MAGIC        "ustar"

struct pass {
    struct tar_index *index;
    struct archive *archive;
    struct archive_entry *entry;
    int fd;
    uint64_t size;   /* of the tar */
    uint64_t place;  /* of the next piece that libarchive is given */
    uint64_t given;  /* bytes since the last entry */
    uint64_t next;   /* where the next header must be */
    uint64_t header; /* bytes of all headers so far */
    size_t entries;
    bool elsewhere;       /* a sallyport/FORMAT lies in a folder of the tar */
    struct error failure; /* of the descriptor or a limit; libarchive is told that there is one */
    char shown[NAME_SHOWN];
    uint8_t piece[PIECE_BYTES];
};

/* What a descriptor's error is for a medium. */
static int read_at(int fd, void *out, size_t size, uint64_t offset, struct error *err)
{
    int result = path_pread(fd, out, size, offset, err);

    if (result == -ERROR_IO && (errno == EIO || errno == EBADMSG))
        err->code = ERROR_MEDIUM_DAMAGED;
    return result < 0 ? -(int)err->code : 0;
}

/* An entry's headers are bounded here, however many are chained: libarchive takes each into memory
 * and itself one call deeper. */
static la_ssize_t read_piece(struct archive *archive, void *context, const void **data)
{
    struct pass *pass = context;
    uint64_t left = pass->size - pass->place;
    size_t size = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
    int result = 0;

    if (pass->given > LIMIT_TAR_HEADER_BYTES)
        result = error_set(&pass->failure, ERROR_LIMIT,
                           "entry %zu: headers of more than %lu bytes (TAR_HEADER_BYTES)",
                           pass->entries + 1, LIMIT_TAR_HEADER_BYTES);
    if (result == 0)
        result = read_at(pass->fd, pass->piece, size, pass->place, &pass->failure);
    if (result < 0) {
        archive_set_error(archive, EIO, "%s", pass->failure.words);
        return ARCHIVE_FATAL;
    }
    pass->place += size;
    pass->given += size;
    *data = pass->piece;
    return (la_ssize_t)size;
}

static la_int64_t skip_bytes(struct archive *archive, void *context, la_int64_t size)
{
    struct pass *pass = context;
    uint64_t left = pass->size - pass->place;

    if (size <= 0)
        return 0;
    if ((uint64_t)size < left)
        left = (uint64_t)size;
    pass->place += left;
    return (la_int64_t)left;
}

static int torn(const struct pass *pass, struct error *err)
{
    const char *words = archive_error_string(pass->archive);
    char shown[NAME_SHOWN];

    if (pass->failure.code != ERROR_OK) {
        *err = pass->failure;
        return -(int)err->code;
    }
    return error_set(
        err, ERROR_MEDIUM_DAMAGED, "the tar's entry %zu: %s", pass->entries + 1,
        text_escape_string(words != NULL ? words : "unreadable", shown, sizeof(shown)));
}

/* One entry. */

static const char *plain_name(const char *name)
{
    while (strncmp(name, "./", 2) == 0) {
        name += 2;
        while (*name == '/')
            name++;
    }
    return name;
}

/* Such names are wherever an extractor lets them lead; nobody makes them by mistake. */
static bool leads_out(const char *name)
{
    if (*name == '/')
        return true;
    for (const char *next = name;; next++) {
        size_t size = strcspn(next, "/");

        if (size == 2 && memcmp(next, "..", 2) == 0)
            return true;
        next += size;
        if (*next == '\0')
            return false;
    }
}

/* However its letters are written: some filesystem takes them for ours. */
static bool is_ours(const char *name)
{
    size_t size = sizeof(VOLUME_ROOT) - 1;

    return strncasecmp(name, VOLUME_ROOT, size) == 0 && (name[size] == '/' || name[size] == '\0');
}

static int refuse(const struct pass *pass, const char *words, struct error *err)
{
    return error_set(err, ERROR_UNEXPECTED_FILE, "%s: %s", pass->shown, words);
}

/* What libarchive takes it for; NULL: a file or a folder. */
static const char *odd_kind(struct archive_entry *entry)
{
    static const struct {
        __LA_MODE_T kind;
        const char *words;
    } kinds[] = {
        {AE_IFLNK, "a symbolic link in the tar"}, {AE_IFIFO, "a FIFO in the tar"},
        {AE_IFCHR, "a device in the tar"},        {AE_IFBLK, "a device in the tar"},
        {AE_IFSOCK, "a socket in the tar"},
    };

    if (archive_entry_hardlink(entry) != NULL)
        return "a hard link in the tar";
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (archive_entry_filetype(entry) == kinds[i].kind)
            return kinds[i].words;
    }
    return NULL;
}

/* Second judge of what libarchive made of it: the block in front of the bytes is an entry's own
 * header, and says regular file or folder. It would not with sparse files, whose bytes are not in
 * one piece, nor with kinds that libarchive takes for files because it does not know them. */
static int check_block(const struct pass *pass, uint64_t offset, bool is_folder, struct error *err)
{
    uint8_t block[TAR_BLOCK_BYTES];
    const char *kinds = is_folder ? "5" : "0";
    int result;

    if (offset < sizeof(block))
        return refuse(pass, "its bytes lie before its header", err);
    result = read_at(pass->fd, block, sizeof(block), offset - sizeof(block), err);
    if (result < 0)
        return result;
    if (memcmp(block + MAGIC_OFFSET, MAGIC, sizeof(MAGIC) - 1) != 0 ||
        (block[KIND_OFFSET] != kinds[0] && (is_folder || block[KIND_OFFSET] != '\0')))
        return refuse(pass, "neither a plain file nor a folder in the tar (sparse?)", err);
    return 0;
}

static int take_ours(struct pass *pass, char *name, uint64_t offset, uint64_t size,
                     struct error *err)
{
    bool is_folder = archive_entry_filetype(pass->entry) == AE_IFDIR;
    const char *odd = odd_kind(pass->entry);
    size_t length = strlen(name);
    int result;

    if (odd != NULL)
        return refuse(pass, odd, err);
    if (is_folder && length > 0 && name[length - 1] == '/')
        name[--length] = '\0';
    if (!path_name_valid(name, length))
        return refuse(pass, "a name that the tree can't hold", err);
    result = check_block(pass, offset, is_folder, err);
    if (result == 0)
        tar_index_add(pass->index, name, is_folder, offset, size);
    return result;
}

static int take_name(struct pass *pass, uint64_t offset, uint64_t size, struct error *err)
{
    static const char tail[] = "/" FORMAT_NAME;
    const char *given = plain_name(archive_entry_pathname(pass->entry));
    size_t length = strlen(given);
    char *name;
    int result;

    if (leads_out(given))
        return refuse(pass, "a name that leads out of the tar", err);
    if (!is_ours(given)) {
        pass->elsewhere |=
            length >= sizeof(tail) && strcmp(given + length - (sizeof(tail) - 1), tail) == 0;
        return 0;
    }
    name = bytes_copy_string(given);
    result = take_ours(pass, name, offset, size, err);
    free(name);
    return result;
}

/* Where an entry lies, before what it is. */
static int check_place(struct pass *pass, uint64_t offset, uint64_t size, struct error *err)
{
    uint64_t header = (uint64_t)archive_read_header_position(pass->archive);

    if (header != pass->next || offset < header + TAR_BLOCK_BYTES || offset % TAR_BLOCK_BYTES != 0)
        return refuse(pass, "where it begins is not where the entry before it ends", err);
    pass->header += offset - header;
    if (pass->header > LIMIT_TAR_HEADERS_BYTES)
        return error_set(err, ERROR_LIMIT,
                         "headers of more than %lu bytes in all (TAR_HEADERS_BYTES)",
                         LIMIT_TAR_HEADERS_BYTES);
    if (offset > pass->size || size > pass->size - offset)
        return error_set(err, ERROR_MEDIUM_DAMAGED,
                         "%s: has %llu bytes at %llu, the tar ends at %llu: it is cut", pass->shown,
                         (unsigned long long)size, (unsigned long long)offset,
                         (unsigned long long)pass->size);
    pass->next = offset + (size + TAR_BLOCK_BYTES - 1) / TAR_BLOCK_BYTES * TAR_BLOCK_BYTES;
    return 0;
}

static int take_entry(struct pass *pass, struct error *err)
{
    const char *name = archive_entry_pathname(pass->entry);
    uint64_t offset = (uint64_t)archive_filter_bytes(pass->archive, 0);
    int64_t size = archive_entry_size(pass->entry);
    int result;

    if (name == NULL || *name == '\0')
        return error_set(err, ERROR_UNEXPECTED_FILE, "the tar's entry %zu has no name",
                         pass->entries + 1);
    text_escape_string(name, pass->shown, sizeof(pass->shown));
    if (++pass->entries > LIMIT_TAR_ENTRIES)
        return error_set(err, ERROR_LIMIT, "more than %d entries (TAR_ENTRIES)", LIMIT_TAR_ENTRIES);
    if (size < 0 || archive_entry_sparse_count(pass->entry) > 0)
        return refuse(pass, "a sparse file in the tar: make it without --sparse", err);
    result = check_place(pass, offset, (uint64_t)size, err);
    return result == 0 ? take_name(pass, offset, (uint64_t)size, err) : result;
}

/* The end. */

/* A tar that ends between two entries is whole for who does not ask for the end's blocks, and what
 * lies behind them is there for who reads on. */
static int check_end(struct pass *pass, struct error *err)
{
    uint64_t left = pass->size - pass->next;
    int result = 0;

    if (pass->next > pass->size || left < END_BLOCKS * TAR_BLOCK_BYTES)
        return error_set(err, ERROR_MEDIUM_DAMAGED,
                         "the tar ends without its two closing blocks: it is cut");
    if (left > LIMIT_TAR_END_BYTES)
        return error_set(err, ERROR_MEDIUM_DAMAGED,
                         "more than %lu bytes (TAR_END_BYTES) behind the tar's last entry",
                         LIMIT_TAR_END_BYTES);
    for (uint64_t place = pass->next; place < pass->size && result == 0;) {
        uint64_t rest = pass->size - place;
        size_t size = rest < PIECE_BYTES ? (size_t)rest : PIECE_BYTES;

        result = read_at(pass->fd, pass->piece, size, place, err);
        for (size_t i = 0; i < size && result == 0; i++) {
            if (pass->piece[i] != 0)
                result = error_set(err, ERROR_MEDIUM_DAMAGED, "the tar goes on behind its end");
        }
        place += size;
    }
    return result;
}

static int check_format(const struct pass *pass, struct error *err)
{
    const struct tar_row *row;

    if (tar_index_file(pass->index, FORMAT_NAME, &row, err) == 0)
        return 0;
    if (err->code != ERROR_NOT_FOUND)
        return -(int)err->code;
    return error_set(err, ERROR_NOT_A_MEDIUM, "the tar holds no " FORMAT_NAME "%s",
                     pass->elsewhere
                         ? " at its top: make it within the folder that holds " VOLUME_ROOT
                           " (tar -C FOLDER -cf FILE " VOLUME_ROOT ")"
                         : "");
}

/* The pass. */

static int open_archive(struct pass *pass, struct error *err)
{
    pass->archive = archive_read_new();
    if (pass->archive == NULL)
        return error_set(err, ERROR_INTERNAL, "no memory for a tar");
    if (archive_read_support_format_tar(pass->archive) != ARCHIVE_OK ||
        archive_read_set_read_callback(pass->archive, read_piece) != ARCHIVE_OK ||
        archive_read_set_skip_callback(pass->archive, skip_bytes) != ARCHIVE_OK ||
        archive_read_set_callback_data(pass->archive, pass) != ARCHIVE_OK ||
        archive_read_open1(pass->archive) != ARCHIVE_OK)
        return torn(pass, err);
    return 0;
}

/* A header that libarchive only warns of is refused: its name or size is not what it says. */
static int read_entries(struct pass *pass, struct error *err)
{
    int code;
    int result = 0;

    do {
        pass->given = 0;
        code = archive_read_next_header(pass->archive, &pass->entry);
        if (code == ARCHIVE_OK)
            result = take_entry(pass, err);
    } while (code == ARCHIVE_OK && result == 0);
    if (result == 0 && (code != ARCHIVE_EOF || pass->failure.code != ERROR_OK))
        result = torn(pass, err);
    return result;
}

int tar_index_read(struct tar_index *index, int fd, struct error *err)
{
    struct pass *pass;
    struct stat status;
    int result;

    tar_index_clear(index);
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size <= 0)
        return error_set(err, ERROR_NOT_A_MEDIUM, "no regular file that holds a tar");
    pass = bytes_allocate(1, sizeof(*pass));
    pass->index = index;
    pass->fd = fd;
    pass->size = (uint64_t)status.st_size;
    result = open_archive(pass, err);
    if (result == 0)
        result = read_entries(pass, err);
    if (result == 0)
        result = check_end(pass, err);
    if (result == 0)
        result = tar_index_finish(index, err);
    if (result == 0)
        result = check_format(pass, err);
    archive_read_free(pass->archive);
    free(pass);
    return result;
}
