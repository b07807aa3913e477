/* SPDX-License-Identifier: ISC */
#include "media/base/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "media/base/frame.h"
#include "media/base/path.h"

/* A stick that spins up, a disc that retries a bad block: slow is not gone. */
#define DEADLINE_MS (120 * 1000)

struct reader {
    int socket;
    const uint8_t *ring;
};

/* What a reader may answer with. Its words are for people; its code decides what happens next, so
 * it must not be able to claim just any. */
static const enum error_code answers[] = {
    ERROR_NOT_FOUND,       ERROR_IO,     ERROR_MEDIUM_GONE,  ERROR_MEDIUM_DAMAGED,
    ERROR_UNEXPECTED_FILE, ERROR_LIMIT,  ERROR_NOT_A_MEDIUM, ERROR_DENIED,
    ERROR_BLOCKED,         ERROR_CONFIG, ERROR_TIMEOUT,
};

/* The ring can't be made smaller under us: a read of it never faults. */
static int make_ring(struct reader *reader, int *fd, struct error *err)
{
    void *place;

    *fd = memfd_create("reader-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (*fd < 0)
        return error_set_errno(err, ERROR_INTERNAL, errno, "memory to read into");
    if (ftruncate(*fd, READER_RING_BYTES) < 0 ||
        fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
        return error_set_errno(err, ERROR_INTERNAL, errno, "memory to read into");
    place = mmap(NULL, READER_RING_BYTES, PROT_READ, MAP_SHARED, *fd, 0);
    if (place == MAP_FAILED)
        return error_set_errno(err, ERROR_INTERNAL, errno, "memory to read into");
    reader->ring = place;
    return 0;
}

static int say_hello(struct reader *reader, int ring_fd, struct error *err)
{
    struct bytes body;
    int result;

    bytes_init(&body, 4);
    result = bytes_put_u32(&body, READER_RING_BYTES, err);
    if (result == 0)
        result = frame_send(reader->socket, READER_HELLO, body.data, body.size, &ring_fd, 1,
                            DEADLINE_MS, err);
    bytes_clear(&body);
    return result;
}

int reader_open(int socket, struct reader **reader, struct error *err)
{
    struct reader *made = bytes_allocate(1, sizeof(*made));
    int fd = -1;
    int result;

    *reader = NULL;
    made->socket = socket;
    result = make_ring(made, &fd, err);
    if (result == 0)
        result = say_hello(made, fd, err);
    if (fd >= 0)
        close(fd);
    if (result < 0) {
        reader_close(made);
        return result;
    }
    *reader = made;
    return 0;
}

void reader_close(struct reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->ring != NULL)
        munmap((void *)(uintptr_t)reader->ring, READER_RING_BYTES);
    free(reader);
}

static int broken(const char *what, struct error *err)
{
    return error_set(err, ERROR_PROTOCOL, "the reader's %s", what);
}

static int get_name(struct bytes_view *view, struct bytes_view *name)
{
    uint16_t size;

    if (bytes_get_u16(view, &size) < 0)
        return -1;
    return bytes_get_view(view, size, name);
}

/* Turns a READER_ERROR into the error that it tells of. */
static int take_error(const struct frame *frame, struct error *err)
{
    struct bytes_view view = bytes_view(&frame->body);
    struct bytes_view name, words;

    if (get_name(&view, &name) < 0 || get_name(&view, &words) < 0 || view.size != 0 ||
        words.size >= ERROR_WORDS_BYTES)
        return broken("error message is malformed", err);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        const char *row = error_name(answers[i]);

        if (bytes_equal(name, bytes_view_of(row, strlen(row))))
            return error_set(err, answers[i], "%.*s", (int)words.size, (const char *)words.data);
    }
    return broken("error code is none that it may give", err);
}

/* One request and its answer, which must be of the given type. */
static int exchange(struct reader *reader, uint16_t request, const struct bytes *body,
                    uint16_t answer, struct frame *frame, struct error *err)
{
    int result = frame_send(reader->socket, (uint16_t)request, body->data, body->size, NULL, 0,
                            DEADLINE_MS, err);

    if (result == 0)
        result = frame_receive(reader->socket, LIMIT_MESSAGE_BYTES, DEADLINE_MS, frame, err);
    if (result == -ERROR_TIMEOUT)
        return error_set(err, ERROR_MEDIUM_GONE, "no answer in %d s", DEADLINE_MS / 1000);
    if (result < 0)
        return error_context(err, "reader");
    if (frame->type == READER_ERROR)
        result = take_error(frame, err);
    else if (frame->type != answer || frame->fd_count != 0)
        result = broken("answer is of another type", err);
    if (result < 0)
        frame_clear(frame);
    return result;
}

static int put_name(struct bytes *body, const char *name, struct error *err)
{
    size_t size = strlen(name);
    int result;

    if (size > LIMIT_PATH_BYTES)
        return error_set(err, ERROR_LIMIT, "a name longer than PATH_BYTES, %d", LIMIT_PATH_BYTES);
    result = bytes_put_u16(body, (uint16_t)size, err);
    return result == 0 ? bytes_put(body, name, size, err) : result;
}

static void request_init(struct bytes *body)
{
    bytes_init(body, LIMIT_PATH_BYTES + 64);
}

/* A name in a folder, whatever bytes it has: what is allowed is for whoever asked. */
static int take_listed(struct bytes_view *view, const char *before, char **name, struct error *err)
{
    struct bytes_view bytes;

    if (get_name(view, &bytes) < 0 || bytes.size == 0 || bytes.size > LIMIT_PATH_COMPONENT ||
        memchr(bytes.data, '\0', bytes.size) != NULL || memchr(bytes.data, '/', bytes.size) != NULL)
        return broken("list of names is malformed", err);
    *name = bytes_allocate(1, bytes.size + 1);
    memcpy(*name, bytes.data, bytes.size);
    if (before != NULL && strcmp(before, *name) >= 0)
        return broken("list of names is not sorted", err);
    return 0;
}

static int take_list(const struct frame *frame, char ***names, size_t *count, struct error *err)
{
    struct bytes_view view = bytes_view(&frame->body);
    uint32_t told;
    int result = 0;

    if (bytes_get_u32(&view, &told) < 0)
        return broken("list of names is malformed", err);
    if (told > LIMIT_FOLDER_NAMES)
        return error_set(err, ERROR_LIMIT, "a folder of %u names, FOLDER_NAMES is %d", told,
                         LIMIT_FOLDER_NAMES);
    *names = bytes_allocate(told, sizeof(**names));
    *count = told;
    for (uint32_t i = 0; i < told && result == 0; i++)
        result = take_listed(&view, i > 0 ? (*names)[i - 1] : NULL, &(*names)[i], err);
    if (result == 0 && view.size != 0)
        result = broken("list of names goes on after its end", err);
    if (result < 0) {
        path_free_names(*names, *count);
        *names = NULL;
        *count = 0;
    }
    return result;
}

int reader_list(struct reader *reader, const char *folder, char ***names, size_t *count,
                struct error *err)
{
    struct bytes body;
    struct frame frame;
    int result;

    *names = NULL;
    *count = 0;
    request_init(&body);
    result = put_name(&body, folder, err);
    if (result == 0)
        result = exchange(reader, READER_LIST, &body, READER_NAMES, &frame, err);
    bytes_clear(&body);
    if (result < 0)
        return result;
    result = take_list(&frame, names, count, err);
    frame_clear(&frame);
    return result;
}

/* An answer that is one number. */
static int ask_number(struct reader *reader, uint16_t request, const struct bytes *body,
                      uint64_t *number, struct error *err)
{
    struct frame frame;
    struct bytes_view view;
    int result = exchange(reader, request, body, READER_OK, &frame, err);

    if (result < 0)
        return result;
    view = bytes_view(&frame.body);
    if (bytes_get_u64(&view, number) < 0 || view.size != 0)
        result = broken("answer is malformed", err);
    frame_clear(&frame);
    return result;
}

int reader_size(struct reader *reader, const char *name, uint64_t *size, struct error *err)
{
    struct bytes body;
    int result;

    request_init(&body);
    result = put_name(&body, name, err);
    if (result == 0)
        result = ask_number(reader, READER_SIZE, &body, size, err);
    bytes_clear(&body);
    return result;
}

/* As much as the ring takes at once. */
static int read_piece(struct reader *reader, const char *name, uint64_t offset, void *out,
                      size_t size, struct error *err)
{
    struct bytes body;
    uint64_t got = 0;
    int result;

    request_init(&body);
    result = put_name(&body, name, err);
    if (result == 0)
        result = bytes_put_u64(&body, offset, err);
    if (result == 0)
        result = bytes_put_u32(&body, (uint32_t)size, err);
    if (result == 0)
        result = ask_number(reader, READER_READ, &body, &got, err);
    bytes_clear(&body);
    if (result < 0)
        return result;
    if (got > size)
        return broken("answer is larger than what was asked for", err);
    if (got < size)
        return error_set(err, ERROR_MEDIUM_DAMAGED, "%s ends early", name);
    memcpy(out, reader->ring, size);
    return 0;
}

int reader_read(struct reader *reader, const char *name, uint64_t offset, void *out, size_t size,
                struct error *err)
{
    uint8_t *next = out;
    int result = 0;

    while (size > 0 && result == 0) {
        size_t piece = size < READER_RING_BYTES ? size : READER_RING_BYTES;

        result = read_piece(reader, name, offset, next, piece, err);
        next += piece;
        offset += piece;
        size -= piece;
    }
    return result;
}

int reader_read_all(struct reader *reader, const char *name, size_t limit, struct bytes *out,
                    struct error *err)
{
    uint8_t *place;
    uint64_t size;
    int result;

    bytes_init(out, limit);
    result = reader_size(reader, name, &size, err);
    if (result < 0)
        return result;
    if (size > limit)
        return error_set(err, ERROR_LIMIT, "%s: %llu bytes, more than %zu", name,
                         (unsigned long long)size, limit);
    result = bytes_reserve(out, (size_t)size, &place, err);
    if (result == 0)
        result = reader_read(reader, name, 0, place, (size_t)size, err);
    if (result < 0)
        bytes_clear(out);
    return result;
}
