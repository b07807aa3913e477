/* SPDX-License-Identifier: ISC
 *
 * sallyport-verify: judges one medium for whoever started it (agent/control/verify-protocol.h).
 */
#include <config.h>

#include <fcntl.h>
#ifdef WITH_SANDBOX
#include <seccomp.h>
#endif
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/control/verify-protocol.h"
#include "agent/verify.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/log.h"
#include "media/base/sandbox.h"
#include "media/base/spawn.h"

#define FD_READER     SPAWN_FD_FIRST
#define THREADS_LEAST 2
#define THREADS_MOST  8
#define MEMORY_BYTES  (3 * GIB)
#define OPEN_FILES    256

#ifdef WITH_SANDBOX
static const struct sandbox_call calls[] = {
    {SCMP_SYS(memfd_create), "recipes that are handed on", -1, 0, 0},
    {SCMP_SYS(fcntl), "sealing them", 1, UINT32_MAX, F_ADD_SEALS},
    {SCMP_SYS(syncfs), "waiting for the disk in the monitor's place", -1, 0, 0},
};
#endif

/* What may come when. */
enum stage { STAGE_GIVEN, STAGE_JUDGED };

static int receive_root(struct verify *verify, const struct frame *frame, struct error *err)
{
    if (verify->trust == NULL)
        return trust_new(bytes_view(&frame->body), &verify->trust, err);
    return trust_follow(verify->trust, bytes_view(&frame->body), NULL, err);
}

static int receive_list(struct verify *verify, const struct frame *frame, struct error *err)
{
    uint8_t digest[DIGEST_BYTES];

    if (verify->trust == NULL)
        return error_set(err, ERROR_PROTOCOL, "a revocation list before a root document");
    digest_of(frame->body.data, frame->body.size, digest);
    verify_ids_add(&verify->before, digest);
    verify_ids_add(&verify->lists, digest);
    return trust_add_crl(verify->trust, bytes_view(&frame->body), err);
}

static int receive_judge(struct verify *verify, const struct frame *frame, struct error *err)
{
    json_t *body = NULL;
    int result;

    if (verify->reader == NULL)
        return error_set(err, ERROR_PROTOCOL, "a medium to judge, and no reader");
    result = json_read(frame->body.data, frame->body.size, &body, err);
    if (result == 0)
        result = verify_request_parse(body, &verify->request, err);
    json_decref(body);
    return result != 0 ? result : verify_judge(verify, err);
}

static int read_id(const struct frame *frame, uint8_t id[static DIGEST_BYTES], struct error *err)
{
    const struct json_field fields[] = {{.key = "id", .kind = JSON_SHA384, .out = id}};
    json_t *body = NULL;
    int result = json_read(frame->body.data, frame->body.size, &body, err);

    if (result == 0)
        result = json_fields(body, fields, 1, err);
    json_decref(body);
    return result;
}

static int receive_staged(struct verify *verify, const struct frame *frame, struct error *err)
{
    uint8_t id[DIGEST_BYTES];
    int result = read_id(frame, id, err);

    return result != 0 ? result : verify_staged(verify, id, err);
}

static int receive_compare(struct verify *verify, const struct frame *frame, struct error *err)
{
    uint8_t id[DIGEST_BYTES];
    int result = read_id(frame, id, err);

    if (result == 0 && frame->fd_count != 1)
        result = error_set(err, ERROR_PROTOCOL, "nothing to compare with");
    return result != 0 ? result : verify_compare(verify, id, frame->fds[0], err);
}

static int receive_content(struct verify *verify, const struct frame *frame, struct error *err)
{
    uint8_t id[DIGEST_BYTES], digest[DIGEST_BYTES];
    const struct json_field fields[] = {{.key = "id", .kind = JSON_SHA384, .out = id},
                                        {.key = "digest", .kind = JSON_SHA384, .out = digest}};
    json_t *body = NULL;
    int result = json_read(frame->body.data, frame->body.size, &body, err);

    if (result == 0)
        result = json_fields(body, fields, 2, err);
    json_decref(body);
    if (result == 0 && frame->fd_count != 1)
        result = error_set(err, ERROR_PROTOCOL, "content without its recipe");
    return result != 0 ? result : verify_content(verify, id, digest, frame->fds[0], err);
}

static void test_thread(void *context, size_t i)
{
    struct error *errors = context;

    (void)!sandbox_selftest(&errors[i]);
}

/* The threads first, then the main one. */
static int receive_selftest(struct verify *verify, const struct frame *frame, struct error *err)
{
    size_t count = verify_workers_count(verify->workers);
    struct error *errors = bytes_allocate(count + 1, sizeof(*errors));
    const struct error *worst = &errors[0];
    int result;

    verify_workers_each(verify->workers, test_thread, errors);
    test_thread(errors, count);
    for (size_t i = 0; i <= count; i++) {
        if (errors[i].code != ERROR_OK)
            worst = &errors[i];
    }
    result = verify_report_result(verify, "", worst, count + 1, err);
    free(errors);
    return result;
}

static const struct {
    uint16_t type;
    enum stage stage, after;
    int (*receive)(struct verify *verify, const struct frame *frame, struct error *err);
} messages[] = {
    {VERIFY_ROOT, STAGE_GIVEN, STAGE_GIVEN, receive_root},
    {VERIFY_CRL, STAGE_GIVEN, STAGE_GIVEN, receive_list},
    {VERIFY_SELFTEST, STAGE_GIVEN, STAGE_GIVEN, receive_selftest},
    {VERIFY_JUDGE, STAGE_GIVEN, STAGE_JUDGED, receive_judge},
    {VERIFY_CONTENT, STAGE_GIVEN, STAGE_GIVEN, receive_content},
    {VERIFY_COMPARE, STAGE_JUDGED, STAGE_JUDGED, receive_compare},
    {VERIFY_STAGED, STAGE_JUDGED, STAGE_JUDGED, receive_staged},
    {VERIFY_SELFTEST, STAGE_JUDGED, STAGE_JUDGED, receive_selftest},
};

static int dispatch(struct verify *verify, const struct frame *frame, enum stage *stage,
                    struct error *err)
{
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        if (messages[i].type == frame->type && messages[i].stage == *stage) {
            *stage = messages[i].after;
            return messages[i].receive(verify, frame, err);
        }
    }
    return error_set(err, ERROR_PROTOCOL, "message %u is not expected now", frame->type);
}

/* Until the other end closes. */
static int serve(struct verify *verify, struct error *err)
{
    enum stage stage = STAGE_GIVEN;
    int result = 0;

    while (result == 0) {
        struct error receive_error = {0};
        struct frame frame;

        result = frame_receive(verify->socket, LIMIT_MESSAGE_BYTES, -1, &frame, &receive_error);
        if (result == -(int)ERROR_PEER_GONE)
            return 0;
        if (result != 0) {
            *err = receive_error;
            break;
        }
        result = dispatch(verify, &frame, &stage, err);
        frame_clear(&frame);
    }
    return result;
}

static size_t thread_count(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (processors < THREADS_LEAST)
        return THREADS_LEAST;
    return processors > THREADS_MOST ? THREADS_MOST : (size_t)processors;
}

/* The reader's ring is mapped before, because nothing can be opened afterwards; no byte of it is
 * looked at until the sandbox is closed. */
static int start(struct verify *verify, struct error *err)
{
    static const struct sandbox_profile profile = {
        .name = "sallyport-verify",
#ifdef WITH_SANDBOX
        .calls = calls,
        .call_count = sizeof(calls) / sizeof(calls[0]),
#endif
        .memory_bytes = MEMORY_BYTES,
        .file_bytes = LIMIT_RECIPE_BYTES,
        .open_files = OPEN_FILES,
        .threads = true,
    };
    size_t threads = thread_count();
    int result = 0;

    /* Without a reader it judges what is installed, and no medium. */
    if (fcntl(FD_READER, F_GETFD) >= 0)
        result = reader_open(FD_READER, &verify->reader, err);
    if (result == 0)
        result = sandbox_enter(&profile, err);
    if (result == 0)
        result = verify_workers_start(threads, &verify->workers, err);
    if (result == 0)
        result = sandbox_seal(&profile, err);
    return result;
}

int main(void)
{
    struct verify *verify = bytes_allocate(1, sizeof(*verify));
    struct error problem = {0}, ignored = {0};

    signal(SIGXFSZ, SIG_IGN); /* the limit counts for memory files as well: an error, no end */
    log_open("sallyport-verify", SPAWN_FD_LOG, LOG_LEVEL_INFO);
    verify->socket = SPAWN_FD_SOCKET;
    if (start(verify, &problem) == 0)
        (void)!serve(verify, &problem);
    if (problem.code != ERROR_OK) {
        log_write(LOG_LEVEL_ERROR, "%s", problem.words);
        (void)!verify_report_error(verify, &problem, &ignored);
    }
    verify_workers_stop(verify->workers);
    if (verify->reader != NULL)
        reader_close(verify->reader);
    verify_clear(verify);
    free(verify);
    return problem.code == ERROR_OK ? 0 : 1;
}
