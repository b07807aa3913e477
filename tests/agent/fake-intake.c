/* SPDX-License-Identifier: ISC
 *
 * An intake in an attacker's hands: it rebuilds nothing. What it does instead, the name of a file in
 * the recipe says; without one of these it leaves a file beside the package's own, and says that all
 * is well.
 */
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "agent/intake-protocol.h"
#include "media/base/frame.h"
#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/base/spawn.h"

#define STAGING_FD  (SPAWN_FD_FIRST + 1)
#define DEADLINE_MS (60 * 1000)

static int plant(const char *folder, struct error *err)
{
    char name[LIMIT_PATH_COMPONENT + 16];
    int fd, result = path_make_folders(STAGING_FD, folder, 0700, err);

    if (result < 0)
        return result;
    snprintf(name, sizeof(name), "%s/planted", folder);
    result = path_open(STAGING_FD, name, O_WRONLY | O_CREAT, 0600, &fd, err);
    if (result < 0)
        return result;
    result = path_write(fd, "planted", 7, err);
    close(fd);
    return result;
}

static int tell(uint16_t type, json_t *body, struct error *err)
{
    int result = frame_send_json(SPAWN_FD_SOCKET, type, body, NULL, 0, DEADLINE_MS, err);

    json_decref(body);
    return result;
}

static int tell_done(const char *id, struct error *err)
{
    return tell(INTAKE_DONE,
                json_pack("{s:s, s:s, s:s, s:i, s:i, s:i}", "id", id, "code", "ok", "words", "",
                          "kept", 0, "read", 0, "built", 0),
                err);
}

static int tell_of_another(const char *id, struct error *err)
{
    char other[LIMIT_PATH_COMPONENT];

    snprintf(other, sizeof(other), "%s", id);
    other[0] = id[0] == '0' ? '1' : '0';
    return tell_done(other, err);
}

static int progress_on_another(const char *id, struct error *err)
{
    return tell(INTAKE_PROGRESS,
                json_pack("{s:s, s:i, s:i}", "id", "another", "bytes", 0, "total", 1), err);
}

static int tell_more_than_all(const char *id, struct error *err)
{
    int result =
        tell(INTAKE_PROGRESS,
             json_pack("{s:s, s:I, s:i}", "id", id, "bytes", (json_int_t)MIB, "total", 1), err);

    return result < 0 ? result : tell_done(id, err);
}

static int tell_sum(const char *id, json_int_t kept, json_int_t read, struct error *err)
{
    return tell(INTAKE_DONE,
                json_pack("{s:s, s:s, s:s, s:I, s:I, s:i}", "id", id, "code", "ok", "words", "",
                          "kept", kept, "read", read, "built", 0),
                err);
}

static int keep_more_than_all(const char *id, struct error *err)
{
    return tell_sum(id, MIB, 0, err);
}

static int read_more_than_all(const char *id, struct error *err)
{
    return tell_sum(id, 0, INT64_MAX, err);
}

static int tell_for_ever(const char *id, struct error *err)
{
    int result = 0;

    while (result == 0)
        result = tell(INTAKE_PROGRESS,
                      json_pack("{s:s, s:i, s:i}", "id", id, "bytes", 0, "total", 1), err);
    return result;
}

static int ask_for_ever(const char *id, struct error *err)
{
    int result = 0;

    while (result == 0) {
        struct frame frame;

        result =
            tell(INTAKE_WANT, json_pack("{s:i, s:[s]}", "first", 0, "names", "ask-for-ever"), err);
        if (result == 0)
            result = frame_receive(SPAWN_FD_SOCKET, 4, DEADLINE_MS, &frame, err);
        if (result == 0)
            frame_clear(&frame);
    }
    return result;
}

static int add_a_file(const char *id, struct error *err)
{
    int result = plant(id, err);

    return result < 0 ? result : tell_done(id, err);
}

/* The last one is for all other names. */
static const struct trick {
    const char *name;
    int (*play)(const char *id, struct error *err);
} tricks[] = {
    {"tell-of-another", tell_of_another},
    {"progress-on-another", progress_on_another},
    {"tell-more-than-all", tell_more_than_all},
    {"keep-more-than-all", keep_more_than_all},
    {"read-more-than-all", read_more_than_all},
    {"tell-for-ever", tell_for_ever},
    {"ask-for-ever", ask_for_ever},
    {"", add_a_file},
};

static const struct trick *choose(int recipe_fd)
{
    const struct trick *trick = tricks;
    char recipe[4096];
    ssize_t size = pread(recipe_fd, recipe, sizeof(recipe), 0);

    while (memmem(recipe, size > 0 ? (size_t)size : 0, trick->name, strlen(trick->name)) == NULL)
        trick++;
    return trick;
}

static int answer(const struct frame *frame, struct error *err)
{
    json_t *body;
    int result = frame_read_json(frame, INTAKE_PACKAGE, &body, err);

    if (result == 0)
        result = choose(frame->fds[0])->play(json_string_value(json_object_get(body, "id")), err);
    json_decref(body);
    return result;
}

int main(void)
{
    struct error err = {0};
    struct frame frame;
    int result = 0;

    while (result == 0 && frame_receive(SPAWN_FD_SOCKET, 4096, -1, &frame, &err) == 0) {
        result = answer(&frame, &err);
        frame_clear(&frame);
    }
    return result < 0 ? 1 : 0;
}
