/* SPDX-License-Identifier: ISC
 *
 * sallyport-compile: what a source says becomes what a driver maps. Everything that is read comes
 * from outside and is read here, with nothing in reach but the descriptors that were sent.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/compile/reputation-lists.h"
#include "drivers/compile/source-nsrl.h"
#include "media/base/compile-protocol.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/log.h"
#include "media/base/refusal.h"
#include "media/base/sandbox.h"
#include "media/base/spawn.h"

#define TYPE        "local-rep-data"
#define DATA_BYTES  (512 * MIB) /* SQLite's limit is half of it, buffers are a few MiB */
#define OPEN_FILES  64
#define CPU_SECONDS 14400 /* half a billion rows at 40,000 a second */
#define DESCRIPTORS (REPUTATION_OUTPUTS + COMPILE_SCRATCH)

_Static_assert(REPUTATION_SCRATCH == COMPILE_SCRATCH, "what the parent sends is what is used");
_Static_assert(REPUTATION_OUTPUTS <= COMPILE_OUTPUTS, "within what the protocol allows");

struct conversation {
    struct reputation_lists *lists;
    int fds[DESCRIPTORS]; /* outputs, then scratch */
    bool over;
};

/* Memory of its own is bounded, not address space: the files that are mapped may be larger than
 * memory. */
static int confine(struct error *err)
{
    const struct sandbox_profile profile = {
        .name = "compile",
        .data_bytes = DATA_BYTES,
        .file_bytes = LIMIT_CONTENT_BYTES,
        .open_files = OPEN_FILES,
        .cpu_seconds = CPU_SECONDS,
    };
    int result = sandbox_enter(&profile, err);

    return result == 0 ? sandbox_seal(&profile, err) : result;
}

static int answer(enum compile_message type, json_t *body, struct error *err)
{
    int result = frame_send_json(SPAWN_FD_SOCKET, (uint16_t)type, body, NULL, 0, -1, err);

    json_decref(body);
    return result;
}

static int tell(void *context, const char *step, uint64_t done, uint64_t total, struct error *err)
{
    (void)context;
    return answer(COMPILE_PROGRESS,
                  json_pack("{s:s, s:I, s:I}", "step", step, "done", (json_int_t)done, "total",
                            (json_int_t)total),
                  err);
}

/* What is wrong with the source is an answer, and ends the conversation; what is wrong between the
 * two processes is an error of this one. */
static int conclude(struct conversation *conversation, int outcome, const struct error *refusal,
                    struct error *err)
{
    if (outcome == 0)
        return answer(COMPILE_READY, json_object(), err);
    conversation->over = true;
    return answer(COMPILE_REFUSED, refusal_body(refusal), err);
}

static int selftest(struct conversation *conversation, struct error *err)
{
    struct error found = {.code = ERROR_OK};

    return conclude(conversation, sandbox_selftest(&found), &found, err);
}

static int begin(struct conversation *conversation, struct frame *frame, struct error *err)
{
    const char *type = NULL;
    const struct json_field fields[] = {{.key = "type", .kind = JSON_NAME, .out = &type}};
    json_t *body = NULL;
    int result = frame_read_json(frame, COMPILE_BEGIN, &body, err);

    if (result == 0)
        result = json_fields(body, fields, 1, err);
    if (result == 0 && strcmp(type, TYPE) != 0)
        result = error_set(err, ERROR_PROTOCOL, "type %s is not compiled", type);
    json_decref(body);
    if (result == 0 && (conversation->lists != NULL || frame->fd_count != DESCRIPTORS))
        result = error_set(err, ERROR_PROTOCOL, "a second beginning, or %zu descriptors",
                           frame->fd_count);
    if (result < 0)
        return result;
    for (size_t i = 0; i < DESCRIPTORS; i++)
        conversation->fds[i] = frame_take_fd(frame, i);
    conversation->lists = reputation_lists_new(conversation->fds + REPUTATION_OUTPUTS, tell, NULL);
    return answer(COMPILE_READY, json_object(), err);
}

/* An empty file has nothing to map and nothing in it. */
static int read_mapped(struct conversation *conversation, const char *name, int fd, uint64_t size,
                       struct error *refusal)
{
    struct stat status;
    void *content = NULL;
    int result;

    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || (uint64_t)status.st_size != size)
        return error_set(refusal, ERROR_BAD_CONTENT, "%s: is not of the size that it had", name);
    if (size == 0)
        return error_set(refusal, ERROR_BAD_CONTENT, "%s: empty", name);
    content = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
    if (content == MAP_FAILED)
        return error_set_errno(refusal, ERROR_IO, errno, "mapping %s", name);
    result = reputation_lists_read(conversation->lists, name, bytes_view_of(content, (size_t)size),
                                   refusal);
    (void)munmap(content, (size_t)size);
    return result;
}

static int take_file(struct conversation *conversation, struct frame *frame, struct error *err)
{
    struct error refusal = {.code = ERROR_OK};
    const char *name = NULL;
    uint64_t size = 0;
    const struct json_field fields[] = {
        {.key = "name", .kind = JSON_TEXT, .out = &name, .min = 1, .max = LIMIT_PATH_BYTES},
        {.key = "size", .kind = JSON_COUNT, .out = &size, .max = LIMIT_CONTENT_BYTES},
    };
    json_t *body = NULL;
    int result = frame_read_json(frame, COMPILE_FILE, &body, err);

    if (result == 0)
        result = json_fields(body, fields, 2, err);
    if (result == 0 && (conversation->lists == NULL || frame->fd_count != 1))
        result = error_set(err, ERROR_PROTOCOL, "a file before the beginning, or %zu descriptors",
                           frame->fd_count);
    if (result == 0)
        result =
            conclude(conversation, read_mapped(conversation, name, frame->fds[0], size, &refusal),
                     &refusal, err);
    json_decref(body);
    return result;
}

static json_t *list_counts(const struct reputation_counts *counts)
{
    json_t *object = json_object();

    for (unsigned i = 0; i < REPUTATION_VERDICTS; i++)
        json_object_set_new(object, reputation_verdict_name(i),
                            json_integer((json_int_t)counts->verdicts[i]));
    json_object_set_new(object, "merged", json_integer((json_int_t)counts->merged));
    return object;
}

static int answer_done(const struct reputation_lists *lists, struct error *err)
{
    json_t *counts = json_pack("{s:o, s:o, s:{s:I, s:I}}", "sha256",
                               list_counts(reputation_lists_counts(lists, SOURCE_FILES)), "signer",
                               list_counts(reputation_lists_counts(lists, SOURCE_SIGNERS)),
                               "source", "left-out", (json_int_t)reputation_lists_left_out(lists),
                               "unnamed", (json_int_t)reputation_lists_unnamed(lists));

    return answer(COMPILE_DONE, json_pack("{s:o}", "counts", counts), err);
}

static int finish(struct conversation *conversation, const struct frame *frame, struct error *err)
{
    struct error refusal = {.code = ERROR_OK};
    json_t *body = NULL;
    int result = frame_read_json(frame, COMPILE_END, &body, err);

    json_decref(body);
    if (result < 0)
        return result;
    if (conversation->lists == NULL)
        return error_set(err, ERROR_PROTOCOL, "an end before the beginning");
    conversation->over = true;
    if (reputation_lists_write(conversation->lists, conversation->fds, &refusal) < 0)
        return answer(COMPILE_REFUSED, refusal_body(&refusal), err);
    return answer_done(conversation->lists, err);
}

static int serve_one(struct conversation *conversation, struct error *err)
{
    struct frame frame;
    int result = frame_receive(SPAWN_FD_SOCKET, COMPILE_MESSAGE, -1, &frame, err);

    if (result < 0)
        return result;
    switch (frame.type) {
    case COMPILE_SELFTEST:
        result = selftest(conversation, err);
        break;
    case COMPILE_BEGIN:
        result = begin(conversation, &frame, err);
        break;
    case COMPILE_FILE:
        result = take_file(conversation, &frame, err);
        break;
    default:
        result = finish(conversation, &frame, err);
        break;
    }
    frame_clear(&frame);
    return result;
}

int main(void)
{
    struct conversation conversation = {0};
    struct error err = {.code = ERROR_OK};
    int result;

    log_open("compile", SPAWN_FD_LOG, LOG_LEVEL_INFO);
    json_object_seed(0);
    source_nsrl_prepare();
    result = confine(&err);
    while (result == 0 && !conversation.over)
        result = serve_one(&conversation, &err);
    reputation_lists_free(conversation.lists);
    if (result < 0)
        log_write(LOG_LEVEL_ERROR, "%s: %s", error_name(err.code), err.words);
    if (err.code == ERROR_SANDBOX)
        return COMPILE_NO_SANDBOX;
    return result < 0 ? 1 : 0;
}
