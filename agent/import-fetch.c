/* SPDX-License-Identifier: ISC */
#include "agent/import-fetch.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/import-base.h"
#include "agent/import-pace.h"
#include "agent/import-want.h"
#include "agent/intake-protocol.h"
#include "agent/respawn.h"
#include "media/base/json.h"

#define INTAKE "sallyport-intake"

/* The largest asks for files by their names. */
#define MESSAGE_BYTES (LIMIT_MESSAGE_FDS * (LIMIT_PATH_BYTES + 4) + 4 * KIB)

const char *import_fetch_user(const struct import *import)
{
    return process_user(import->config->intake_user, INTAKE);
}

struct fetch {
    const struct import *import;
    struct process intake, reader;
    struct import_pace pace; /* of the package that is fetched */
    uint64_t done, total;    /* bytes over all packages */
};

static int start(struct fetch *fetch, const struct source *source, int staging, struct error *err)
{
    int fds[2] = {-1, staging};
    int result = process_start_reader(fetch->import->config, source, &fds[0], &fetch->reader, err);

    if (result == 0)
        result = process_start(fetch->import->config, INTAKE, import_fetch_user(fetch->import), fds,
                               2, &fetch->intake, err);
    if (fds[0] >= 0)
        close(fds[0]);
    return result;
}

/* One package goes at a time: a word on another is about nothing that was asked for. */
static int check_id(const struct import_package *package, const char *id, struct error *err)
{
    char asked[DIGEST_TEXT_BYTES];

    if (strcmp(digest_text(package->package.id, asked), id) == 0)
        return 0;
    return error_set(err, ERROR_PROTOCOL, "intake speaks of a package that it was not asked for");
}

/* What is told goes into sums, reports and bars. */
static int check_bytes(uint64_t bytes, uint64_t most, struct error *err)
{
    if (bytes <= most)
        return 0;
    return error_set(err, ERROR_PROTOCOL, "intake tells of more bytes than there can be");
}

static int take_progress(struct fetch *fetch, const struct frame *frame,
                         const struct import_package *package, struct error *err)
{
    const char *id = "";
    uint64_t bytes = 0, total = 0;
    const struct json_field fields[] = {
        {"bytes", JSON_COUNT, JSON_REQUIRED, &bytes, 0, LIMIT_CONTENT_BYTES, NULL},
        {"id", JSON_TEXT, JSON_REQUIRED, &id, 0, DIGEST_TEXT_BYTES, NULL},
        {"total", JSON_COUNT, JSON_REQUIRED, &total, 0, LIMIT_CONTENT_BYTES, NULL},
    };
    json_t *body;
    int result = frame_read_json(frame, INTAKE_PROGRESS, &body, err);

    if (result == 0)
        result = json_fields(body, fields, sizeof(fields) / sizeof(fields[0]), err);
    if (result == 0)
        result = check_id(package, id, err);
    if (result == 0)
        result = check_bytes(bytes, package->package.bytes, err);
    if (result == 0)
        result = import_pace_progress(&fetch->pace, respawn_clock(), err);
    if (result == 0)
        import_tell(fetch->import, "fetch", "rebuilding files", fetch->done + bytes, fetch->total);
    json_decref(body);
    return result;
}

static int take_done(const struct frame *frame, struct import_package *package, struct error *err)
{
    struct error *problem = &package->problem;
    const char *code = "", *id = "", *words = "";
    uint64_t missing = 0;
    bool has_missing = false;
    const struct json_field fields[] = {
        {"code", JSON_TEXT, JSON_REQUIRED, &code, 0, 64, NULL},
        {"id", JSON_TEXT, JSON_REQUIRED, &id, 0, DIGEST_TEXT_BYTES, NULL},
        {"kept", JSON_COUNT, JSON_REQUIRED, &package->kept_bytes, 0, LIMIT_CONTENT_BYTES, NULL},
        {"missing", JSON_COUNT, JSON_OPTIONAL, &missing, 0, LIMIT_CHUNKS, &has_missing},
        {"read", JSON_COUNT, JSON_REQUIRED, &package->read_bytes, 0, INT64_MAX, NULL},
        {"built", JSON_COUNT, JSON_REQUIRED, &package->built_bytes, 0, INT64_MAX, NULL},
        {"words", JSON_TEXT, JSON_REQUIRED, &words, 0, 8 * ERROR_WORDS_BYTES, NULL},
    };
    json_t *body;
    int result = frame_read_json(frame, INTAKE_DONE, &body, err);

    if (result == 0)
        result = json_fields(body, fields, sizeof(fields) / sizeof(fields[0]), err);
    if (result == 0)
        result = check_id(package, id, err);
    if (result == 0)
        result = check_bytes(package->kept_bytes, package->package.bytes, err);
    if (result == 0)
        result = check_bytes(package->read_bytes, LIMIT_FETCH_BYTES, err);
    if (result == 0)
        result = check_bytes(package->built_bytes, LIMIT_FETCH_BYTES, err);
    if (result == 0 && error_from_name(code, &problem->code) < 0)
        result = error_set(err, ERROR_PROTOCOL, "intake answers with a code that does not exist");
    if (result == 0)
        snprintf(problem->words, sizeof(problem->words), "%s", words);
    json_decref(body);
    return result;
}

static int take_want(struct fetch *fetch, const struct frame *frame, const struct import_base *base,
                     struct error *err)
{
    struct import_want from = {.folder = base->folder, .name = ".", .base = -1};
    int result = import_pace_want(&fetch->pace, err);

    return result < 0
               ? result
               : import_want_answer(&fetch->intake, frame, INTAKE_WANT, INTAKE_FILES, &from, err);
}

/* 1: the package is done. */
static int take_message(struct fetch *fetch, const struct frame *frame,
                        struct import_package *package, const struct import_base *base,
                        struct error *err)
{
    int result;

    if (frame->type == INTAKE_PROGRESS)
        return take_progress(fetch, frame, package, err);
    if (frame->type == INTAKE_WANT && base->folder >= 0)
        return take_want(fetch, frame, base, err);
    result = take_done(frame, package, err);
    return result < 0 ? result : 1;
}

static uint64_t size_of(int fd)
{
    struct stat status;

    return fd >= 0 && fstat(fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

static int await_done(struct fetch *fetch, struct import_package *package,
                      const struct import_base *base, struct error *err)
{
    int result = 0;

    import_pace_begin(&fetch->pace, package->package.bytes,
                      size_of(package->recipe_fd) + size_of(base->recipe), respawn_clock());
    while (result == 0) {
        struct frame frame;
        int wait_ms;

        result = import_pace_wait(&fetch->pace, respawn_clock(), &wait_ms, err);
        if (result == 0)
            result = process_receive(&fetch->intake, fetch->import->idle, MESSAGE_BYTES, wait_ms,
                                     &frame, err);
        if (result < 0)
            break;
        process_relay(&fetch->reader);
        result = take_message(fetch, &frame, package, base, err);
        frame_clear(&frame);
    }
    return result < 0 ? result : 0;
}

/* Whether a package's failure says that the others will fail as well, and that the job should be
 * left as if it had not begun. */
static bool ends_the_job(enum error_code code)
{
    switch (code) {
    case ERROR_MEDIUM_GONE:
    case ERROR_NO_SPACE:
    case ERROR_PEER_GONE:
    case ERROR_PROTOCOL:
    case ERROR_TIMEOUT:
    case ERROR_SANDBOX:
        return true;
    default:
        return false;
    }
}

static int ask(struct fetch *fetch, struct import_package *package, const struct import_base *base,
               struct error *err)
{
    const int fds[] = {package->recipe_fd, base->recipe};
    char id[DIGEST_TEXT_BYTES];
    json_t *body = json_pack("{s:s, s:s, s:b}", "id", digest_text(package->package.id, id),
                             "folder", id, "kept", package->kept);
    int result = process_send_json(&fetch->intake, INTAKE_PACKAGE, body, fds,
                                   base->recipe >= 0 ? 2 : 1, err);

    json_decref(body);
    return result < 0 ? result : await_done(fetch, package, base, err);
}

static int ask_on_base(struct fetch *fetch, struct import_package *package, struct error *err)
{
    struct import_base base;
    int result = import_base_open(fetch->import, package, &base, &package->problem);

    if (result == 0)
        result = ask(fetch, package, &base, err);
    else
        result = 0; /* the package's own problem */
    import_base_close(&base);
    return result;
}

/* What is installed was not what its recipe says: a full recipe needs nothing of it. */
static bool goes_alone(struct import_package *package)
{
    package->base_spoiled =
        package->problem.code == ERROR_BASE_MISSING ||
        (package->problem.code == ERROR_BAD_FRAME && import_base_needed(package));
    if (package->problem.code != ERROR_BASE_MISSING || !import_base_leave(package))
        return false;
    package->kept = true;
    package->problem = (struct error){.code = ERROR_OK};
    return true;
}

static int fetch_package(struct fetch *fetch, struct import_package *package, struct error *err)
{
    int result;

    do
        result = ask_on_base(fetch, package, err);
    while (result == 0 && goes_alone(package));
    if (result < 0)
        return result;
    fetch->done += package->package.bytes;
    if (package->problem.code == ERROR_OK)
        return 0;
    if (ends_the_job(package->problem.code)) {
        *err = package->problem;
        return -(int)err->code;
    }
    package->answer = IMPORT_REFUSED;
    return 0;
}

int import_fetch(const struct import *import, const struct source *source, int staging,
                 struct import_plan *plan, struct error *err)
{
    struct fetch fetch = {.import = import, .total = import_plan_needed_bytes(plan)};
    int result = start(&fetch, source, staging, err);

    for (size_t i = 0; i < plan->package_count && result == 0; i++) {
        if (import_plan_awaits(&plan->packages[i]))
            result = fetch_package(&fetch, &plan->packages[i], err);
    }
    process_end(&fetch.intake);
    process_end(&fetch.reader);
    return result;
}
