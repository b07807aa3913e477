/* SPDX-License-Identifier: ISC
 *
 * An intake in an attacker's hands: it rebuilds nothing, leaves a file beside the package's own, and
 * says that all is well.
 */
#include <fcntl.h>
#include <jansson.h>
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

static int answer(const struct frame *frame, struct error *err)
{
    json_t *body, *done;
    const char *folder;
    int result = frame_read_json(frame, INTAKE_PACKAGE, &body, err);

    folder = json_string_value(json_object_get(body, "folder"));
    if (result == 0)
        result = plant(folder, err);
    done = json_pack("{s:O, s:s, s:s, s:i, s:i, s:i}", "id", json_object_get(body, "id"), "code",
                     result == 0 ? "ok" : "io", "words", "", "kept", 0, "read", 0, "built", 0);
    if (result == 0)
        result = frame_send_json(SPAWN_FD_SOCKET, INTAKE_DONE, done, NULL, 0, DEADLINE_MS, err);
    json_decref(done);
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
