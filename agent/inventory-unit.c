/* SPDX-License-Identifier: ISC */
#include "agent/inventory-unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/inventory-keyfile.h"
#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/base/text.h"

#define UNIT_BYTES 256 /* UNIT_NAME_MAX of systemd, its NUL included */
#define ALIASES    4   /* links that lead from name to name */

/* First come, first served. */
static const char *const folders[] = {
    "etc/systemd/system",
    "run/systemd/system",
    "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",
};
#define FOLDERS (sizeof(folders) / sizeof(folders[0]))
#define ENABLE  2 /* of these folders may enable */

struct unit {
    char name[UNIT_BYTES]; /* of its file, aliases followed */
    bool masked;
    struct bytes text;
};

static bool is_name(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_.\\@-";

    return name[0] != '\0' && name[strspn(name, allowed)] == '\0';
}

static bool has_suffix(const char *name)
{
    static const char *const suffixes[] = {".service", ".socket", ".target", ".timer",
                                           ".mount",   ".path",   ".slice",  ".automount",
                                           ".swap",    ".device", ".scope"};
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot != NULL && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        if (strcmp(dot, suffixes[i]) == 0)
            return true;
    }
    return false;
}

/* 1: a link, and its target; 0: another thing; -1: nothing. */
static int read_link(int folder, const char *name, char target[LIMIT_PATH_BYTES + 1])
{
    ssize_t size = readlinkat(folder, name, target, LIMIT_PATH_BYTES);

    target[size > 0 ? size : 0] = '\0';
    if (size >= 0)
        return 1;
    return errno == EINVAL ? 0 : -1;
}

static const char *last_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* "name@instance.service" is made of "name@.service". False: it is no instance. */
static bool template_of(const char *name, char out[UNIT_BYTES])
{
    const char *at = strchr(name, '@'), *dot = strrchr(name, '.');

    if (at == NULL || dot == NULL || dot < at || dot == at + 1)
        return false;
    snprintf(out, UNIT_BYTES, "%.*s%s", (int)(at - name + 1), name, dot);
    return true;
}

/* Where a name leads in one folder: 1 found (masked or text), 0 not here, -1 *reason. An alias sets
 * unit->name anew and leaves the rest. */
static int look_in(const struct inventory_place *place, int folder, const char *file,
                   struct unit *unit, bool *alias, const char **reason)
{
    char target[LIMIT_PATH_BYTES + 1];
    struct error err;
    int link = read_link(folder, file, target), result;

    if (link < 0)
        return 0;
    if (link > 0 && strcmp(target, "/dev/null") == 0) {
        unit->masked = true;
        return 1;
    }
    if (link > 0 && strcmp(last_of(target), file) != 0) {
        *alias = is_name(last_of(target)) && strlen(last_of(target)) < UNIT_BYTES;
        if (*alias)
            snprintf(unit->name, UNIT_BYTES, "%s", last_of(target));
        return 1;
    }
    if (link > 0 && target[0] != '/')
        return 0;
    result =
        inventory_place_take(place, link > 0 ? place->root : folder, link > 0 ? target + 1 : file,
                             LIMIT_INVENTORY_FILE, &unit->text, &err);
    if (result == 0)
        return 1;
    bytes_clear(&unit->text);
    *reason = result == -ERROR_LIMIT ? "too-large" : "not-readable";
    return -1;
}

static int look(const struct inventory_place *place, const char *file, struct unit *unit,
                bool *alias, const char **reason)
{
    int found = 0;

    for (size_t i = 0; i < FOLDERS && found == 0; i++) {
        struct error err;
        int folder;

        if (path_open(place->root, folders[i], O_PATH | O_DIRECTORY, 0, &folder, &err) < 0)
            continue;
        found = look_in(place, folder, file, unit, alias, reason);
        close(folder);
    }
    return found;
}

static bool find(const struct inventory_place *place, struct unit *unit, const char **reason)
{
    int found = 0;

    for (unsigned i = 0; i < ALIASES; i++) {
        char model[UNIT_BYTES];
        bool alias = false;

        found = look(place, unit->name, unit, &alias, reason);
        if (found == 0 && template_of(unit->name, model))
            found = look(place, model, unit, &alias, reason);
        if (!alias)
            break;
        found = 0;
    }
    return found > 0;
}

static bool ends_with(const char *name, const char *end)
{
    size_t size = strlen(name), end_size = strlen(end);

    return size > end_size && strcmp(name + size - end_size, end) == 0;
}

/* Whether an entry of a folder that enables does so for this unit. */
static bool is_enabling(int folder, const char *entry, const char *unit)
{
    char target[LIMIT_PATH_BYTES + 1], inner[LIMIT_PATH_BYTES + 1];

    if (ends_with(entry, ".wants") || ends_with(entry, ".requires")) {
        snprintf(inner, sizeof(inner), "%s/%s", entry, unit);
        return read_link(folder, inner, target) > 0;
    }
    return strcmp(entry, unit) != 0 && read_link(folder, entry, target) > 0 &&
           strcmp(last_of(target), unit) == 0;
}

static bool enabled_in(int folder, const char *unit)
{
    struct error ignored;
    bool enabled = false;
    char **names;
    size_t count;

    if (path_list(folder, LIMIT_INVENTORY_FOLDER, &names, &count, &ignored) < 0)
        return false;
    for (size_t i = 0; i < count && !enabled; i++)
        enabled = is_enabling(folder, names[i], unit);
    path_free_names(names, count);
    return enabled;
}

static const char *state_of(const struct inventory_place *place, const struct unit *unit)
{
    bool enabled = false;

    if (unit->masked)
        return "masked";
    for (size_t i = 0; i < ENABLE && !enabled; i++) {
        struct error ignored;
        int folder;

        if (path_open_folder(place->root, folders[i], &folder, &ignored) < 0)
            continue;
        enabled = enabled_in(folder, unit->name);
        close(folder);
    }
    if (enabled)
        return "enabled";
    return inventory_keyfile_has(bytes_view(&unit->text), "Install") ? "disabled" : "static";
}

static bool is_running(const struct inventory_place *place, const char *unit)
{
    char name[64 + UNIT_BYTES], target[LIMIT_PATH_BYTES + 1];

    snprintf(name, sizeof(name), "run/systemd/units/invocation:%s", unit);
    return read_link(place->root, name, target) > 0;
}

/* systemd.service(5), ExecStart: what may stand before the program. */
static json_t *program_of(const struct unit *unit)
{
    struct bytes_view line = {NULL, 0}, program;

    if (!inventory_keyfile_find(bytes_view(&unit->text), "Service", "ExecStart", &line))
        return json_null();
    program = inventory_keyfile_program(line, "@-:+!|");
    if (program.size == 0 || !inventory_place_plain(program))
        return json_null();
    return json_stringn((const char *)program.data, program.size);
}

json_t *inventory_unit(const struct inventory_place *place, const char *name, const char **reason)
{
    struct unit unit = {0};
    char asked[UNIT_BYTES];
    json_t *value = NULL;

    bytes_init(&unit.text, LIMIT_INVENTORY_FILE);
    if (!is_name(name) || snprintf(asked, sizeof(asked), "%s%s", name,
                                   has_suffix(name) ? "" : ".service") >= (int)sizeof(asked))
        return NULL;
    memcpy(unit.name, asked, sizeof(asked));
    if (find(place, &unit, reason))
        value = json_pack("{s:s, s:s, s:o, s:b}", "name", asked, "state", state_of(place, &unit),
                          "exec", program_of(&unit), "running", is_running(place, unit.name));
    bytes_clear(&unit.text);
    return value;
}
