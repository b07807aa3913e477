/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "agent/control/block-device.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DEPTH 8 /* devices made of devices: an encrypted volume in an array is three */

const struct block_device_places block_device_kernel = {"/sys", "/proc/self/mountinfo", "/dev"};

/* One look, and the places that it is taken in. */
struct look {
    const struct block_device_places *places;
    struct block_device *device;
    int depth;
};

static int look_at(struct look *look, dev_t number, struct error *err);
static int look_at_file(struct look *look, int fd, struct error *err);

static int untold(dev_t number, struct error *err)
{
    return error_set(err, ERROR_USB_UNTOLD, "block device %u:%u: sysfs does not tell what it is",
                     major(number), minor(number));
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* A USB device, not one of its interfaces, is what has a port in its name and descriptors. */
static bool is_usb_device(const char *folder)
{
    char path[PATH_MAX], target[PATH_MAX];
    ssize_t size;

    if (snprintf(path, sizeof(path), "%s/descriptors", folder) >= (int)sizeof(path) ||
        access(path, F_OK) < 0 ||
        snprintf(path, sizeof(path), "%s/subsystem", folder) >= (int)sizeof(path))
        return false;
    size = readlink(path, target, sizeof(target) - 1);
    if (size < 0)
        return false;
    target[size] = '\0';
    return strcmp(name_of(target), "usb") == 0;
}

static int add_port(struct block_device *device, const char *port, struct error *err)
{
    if (device->port_count == LIMIT_BLOCK_USB || strlen(port) > LIMIT_USB_PORT)
        return error_set(err, ERROR_LIMIT, "%s is on more than %d USB devices", device->node,
                         LIMIT_BLOCK_USB);
    snprintf(device->ports[device->port_count++], sizeof(device->ports[0]), "%s", port);
    return 0;
}

/* The nearest one above; the hubs further up are not what is read from. */
static int find_port(struct look *look, const char *folder, struct error *err)
{
    char path[PATH_MAX], top[PATH_MAX], *slash;

    if (realpath(look->places->sys, top) == NULL)
        return error_set_errno(err, ERROR_IO, errno, "%s", look->places->sys);
    snprintf(path, sizeof(path), "%s", folder);
    while (strlen(path) > strlen(top)) {
        if (is_usb_device(path))
            return add_port(look->device, name_of(path), err);
        if ((slash = strrchr(path, '/')) == NULL)
            break;
        *slash = '\0';
    }
    return 0;
}

static int read_number(const char *folder, const char *name, dev_t *number)
{
    char path[PATH_MAX];
    unsigned high, low;
    FILE *file;
    int taken;

    if (snprintf(path, sizeof(path), "%s/%s/dev", folder, name) >= (int)sizeof(path) ||
        (file = fopen(path, "re")) == NULL)
        return -1;
    taken = fscanf(file, "%8u:%8u", &high, &low);
    (void)fclose(file);
    *number = makedev(high, low);
    return taken == 2 ? 0 : -1;
}

/* What a mapped device, an array or a cache consists of. */
static int look_at_slaves(struct look *look, const char *folder, struct error *err)
{
    char path[PATH_MAX];
    struct dirent *entry;
    dev_t number;
    DIR *slaves;
    int result = 0;

    if (snprintf(path, sizeof(path), "%s/slaves", folder) >= (int)sizeof(path) ||
        (slaves = opendir(path)) == NULL)
        return 0;
    while (result == 0 && (entry = readdir(slaves)) != NULL) {
        if (entry->d_name[0] != '.')
            result = read_number(path, entry->d_name, &number) < 0
                         ? error_set(err, ERROR_USB_UNTOLD, "%s: sysfs does not tell what it is",
                                     entry->d_name)
                         : look_at(look, number, err);
    }
    closedir(slaves);
    return result;
}

/* A file that is gone or lies in another mount namespace is not told of, and stays without port. */
static int look_at_backing(struct look *look, const char *folder, struct error *err)
{
    char path[PATH_MAX], *end;
    int fd, result;
    FILE *file;

    if (snprintf(path, sizeof(path), "%s/loop/backing_file", folder) >= (int)sizeof(path) ||
        (file = fopen(path, "re")) == NULL)
        return 0;
    end = fgets(path, sizeof(path), file);
    (void)fclose(file);
    if (end == NULL)
        return 0;
    path[strcspn(path, "\n")] = '\0';
    if ((fd = open(path, O_PATH | O_CLOEXEC)) < 0)
        return 0;
    result = look_at_file(look, fd, err);
    (void)close(fd);
    return result;
}

static int look_at_folder(struct look *look, const char *folder, struct error *err)
{
    int result;

    if (look->depth == DEPTH)
        return error_set(err, ERROR_LIMIT, "%s: devices of devices, %d deep", folder, DEPTH);
    look->depth++;
    result = find_port(look, folder, err);
    if (result == 0)
        result = look_at_slaves(look, folder, err);
    if (result == 0)
        result = look_at_backing(look, folder, err);
    look->depth--;
    return result;
}

static int look_at(struct look *look, dev_t number, struct error *err)
{
    char path[PATH_MAX], folder[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s/dev/block/%u:%u", look->places->sys, major(number),
                 minor(number)) >= (int)sizeof(path) ||
        realpath(path, folder) == NULL)
        return untold(number, err);
    if (look->device->node[0] == '\0')
        snprintf(look->device->node, sizeof(look->device->node), "%.*s", LIMIT_BLOCK_NODE_BYTES,
                 name_of(folder));
    return look_at_folder(look, folder, err);
}

/* mountinfo writes blanks and the like as \ooo. */
static void unescape(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0'; from++) {
        if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
            from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
            *to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
            from += 3;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
}

struct mount {
    long id;
    dev_t number;
    char *point;        /* where */
    const char *source; /* "/dev/sda1", "tmpfs" */
};

/* proc_pid_mountinfo(5): id parent major:minor root point options [tags] - type source options. */
static bool read_mount(char *line, struct mount *mount)
{
    char *dash = strstr(line, " - "), *fields[6], *next = line, *source;
    unsigned high, low;

    if (dash == NULL)
        return false;
    *dash = '\0';
    for (size_t i = 0; i < 6; i++)
        if ((fields[i] = strsep(&next, " ")) == NULL)
            return false;
    next = dash + 3;
    if (strsep(&next, " ") == NULL || (source = strsep(&next, " ")) == NULL ||
        sscanf(fields[2], "%8u:%8u", &high, &low) != 2)
        return false;
    unescape(fields[4]);
    unescape(source);
    *mount = (struct mount){strtol(fields[0], NULL, 10), makedev(high, low), fields[4], source};
    return true;
}

/* Calls visit for each mount until it returns something else than 0, which is the result. */
static int each_mount(const struct block_device_places *places,
                      int (*visit)(void *context, const struct mount *mount), void *context,
                      struct error *err)
{
    FILE *file = fopen(places->mountinfo, "re");
    struct mount mount;
    char *line = NULL;
    size_t room = 0;
    int result = 0;

    if (file == NULL)
        return error_set_errno(err, ERROR_IO, errno, "%s", places->mountinfo);
    while (result == 0 && getline(&line, &room, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (read_mount(line, &mount))
            result = visit(context, &mount);
    }
    free(line);
    (void)fclose(file);
    return result;
}

/* A filesystem that has a device number of its own (btrfs) names its device as the mount's source. */
struct wanted {
    long id;
    dev_t number;
};

static int visit_source(void *context, const struct mount *mount)
{
    struct wanted *wanted = context;
    struct stat status;

    if (mount->id != wanted->id)
        return 0;
    if (mount->source[0] == '/' && stat(mount->source, &status) == 0 && S_ISBLK(status.st_mode))
        wanted->number = status.st_rdev;
    return 1;
}

static int look_at_mount(struct look *look, int fd, struct error *err)
{
    struct wanted wanted = {0};
    struct statx status;
    struct error ignored;

    if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0 ||
        (status.stx_mask & STATX_MNT_ID) == 0)
        return 0;
    wanted.id = (long)status.stx_mnt_id;
    if (each_mount(look->places, visit_source, &wanted, &ignored) != 1 || wanted.number == 0)
        return 0;
    return look_at(look, wanted.number, err);
}

static int look_at_file(struct look *look, int fd, struct error *err)
{
    struct error why;
    struct stat status;
    int result;

    if (fstat(fd, &status) < 0)
        return error_set_errno(err, ERROR_IO, errno, "source");
    if (S_ISBLK(status.st_mode))
        return look_at(look, status.st_rdev, err);
    if (major(status.st_dev) == 0)
        return look_at_mount(look, fd, err);
    /* A folder that the kernel tells nothing about is no medium that was plugged in here. */
    result = look_at(look, status.st_dev, &why);
    if (result == -(int)ERROR_USB_UNTOLD)
        return 0;
    if (result < 0)
        *err = why;
    return result;
}

int block_device_of(int fd, const struct block_device_places *places, struct block_device *device,
                    struct error *err)
{
    struct look look = {.places = places != NULL ? places : &block_device_kernel, .device = device};

    *device = (struct block_device){.port_count = 0};
    return look_at_file(&look, fd, err);
}

int block_device_named(const char *node, const struct block_device_places *places,
                       struct block_device *device, struct error *err)
{
    struct look look = {.places = places != NULL ? places : &block_device_kernel, .device = device};
    char path[PATH_MAX], folder[PATH_MAX];

    *device = (struct block_device){.port_count = 0};
    if (node[0] == '.' || strchr(node, '/') != NULL ||
        snprintf(path, sizeof(path), "%s/class/block/%s", look.places->sys, node) >=
            (int)sizeof(path) ||
        realpath(path, folder) == NULL)
        return error_set(err, ERROR_NOT_FOUND, "%s: no block device of that name", node);
    snprintf(device->node, sizeof(device->node), "%.*s", LIMIT_BLOCK_NODE_BYTES, node);
    return look_at_folder(&look, folder, err);
}

static bool has_port(const struct block_device *device, const char *port)
{
    for (size_t i = 0; i < device->port_count; i++) {
        if (strcmp(device->ports[i], port) == 0)
            return true;
    }
    return false;
}

/* Whether it is a disk of its own, and not a part of one or made of others. */
static bool is_disk(const struct block_device_places *places, const char *node)
{
    char path[PATH_MAX];

    return snprintf(path, sizeof(path), "%s/class/block/%s/device", places->sys, node) <
               (int)sizeof(path) &&
           access(path, F_OK) == 0;
}

static int gather_disks(DIR *folder, const struct block_device_places *places,
                        struct block_device_disks *disks, struct error *err)
{
    struct dirent *entry;

    while ((entry = readdir(folder)) != NULL) {
        struct block_device device;
        struct error ignored;

        if (entry->d_name[0] == '.' || !is_disk(places, entry->d_name) ||
            block_device_named(entry->d_name, places, &device, &ignored) < 0 ||
            !has_port(&device, disks->port))
            continue;
        if (disks->count == LIMIT_BLOCK_USB)
            return error_set(err, ERROR_LIMIT, "%s has more than %d disks", disks->port,
                             LIMIT_BLOCK_USB);
        memcpy(disks->names[disks->count++], device.node, sizeof(device.node));
    }
    return 0;
}

/* "sda1" becomes "1-4.2"; what is no block device is taken for a port. */
static int find_named_port(const char *medium, const struct block_device_places *places,
                           struct block_device_disks *disks, struct error *err)
{
    struct block_device device;
    const char *port = medium;
    int result = block_device_named(medium, places, &device, err);

    if (result < 0 && err->code != ERROR_NOT_FOUND)
        return result;
    if (result == 0 && device.port_count != 1)
        return error_set(err, ERROR_BLOCKED, "%s is not on one USB device", medium);
    if (result == 0)
        port = device.ports[0];
    if (strlen(port) > LIMIT_USB_PORT)
        return error_set(err, ERROR_NOT_FOUND, "%s: no USB device with a disk there", medium);
    snprintf(disks->port, sizeof(disks->port), "%s", port);
    return 0;
}

int block_device_disks(const char *medium, const struct block_device_places *places,
                       struct block_device_disks *disks, struct error *err)
{
    const struct block_device_places *where = places != NULL ? places : &block_device_kernel;
    char path[PATH_MAX];
    DIR *folder;
    int result;

    *disks = (struct block_device_disks){.count = 0};
    result = find_named_port(medium, where, disks, err);
    if (result < 0)
        return result;
    if (snprintf(path, sizeof(path), "%s/class/block", where->sys) >= (int)sizeof(path) ||
        (folder = opendir(path)) == NULL)
        return error_set_errno(err, ERROR_IO, errno, "%s/class/block", where->sys);
    result = gather_disks(folder, where, disks, err);
    closedir(folder);
    if (result == 0 && disks->count == 0)
        return error_set(err, ERROR_NOT_FOUND, "%s: no USB device with a disk there", medium);
    return result;
}

struct held {
    const struct block_device_places *places;
    const char *disk;
    char *where;
};

/* What is mounted may be the disk, a partition, or something that consists of them: its node's folder
 * in sysfs lies in the disk's, or leads there by its slaves. Only the plain cases are looked for
 * here; a device that is mapped keeps its disk busy, which the kernel says when it is stopped. */
static int visit_held(void *context, const struct mount *mount)
{
    const struct held *held = context;
    char path[PATH_MAX], folder[PATH_MAX], part[LIMIT_BLOCK_NODE_BYTES + 3];
    dev_t number = mount->number;
    struct stat status;

    if (major(number) == 0) {
        if (mount->source[0] != '/' || stat(mount->source, &status) < 0 || !S_ISBLK(status.st_mode))
            return 0;
        number = status.st_rdev;
    }
    if (snprintf(path, sizeof(path), "%s/dev/block/%u:%u", held->places->sys, major(number),
                 minor(number)) >= (int)sizeof(path) ||
        realpath(path, folder) == NULL ||
        (size_t)snprintf(part, sizeof(part), "/%s/", held->disk) >= sizeof(part))
        return 0;
    if (strcmp(name_of(folder), held->disk) != 0 && strstr(folder, part) == NULL)
        return 0;
    snprintf(held->where, LIMIT_PATH_BYTES + 1, "%s", mount->point);
    return 1;
}

int block_device_mounted(const char *disk, const struct block_device_places *places,
                         char where[static LIMIT_PATH_BYTES + 1], struct error *err)
{
    struct held held = {places != NULL ? places : &block_device_kernel, disk, where};
    int result;

    where[0] = '\0';
    result = each_mount(held.places, visit_held, &held, err);
    return result < 0 ? result : 0;
}
