/* SPDX-License-Identifier: ISC */
#include "agent/repair-path.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "media/base/path.h"
#include "media/base/text.h"

#define SHOWN 256

static const struct root {
    const char *prefix;
    mode_t modes; /* the rights that may be given */
    bool makes;   /* folders may be made */
    bool crosses; /* a site may mount beneath it */
} roots[REPAIR_ROOTS] = {
    [REPAIR_STATE] = {"state:", S_IRWXU, true, false},
    [REPAIR_OWN] = {"own:", S_IRWXU | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH, false, false},
    [REPAIR_ETC] = {"etc:", S_IRWXU | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH, true, true},
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
    if ((value & ~roots[path->root].modes) != 0 || (value & S_IRUSR) == 0)
        return error_set(err, ERROR_BLOCKED, "%s%s may not have mode %s", roots[path->root].prefix,
                         path->name, text);
    *mode = value;
    return 0;
}

bool repair_path_makes(const struct repair_path *path)
{
    return roots[path->root].makes;
}

bool repair_path_crosses(const struct repair_path *path)
{
    return roots[path->root].crosses;
}
