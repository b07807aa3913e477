/* SPDX-License-Identifier: ISC */
#include "mirror/source-archive.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/refusal.h"
#include "mirror/unpack.h"

#define SPARE_BYTES (64 * MIB) /* that others may need where we unpack */

static int start(const char *libexec, int fd, int folder_fd, struct child *child, struct error *err)
{
    static const char *const arguments[] = {UNPACK_PROGRAM, NULL};
    const struct spawn_limit limits[] = {{RLIMIT_CORE, 0}};
    char program[LIMIT_PATH_BYTES + 1];
    struct spawn spawn = {.program = program,
                          .arguments = arguments,
                          .fds = {fd, folder_fd},
                          .fd_count = 2,
                          .limits = limits,
                          .limit_count = 1};

    *child = (struct child){.pidfd = -1, .socket = -1, .log = -1};
    if (snprintf(program, sizeof(program), "%s/" UNPACK_PROGRAM, libexec) >= (int)sizeof(program))
        return error_set(err, ERROR_LIMIT, "path of %s is longer than PATH_BYTES", UNPACK_PROGRAM);
    return spawn_with_socket(&spawn, child, err);
}

static int ask(const struct child *child, int folder_fd, struct error *err)
{
    struct statvfs status;
    uint64_t free_bytes;
    json_t *body;
    int result;

    if (fstatvfs(folder_fd, &status) < 0)
        return error_set_errno(err, ERROR_IO, errno, "free space for the archive");
    free_bytes = (uint64_t)status.f_bavail * status.f_frsize;
    free_bytes = free_bytes > SPARE_BYTES ? free_bytes - SPARE_BYTES : 0;
    body = json_pack("{s:I}", "bytes", (json_int_t)free_bytes);
    result = frame_send_json(child->socket, UNPACK_BEGIN, body, NULL, 0, -1, err);
    json_decref(body);
    return result;
}

static int hear(const struct child *child, bool *is, struct error *err)
{
    struct frame frame;
    int result = frame_receive(child->socket, UNPACK_MESSAGE, -1, &frame, err);

    if (result < 0)
        return result;
    *is = frame.type != UNPACK_NO_ARCHIVE;
    if (frame.type == UNPACK_REFUSED)
        result = refusal_take(&frame, UNPACK_REFUSED, UNPACK_MESSAGE, err);
    else if (frame.type != UNPACK_DONE && frame.type != UNPACK_NO_ARCHIVE)
        result =
            error_set(err, ERROR_PROTOCOL, "%s: message of type %u", UNPACK_PROGRAM, frame.type);
    frame_clear(&frame);
    return result;
}

int source_archive_unpack(const char *libexec, int fd, int folder_fd, bool *is, struct error *err)
{
    struct child child;
    int result;

    *is = false;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return error_set_errno(err, ERROR_IO, errno, "the archive");
    result = start(libexec, fd, folder_fd, &child, err);
    if (result < 0)
        return result;
    result = ask(&child, folder_fd, err);
    if (result == 0)
        result = hear(&child, is, err);
    if (result == -(int)ERROR_PEER_GONE)
        result = refusal_of_end(&child, UNPACK_PROGRAM, "archive", UNPACK_NO_SANDBOX, err);
    spawn_kill(&child);
    return result;
}
