/* SPDX-License-Identifier: ISC */
#include "agent/intake-files.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/path.h"

#define DIRTY_BYTES (8 * MIB) /* of a file, before its pages are sent on */
/* A chunk on its way keeps at most two files open: one that ends in it and one that begins. */
#define OPEN_FILES (2 * INTAKE_FILES_CHUNKS + 2)

/* A file in more than one chunk, from the first one that is written to its last. */
struct shared_file {
    uint32_t file;
    int fd;         /* -1: this row is free */
    uint32_t left;  /* chunks that are still to be written or passed over */
    uint64_t dirty; /* bytes written since the disk was last told to begin */
};

struct intake_files {
    const struct recipe *recipe;
    int folder_fd;
    const bool *absent;
    int create_flags;
    pthread_mutex_t lock; /* of the rows below */
    struct shared_file shared[OPEN_FILES];
};

/* What follows each other in one file, from the ends and beginnings of chunks. */
struct write_run {
    uint32_t file;
    uint64_t offset, size;
    size_t count; /* chunks; 0: nothing waits to be written */
    struct iovec parts[INTAKE_FILES_PARTS];
};

static int create(const struct intake_files *files, uint32_t file, int *fd, struct error *err)
{
    return path_open(files->folder_fd, files->recipe->files[file].name, files->create_flags, 0600,
                     fd, err);
}

static int close_written(int fd, struct error *err)
{
    if (close(fd) < 0 && errno != EINTR)
        return error_set_errno(err, ERROR_IO, errno, "closing a file");
    return 0;
}

static bool is_absent(const struct intake_files *files, uint32_t file)
{
    return files->absent != NULL && files->absent[file];
}

/* Names come sorted, so the files of a folder come in a row. */
static int make_folders(const struct intake_files *files, struct error *err)
{
    char folder[LIMIT_PATH_BYTES + 1] = "";
    int result = 0;

    for (uint32_t i = 0; i < files->recipe->file_count && result == 0; i++) {
        const char *name = files->recipe->files[i].name;
        const char *slash = strrchr(name, '/');
        size_t size = slash != NULL ? (size_t)(slash - name) : 0;

        if (size == 0 || (strncmp(folder, name, size) == 0 && folder[size] == '\0'))
            continue;
        memcpy(folder, name, size);
        folder[size] = '\0';
        result = path_make_folders_unflushed(files->folder_fd, folder, 0700, err);
    }
    return result;
}

static int make_empty_files(const struct intake_files *files, struct error *err)
{
    int result = 0;
    int fd;

    for (uint32_t i = 0; i < files->recipe->file_count && result == 0; i++) {
        if (files->recipe->files[i].size > 0 || is_absent(files, i))
            continue;
        result = create(files, i, &fd, err);
        if (result == 0)
            result = close_written(fd, err);
    }
    return result;
}

int intake_files_open(const struct recipe *recipe, int folder_fd, bool kept, const bool *absent,
                      struct intake_files **files, struct error *err)
{
    struct intake_files *made = bytes_allocate(1, sizeof(*made));
    int result;

    made->recipe = recipe;
    made->folder_fd = folder_fd;
    made->absent = absent;
    made->create_flags = O_WRONLY | O_CREAT | (kept ? 0 : O_EXCL);
    pthread_mutex_init(&made->lock, NULL);
    for (size_t i = 0; i < OPEN_FILES; i++)
        made->shared[i].fd = -1;
    *files = made;
    result = make_folders(made, err);
    if (result == 0)
        result = make_empty_files(made, err);
    if (result < 0) {
        intake_files_close(made);
        *files = NULL;
    }
    return result;
}

static struct shared_file *find_shared(struct intake_files *files, uint32_t file)
{
    for (size_t i = 0; i < OPEN_FILES; i++) {
        if (files->shared[i].fd >= 0 && files->shared[i].file == file)
            return &files->shared[i];
    }
    return NULL;
}

static int shared_fd(struct intake_files *files, uint32_t file)
{
    struct shared_file *shared;
    int fd;

    pthread_mutex_lock(&files->lock);
    shared = find_shared(files, file);
    fd = shared != NULL ? shared->fd : -1;
    pthread_mutex_unlock(&files->lock);
    return fd;
}

static int add_shared(struct intake_files *files, const struct shared_file *row, struct error *err)
{
    size_t i = 0;

    pthread_mutex_lock(&files->lock);
    while (i < OPEN_FILES && files->shared[i].fd >= 0)
        i++;
    if (i < OPEN_FILES)
        files->shared[i] = *row;
    pthread_mutex_unlock(&files->lock);
    if (i < OPEN_FILES)
        return 0;
    close(row->fd);
    return error_set(err, ERROR_INTERNAL, "more files open at once than planned for");
}

/* Opens a file at the first of its chunks that is written: this one and those after it are left. */
static int open_shared(struct intake_files *files, uint32_t file, uint32_t chunk, struct error *err)
{
    const struct recipe_file *row = &files->recipe->files[file];
    struct shared_file shared = {.file = file, .left = row->first_chunk + row->chunk_count - chunk};
    int result = create(files, file, &shared.fd, err);

    return result < 0 ? result : add_shared(files, &shared, err);
}

int intake_files_expect(struct intake_files *files, uint32_t chunk, struct error *err)
{
    struct recipe_piece piece;
    int result = 0;

    recipe_first_piece(files->recipe, chunk, &piece);
    do {
        if (files->recipe->files[piece.file].chunk_count > 1 && !is_absent(files, piece.file) &&
            shared_fd(files, piece.file) < 0)
            result = open_shared(files, piece.file, chunk, err);
    } while (result == 0 && recipe_next_piece(files->recipe, chunk, &piece));
    return result;
}

/* Counts chunks of an open file as done; gives the descriptor when none is left, else -1. */
static int release_shared(struct intake_files *files, uint32_t file, size_t chunks)
{
    struct shared_file *shared;
    int fd = -1;

    pthread_mutex_lock(&files->lock);
    shared = find_shared(files, file);
    if (shared != NULL && (shared->left -= (uint32_t)chunks) == 0) {
        fd = shared->fd;
        shared->fd = -1;
    }
    pthread_mutex_unlock(&files->lock);
    return fd;
}

int intake_files_skip(struct intake_files *files, uint32_t chunk, struct error *err)
{
    struct recipe_piece piece;
    int result = 0;

    recipe_first_piece(files->recipe, chunk, &piece);
    do {
        int fd = release_shared(files, piece.file, 1);

        if (fd >= 0)
            result = close_written(fd, err);
    } while (result == 0 && recipe_next_piece(files->recipe, chunk, &piece));
    return result;
}

/* The disk would else stand still until all is written, and then be waited for. What becomes of it is
 * told where the folder is flushed, not here. */
static void begin_writing(struct intake_files *files, uint32_t file, uint64_t size)
{
    struct shared_file *shared;
    int fd = -1;

    pthread_mutex_lock(&files->lock);
    shared = find_shared(files, file);
    if (shared != NULL && (shared->dirty += size) >= DIRTY_BYTES) {
        shared->dirty = 0;
        fd = shared->fd;
    }
    pthread_mutex_unlock(&files->lock);
    if (fd >= 0)
        (void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

static int write_run(struct intake_files *files, struct write_run *run, struct error *err)
{
    int fd = shared_fd(files, run->file);
    int result;

    if (run->count == 0)
        return 0;
    if (fd < 0)
        return error_set(err, ERROR_INTERNAL, "a chunk that was not announced");
    result = path_pwritev(fd, run->parts, run->count, run->offset, err);
    if (result == 0)
        begin_writing(files, run->file, run->size);
    fd = release_shared(files, run->file, run->count);
    if (fd >= 0 && result == 0)
        result = close_written(fd, err);
    else if (fd >= 0)
        close(fd);
    run->count = 0;
    return result < 0 ? error_context(err, "%s", files->recipe->files[run->file].name) : 0;
}

static int add_to_run(struct intake_files *files, struct write_run *run,
                      const struct recipe_piece *piece, const uint8_t *data, struct error *err)
{
    int result = 0;

    if (run->count == INTAKE_FILES_PARTS || run->file != piece->file ||
        run->offset + run->size != piece->file_offset)
        result = write_run(files, run, err);
    if (run->count == 0) {
        run->file = piece->file;
        run->offset = piece->file_offset;
        run->size = 0;
    }
    run->parts[run->count++] =
        (struct iovec){.iov_base = (void *)(uintptr_t)data, .iov_len = piece->size};
    run->size += piece->size;
    return result;
}

static int write_whole(struct intake_files *files, const struct recipe_piece *piece,
                       const uint8_t *data, struct error *err)
{
    int fd;
    int result = create(files, piece->file, &fd, err);

    if (result == 0) {
        result = path_pwrite(fd, data, piece->size, 0, err);
        if (result == 0)
            result = close_written(fd, err);
        else
            close(fd);
    }
    return result < 0 ? error_context(err, "%s", files->recipe->files[piece->file].name) : 0;
}

static int write_chunk(struct intake_files *files, struct write_run *run,
                       const struct intake_files_chunk *chunk, struct error *err)
{
    struct recipe_piece piece;
    int result = 0;

    recipe_first_piece(files->recipe, chunk->chunk, &piece);
    do {
        const uint8_t *data = chunk->plain + piece.chunk_offset;

        if (is_absent(files, piece.file))
            continue;
        if (files->recipe->files[piece.file].chunk_count == 1)
            result = write_whole(files, &piece, data, err);
        else
            result = add_to_run(files, run, &piece, data, err);
    } while (result == 0 && recipe_next_piece(files->recipe, chunk->chunk, &piece));
    return result;
}

int intake_files_write(struct intake_files *files, const struct intake_files_chunk *chunks,
                       size_t count, struct error *err)
{
    struct write_run run = {.count = 0};
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++)
        result = write_chunk(files, &run, &chunks[i], err);
    return result < 0 ? result : write_run(files, &run, err);
}

void intake_files_close(struct intake_files *files)
{
    if (files == NULL)
        return;
    for (size_t i = 0; i < OPEN_FILES; i++) {
        if (files->shared[i].fd >= 0)
            close(files->shared[i].fd);
    }
    pthread_mutex_destroy(&files->lock);
    free(files);
}
