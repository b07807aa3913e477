/* SPDX-License-Identifier: ISC */
#include "agent/usb-look.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/bytes.h"
#include "media/base/path.h"
#include "media/base/text.h"
#include "media/base/usb-descriptor.h"
#include "media/digest.h"

#define SECTOR_BYTES 512 /* of "size" in sysfs, whatever the disk's own are */

struct list {
    struct usb_device *devices;
    size_t count;
};

/* The first reason stays. */
static void note_broken(struct usb_device *device, const struct error *why)
{
    if (device->broken[0] == '\0')
        text_escape_string(why->words, device->broken, sizeof(device->broken));
}

static unsigned long number_of(struct udev_device *node, const char *attribute)
{
    const char *value = udev_device_get_sysattr_value(node, attribute);

    return value != NULL ? strtoul(value, NULL, 10) : 0;
}

static void take_text(struct udev_device *node, const char *attribute, struct usb_device *device,
                      char out[LIMIT_USB_TEXT + 1])
{
    const char *value = udev_device_get_sysattr_value(node, attribute);
    struct error err;

    if (value != NULL && usb_text_take(attribute, value, out, &err) < 0)
        note_broken(device, &err);
}

/* Until its end, or one byte more than may be. */
static int read_all(int fd, uint8_t *data, size_t room, size_t *size, struct error *err)
{
    ssize_t got;

    *size = 0;
    do {
        got = read(fd, data + *size, room - *size);
        if (got > 0)
            *size += (size_t)got;
    } while ((got > 0 && *size < room) || (got < 0 && errno == EINTR));
    return got < 0 ? error_set_errno(err, ERROR_IO, errno, "descriptors") : 0;
}

static int take_descriptors(struct udev_device *node, struct usb_device *device, struct error *err)
{
    static uint8_t data[LIMIT_USB_DESCRIPTORS + 1];
    char path[LIMIT_PATH_BYTES + 1];
    struct error broken;
    size_t size = 0;
    int fd, result;

    snprintf(path, sizeof(path), "%s/descriptors", udev_device_get_syspath(node));
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "descriptors");
    result = read_all(fd, data, sizeof(data), &size, err);
    close(fd);
    if (result < 0)
        return result;
    digest_of(data, size, device->digest);
    if (usb_descriptor_read(bytes_view_of(data, size), device, &broken) < 0)
        note_broken(device, &broken);
    return 0;
}

/* Its neighbours in sysfs are what the kernel made of the same bytes: two answers are none. */
static void compare_id(struct udev_device *node, struct usb_device *device)
{
    const char *vendor = udev_device_get_sysattr_value(node, "idVendor");
    const char *product = udev_device_get_sysattr_value(node, "idProduct");
    char id[USB_ID_TEXT_BYTES], kernel[USB_ID_TEXT_BYTES];
    struct error err;

    if (vendor == NULL || product == NULL)
        return;
    snprintf(kernel, sizeof(kernel), "%.4s:%.4s", vendor, product);
    if (strcmp(kernel, usb_id_text(device, id)) == 0)
        return;
    error_set(&err, ERROR_USB_DESCRIPTOR, "the kernel read the id %s and we %s", kernel, id);
    note_broken(device, &err);
}

/* The kernel links the socket's port on the one bus with that on the other. */
static void take_peer(struct udev_device *node, struct usb_device *device)
{
    char path[LIMIT_PATH_BYTES + 1], target[LIMIT_PATH_BYTES + 1];
    const char *last;
    ssize_t size;

    snprintf(path, sizeof(path), "%s/port/peer", udev_device_get_syspath(node));
    size = readlink(path, target, sizeof(target) - 1);
    target[size > 0 ? size : 0] = '\0';
    last = strrchr(target, '/');
    usb_peer_take(last != NULL ? last + 1 : target, device);
}

static int take_device(struct udev_device *node, struct usb_device *device, struct error *err)
{
    const char *removable = udev_device_get_sysattr_value(node, "removable");
    int result = usb_port_take(udev_device_get_sysname(node), device, err);

    if (result == 0)
        result = take_descriptors(node, device, err);
    if (result < 0)
        return result;
    device->bus = (unsigned)number_of(node, "busnum");
    device->number = (unsigned)number_of(node, "devnum");
    device->speed_mbit = (unsigned)number_of(node, "speed");
    device->fixed = removable != NULL && strcmp(removable, "fixed") == 0;
    take_peer(node, device);
    take_text(node, "manufacturer", device, device->manufacturer);
    take_text(node, "product", device, device->name);
    take_text(node, "serial", device, device->serial);
    compare_id(node, device);
    return 0;
}

/* What is gone again is no news; anything else must not go unseen, least of all a keyboard that nobody
 * can read. */
static int keep_unread(struct udev_device *node, struct list *list, const struct error *why,
                       struct error *err)
{
    struct usb_device *device = &list->devices[list->count];

    if (access(udev_device_get_syspath(node), F_OK) < 0)
        return 0;
    if (device->port[0] == '\0') {
        *err = *why;
        return -(int)err->code;
    }
    note_broken(device, why);
    list->count++;
    return 0;
}

static int add_device(struct udev_device *node, struct list *list, struct error *err)
{
    struct usb_device *device = &list->devices[list->count];
    const char *type = udev_device_get_devtype(node);
    struct error trouble;

    if (type == NULL || strcmp(type, "usb_device") != 0)
        return 0;
    if (list->count == LIMIT_USB_DEVICES)
        return error_set(err, ERROR_LIMIT, "more than USB_DEVICES devices");
    memset(device, 0, sizeof(*device));
    if (take_device(node, device, &trouble) < 0)
        return keep_unread(node, list, &trouble, err);
    list->count++;
    return 0;
}

static struct usb_device *find(const struct list *list, const char *port)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->devices[i].port, port) == 0)
            return &list->devices[i];
    }
    return NULL;
}

static void fill_block(struct udev_device *node, struct usb_block *block)
{
    const char *label = udev_device_get_property_value(node, "ID_FS_LABEL");
    const char *filesystem = udev_device_get_property_value(node, "ID_FS_TYPE");
    const char *size = udev_device_get_sysattr_value(node, "size");

    block->bytes = size != NULL ? strtoull(size, NULL, 10) % (INT64_MAX / SECTOR_BYTES) : 0;
    block->bytes *= SECTOR_BYTES;
    if (label != NULL)
        text_escape_string(label, block->label, sizeof(block->label));
    if (filesystem != NULL)
        text_escape_string(filesystem, block->filesystem, sizeof(block->filesystem));
}

/* Partitions beyond USB_BLOCKS have no name here; whose disk they are on, sysfs tells when one is to
 * be read. A stick that is full of them must not blind us for all others. */
static int add_block(struct udev_device *node, struct list *list, struct error *err)
{
    struct udev_device *parent =
        udev_device_get_parent_with_subsystem_devtype(node, "usb", "usb_device");
    const char *name = udev_device_get_sysname(node);
    struct usb_device *device = parent != NULL ? find(list, udev_device_get_sysname(parent)) : NULL;
    struct usb_block *block;

    (void)err;
    if (device == NULL || device->block_count == LIMIT_USB_BLOCKS || strlen(name) >= USB_NODE_BYTES)
        return 0;
    block = &device->blocks[device->block_count++];
    snprintf(block->node, sizeof(block->node), "%s", name);
    fill_block(node, block);
    return 0;
}

typedef int (*take_node)(struct udev_device *node, struct list *list, struct error *err);

static int each_of(struct udev *udev, const char *subsystem, take_node take, struct list *list,
                   struct error *err)
{
    struct udev_enumerate *all = udev_enumerate_new(udev);
    struct udev_list_entry *entry;
    int result = 0;

    if (all == NULL || udev_enumerate_add_match_subsystem(all, subsystem) < 0 ||
        udev_enumerate_scan_devices(all) < 0)
        result = error_set(err, ERROR_IO, "devices of %s can't be listed", subsystem);
    for (entry = result == 0 ? udev_enumerate_get_list_entry(all) : NULL;
         entry != NULL && result == 0; entry = udev_list_entry_get_next(entry)) {
        struct udev_device *node =
            udev_device_new_from_syspath(udev, udev_list_entry_get_name(entry));

        if (node == NULL)
            continue;
        result = take(node, list, err);
        udev_device_unref(node);
    }
    udev_enumerate_unref(all);
    return result;
}

static int by_port(const void *a, const void *b)
{
    const struct usb_device *left = a, *right = b;

    return strcmp(left->port, right->port);
}

int usb_look(struct udev *udev, struct usb_device **devices, size_t *count, struct error *err)
{
    struct list list = {bytes_allocate(LIMIT_USB_DEVICES + 1, sizeof(struct usb_device)), 0};
    int result = each_of(udev, "usb", add_device, &list, err);

    if (result == 0)
        result = each_of(udev, "block", add_block, &list, err);
    if (result < 0) {
        free(list.devices);
        list = (struct list){NULL, 0};
    }
    if (list.count > 0)
        qsort(list.devices, list.count, sizeof(*list.devices), by_port);
    *devices = list.devices;
    *count = list.count;
    return result;
}
