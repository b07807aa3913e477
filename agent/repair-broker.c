/* SPDX-License-Identifier: ISC */
#include "agent/repair-broker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/repaird-protocol.h"
#include "media/base/json.h"
#include "media/base/log.h"

#define PROGRAM     "sallyport-repaird"
#define PRISTINE    "pristine"
#define DEADLINE_MS 60000 /* all own programs hashed, on a slow disk */
#define FOLDERS     4

void repair_broker_init(struct repair_broker *broker, const struct config *config,
                        struct state *state, const struct process_idle *idle)
{
    *broker = (struct repair_broker){
        .config = config,
        .state = state,
        .idle = idle,
        .process = {.child = {.pidfd = -1, .socket = -1, .log = -1}},
    };
}

void repair_broker_end(struct repair_broker *broker)
{
    process_end(&broker->process);
}

static int open_folder(const char *folder, const char *inner)
{
    char path[LIMIT_PATH_BYTES];
    int fd = -1;

    if (folder != NULL && snprintf(path, sizeof(path), "%s/%s", folder, inner) < (int)sizeof(path))
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 ? fd : open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* In the order of repaird-protocol.h. */
static int start_program(struct repair_broker *broker, const char *program, struct error *err)
{
    const struct config *config = broker->config;
    const int fds[FOLDERS] = {fcntl(state_folder(broker->state), F_DUPFD_CLOEXEC, 0),
                              open_folder(config->libexec, "."), open_folder(config->folder, "."),
                              open_folder(config->libexec, PRISTINE)};
    int result = 0;

    for (size_t i = 0; i < FOLDERS; i++) {
        if (fds[i] < 0)
            result = error_set_errno(err, ERROR_IO, errno, "a folder for %s", PROGRAM);
    }
    if (result == 0)
        result = process_start(config, program, NULL, fds, FOLDERS, &broker->process, err);
    for (size_t i = 0; i < FOLDERS; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    return result;
}

static int read_done(const struct frame *frame, json_t **value, struct error *err)
{
    const char *code = "", *words = "";
    enum error_code reason;
    json_t *body, *given;
    int result = frame_read_json(frame, REPAIRD_DONE, &body, err);

    if (result < 0)
        return result;
    code = json_string_value(json_object_get(body, "code"));
    words = json_string_value(json_object_get(body, "words"));
    given = json_object_get(body, "value");
    if (code == NULL || words == NULL || given == NULL || error_from_name(code, &reason) < 0)
        result = error_set(err, ERROR_PROTOCOL, "%s: an answer without its parts", PROGRAM);
    else if (reason != ERROR_OK)
        result = error_set(err, reason, "%s", words);
    else
        *value = json_incref(given);
    json_decref(body);
    return result;
}

static int converse(struct repair_broker *broker, const json_t *call, struct frame *frame,
                    struct error *err)
{
    const struct process_idle none = {.fd = -1};
    int result = process_send_json(&broker->process, REPAIRD_CALL, call, NULL, 0, err);

    *frame = (struct frame){.fd_count = 0};
    return result < 0
               ? result
               : process_receive(&broker->process, broker->idle != NULL ? broker->idle : &none,
                                 LIMIT_CONTROL_BYTES, DEADLINE_MS, frame, err);
}

/* Started, and it answers: a damaged program may well start. */
static int try_program(struct repair_broker *broker, const char *program, struct error *err)
{
    json_t *call = json_pack("{s:s, s:s}", "call", "stat", "path", "state:");
    struct frame frame = {.fd_count = 0};
    json_t *value = NULL;
    int result = start_program(broker, program, err);

    if (result == 0)
        result = converse(broker, call, &frame, err);
    if (result == 0)
        result = read_done(&frame, &value, err);
    frame_clear(&frame);
    if (result < 0)
        process_end(&broker->process);
    json_decref(value);
    json_decref(call);
    return result;
}

static int start(struct repair_broker *broker, struct error *err)
{
    struct error second;
    int result = try_program(broker, PROGRAM, err);

    if (result == 0)
        return 0;
    if (try_program(broker, PRISTINE "/" PROGRAM, &second) == 0) {
        log_write(LOG_LEVEL_WARN, "%s; its pristine copy works in its place", err->words);
        return 0;
    }
    broker->failed = *err;
    return result;
}

int repair_broker_ask(struct repair_broker *broker, const json_t *call, json_t **value,
                      struct error *err)
{
    struct frame frame = {.fd_count = 0};
    int result = 0;

    *value = NULL;
    if (broker->failed.code == ERROR_OK && broker->process.child.pid <= 0)
        result = start(broker, err);
    if (broker->failed.code != ERROR_OK) {
        *err = broker->failed;
        return -(int)err->code;
    }
    if (result == 0)
        result = converse(broker, call, &frame, err);
    if (result < 0) { /* it has ended, or is of no use any more */
        broker->failed = *err;
        process_end(&broker->process);
        return result;
    }
    result = read_done(&frame, value, err);
    frame_clear(&frame);
    return result;
}
