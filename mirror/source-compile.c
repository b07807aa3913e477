/* SPDX-License-Identifier: ISC */
#include "mirror/source-compile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/compile-protocol.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/path.h"
#include "media/base/refusal.h"
#include "media/base/spawn.h"
#include "media/package-source.h"

#define SCRATCH_NAME "compile"
#define STEP_BYTES   LIMIT_PATH_BYTES

struct compiling {
    const char *const *outputs; /* names */
    size_t output_count;
    int fds[COMPILE_OUTPUTS + COMPILE_SCRATCH];
    size_t fd_count;
    struct child child;
    struct progress *progress;
    char step[STEP_BYTES + 1]; /* that the progress line shows */
    uint64_t shown;
};

static int start(const char *libexec, struct child *child, struct error *err)
{
    static const char *const arguments[] = {COMPILE_PROGRAM, NULL};
    const struct spawn_limit limits[] = {{RLIMIT_CORE, 0}};
    char program[LIMIT_PATH_BYTES + 1];
    struct spawn spawn = {
        .program = program, .arguments = arguments, .limits = limits, .limit_count = 1};

    if (snprintf(program, sizeof(program), "%s/" COMPILE_PROGRAM, libexec) >= (int)sizeof(program))
        return error_set(err, ERROR_LIMIT, "path of %s is longer than PATH_BYTES", COMPILE_PROGRAM);
    return spawn_with_socket(&spawn, child, err);
}

static int open_outputs(struct compiling *compiling, int out_fd, struct error *err)
{
    int result = 0;

    for (size_t i = 0; compiling->outputs[i] != NULL && result == 0; i++) {
        result = path_open(out_fd, compiling->outputs[i], O_RDWR | O_CREAT | O_EXCL, 0600,
                           &compiling->fds[compiling->fd_count], err);
        if (result == 0)
            compiling->fd_count++;
    }
    compiling->output_count = compiling->fd_count;
    return result;
}

static int open_scratch(struct compiling *compiling, int scratch_fd, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < COMPILE_SCRATCH && result == 0; i++) {
        result = path_open(scratch_fd, SCRATCH_NAME, O_RDWR | O_CREAT | O_EXCL, 0600,
                           &compiling->fds[compiling->fd_count], err);
        if (result < 0)
            break;
        compiling->fd_count++;
        if (unlinkat(scratch_fd, SCRATCH_NAME, 0) < 0)
            result = error_set_errno(err, ERROR_IO, errno, SCRATCH_NAME);
    }
    return result;
}

static int ask(const struct compiling *compiling, enum compile_message type, json_t *body,
               const int *fds, size_t fd_count, struct error *err)
{
    int result =
        frame_send_json(compiling->child.socket, (uint16_t)type, body, fds, fd_count, -1, err);

    json_decref(body);
    return result;
}

static int take_progress(struct compiling *compiling, const struct frame *frame, struct error *err)
{
    const char *step = NULL;
    uint64_t done = 0, total = 0;
    const struct json_field fields[] = {
        {.key = "step", .kind = JSON_TEXT, .out = &step, .min = 1, .max = STEP_BYTES},
        {.key = "done", .kind = JSON_COUNT, .out = &done, .max = INT64_MAX},
        {.key = "total", .kind = JSON_COUNT, .out = &total, .max = INT64_MAX},
    };
    json_t *body = NULL;
    int result = frame_read_json(frame, COMPILE_PROGRESS, &body, err);

    if (result == 0)
        result = json_fields(body, fields, 3, err);
    if (result == 0 && strcmp(step, compiling->step) != 0) {
        snprintf(compiling->step, sizeof(compiling->step), "%s", step);
        compiling->shown = 0;
        progress_begin(compiling->progress, compiling->step, total);
    }
    if (result == 0 && total > 0 && done > compiling->shown) {
        progress_add(compiling->progress, done - compiling->shown);
        compiling->shown = done;
    }
    json_decref(body);
    return result;
}

static int check_counts(json_t *counts, unsigned depth, struct error *err)
{
    const char *name;
    json_t *value;
    int result = 0;

    if (!json_is_object(counts) || json_object_size(counts) > COMPILE_COUNTS)
        return error_set(err, ERROR_PROTOCOL, "%s: counts are no object of at most %d",
                         COMPILE_PROGRAM, COMPILE_COUNTS);
    json_object_foreach(counts, name, value)
    {
        bool fits = depth > 0 ? json_is_object(value)
                              : json_is_integer(value) && json_integer_value(value) >= 0;

        if (!json_name_valid(name) || !fits)
            return error_set(err, ERROR_PROTOCOL, "%s: a count is no number", COMPILE_PROGRAM);
        if (depth > 0)
            result = check_counts(value, depth - 1, err);
        if (result < 0)
            return result;
    }
    return 0;
}

static int take_done(const struct frame *frame, json_t **counts, struct error *err)
{
    json_t *found = NULL;
    const struct json_field fields[] = {
        {.key = "counts", .kind = JSON_TABLE, .out = &found, .max = COMPILE_COUNTS}};
    json_t *body = NULL;
    int result = frame_read_json(frame, COMPILE_DONE, &body, err);

    if (result == 0)
        result = json_fields(body, fields, 1, err);
    if (result == 0)
        result = check_counts(found, 1, err);
    if (result == 0)
        *counts = json_incref(found);
    json_decref(body);
    return result;
}

/* Until it answers with the message that is waited for. counts: for COMPILE_DONE, else NULL. */
static int hear(struct compiling *compiling, enum compile_message wanted, json_t **counts,
                struct error *err)
{
    bool more = true;
    int result = 0;

    while (more && result == 0) {
        struct frame frame;

        result = frame_receive(compiling->child.socket, COMPILE_MESSAGE, -1, &frame, err);
        if (result < 0)
            break;
        more = frame.type == COMPILE_PROGRESS;
        if (frame.type == COMPILE_PROGRESS)
            result = take_progress(compiling, &frame, err);
        else if (frame.type == COMPILE_REFUSED)
            result = refusal_take(&frame, COMPILE_REFUSED, COMPILE_MESSAGE, err);
        else if (frame.type != wanted)
            result = error_set(err, ERROR_PROTOCOL, "%s: message of type %u", COMPILE_PROGRAM,
                               frame.type);
        else if (counts != NULL)
            result = take_done(&frame, counts, err);
        frame_clear(&frame);
    }
    return result;
}

static int send_file(struct compiling *compiling, int source_fd, const char *name,
                     struct error *err)
{
    uint64_t size;
    int fd;
    int result = path_open_regular(source_fd, name, LIMIT_CONTENT_BYTES, &fd, &size, err);

    if (result < 0)
        return result;
    result = ask(compiling, COMPILE_FILE,
                 json_pack("{s:s, s:I}", "name", name, "size", (json_int_t)size), &fd, 1, err);
    (void)close(fd);
    return result == 0 ? hear(compiling, COMPILE_READY, NULL, err) : result;
}

static int converse(struct compiling *compiling, const struct content_type *type, int source_fd,
                    json_t **counts, struct error *err)
{
    struct package_source list = {0};
    int result = package_source_list(source_fd, &list, err);

    if (result == 0)
        result = ask(compiling, COMPILE_BEGIN, json_pack("{s:s}", "type", type->name),
                     compiling->fds, compiling->fd_count, err);
    if (result == 0)
        result = hear(compiling, COMPILE_READY, NULL, err);
    for (uint32_t i = 0; i < list.count && result == 0; i++)
        result = send_file(compiling, source_fd, list.names[i], err);
    if (result == 0)
        result = ask(compiling, COMPILE_END, json_object(), NULL, 0, err);
    if (result == 0)
        result = hear(compiling, COMPILE_DONE, counts, err);
    package_source_clear(&list);
    return result;
}

static int remove_empty(const struct compiling *compiling, int out_fd, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < compiling->output_count && result == 0; i++) {
        struct stat status;

        if (fstat(compiling->fds[i], &status) < 0)
            result = error_set_errno(err, ERROR_IO, errno, "%s", compiling->outputs[i]);
        else if (status.st_size == 0)
            result = path_remove(out_fd, compiling->outputs[i], err);
    }
    return result;
}

int source_compile(const char *libexec, const struct content_type *type, int source_fd,
                   int scratch_fd, int out_fd, struct progress *progress, json_t **counts,
                   struct error *err)
{
    struct compiling compiling = {.outputs = content_type_compiled(type),
                                  .child = {.pidfd = -1, .socket = -1, .log = -1},
                                  .progress = progress};
    int result = open_outputs(&compiling, out_fd, err);

    *counts = NULL;
    if (result == 0)
        result = open_scratch(&compiling, scratch_fd, err);
    if (result == 0)
        result = start(libexec, &compiling.child, err);
    if (result == 0) {
        result = converse(&compiling, type, source_fd, counts, err);
        if (result == -(int)ERROR_PEER_GONE)
            result = refusal_of_end(&compiling.child, COMPILE_PROGRAM, "source", COMPILE_NO_SANDBOX,
                                    err);
        progress_end(progress);
    }
    if (result == 0)
        result = remove_empty(&compiling, out_fd, err);
    spawn_kill(&compiling.child);
    for (size_t i = 0; i < compiling.fd_count; i++)
        (void)close(compiling.fds[i]);
    if (result < 0) {
        json_decref(*counts);
        *counts = NULL;
    }
    return result;
}
