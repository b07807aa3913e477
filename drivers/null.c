/* SPDX-License-Identifier: ISC
 *
 * sallyport-driver-null: accepts every content and does nothing with it. It is there for tests and
 * for trying out a mirror; no content type of a real ring is its. Files of certain names make it
 * misbehave in one way each, so that the parent's side can be tested against a real process:
 * the table below, and sallyport-driver(7).
 */
#include <config.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/driver.h"
#include "media/base/frame.h"
#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/base/spawn.h"

#define NULL_LINE_BYTES  256         /* of the first line of "refuse" */
#define NULL_MEMORY      (256 * MIB) /* address space: "hog" comes to its end quickly */
#define NULL_DESCRIPTORS 1024        /* that "descriptors" looks at */

struct null_loaded {
    uint64_t files, bytes;
    struct driver_watch *watch;
};

static int first_line(const struct driver_file *file, char *line, size_t line_size,
                      struct error *err)
{
    size_t size = file->size < line_size - 1 ? (size_t)file->size : line_size - 1;

    memset(line, 0, line_size);
    if (path_pread(file->fd, line, size, 0, err) < 0)
        return -(int)err->code;
    line[strcspn(line, "\n")] = '\0';
    return 0;
}

static int do_refuse(const struct driver_content *content, const struct driver_file *file,
                     struct error *err)
{
    char line[NULL_LINE_BYTES];

    if (first_line(file, line, sizeof(line), err) < 0)
        return -(int)err->code;
    return error_set(err, ERROR_BAD_CONTENT, "%s: %s:1: %s", content->type, file->name, line);
}

static int do_crash(const struct driver_content *content, const struct driver_file *file,
                    struct error *err)
{
    abort();
}

static int do_hang(const struct driver_content *content, const struct driver_file *file,
                   struct error *err)
{
    volatile unsigned turns = 0;

    for (;;)
        turns++;
    return 0;
}

static int do_hog(const struct driver_content *content, const struct driver_file *file,
                  struct error *err)
{
    for (;;) {
        unsigned char *memory = bytes_allocate(1, MIB);

        memset(memory, 1, MIB);
    }
    return 0;
}

static int do_garbage(const struct driver_content *content, const struct driver_file *file,
                      struct error *err)
{
    return frame_send(SPAWN_FD_SOCKET, DRIVER_REPLY, "}garbage{", 9, NULL, 0, 1000, err);
}

static int do_oversized(const struct driver_content *content, const struct driver_file *file,
                        struct error *err)
{
    unsigned char *body = bytes_allocate(1, LIMIT_DRIVER_MESSAGE + 1);
    int result;

    memset(body, ' ', LIMIT_DRIVER_MESSAGE + 1);
    result = frame_send(SPAWN_FD_SOCKET, DRIVER_REPLY, body, LIMIT_DRIVER_MESSAGE + 1, NULL, 0,
                        1000, err);
    free(body);
    return result;
}

static int do_fork(const struct driver_content *content, const struct driver_file *file,
                   struct error *err)
{
    pid_t pid = fork();

    if (pid < 0)
        return 0;
    if (pid == 0)
        _exit(0);
    return error_set(err, ERROR_BAD_CONTENT, "%s: %s: fork was allowed", content->type, file->name);
}

static int do_probe(const struct driver_content *content, const struct driver_file *file,
                    struct error *err)
{
    return sandbox_selftest(err);
}

static bool is_ours(const struct driver_content *content, int fd)
{
    if (fd <= SPAWN_FD_LOG)
        return true;
    for (size_t i = 0; i < content->file_count; i++)
        if (content->files[i].fd == fd)
            return true;
    return false;
}

static int do_descriptors(const struct driver_content *content, const struct driver_file *file,
                          struct error *err)
{
    for (int fd = 0; fd < NULL_DESCRIPTORS; fd++)
        if (!is_ours(content, fd) && fcntl(fd, F_GETFL) >= 0)
            return error_set(err, ERROR_BAD_CONTENT, "%s: %s: descriptor %d is open", content->type,
                             file->name, fd);
    return 0;
}

static const struct misdeed {
    const char *name; /* of the file that asks for it */
    int (*run)(const struct driver_content *content, const struct driver_file *file,
               struct error *err);
} misdeeds[] = {
    {"refuse", do_refuse},           /* refuses, with the file's first line as reason */
    {"crash", do_crash},             /* aborts */
    {"hang", do_hang},               /* loops for ever */
    {"hog", do_hog},                 /* allocates without end */
    {"garbage", do_garbage},         /* answers what is no JSON */
    {"oversized", do_oversized},     /* answers more than LIMIT_DRIVER_MESSAGE */
    {"fork", do_fork},               /* refuses when it could fork */
    {"probe", do_probe},             /* refuses when its sandbox allowed anything */
    {"descriptors", do_descriptors}, /* refuses when more is open than it was given */
};

static int misbehave(const struct driver_content *content, const struct driver_file *file,
                     struct error *err)
{
    for (size_t i = 0; i < sizeof(misdeeds) / sizeof(misdeeds[0]); i++)
        if (strcmp(misdeeds[i].name, file->name) == 0)
            return misdeeds[i].run(content, file, err);
    return 0;
}

static int null_load(const struct driver_content *content, void **loaded, struct error *err)
{
    struct null_loaded *made = bytes_allocate(1, sizeof(*made));
    int result = 0;

    made->watch = content->watch;
    for (size_t i = 0; i < content->file_count && result == 0; i++) {
        driver_at(content, content->files[i].name, 0, NULL);
        made->files++;
        made->bytes += content->files[i].size;
        result = misbehave(content, &content->files[i], err);
    }
    if (result < 0)
        free(made);
    else
        *loaded = made;
    return result;
}

/* Passes a question on: {"call","arguments"}; answers {"value","reason"}. */
static int serve_call(const struct null_loaded *made, const json_t *request, json_t **reply,
                      struct error *err)
{
    const char *call = json_string_value(json_object_get(request, "call"));
    char reason[ERROR_WORDS_BYTES];
    json_t *value = NULL;

    if (driver_call(made->watch, call, json_incref(json_object_get(request, "arguments")), &value,
                    reason, err) < 0)
        return -(int)err->code;
    *reply = json_pack("{s:o, s:s}", "value", value, "reason", reason);
    return 0;
}

static int null_serve(void *loaded, const json_t *request, json_t **reply, struct error *err)
{
    const struct null_loaded *made = loaded;

    if (made != NULL && json_object_get(request, "call") != NULL)
        return serve_call(made, request, reply, err);
    for (json_int_t i = json_integer_value(json_object_get(request, "more"));
         made != NULL && json_object_get(request, "news") != NULL && i >= 0; i--)
        driver_news(made->watch, json_incref((json_t *)(uintptr_t)request));
    *reply = json_pack("{s:b}", "loaded", loaded != NULL);
    return 0;
}

/* Tells how long each packet was; an empty one ends the channel. */
static int null_hear(void *shared, void *const *loaded, int channel, struct error *err)
{
    char packet[64];
    struct iovec place = {packet, sizeof(packet)};
    struct msghdr message = {.msg_iov = &place, .msg_iovlen = 1};
    ssize_t size = recvmsg(channel, &message, MSG_DONTWAIT);

    if (size <= 0)
        return error_set(err, ERROR_PEER_GONE, "nobody is at its other end");
    driver_news(shared, json_pack("{s:s, s:I}", "news", "packet", "bytes", (json_int_t)size));
    return 0;
}

/* How many bytes a recording has. */
static int null_replay(void *shared, void *const *loaded, const struct driver_content *recording,
                       json_t **reply, struct error *err)
{
    *reply = json_pack("{s:I}", "bytes", (json_int_t)recording->files[0].size);
    return 0;
}

static int null_open(struct driver_watch *watch, const struct driver_reads *reads, void **shared,
                     struct error *err)
{
    *shared = watch;
    return 0;
}

static void null_close(void *shared)
{
}

static json_t *null_stats(void *loaded)
{
    const struct null_loaded *made = loaded;

    if (made == NULL)
        return json_object();
    return json_pack("{s:I, s:I}", "files", (json_int_t)made->files, "bytes",
                     (json_int_t)made->bytes);
}

static const struct driver_type types[] = {{"null", 1, 1}, {"null-sealed", 1, 1}};

static const struct sandbox_profile profile = {
    .name = "driver-null",
    .memory_bytes = NULL_MEMORY,
    .file_bytes = NULL_MEMORY,
    .open_files = LIMIT_DRIVER_FILES + 64,
};

static const struct driver null_driver = {
    .family = "null",
    .types = types,
    .type_count = sizeof(types) / sizeof(types[0]),
    .sandbox = &profile,
    .unseal = unseal_to_memory,
    .open = null_open,
    .close = null_close,
    .hear = null_hear,
    .replay = null_replay,
    .load = null_load,
    .unload = free,
    .serve = null_serve,
    .stats = null_stats,
};

int main(int argc, char **argv)
{
    return harness_main(&null_driver, argc, argv);
}
