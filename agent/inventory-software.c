/* SPDX-License-Identifier: ISC */
#include "agent/inventory-software.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/inventory-keyfile.h"
#include "media/base/limits.h"
#include "media/base/path.h"

#define ENTRY  "Desktop Entry"
#define SUFFIX ".desktop"

/* Reads a file, where it is there; folder -1: it is not. */
static bool take(const struct inventory_place *place, int folder, const char *name,
                 struct bytes *text, const char **reason)
{
    struct error err;
    int result;

    if (folder < 0)
        return false;
    result = inventory_place_take(place, folder, name, LIMIT_INVENTORY_FILE, text, &err);
    if (result == 0)
        return true;
    bytes_clear(text);
    if (result != -ERROR_NOT_FOUND)
        *reason = result == -ERROR_LIMIT ? "too-large" : "not-readable";
    return false;
}

static json_t *text_of(struct bytes_view value)
{
    if (value.size == 0 || !inventory_place_plain(value))
        return json_null();
    return json_stringn((const char *)value.data, value.size);
}

static json_t *entry_of(struct bytes_view text, const char *id)
{
    struct bytes_view name = {NULL, 0}, exec = {NULL, 0}, hidden = {NULL, 0};

    if (!inventory_keyfile_has(text, ENTRY) ||
        (inventory_keyfile_find(text, ENTRY, "Hidden", &hidden) && hidden.size == 4 &&
         memcmp(hidden.data, "true", 4) == 0))
        return NULL;
    (void)inventory_keyfile_find(text, ENTRY, "Name", &name);
    (void)inventory_keyfile_find(text, ENTRY, "Exec", &exec);
    return json_pack("{s:s, s:o, s:o}", "id", id, "name", text_of(name), "exec",
                     text_of(inventory_keyfile_program(exec, "")));
}

/* "Desktop Entry Specification", and the base directories where nothing sets them otherwise. */
json_t *inventory_desktop(const struct inventory_place *place, const char *id, const char **reason)
{
    const struct {
        int base;
        const char *folder;
    } places[] = {
        {place->home, ".local/share/applications"},
        {place->root, "usr/local/share/applications"},
        {place->root, "usr/share/applications"},
    };
    size_t size = strlen(id), suffix = strlen(SUFFIX);
    char path[2 * LIMIT_PATH_COMPONENT], plain[LIMIT_PATH_COMPONENT + 1];
    struct bytes text;
    json_t *value;

    if (size > suffix && strcmp(id + size - suffix, SUFFIX) == 0)
        size -= suffix;
    snprintf(plain, sizeof(plain), "%.*s", (int)size, id);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s" SUFFIX, places[i].folder, plain);
        if (!take(place, places[i].base, path, &text, reason))
            continue;
        *reason = NULL;
        value = entry_of(bytes_view(&text), plain);
        bytes_clear(&text);
        return value;
    }
    return NULL;
}

json_t *inventory_os_release(const struct inventory_place *place, const char *key,
                             const char **reason)
{
    char out[1024];
    struct bytes_view value;
    struct bytes text;
    bool found;

    if (key[strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] != '\0')
        return NULL;
    /* The first is a link to the second where it is not the administrator's own. */
    if (!take(place, place->root, "etc/os-release", &text, reason) &&
        !take(place, place->root, "usr/lib/os-release", &text, reason))
        return NULL;
    *reason = NULL;
    found = inventory_keyfile_find(bytes_view(&text), NULL, key, &value) &&
            inventory_keyfile_unquote(value, out, sizeof(out)) &&
            inventory_place_plain(bytes_view_of(out, strlen(out)));
    bytes_clear(&text);
    return found ? json_string(out) : NULL;
}

/* Optional parts of a system that are no one package, and where each keeps what it has. */
static const struct component {
    const char *name, *path;
} components[] = {
    {"apparmor", "/etc/apparmor.d"},  {"apt", "/var/cache/apt"},
    {"audit", "/var/log/audit"},      {"containerd", "/var/lib/containerd"},
    {"docker", "/var/lib/docker"},    {"flatpak", "/var/lib/flatpak"},
    {"journal", "/var/log/journal"},  {"kubelet", "/var/lib/kubelet"},
    {"libvirt", "/var/lib/libvirt"},  {"lxc", "/var/lib/lxc"},
    {"nfs-server", "/etc/exports"},   {"podman", "/var/lib/containers"},
    {"rpm", "/usr/lib/sysimage/rpm"}, {"rpm", "/var/lib/rpm"},
    {"samba", "/etc/samba/smb.conf"}, {"selinux", "/etc/selinux/config"},
    {"snap", "/var/lib/snapd"},       {"systemd", "/run/systemd/system"},
};

json_t *inventory_component(const struct inventory_place *place, const char *name,
                            const char **reason)
{
    for (size_t i = 0; i < sizeof(components) / sizeof(components[0]); i++) {
        struct error err;
        int fd;

        if (strcmp(components[i].name, name) != 0)
            continue;
        if (path_open(place->root, components[i].path + 1, O_PATH, 0, &fd, &err) < 0) {
            *reason = err.code == ERROR_NOT_FOUND ? *reason : "not-readable";
            continue;
        }
        close(fd);
        *reason = NULL;
        return json_string(components[i].path);
    }
    return NULL;
}
