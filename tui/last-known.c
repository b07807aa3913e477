/* SPDX-License-Identifier: ISC */
#include "tui/last-known.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/base/publish.h"
#include "tui/field.h"

#define FOLDER "sallyport"
#define NAME   "last-status.json"

/* What a pop-up and the audit screen show is asked for again. */
static const char *const kept[] = {"status", "media", "floors", "engines"};

/* The folder that the state of the user's programs lies in, beneath which ours is. The XDG base
 * directory specification takes absolute paths only. */
static int open_state_home(const char **beneath, struct error *err)
{
    const char *home = getenv("XDG_STATE_HOME");
    int fd;

    *beneath = FOLDER;
    if (home == NULL || home[0] != '/') {
        home = getenv("HOME");
        *beneath = ".local/state/" FOLDER;
    }
    if (home == NULL || home[0] != '/')
        return error_set(err, ERROR_NOT_FOUND, "HOME is not set");
    (void)!mkdir(home, 0700); /* as the specification has it; mostly there is one */
    fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, ERROR_NOT_FOUND, errno, "%s", home);
    return fd;
}

static json_t *make_document(const struct model *model, const char *socket_path)
{
    char seen[INSTANT_TEXT_BYTES];
    json_t *document;

    instant_format(model->seen_us, seen);
    document = json_pack("{s:s, s:{s:b, s:s}, s:s}", "now", seen, "agent", "up", false, "seen",
                         seen, "socket", socket_path);
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        json_t *answer = *model_answer((struct model *)(uintptr_t)model, kept[i]);

        if (answer != NULL)
            json_object_set(document, kept[i], answer);
    }
    return document;
}

static int publish(int home, const char *beneath, const json_t *document, struct error *err)
{
    char name[64];
    struct bytes text;
    int result;

    snprintf(name, sizeof(name), "%s/%s", beneath, NAME);
    bytes_init(&text, LIMIT_MESSAGE_BYTES);
    result = json_write(document, &text, err);
    if (result == 0)
        result = path_make_folders(home, beneath, 0700, err);
    if (result == 0)
        result = publish_file(home, name, text.data, text.size, 0600, err);
    bytes_clear(&text);
    return result;
}

int last_known_write(const struct model *model, const char *socket_path, struct error *err)
{
    const char *beneath;
    json_t *document;
    int home, result;

    if (model->seen_us == 0)
        return 0;
    home = open_state_home(&beneath, err);
    if (home < 0)
        return home;
    document = make_document(model, socket_path);
    result = document != NULL ? publish(home, beneath, document, err)
                              : error_set(err, ERROR_USAGE, "the socket's path is no UTF-8");
    json_decref(document);
    close(home);
    return result;
}

static int take(struct model *model, const char *socket_path, const struct bytes *text,
                struct error *err)
{
    json_t *document = NULL;
    const char *socket;
    int result = json_read(text->data, text->size, &document, err);

    socket = field_raw(document, "socket");
    if (result == 0 && (socket == NULL || strcmp(socket, socket_path) != 0))
        result = error_set(err, ERROR_NOT_FOUND, "what is kept is of another agent");
    if (result == 0)
        result = model_take_fixture(model, document, err);
    model->up = model->act = false;
    json_decref(document);
    return result;
}

int last_known_read(struct model *model, const char *socket_path, struct error *err)
{
    const char *beneath;
    char name[64];
    struct bytes text;
    int home = open_state_home(&beneath, err), result;

    if (home < 0)
        return home;
    snprintf(name, sizeof(name), "%s/%s", beneath, NAME);
    result = path_read(home, name, LIMIT_MESSAGE_BYTES, &text, err);
    if (result == 0)
        result = take(model, socket_path, &text, err);
    bytes_clear(&text);
    close(home);
    return result;
}
