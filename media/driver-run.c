/* SPDX-License-Identifier: ISC */
#include "media/driver-run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/driver-protocol.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/log.h"
#include "media/driver-files.h"
#include "media/driver-greeting.h"
#include "media/driver-message.h"

/* What a driver may say about content: codes of documents, policy and content. Any other is about
 * itself or the machine, and the content may be fine. */
static bool is_verdict(enum error_code code)
{
    int status = error_row(code)->exit_status;

    return status >= error_row(ERROR_BAD_DIGEST)->exit_status &&
           status <= error_row(ERROR_BAD_CONTENT)->exit_status;
}

/* {"ok":false,...} as err. The fields are checked like any others from outside. */
static int refusal(struct driver_run *run, const json_t *reply, struct error *err)
{
    const char *code = "", *words = "", *file = "", *item = "";
    uint64_t line = 0;
    bool ok = true;
    const struct json_field fields[] = {
        {"ok", JSON_FLAG, JSON_REQUIRED, &ok, 0, 0, NULL},
        {"code", JSON_NAME, JSON_REQUIRED, &code, 1, LIMIT_NAME_BYTES, NULL},
        {"words", JSON_TEXT, JSON_REQUIRED, &words, 0, 4 * ERROR_WORDS_BYTES, NULL},
        {"file", JSON_TEXT, JSON_REQUIRED, &file, 0, ERROR_WORDS_BYTES, NULL},
        {"line", JSON_COUNT, JSON_REQUIRED, &line, 0, INT64_MAX, NULL},
        {"item", JSON_TEXT, JSON_REQUIRED, &item, 0, ERROR_WORDS_BYTES, NULL},
    };
    struct error why;
    enum error_code known;

    if (json_fields(reply, fields, sizeof(fields) / sizeof(fields[0]), &why) < 0)
        return driver_message_fail(run, &why, err);
    if (error_from_name(code, &known) < 0 || known == ERROR_OK) {
        error_set(&why, ERROR_PROTOCOL, "refused with a code that does not exist");
        return driver_message_fail(run, &why, err);
    }
    if (!is_verdict(known))
        return error_set(err, known, "%s: %s", run->name, words);
    return error_set(err, ERROR_DRIVER_REFUSED, "%s", words);
}

static int receive_reply(struct driver_run *run, json_t **reply, struct error *err)
{
    struct error why;
    json_t *body = NULL;
    const json_t *ok;
    int result = 0;

    if (driver_message_receive(run, DRIVER_REPLY, &body, err) < 0)
        return -(int)err->code;
    ok = json_object_get(body, "ok");
    if (!json_is_boolean(ok)) {
        error_set(&why, ERROR_PROTOCOL, "reply without \"ok\"");
        result = driver_message_fail(run, &why, err);
    } else if (!json_is_true(ok)) {
        result = refusal(run, body, err);
    } else if (reply != NULL) {
        *reply = json_incref(body);
    }
    json_decref(body);
    return result;
}

/* Alive, and with all heard that it has said. */
static int check_ready(struct driver_run *run, struct error *err)
{
    if (driver_run_hear(run, err) < 0)
        return -(int)err->code;
    return driver_message_waits(run) ? driver_run_hear(run, err) : 0;
}

int driver_run_request(struct driver_run *run, const char *verb, const json_t *arguments,
                       json_t **reply, struct error *err)
{
    json_t *request;
    int result;

    if (reply != NULL)
        *reply = NULL;
    if (check_ready(run, err) < 0)
        return -(int)err->code;
    request = arguments != NULL ? json_copy((json_t *)(uintptr_t)arguments) : json_object();
    json_object_set_new(request, "verb", json_string(verb));
    run->item[0] = '\0';
    result = driver_message_send(run, DRIVER_REQUEST, request, NULL, err);
    json_decref(request);
    return result < 0 ? result : receive_reply(run, reply, err);
}

static int send_announcement(struct driver_run *run, const char *type, size_t count,
                             const struct driver_run_key *key, struct error *err)
{
    json_t *body = json_pack("{s:s, s:I, s:s?}", "type", type, "files", (json_int_t)count, "sealed",
                             key != NULL ? key->id : NULL);
    int key_fd = -1;
    int result = 0;

    if (key != NULL)
        result = driver_files_key(&key->key, &key_fd, err);
    if (result == 0)
        result = driver_message_send(run, DRIVER_CONTENT, body, key != NULL ? &key_fd : NULL, err);
    driver_files_close(&key_fd);
    json_decref(body);
    return result;
}

int driver_run_channel(struct driver_run *run, const char *channel, int fd, struct error *err)
{
    json_t *body;
    int result;

    if (check_ready(run, err) < 0)
        return -(int)err->code;
    body = json_pack("{s:s}", "channel", channel);
    result = driver_message_send(run, DRIVER_CHANNEL, body, &fd, err);
    json_decref(body);
    return result;
}

static int send_open_file(struct driver_run *run, const char *name, int fd, uint64_t size,
                          struct error *err)
{
    json_t *body = json_pack("{s:s, s:I}", "name", name, "size", (json_int_t)size);
    int result = driver_message_send(run, DRIVER_FILE, body, &fd, err);

    json_decref(body);
    return result;
}

static int send_file(struct driver_run *run, const struct driver_files *files, size_t i,
                     int content_fd, struct error *err)
{
    uint64_t size;
    int result, fd;

    if (driver_files_open(files, i, content_fd, &fd, &size, err) < 0)
        return -(int)err->code;
    result = send_open_file(run, files->names[i], fd, size, err);
    driver_files_close(&fd);
    return result;
}

/* Rows of the driver's, each held to its form. */
static int take_findings(struct driver_run *run, const json_t *reply, struct error *err)
{
    json_t *rows = json_object_get(reply, "findings");

    json_array_clear(run->findings);
    if (rows != NULL && (!json_is_array(rows) || json_array_size(rows) > DRIVER_FINDINGS))
        return error_set(err, ERROR_PROTOCOL, "findings: expected at most %d rows",
                         DRIVER_FINDINGS);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const char *file = "", *words = "";
        uint64_t line = 0;
        const struct json_field fields[] = {
            {"file", JSON_TEXT, JSON_REQUIRED, &file, 0, LIMIT_PATH_BYTES, NULL},
            {"line", JSON_COUNT, JSON_REQUIRED, &line, 0, INT64_MAX, NULL},
            {"words", JSON_TEXT, JSON_REQUIRED, &words, 1, 4 * ERROR_WORDS_BYTES, NULL},
        };

        if (json_fields(json_array_get(rows, i), fields, sizeof(fields) / sizeof(fields[0]), err) <
            0)
            return error_context(err, "findings");
        json_array_append_new(run->findings, json_string(words));
    }
    return 0;
}

const char *driver_run_finding(const struct driver_run *run, size_t i)
{
    return json_string_value(json_array_get(run->findings, i));
}

/* After the last file, or the first that could not be sent: asks for the verb. */
static int end_files(struct driver_run *run, const char *verb, const char *type, int sent,
                     json_t **reply, struct error *err)
{
    json_t *arguments;
    struct error why;
    int result;

    if (sent < 0 && run->gone)
        return sent;
    if (sent < 0) {
        /* Half a content can't be taken back: the driver would wait for the rest for ever. */
        why = *err;
        driver_message_fail(run, &why, err);
        *err = why;
        return sent;
    }
    arguments = json_pack("{s:s}", "type", type);
    result = driver_run_request(run, verb, arguments, reply, err);
    json_decref(arguments);
    return result;
}

static int end_content(struct driver_run *run, const char *verb, const char *type, int sent,
                       struct error *err)
{
    json_t *reply = NULL;
    struct error why;
    int result = end_files(run, verb, type, sent, &reply, err);

    if (result == 0 && take_findings(run, reply, &why) < 0)
        result = driver_message_fail(run, &why, err);
    json_decref(reply);
    return result;
}

int driver_run_content(struct driver_run *run, const char *verb, const char *type, int content_fd,
                       const struct driver_run_key *key, struct error *err)
{
    struct driver_files files = {0};
    int result;

    if (check_ready(run, err) < 0 || driver_files_list(content_fd, &files, err) < 0)
        return -(int)err->code;
    result = send_announcement(run, type, files.count, key, err);
    for (size_t i = 0; i < files.count && result == 0; i++)
        result = send_file(run, &files, i, content_fd, err);
    driver_files_clear(&files);
    return end_content(run, verb, type, result, err);
}

static int send_given(struct driver_run *run, const struct driver_run_file *file, struct error *err)
{
    struct stat status;

    if (fstat(file->fd, &status) < 0 || lseek(file->fd, 0, SEEK_SET) < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", file->name);
    return send_open_file(run, file->name, file->fd, (uint64_t)status.st_size, err);
}

int driver_run_files(struct driver_run *run, const char *verb, const char *type,
                     const struct driver_run_file *files, size_t count, struct error *err)
{
    int result;

    if (check_ready(run, err) < 0)
        return -(int)err->code;
    result = send_announcement(run, type, count, NULL, err);
    for (size_t i = 0; i < count && result == 0; i++)
        result = send_given(run, &files[i], err);
    return end_content(run, verb, type, result, err);
}

int driver_run_replay(struct driver_run *run, const char *type, const struct driver_run_file *file,
                      json_t **reply, struct error *err)
{
    int result;

    *reply = NULL;
    if (check_ready(run, err) < 0)
        return -(int)err->code;
    result = send_announcement(run, type, 1, NULL, err);
    if (result == 0)
        result = send_given(run, file, err);
    return end_files(run, "replay", type, result, reply, err);
}

static int greet(struct driver_run *run, struct error *err)
{
    struct error why;
    json_t *greeting;

    if (driver_message_receive(run, DRIVER_HELLO, &greeting, err) < 0)
        return -(int)err->code;
    if (driver_greeting_check(greeting, run->family, &why) < 0) {
        json_decref(greeting);
        return driver_message_fail(run, &why, err);
    }
    run->greeting = greeting;
    return 0;
}

static int start_child(struct driver_run *run, const struct driver_run_options *options,
                       struct error *err)
{
    const char *const arguments[] = {run->name, NULL};
    struct spawn_limit limits[] = {
        {RLIMIT_CORE, 0},
        {RLIMIT_AS, (rlim_t)options->memory_bytes},
    };
    struct spawn spawn = {.arguments = arguments,
                          .user = options->user,
                          .limits = limits,
                          .limit_count = options->memory_bytes > 0 ? 2 : 1};
    char program[LIMIT_PATH_BYTES + 1];
    int length = snprintf(program, sizeof(program), "%s/%s", options->libexec, run->name);

    if (length < 0 || (size_t)length >= sizeof(program))
        return error_set(err, ERROR_LIMIT, "path of driver programs is longer than PATH_BYTES");
    spawn.program = program;
    if (spawn_with_socket(&spawn, &run->child, err) == 0)
        return 0;
    if (err->code == ERROR_NOT_FOUND)
        err->code = ERROR_DRIVER_MISSING;
    return -(int)err->code;
}

int driver_run_start(const char *family, const struct driver_run_options *options,
                     struct driver_run **run, struct error *err)
{
    struct driver_run *made;

    *run = NULL;
    if (strlen(family) > LIMIT_NAME_BYTES)
        return error_set(err, ERROR_LIMIT, "family name longer than NAME_BYTES");
    made = bytes_allocate(1, sizeof(*made));
    made->child = (struct child){.pidfd = -1, .socket = -1, .log = -1};
    made->findings = json_array();
    made->deadline_ms = options->deadline_ms > 0 ? options->deadline_ms : LIMIT_DRIVER_DEADLINE_MS;
    snprintf(made->family, sizeof(made->family), "%s", family);
    snprintf(made->name, sizeof(made->name), DRIVER_PREFIX "%s", family);
    if (start_child(made, options, err) < 0) {
        made->gone = true;
        driver_run_stop(made);
        return -(int)err->code;
    }
    if (greet(made, err) < 0) {
        driver_run_stop(made);
        return -(int)err->code;
    }
    *run = made;
    return 0;
}

const json_t *driver_run_greeting(const struct driver_run *run)
{
    return run->greeting;
}

int driver_run_reads(const struct driver_run *run, const char *type, uint64_t schema_low,
                     uint64_t schema_high, uint64_t abi_low, uint64_t abi_high, struct error *err)
{
    return driver_greeting_reads(run->greeting, run->name, type, schema_low, schema_high, abi_low,
                                 abi_high, err);
}

bool driver_run_looks_up(const struct driver_run *run, const char *type)
{
    return driver_greeting_looks_up(run->greeting, type);
}

bool driver_run_has_ended(const struct driver_run *run)
{
    return run->gone;
}

int driver_run_pidfd(const struct driver_run *run)
{
    return run->gone ? -1 : run->child.pidfd;
}

int driver_run_log(const struct driver_run *run)
{
    return run->gone ? -1 : run->child.log;
}

int driver_run_socket(const struct driver_run *run)
{
    return run->gone ? -1 : run->child.socket;
}

pid_t driver_run_pid(const struct driver_run *run)
{
    return run->gone ? 0 : run->child.pid;
}

const char *driver_run_item(const struct driver_run *run)
{
    return run->item;
}

void driver_run_stop(struct driver_run *run)
{
    struct error ignored;
    int status, killed;

    if (run == NULL)
        return;
    if (!run->gone) {
        log_drain(run->child.log, run->name);
        close(run->child.socket); /* end of the conversation: the driver leaves its loop */
        run->child.socket = -1;
        if (spawn_finish(&run->child, DRIVER_STOP_MS, &status, &killed, &ignored) < 0)
            spawn_kill(&run->child);
    }
    json_decref(run->findings);
    json_decref(run->greeting);
    free(run);
}
