/* SPDX-License-Identifier: ISC
 *
 * sallyport-unpack: an archive and an empty folder, nothing else. What libarchive makes of bytes
 * from outside happens here and reaches nothing but that folder.
 */
#include <config.h>

#include <locale.h>
#include <sys/syscall.h>

#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/log.h"
#include "media/base/refusal.h"
#include "media/base/sandbox.h"
#include "mirror/unpack.h"

#define MEMORY_BYTES (2 * GIB) /* dictionaries of 7z and xz that people use are below 1 GiB */
#define OPEN_FILES   32
#define CPU_SECONDS  14400 /* 64 GiB at 5 MiB/s */

static int confine(struct error *err)
{
    static const struct sandbox_call calls[] = {
        {SYS_openat2, "files and folders beneath the one that is given", -1, 0, 0},
        {SYS_mkdirat, "folders beneath it", -1, 0, 0},
        {SYS_fsync, "folders that were made", -1, 0, 0},
    };
    const struct sandbox_folder folder = {.fd = UNPACK_FOLDER_FD, .write = true};
    const struct sandbox_profile profile = {
        .name = "unpack",
        .calls = calls,
        .call_count = sizeof(calls) / sizeof(calls[0]),
        .folders = &folder,
        .folder_count = 1,
        .memory_bytes = MEMORY_BYTES,
        .file_bytes = LIMIT_CONTENT_BYTES,
        .open_files = OPEN_FILES,
        .cpu_seconds = CPU_SECONDS,
    };
    int result = sandbox_enter(&profile, err);

    return result == 0 ? sandbox_seal(&profile, err) : result;
}

static int read_limit(const struct frame *frame, uint64_t *limit_bytes, struct error *err)
{
    const struct json_field fields[] = {
        {.key = "bytes", .kind = JSON_COUNT, .out = limit_bytes, .max = INT64_MAX},
    };
    json_t *body = NULL;
    int result = frame_read_json(frame, UNPACK_BEGIN, &body, err);

    if (result == 0)
        result = json_fields(body, fields, 1, err);
    json_decref(body);
    return result;
}

static int answer(enum unpack_message type, json_t *body, struct error *err)
{
    int result = frame_send_json(SPAWN_FD_SOCKET, (uint16_t)type, body, NULL, 0, -1, err);

    json_decref(body);
    return result;
}

static int answer_done(const struct unpack_result *unpacked, struct error *err)
{
    return answer(UNPACK_DONE,
                  json_pack("{s:I, s:I}", "bytes", (json_int_t)unpacked->bytes, "files",
                            (json_int_t)unpacked->files),
                  err);
}

static int selftest(struct error *err)
{
    const struct unpack_result nothing = {0};
    struct error found = {.code = ERROR_OK};

    return sandbox_selftest(&found) == 0 ? answer_done(&nothing, err)
                                         : answer(UNPACK_REFUSED, refusal_body(&found), err);
}

static int begin(const struct frame *frame, struct error *err)
{
    struct error refusal = {.code = ERROR_OK};
    struct unpack_result unpacked;
    uint64_t limit_bytes = 0;
    int result = read_limit(frame, &limit_bytes, err);

    if (result < 0)
        return result;
    if (unpack_archive(UNPACK_ARCHIVE_FD, UNPACK_FOLDER_FD, limit_bytes, &unpacked, &refusal) == 0)
        return answer_done(&unpacked, err);
    if (!unpacked.is_archive)
        return answer(UNPACK_NO_ARCHIVE, json_object(), err);
    return answer(UNPACK_REFUSED, refusal_body(&refusal), err);
}

static int serve(struct error *err)
{
    struct frame frame;
    int result = frame_receive(SPAWN_FD_SOCKET, UNPACK_MESSAGE, -1, &frame, err);

    if (result < 0)
        return result;
    result = frame.type == UNPACK_SELFTEST ? selftest(err) : begin(&frame, err);
    frame_clear(&frame);
    return result;
}

int main(void)
{
    struct error err = {.code = ERROR_OK};
    int result;

    log_open("unpack", SPAWN_FD_LOG, LOG_LEVEL_INFO);
    json_object_seed(0);
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* names are read as they are written */
    result = confine(&err);
    if (result == 0)
        result = serve(&err);
    if (result < 0)
        log_write(LOG_LEVEL_ERROR, "%s: %s", error_name(err.code), err.words);
    if (err.code == ERROR_SANDBOX)
        return UNPACK_NO_SANDBOX;
    return result < 0 ? 1 : 0;
}
