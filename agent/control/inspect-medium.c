/* SPDX-License-Identifier: ISC */
#include "agent/control/inspect-medium.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/control/verify-protocol.h"
#include "media/base/frame.h"
#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/log.h"
#include "media/base/path.h"
#include "media/base/reader.h"
#include "media/base/source.h"
#include "media/base/spawn.h"

#define FIRST_ROOT  "sallyport/root/1.p7m"
#define FORMAT_FILE "sallyport/FORMAT"
#define SEND_MS     30000
#define FINISH_MS   2000
#define SCHEMA      "sallyport.inspect/1"
#define NO_TIME     "1970-01-01T00:00:00Z" /* no floor is known here */

struct inspection {
    const struct inspect_options *options;
    struct source source;
    struct child reader, verify;
    inspect_document document;
    void *context;
};

static int open_source(struct inspection *inspection, struct error *err)
{
    const struct inspect_options *options = inspection->options;
    uint64_t size;
    int fd;
    int result = source_open(options->source, options->ca_file, &inspection->source, err);

    if (result < 0 || !source_is_folder(&inspection->source))
        return result;
    if (path_open_regular(inspection->source.fd, FORMAT_FILE, LIMIT_FORMAT_BYTES, &fd, &size, err) <
        0)
        return error_set(err, ERROR_NOT_A_MEDIUM, "%s holds no %s", options->source, FORMAT_FILE);
    close(fd);
    return 0;
}

static int program_path(const struct inspection *inspection, const char *name, char *out,
                        size_t out_size, struct error *err)
{
    int length = snprintf(out, out_size, "%s/%s", inspection->options->libexec, name);

    if (length < 0 || (size_t)length >= out_size)
        return error_set(err, ERROR_LIMIT, "path of %s is longer than PATH_BYTES", name);
    return 0;
}

static int start_verify(struct inspection *inspection, int socket, struct error *err)
{
    static const char *const arguments[] = {"sallyport-verify", NULL};
    struct spawn spawn = {.arguments = arguments, .fd_count = 1};
    char program[LIMIT_PATH_BYTES + 1];

    if (program_path(inspection, arguments[0], program, sizeof(program), err) < 0)
        return -(int)err->code;
    spawn.program = program;
    spawn.fds[0] = socket;
    return spawn_with_socket(&spawn, &inspection->verify, err);
}

/* The reader's conversation is with verify: its socket lives there. */
static int start(struct inspection *inspection, struct error *err)
{
    const char *libexec = inspection->options->libexec;
    int socket = -1;
    int result =
        source_start_reader(&inspection->source, libexec, NULL, &socket, &inspection->reader, err);

    if (result == 0)
        result = start_verify(inspection, socket, err);
    if (socket >= 0)
        close(socket);
    return result;
}

/* The medium's own first root document, by a reader of its own. */
static int read_first_root(struct inspection *inspection, struct bytes *out, struct error *err)
{
    struct child child = {.pidfd = -1, .socket = -1, .log = -1};
    struct reader *reader = NULL;
    int socket = -1;
    int result = source_start_reader(&inspection->source, inspection->options->libexec, NULL,
                                     &socket, &child, err);

    bytes_init(out, LIMIT_ROOT_BYTES);
    if (result == 0)
        result = reader_open(socket, &reader, err);
    if (result == 0)
        result = reader_read_all(reader, FIRST_ROOT, LIMIT_ROOT_BYTES, out, err);
    reader_close(reader);
    if (socket >= 0)
        close(socket);
    log_drain(child.log, source_reader(&inspection->source));
    spawn_kill(&child);
    return result;
}

/* What people take for a root document most often is the root CA's certificate. Told apart by its
 * first letters; whether the bytes are a root document is for verify to say. */
static int check_not_pem(const char *path, const struct bytes *root, struct error *err)
{
    static const char pem[] = "-----BEGIN ";

    if (root->size < sizeof(pem) - 1 || memcmp(root->data, pem, sizeof(pem) - 1) != 0)
        return 0;
    return error_set(
        err, ERROR_WRONG_KIND,
        "%s is a PEM file; a root document is wanted: sallyport/root/N.p7m of a medium "
        "or mirror that you trust",
        path);
}

static int send_root(struct inspection *inspection, const char *path, struct error *err)
{
    struct bytes root;
    int result;

    if (path != NULL)
        result = path_read_named(path, LIMIT_ROOT_BYTES, &root, err);
    else
        result = read_first_root(inspection, &root, err);
    if (result < 0)
        return error_context(err, "root document");
    result = path != NULL ? check_not_pem(path, &root, err) : 0;
    if (result == 0)
        result = frame_send(inspection->verify.socket, VERIFY_ROOT, root.data, root.size, NULL, 0,
                            SEND_MS, err);
    bytes_clear(&root);
    return result;
}

/* Bytes are handed over as they are. Without --root the medium vouches for itself, which proves
 * only that it agrees with itself; the verdict says so. */
static int send_roots(struct inspection *inspection, struct error *err)
{
    const char *const *files = inspection->options->root_files;
    int result = 0;

    if (files == NULL || files[0] == NULL)
        return send_root(inspection, NULL, err);
    for (size_t i = 0; files[i] != NULL && result == 0; i++)
        result = send_root(inspection, files[i], err);
    return result;
}

static int send_judge(struct inspection *inspection, struct error *err)
{
    char now[INSTANT_TEXT_BYTES];
    json_t *judge = json_pack(
        "{s:s, s:n, s:b, s:b, s:b, s:{s:s, s:s}, s:n, s:{}, s:{}, s:n, s:[], s:[]}", "mode",
        "inspect", "ring", "test_endpoint", 1, "tokens", inspection->options->tokens,
        "confirm_time", 0, "clock", "local", instant_format(instant_clock(), now), "floor", NO_TIME,
        "ring_floor", "floors", "installed", "only", "withdrawn", "quarantined");
    int result =
        frame_send_json(inspection->verify.socket, VERIFY_JUDGE, judge, NULL, 0, SEND_MS, err);

    json_decref(judge);
    return result;
}

/* A message that can't be read is our program's fault, never the medium's. */
static int broken(struct error *err)
{
    err->code = ERROR_PROTOCOL;
    return error_context(err, "sallyport-verify");
}

/* VERIFY_ERROR: it could not judge at all. */
static int read_failure(const json_t *body, struct error *err)
{
    const char *code = "", *words = "";
    const struct json_field fields[] = {
        {"code", JSON_NAME, JSON_REQUIRED, &code, 1, LIMIT_NAME_BYTES, NULL},
        {"words", JSON_TEXT, JSON_REQUIRED, &words, 0, 4 * ERROR_WORDS_BYTES, NULL},
    };
    enum error_code known;

    if (json_fields(body, fields, sizeof(fields) / sizeof(fields[0]), err) < 0)
        return broken(err);
    if (error_from_name(code, &known) < 0 || known == ERROR_OK)
        return error_set(err, ERROR_PROTOCOL, "sallyport-verify: code %s", code);
    return error_set(err, known, "%s", words);
}

/* 1: go on, 0: *plan is here. */
static int take(struct inspection *inspection, const struct frame *frame, json_t **plan,
                struct error *err)
{
    json_t *body = NULL;
    int result = 1;

    if (frame->type == VERIFY_NEW_ROOT || frame->type == VERIFY_NEW_CRL ||
        frame->type == VERIFY_RECIPE)
        return 1; /* for whoever imports */
    if (json_read(frame->body.data, frame->body.size, &body, err) < 0)
        return broken(err);
    if (frame->type == VERIFY_DOCUMENT) {
        result = inspection->document(inspection->context, body, err);
        result = result < 0 ? result : 1;
    } else if (frame->type == VERIFY_PLAN && json_is_object(body)) {
        *plan = json_incref(body);
        result = 0;
    } else if (frame->type == VERIFY_ERROR) {
        result = read_failure(body, err);
    } else {
        result =
            error_set(err, ERROR_PROTOCOL, "sallyport-verify: message of type %u", frame->type);
    }
    json_decref(body);
    return result;
}

/* What verify has to say before it is gone is in its log. */
static int peer_failed(struct inspection *inspection, struct error *err)
{
    struct error ignored;
    char text[64];
    int status = 0, killed = 0;

    if (err->code != ERROR_PEER_GONE)
        return -(int)err->code;
    log_drain(inspection->verify.log, "sallyport-verify");
    if (spawn_finish(&inspection->verify, FINISH_MS, &status, &killed, &ignored) < 0)
        return -(int)err->code;
    return error_set(err, ERROR_PEER_GONE, "sallyport-verify %s",
                     spawn_status_text(status, text, sizeof(text)));
}

static int receive_plan(struct inspection *inspection, json_t **plan, struct error *err)
{
    struct frame frame;
    int result;

    do {
        /* A large medium takes as long as reading it takes: no deadline. */
        result = frame_receive(inspection->verify.socket, LIMIT_MESSAGE_BYTES, -1, &frame, err);
        if (result < 0)
            return peer_failed(inspection, err);
        result = take(inspection, &frame, plan, err);
        frame_clear(&frame);
    } while (result > 0);
    return result;
}

static json_t *make_result(const struct inspect_options *options, json_t *plan)
{
    bool anchored = options->root_files != NULL && options->root_files[0] != NULL;
    const char *code = json_string_value(json_object_get(plan, "code"));
    const char *words = json_string_value(json_object_get(plan, "words"));
    json_t *result;

    code = code != NULL ? code : error_name(ERROR_PROTOCOL);
    words = words != NULL ? words : "";
    if (!anchored && strcmp(code, error_name(ERROR_OK)) == 0) {
        code = error_name(ERROR_UNANCHORED);
        words = "the medium agrees with itself, but no root document that you trust was given";
    }
    result =
        json_pack("{s:s, s:s?, s:b, s:s, s:s, s:O}", "schema", SCHEMA, "source", options->source,
                  "anchored", anchored, "code", code, "words", words, "plan", plan);
    return result;
}

int inspect_medium(const struct inspect_options *options, inspect_document document, void *context,
                   json_t **result, struct error *err)
{
    struct inspection inspection = {.options = options,
                                    .source = {.fd = -1},
                                    .reader = {.pidfd = -1, .socket = -1, .log = -1},
                                    .verify = {.pidfd = -1, .socket = -1, .log = -1},
                                    .document = document,
                                    .context = context};
    json_t *plan = NULL;
    int answer;

    *result = NULL;
    answer = open_source(&inspection, err);
    if (answer == 0)
        answer = start(&inspection, err);
    if (answer == 0)
        answer = send_roots(&inspection, err);
    if (answer == 0)
        answer = send_judge(&inspection, err);
    if (answer == 0)
        answer = receive_plan(&inspection, &plan, err);
    if (answer == 0)
        *result = make_result(options, plan);
    json_decref(plan);
    spawn_kill(&inspection.verify);
    spawn_kill(&inspection.reader);
    source_close(&inspection.source);
    return answer;
}
