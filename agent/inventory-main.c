/* SPDX-License-Identifier: ISC
 *
 * sallyport-inventory: answers what the rules of appfeed and userappfeed ask about software that is
 * here (agent/inventory-protocol.h). It reads only; one process a run, and for userappfeed one a user,
 * as that user.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/exclusion.h"
#include "agent/inventory-call.h"
#include "agent/inventory-protocol.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/log.h"
#include "media/base/sandbox.h"

#define MEMORY_BYTES (256 * MIB)
#define OPEN_FILES   32
#define CPU_SECONDS  60
#define SEND_MS      10000

/* Software keeps what it has in these; the kernel's file systems, devices and what users may write
 * to are not among them. */
static const struct {
    const char *name;
    bool per_user; /* also where a user's home is what is looked at */
} folders[] = {
    {"etc", true},  {"usr", true},  {"var/lib/dpkg", true}, {"run/systemd", true},
    {"var", false}, {"opt", false}, {"srv", false},
};
#define FOLDERS (sizeof(folders) / sizeof(folders[0]))

static const struct sandbox_call calls[] = {
    {SYS_openat2, "files and folders beneath the root and the home", -1, 0, 0},
    {SYS_getdents64, "names in them", -1, 0, 0},
    {SYS_fstatfs, "whether a file is the kernel's", -1, 0, 0},
    {SYS_readlinkat, "which units are enabled", -1, 0, 0},
    {SYS_geteuid, "whose files are the user's own", -1, 0, 0},
};

/* Absent, a link (of a system with one /usr) or closed to us: then there is nothing to see in it. */
static void add_folder(struct sandbox_profile *profile, struct sandbox_folder *place, int base,
                       const char *name)
{
    int fd = openat(base, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return;
    *place = (struct sandbox_folder){.fd = fd, .write = false};
    profile->folder_count++;
}

static int confine(bool per_user, struct error *err)
{
    struct sandbox_folder opened[FOLDERS + 1];
    struct sandbox_profile profile = {
        .name = "inventory",
        .calls = calls,
        .call_count = sizeof(calls) / sizeof(calls[0]),
        .folders = opened,
        .memory_bytes = MEMORY_BYTES,
        .open_files = OPEN_FILES,
        .cpu_seconds = CPU_SECONDS,
    };
    int result;

    for (size_t i = 0; i < FOLDERS; i++) {
        if (folders[i].per_user || !per_user)
            add_folder(&profile, &opened[profile.folder_count], INVENTORY_FD_ROOT, folders[i].name);
    }
    if (per_user)
        add_folder(&profile, &opened[profile.folder_count], INVENTORY_FD_HOME, ".");
    result = sandbox_enter(&profile, err);
    if (result == 0)
        result = sandbox_seal(&profile, err);
    while (profile.folder_count > 0)
        close(opened[--profile.folder_count].fd);
    return result;
}

static int answer_selftest(struct error *err)
{
    struct error found = {0};
    const char *words = sandbox_selftest(&found) == 0 ? "ok" : found.words;

    return frame_send(SPAWN_FD_SOCKET, INVENTORY_SELFTEST, words, strlen(words), NULL, 0, SEND_MS,
                      err);
}

/* A text whose every byte is escaped is larger than a message. */
static int send_answer(const json_t *answer, struct error *err)
{
    struct bytes body;
    int result;

    bytes_init(&body, LIMIT_INVENTORY_MESSAGE);
    result = json_write(answer, &body, err);
    if (result == -ERROR_LIMIT) {
        static const char large[] = "{\"reason\":\"too-large\",\"value\":null}";

        bytes_clear(&body);
        result = bytes_put(&body, large, sizeof(large) - 1, err);
    }
    if (result == 0)
        result = frame_send(SPAWN_FD_SOCKET, INVENTORY_RETURN, body.data, body.size, NULL, 0,
                            SEND_MS, err);
    bytes_clear(&body);
    return result;
}

static int answer_call(struct inventory *inventory, const struct frame *frame, struct error *err)
{
    json_t *call = NULL, *answer = NULL;
    int result = frame_read_json(frame, INVENTORY_CALL, &call, err);

    if (result == 0) {
        answer = inventory_answer(inventory, call);
        result = send_answer(answer, err);
    }
    json_decref(answer);
    json_decref(call);
    return result;
}

/* The form was judged, and taken; it is judged again here, by who walks. */
static const char *judge(const struct inventory_place *place, const char *path)
{
    const struct exclusion_base base = {
        .folder = place->home, .owner = place->owner, .user = geteuid()};
    enum exclusion_verdict verdict = exclusion_judge_form(path, true);

    if (verdict == EXCLUSION_TAKEN)
        verdict = place->home >= 0 ? exclusion_judge_way(&base, path) : EXCLUSION_NOT_SEEN;
    return exclusion_word(verdict);
}

static int answer_judge(const struct inventory_place *place, const struct frame *frame,
                        struct error *err)
{
    const char *path = "";
    const struct json_field fields[] = {
        {.key = "path", .kind = JSON_TEXT, .out = &path, .max = LIMIT_EXCLUSION_PATH}};
    json_t *question = NULL, *answer = NULL;
    int result = frame_read_json(frame, INVENTORY_JUDGE, &question, err);

    if (result == 0)
        result = json_fields(question, fields, 1, err);
    if (result == 0) {
        answer = json_pack("{s:s}", "verdict", judge(place, path));
        result = frame_send_json(SPAWN_FD_SOCKET, INVENTORY_JUDGE, answer, NULL, 0, SEND_MS, err);
    }
    json_decref(answer);
    json_decref(question);
    return result;
}

static int answer(const struct inventory_place *place, struct inventory *inventory,
                  const struct frame *frame, struct error *err)
{
    switch (frame->type) {
    case INVENTORY_SELFTEST:
        return answer_selftest(err);
    case INVENTORY_JUDGE:
        return answer_judge(place, frame, err);
    default:
        return answer_call(inventory, frame, err);
    }
}

/* The end of the monitor is the end of this process, and no error. */
static int serve(const struct inventory_place *place, struct inventory *inventory,
                 struct error *err)
{
    int result = 0;

    while (result == 0) {
        struct frame frame;

        result = frame_receive(SPAWN_FD_SOCKET, LIMIT_INVENTORY_MESSAGE, -1, &frame, err);
        if (result < 0)
            return result == -ERROR_PEER_GONE ? 0 : result;
        result = answer(place, inventory, &frame, err);
        frame_clear(&frame);
    }
    return result;
}

static void tell_failure(const struct error *why)
{
    json_t *body = json_pack("{s:s, s:s}", "code", error_name(why->code), "words", why->words);
    struct error ignored;

    log_write(LOG_LEVEL_ERROR, "%s: %s", error_name(why->code), why->words);
    if (body != NULL)
        (void)!frame_send_json(SPAWN_FD_SOCKET, INVENTORY_FAILED, body, NULL, 0, SEND_MS, &ignored);
    json_decref(body);
}

int main(void)
{
    bool per_user = fcntl(INVENTORY_FD_HOME, F_GETFD) >= 0;
    struct inventory_place place;
    struct inventory *inventory = NULL;
    struct error err = {0};
    int result;

    log_open("inventory", SPAWN_FD_LOG, LOG_LEVEL_INFO);
    json_object_seed(0);
    result =
        inventory_place_open(INVENTORY_FD_ROOT, per_user ? INVENTORY_FD_HOME : -1, &place, &err);
    if (result == 0)
        result = confine(per_user, &err);
    if (result == 0) {
        inventory = inventory_new(&place);
        result = serve(&place, inventory, &err);
    }
    inventory_free(inventory);
    if (result < 0)
        tell_failure(&err);
    return result < 0 ? 1 : 0;
}
