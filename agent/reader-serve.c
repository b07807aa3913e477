/* SPDX-License-Identifier: ISC */
#include "agent/reader-serve.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/reader.h"
#include "media/base/frame.h"
#include "media/base/path.h"
#include "media/base/spawn.h"

#define REQUEST_BYTES (LIMIT_PATH_BYTES + 64)

/* What one client asks of one process, from hello to the end. */
struct server {
    const struct reader_methods *methods;
    void *context;
    uint8_t *ring;
    size_t ring_size;
};

static int malformed(struct error *err)
{
    return error_set(err, ERROR_PROTOCOL, "the client's request is malformed");
}

/* A name as the client gave it. Only names of the tree are looked at. */
static int get_name(struct bytes_view *view, char name[static LIMIT_PATH_BYTES + 1],
                    struct error *err)
{
    uint16_t size;

    if (bytes_get_u16(view, &size) < 0 || size > LIMIT_PATH_BYTES ||
        bytes_get(view, name, size) < 0)
        return malformed(err);
    name[size] = '\0';
    if (!path_name_valid(name, size))
        return error_set(err, ERROR_UNEXPECTED_FILE, "no name that the tree can hold");
    return 0;
}

static int send_number(uint64_t number, struct error *err)
{
    struct bytes body;
    int result;

    bytes_init(&body, 8);
    result = bytes_put_u64(&body, number, err);
    if (result == 0)
        result = frame_send(SPAWN_FD_SOCKET, READER_OK, body.data, body.size, NULL, 0, -1, err);
    bytes_clear(&body);
    return result;
}

/* A request is answered by 0 after an answer was sent, or an error: an ordinary one is told to the
 * client, one of the conversation itself (ERROR_PROTOCOL, ERROR_PEER_GONE) ends the process. */

static int answer_hello(struct server *server, struct frame *frame, struct bytes_view view,
                        struct error *err)
{
    struct stat status;
    uint32_t size;
    void *place;
    int fd = frame_take_fd(frame, 0);

    if (server->ring != NULL || bytes_get_u32(&view, &size) < 0 || view.size != 0 || fd < 0 ||
        size == 0 || size > READER_RING_BYTES || fstat(fd, &status) < 0 ||
        (uint64_t)status.st_size < size) {
        if (fd >= 0)
            close(fd);
        return malformed(err);
    }
    place = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (place == MAP_FAILED)
        return error_set_errno(err, ERROR_PROTOCOL, errno, "the client's ring");
    server->ring = place;
    server->ring_size = size;
    return 0;
}

static int put_names(char **names, size_t count, struct bytes *body, struct error *err)
{
    int result = bytes_put_u32(body, (uint32_t)count, err);

    for (size_t i = 0; i < count && result == 0; i++) {
        result = bytes_put_u16(body, (uint16_t)strlen(names[i]), err);
        if (result == 0)
            result = bytes_put(body, names[i], strlen(names[i]), err);
    }
    return result;
}

static int send_names(char **names, size_t count, struct error *err)
{
    struct bytes body;
    int result;

    bytes_init(&body, LIMIT_MESSAGE_BYTES);
    result = put_names(names, count, &body, err);
    if (result == 0)
        result = frame_send(SPAWN_FD_SOCKET, READER_NAMES, body.data, body.size, NULL, 0, -1, err);
    bytes_clear(&body);
    return result;
}

static int answer_list(struct server *server, struct frame *frame, struct bytes_view view,
                       struct error *err)
{
    char name[LIMIT_PATH_BYTES + 1];
    char **names = NULL;
    size_t count = 0;
    int result = get_name(&view, name, err);

    if (result < 0)
        return result;
    if (view.size != 0)
        return malformed(err);
    result = server->methods->list(server->context, name, &names, &count, err);
    if (result == 0 || result == -ERROR_NOT_FOUND)
        result = send_names(names, count, err);
    path_free_names(names, count);
    return result;
}

static int answer_size(struct server *server, struct frame *frame, struct bytes_view view,
                       struct error *err)
{
    char name[LIMIT_PATH_BYTES + 1];
    uint64_t size = 0;
    int result = get_name(&view, name, err);

    if (result < 0)
        return result;
    if (view.size != 0)
        return malformed(err);
    result = server->methods->size(server->context, name, &size, err);
    return result == 0 ? send_number(size, err) : result;
}

static int answer_read(struct server *server, struct frame *frame, struct bytes_view view,
                       struct error *err)
{
    char name[LIMIT_PATH_BYTES + 1];
    uint64_t offset;
    uint32_t size;
    int result = get_name(&view, name, err);

    if (result < 0)
        return result;
    if (bytes_get_u64(&view, &offset) < 0 || bytes_get_u32(&view, &size) < 0 || view.size != 0 ||
        size > server->ring_size)
        return malformed(err);
    result = server->methods->read(server->context, name, offset, server->ring, size, err);
    return result == 0 ? send_number(size, err) : result;
}

static const struct request {
    int (*answer)(struct server *server, struct frame *frame, struct bytes_view view,
                  struct error *err);
    bool before_hello;
} requests[] = {
    [READER_HELLO] = {answer_hello, true},
    [READER_LIST] = {answer_list, false},
    [READER_SIZE] = {answer_size, false},
    [READER_READ] = {answer_read, false},
};

static int send_error(const struct error *failure, struct error *err)
{
    const char *name = error_name(failure->code);
    struct bytes body;
    int result;

    bytes_init(&body, 2 * ERROR_WORDS_BYTES);
    result = bytes_put_u16(&body, (uint16_t)strlen(name), err);
    if (result == 0)
        result = bytes_put(&body, name, strlen(name), err);
    if (result == 0)
        result = bytes_put_u16(&body, (uint16_t)strlen(failure->words), err);
    if (result == 0)
        result = bytes_put(&body, failure->words, strlen(failure->words), err);
    if (result == 0)
        result = frame_send(SPAWN_FD_SOCKET, READER_ERROR, body.data, body.size, NULL, 0, -1, err);
    bytes_clear(&body);
    return result;
}

static int answer(struct server *server, struct frame *frame, struct error *err)
{
    struct error failure = {0};
    int result;

    if (frame->type >= sizeof(requests) / sizeof(requests[0]) ||
        requests[frame->type].answer == NULL ||
        (server->ring == NULL && !requests[frame->type].before_hello))
        return malformed(err);
    result = requests[frame->type].answer(server, frame, bytes_view(&frame->body), &failure);
    if (result == 0)
        return 0;
    if (failure.code == ERROR_PROTOCOL || failure.code == ERROR_PEER_GONE) {
        *err = failure;
        return result;
    }
    return send_error(&failure, err);
}

int reader_serve(const struct reader_methods *methods, void *context, struct error *err)
{
    struct server server = {.methods = methods, .context = context};
    struct frame frame;
    int result;

    do {
        result = frame_receive(SPAWN_FD_SOCKET, REQUEST_BYTES, -1, &frame, err);
        if (result == 0) {
            result = answer(&server, &frame, err);
            frame_clear(&frame);
        }
    } while (result == 0);
    return result == -ERROR_PEER_GONE ? 0 : result; /* the ordinary end */
}
