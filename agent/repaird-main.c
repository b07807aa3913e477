/* SPDX-License-Identifier: ISC
 *
 * sallyport-repaird: changes files for one run of repairs (repaird-protocol.h). Started as root it
 * keeps one right, giving a file back to its owner; what is root's already it needs no right for. It
 * runs nothing, and reaches its four folders only. What may be repaired, and how often, the monitor
 * has decided before; every path and mode is checked here once more.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/pristine.h"
#include "agent/repair-path.h"
#include "agent/repaird-protocol.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/log.h"
#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/base/sandbox.h"

#define MEMORY_BYTES  (256 * MIB)
#define OPEN_FILES    24
#define CPU_SECONDS   120
#define OWNER_UNASKED UINT64_MAX
#define PROC_BYTES    48

/* A call as it was asked: what its row takes is there. */
struct call {
    struct repair_path path;
    mode_t mode;
    uid_t uid;
};

static int root_fd(const struct call *call)
{
    return REPAIRD_FD_ROOTS + (int)call->path.root;
}

/* ERROR_NOT_FOUND where it is not there. A symbolic link is opened itself, and is nobody's to mend. */
static int open_path(const struct call *call, int flags, int *fd, struct error *err)
{
    return repair_path_crosses(&call->path)
               ? path_open(root_fd(call), call->path.name, flags, 0, fd, err)
               : path_open_near(root_fd(call), call->path.name, flags, fd, err);
}

static int open_status(const struct call *call, int *fd, struct stat *status, struct error *err)
{
    int result = open_path(call, O_PATH, fd, err);

    if (result == 0 && fstat(*fd, status) < 0) {
        result = error_set_errno(err, ERROR_IO, errno, "%s", call->path.name);
        close(*fd);
    }
    return result;
}

static const char *kind_of(mode_t mode)
{
    if (S_ISREG(mode))
        return "file";
    if (S_ISDIR(mode))
        return "dir";
    return S_ISLNK(mode) ? "link" : "other";
}

static int answer_stat(const struct call *call, json_t **value, struct error *err)
{
    struct stat status;
    char mode[8];
    int fd, result = open_status(call, &fd, &status, err);

    if (result < 0)
        return err->code == ERROR_NOT_FOUND ? 0 : result;
    close(fd);
    snprintf(mode, sizeof(mode), "%04o", status.st_mode & 07777U);
    *value = json_pack("{s:s, s:I, s:s, s:I}", "kind", kind_of(status.st_mode), "size",
                       (json_int_t)status.st_size, "mode", mode, "uid", (json_int_t)status.st_uid);
    return 0;
}

static int hash(int fd, const struct call *call, json_t **value, struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    char text[DIGEST_TEXT_BYTES];
    struct stat status;
    int result = 0;

    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return error_set(err, ERROR_UNEXPECTED_FILE, "%s is no regular file", call->path.name);
    if ((uint64_t)status.st_size > LIMIT_REPAIR_HASH_BYTES)
        return error_set(err, ERROR_LIMIT, "%s is larger than REPAIR_HASH_BYTES", call->path.name);
    result = digest_of_file(fd, 0, (uint64_t)status.st_size, digest, err);
    if (result == 0)
        *value = json_string(digest_text(digest, text));
    return result;
}

static int answer_sha384(const struct call *call, json_t **value, struct error *err)
{
    int fd, result = open_path(call, O_RDONLY, &fd, err);

    if (result < 0)
        return err->code == ERROR_NOT_FOUND ? 0 : result;
    result = hash(fd, call, value, err);
    close(fd);
    return result;
}

/* What a mode or an owner can be given to. */
static int open_ordinary(const struct call *call, int *fd, struct stat *status, struct error *err)
{
    int result = open_status(call, fd, status, err);

    if (result == 0 && !S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode)) {
        result = error_set(err, ERROR_UNEXPECTED_FILE, "%s is neither a file nor a folder",
                           call->path.name);
        close(*fd);
    }
    return result;
}

/* By /proc, since the descriptor was opened without the right to read: what is changed is what was
 * looked at, and no link is followed on the way. */
static int change_mode(int fd, mode_t mode, const struct call *call, struct error *err)
{
    char place[PROC_BYTES];

    snprintf(place, sizeof(place), "/proc/self/fd/%d", fd);
    return fchmodat(AT_FDCWD, place, mode, 0) == 0
               ? 0
               : error_set_errno(err, ERROR_IO, errno, "%s", call->path.name);
}

static int answer_set_mode(const struct call *call, json_t **value, struct error *err)
{
    struct stat status;
    int fd, result = open_ordinary(call, &fd, &status, err);
    bool differs;

    if (result < 0)
        return result;
    differs = (status.st_mode & 07777) != call->mode;
    result = repair_path_turn(&call->path, status.st_mode, call->mode, err);
    if (result == 0 && differs)
        result = change_mode(fd, call->mode, call, err);
    close(fd);
    if (differs)
        *value = json_sprintf("mode %04o in place of %04o", call->mode, status.st_mode & 07777U);
    return result;
}

/* To the owner of the folder that the path begins at, and to nobody else. */
static int answer_set_owner(const struct call *call, json_t **value, struct error *err)
{
    struct stat status, root;
    int fd, result = open_ordinary(call, &fd, &status, err);

    if (result < 0)
        return result;
    if (fstat(root_fd(call), &root) < 0 || root.st_uid != call->uid)
        result = error_set(err, ERROR_BLOCKED, "uid %u does not own the folder of %s", call->uid,
                           call->path.name);
    else if (status.st_uid != call->uid &&
             fchownat(fd, "", call->uid, (gid_t)-1, AT_EMPTY_PATH) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "%s", call->path.name);
    close(fd);
    if (status.st_uid != call->uid)
        *value = json_sprintf("uid %u in place of %u", call->uid, status.st_uid);
    return result;
}

static int make_dir(const struct call *call, json_t **value, struct error *err)
{
    const char *last;
    int parent, result = path_open_parent(root_fd(call), call->path.name, &parent, &last, err);

    if (result < 0)
        return result;
    if (mkdirat(parent, last, call->mode) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "%s", call->path.name);
    else
        result = publish_sync_folder(parent, ".", err);
    close(parent);
    *value = json_sprintf("made with mode %04o", call->mode);
    return result;
}

static int answer_make_dir(const struct call *call, json_t **value, struct error *err)
{
    struct stat status;
    int fd, result;

    if (!repair_path_makes(&call->path) || (call->mode & S_IXUSR) == 0)
        return error_set(err, ERROR_BLOCKED, "no folder %s is made with mode %04o", call->path.name,
                         call->mode);
    result = open_status(call, &fd, &status, err);
    if (result < 0)
        return err->code == ERROR_NOT_FOUND ? make_dir(call, value, err) : result;
    close(fd);
    return S_ISDIR(status.st_mode)
               ? 0
               : error_set(err, ERROR_UNEXPECTED_FILE, "%s is no folder", call->path.name);
}

static bool is_folder(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

static int restore(const struct pristine_list *list, const struct call *call, json_t **value,
                   struct error *err)
{
    const struct pristine_file *file = pristine_find(list, call->path.name);
    char words[ERROR_WORDS_BYTES];
    bool sound;
    int result;

    if (call->path.root != REPAIR_OWN || file == NULL)
        return error_set(err, ERROR_NOT_FOUND, "there is no pristine copy of %s", call->path.name);
    result = pristine_compare(root_fd(call), file, &sound, words, err);
    if (result == 0 && !sound)
        result = pristine_restore(REPAIRD_FD_PRISTINE, root_fd(call), file, err);
    if (result == 0 && !sound)
        *value = json_sprintf("put back: %s", words);
    return result;
}

static int answer_restore_own(const struct call *call, json_t **value, struct error *err)
{
    static struct pristine_list list;
    int result;

    if (!is_folder(REPAIRD_FD_PRISTINE))
        return error_set(err, ERROR_NOT_FOUND, "there are no pristine copies");
    result = pristine_read(REPAIRD_FD_PRISTINE, &list, err);
    return result < 0 ? result : restore(&list, call, value, err);
}

static int list_unsound(const struct pristine_list *list, json_t *unsound, struct error *err)
{
    const int own = REPAIRD_FD_ROOTS + REPAIR_OWN;
    char words[ERROR_WORDS_BYTES];
    int result = 0;

    for (size_t i = 0; i < list->count && result == 0; i++) {
        bool sound;

        result = pristine_compare(own, &list->files[i], &sound, words, err);
        if (result == 0 && !sound)
            json_array_append_new(unsound, json_pack("{s:s+, s:s}", "path",
                                                     "own:", list->files[i].name, "words", words));
    }
    return result;
}

static int answer_list_own(const struct call *call, json_t **value, struct error *err)
{
    static struct pristine_list list;
    int result = 0;

    if (!is_folder(REPAIRD_FD_PRISTINE))
        return 0;
    result = pristine_read(REPAIRD_FD_PRISTINE, &list, err);
    if (result < 0)
        return err->code == ERROR_NOT_FOUND ? 0 : result;
    *value = json_array();
    return list_unsound(&list, *value, err);
}

static const struct request {
    const char *name;
    int (*answer)(const struct call *call, json_t **value, struct error *err);
    bool path, mode, uid; /* what it takes */
} requests[] = {
    {"stat", answer_stat, .path = true},
    {"sha384", answer_sha384, .path = true},
    {"make_dir", answer_make_dir, .path = true, .mode = true},
    {"set_mode", answer_set_mode, .path = true, .mode = true},
    {"set_owner", answer_set_owner, .path = true, .uid = true},
    {"restore_own", answer_restore_own, .path = true},
    {"list_own", answer_list_own, .path = false},
};

static const struct request *find_request(const char *name)
{
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        if (strcmp(requests[i].name, name) == 0)
            return &requests[i];
    }
    return NULL;
}

/* What the row takes is there, and nothing else. */
static int read_call(const json_t *body, const struct request **request, struct call *call,
                     struct error *err)
{
    const char *name = "", *path = NULL, *mode = NULL;
    uint64_t uid = OWNER_UNASKED;
    const struct json_field fields[] = {
        {"call", JSON_NAME, JSON_REQUIRED, &name, 1, LIMIT_NAME_BYTES, NULL},
        {"path", JSON_TEXT, JSON_OPTIONAL, &path, 1, LIMIT_PATH_BYTES, NULL},
        {"mode", JSON_TEXT, JSON_OPTIONAL, &mode, 4, 4, NULL},
        {"uid", JSON_COUNT, JSON_OPTIONAL, &uid, 0, UINT32_MAX - 1, NULL},
    };
    int result = json_fields(body, fields, sizeof(fields) / sizeof(fields[0]), err);

    if (result < 0)
        return result;
    *request = find_request(name);
    if (*request == NULL || (*request)->path != (path != NULL) ||
        (*request)->mode != (mode != NULL) || (*request)->uid != (uid != OWNER_UNASKED))
        return error_set(err, ERROR_PROTOCOL, "call %s", name);
    call->uid = (uid_t)uid;
    if (path != NULL)
        result = repair_path_read(path, &call->path, err);
    if (result == 0 && mode != NULL)
        result = repair_path_mode(&call->path, mode, &call->mode, err);
    return result;
}

static int send_done(const struct error *outcome, json_t *value, struct error *err)
{
    json_t *done = json_pack("{s:s, s:s, s:o}", "code", error_name(outcome->code), "words",
                             outcome->words, "value", value != NULL ? value : json_null());
    int result = done != NULL
                     ? frame_send_json(SPAWN_FD_SOCKET, REPAIRD_DONE, done, NULL, 0, -1, err)
                     : error_set(err, ERROR_INTERNAL, "an answer can't be written");

    json_decref(done);
    return result;
}

/* A repair that can't be made is an answer; a call that is none ends the conversation. */
static int answer(const struct frame *frame, struct error *err)
{
    struct error outcome = {.code = ERROR_OK};
    const struct request *request = NULL;
    json_t *body, *value = NULL;
    struct call call = {0};
    int result = frame_read_json(frame, REPAIRD_CALL, &body, err);

    if (result < 0)
        return result;
    result = read_call(body, &request, &call, &outcome);
    if (result == 0)
        result = request->answer(&call, &value, &outcome);
    json_decref(body);
    if (result < 0 && value != NULL) {
        json_decref(value);
        value = NULL;
    }
    if (result < 0 && outcome.code == ERROR_PROTOCOL) {
        *err = outcome;
        return result;
    }
    if (result == 0)
        outcome = (struct error){.code = ERROR_OK};
    return send_done(&outcome, value, err);
}

static int serve(struct error *err)
{
    struct frame frame;
    int result;

    do {
        result = frame_receive(SPAWN_FD_SOCKET, LIMIT_CONTROL_BYTES, -1, &frame, err);
        if (result == 0) {
            result = answer(&frame, err);
            frame_clear(&frame);
        }
    } while (result == 0);
    return result == -ERROR_PEER_GONE ? 0 : result; /* the ordinary end */
}

/* Those of the four that are there. */
static size_t list_folders(struct sandbox_folder folders[static 4])
{
    size_t count = 0;

    for (int fd = REPAIRD_FD_ROOTS; fd <= REPAIRD_FD_PRISTINE; fd++) {
        if (is_folder(fd))
            folders[count++] = (struct sandbox_folder){fd, fd != REPAIRD_FD_PRISTINE};
    }
    return count;
}

static int confine(struct error *err)
{
    static const struct sandbox_call calls[] = {
        {SYS_openat2, "what a path names", -1, 0, 0},
        {SYS_openat, "a program that is put back, while it is written", -1, 0, 0},
        {SYS_mkdirat, "a folder that is gone", -1, 0, 0},
        {SYS_fchmodat, "modes", -1, 0, 0},
        {SYS_fchmod, "the mode of a program that is put back", -1, 0, 0},
        {SYS_fchownat, "owners", 4, UINT32_MAX, AT_EMPTY_PATH},
        {SYS_fsync, "what was put back outlives a cut", -1, 0, 0},
        {SYS_renameat, "a program takes its place", -1, 0, 0},
        {SYS_unlinkat, "one that could not be written is taken away", -1, 0, 0},
    };
    struct sandbox_folder folders[4];
    const struct sandbox_profile profile = {
        .name = "repaird",
        .calls = calls,
        .call_count = sizeof(calls) / sizeof(calls[0]),
        .folders = folders,
        .folder_count = list_folders(folders),
        .memory_bytes = MEMORY_BYTES,
        .file_bytes = LIMIT_PROGRAM_BYTES,
        .open_files = OPEN_FILES,
        .cpu_seconds = CPU_SECONDS,
        .capabilities = UINT64_C(1) << CAP_CHOWN,
    };
    int result = sandbox_enter(&profile, err);

    return result == 0 ? sandbox_seal(&profile, err) : result;
}

int main(void)
{
    struct error err = {0};
    int result;

    log_open("repaird", SPAWN_FD_LOG, LOG_LEVEL_INFO);
    umask(0); /* modes are as they were asked for */
    result = confine(&err);
    if (result == 0)
        result = serve(&err);
    if (result < 0)
        log_write(LOG_LEVEL_ERROR, "%s: %s", error_name(err.code), err.words);
    return result < 0 ? 1 : 0;
}
