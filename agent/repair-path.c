/* SPDX-License-Identifier: ISC */
#include "agent/repair-path.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "media/base/path.h"
#include "media/base/text.h"

#define SHOWN      256
#define ALL_READ   (S_IRUSR | S_IRGRP | S_IROTH)
#define ALL_RUN    (S_IXUSR | S_IXGRP | S_IXOTH)
#define OTHERS_RUN (S_IRWXU | ALL_READ | ALL_RUN) /* and do not write */

static const struct root {
    const char *prefix;
    mode_t modes; /* the rights that may be given */
    mode_t least; /* those that everything keeps */
    mode_t runs;  /* those that folders and programs keep */
    bool closed;  /* what group and others may not do now, they never may */
    bool makes;   /* folders may be made */
    bool crosses; /* a site may mount beneath it */
} roots[REPAIR_ROOTS] = {
    [REPAIR_STATE] = {"state:", .modes = S_IRWXU, .least = S_IRUSR, .makes = true},
    /* Drivers have users of their own, who run these. */
    [REPAIR_OWN] = {"own:", .modes = OTHERS_RUN, .least = ALL_READ, .runs = ALL_READ | ALL_RUN},
    [REPAIR_ETC] = {"etc:", .modes = OTHERS_RUN, .least = S_IRUSR, .closed = true, .makes = true,
                    .crosses = true},
};

int repair_path_read(const char *text, struct repair_path *path, struct error *err)
{
    char shown[SHOWN];

    for (size_t i = 0; i < REPAIR_ROOTS; i++) {
        size_t length = strlen(roots[i].prefix);
        const char *name = text + length;

        if (strncmp(text, roots[i].prefix, length) != 0)
            continue;
        if (name[0] != '\0' && !path_name_valid(name, strlen(name)))
            break;
        path->root = (enum repair_root)i;
        snprintf(path->name, sizeof(path->name), "%s", name[0] != '\0' ? name : ".");
        return 0;
    }
    return error_set(err, ERROR_BLOCKED, "%s is no path of a repair",
                     text_escape_string(text, shown, sizeof(shown)));
}

int repair_path_mode(const struct repair_path *path, const char *text, mode_t *mode,
                     struct error *err)
{
    char shown[SHOWN];
    mode_t value = 0;

    if (strlen(text) != 4 || strspn(text, "01234567") != 4)
        return error_set(err, ERROR_BLOCKED, "%s is no mode of four octal digits",
                         text_escape_string(text, shown, sizeof(shown)));
    for (size_t i = 0; i < 4; i++)
        value = value << 3 | (mode_t)(text[i] - '0');
    if ((value & ~roots[path->root].modes) != 0 || (roots[path->root].least & ~value) != 0)
        return error_set(err, ERROR_BLOCKED, "%s%s may not have mode %s", roots[path->root].prefix,
                         path->name, text);
    *mode = value;
    return 0;
}

int repair_path_turn(const struct repair_path *path, mode_t now, mode_t mode, struct error *err)
{
    const struct root *root = &roots[path->root];
    const char *words = NULL;

    if (S_ISDIR(now) && (mode & S_IXUSR) == 0)
        words = "is a folder, which its owner could not enter";
    else if ((S_ISDIR(now) || (now & ALL_RUN) != 0) && (root->runs & ~mode) != 0)
        words = "is for all to run";
    else if (root->closed && (mode & ~now & (S_IRWXG | S_IRWXO)) != 0)
        words = "is not for others, who would be let in";
    if (words == NULL)
        return 0;
    return error_set(err, ERROR_BLOCKED, "%s%s %s with mode %04o", root->prefix, path->name, words,
                     mode);
}

bool repair_path_makes(const struct repair_path *path)
{
    return roots[path->root].makes;
}

bool repair_path_crosses(const struct repair_path *path)
{
    return roots[path->root].crosses;
}
