/* SPDX-License-Identifier: ISC */
#include "tui/report-device.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tui/field.h"

bool report_device_node(const char *source, char out[static LIMIT_NAME_BYTES + 1])
{
    char link[64], target[LIMIT_PATH_BYTES + 1];
    struct stat status;
    const char *name;
    dev_t device;
    ssize_t size;

    if (stat(source, &status) < 0)
        return false;
    device = S_ISBLK(status.st_mode) ? status.st_rdev : status.st_dev;
    snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(device), minor(device));
    size = readlink(link, target, sizeof(target) - 1);
    if (size <= 0)
        return false;
    target[size] = '\0';
    name = strrchr(target, '/');
    name = name != NULL ? name + 1 : target;
    return (size_t)snprintf(out, LIMIT_NAME_BYTES + 1, "%s", name) <= LIMIT_NAME_BYTES;
}

static bool has_node(const json_t *device, const char *node)
{
    const json_t *nodes = json_object_get(device, "nodes");

    for (size_t i = 0; i < json_array_size(nodes); i++) {
        const char *name = json_string_value(json_array_get(nodes, i));

        if (name != NULL && strcmp(name, node) == 0)
            return true;
    }
    return false;
}

json_t *report_device_find(const json_t *media, const char *node)
{
    const json_t *devices = json_object_get(media, "devices");

    for (size_t i = 0; i < json_array_size(devices); i++)
        if (has_node(json_array_get(devices, i), node))
            return json_incref(json_array_get(devices, i));
    return json_null();
}

static void add_identity(struct report *report, const json_t *device)
{
    char first[FIELD_BYTES], second[FIELD_BYTES], size[32];

    report_fact(report, OUTPUT_UNMARKED, "Name", "%s", field_text(device, "name", first));
    report_fact(report, OUTPUT_UNMARKED, "Id", "%s at port %s", field_text(device, "id", first),
                field_text(device, "port", second));
    report_fact(report, OUTPUT_UNMARKED, "Serial", "%s (%s)", field_text(device, "serial", first),
                field_text(device, "serial_quality", second));
    report_fact(report, OUTPUT_UNMARKED, "Interfaces", "%s",
                field_list(device, "interfaces", first));
    report_fact(report, OUTPUT_UNMARKED, "Size", "%s, label %s",
                json_is_integer(json_object_get(device, "size"))
                    ? output_bytes((uint64_t)field_number(device, "size"), size)
                    : "-",
                field_text(device, "label", first));
}

void report_device(struct report *report, const json_t *device)
{
    char first[FIELD_BYTES], second[FIELD_BYTES];

    report_section(report, "Device", NULL, NULL);
    if (!json_is_object(device)) {
        report_fact(report, OUTPUT_UNMARKED, "Device",
                    "not a USB device, or none was told: its identity was not looked at");
        return;
    }
    add_identity(report, device);
    report_fact(report,
                json_is_integer(json_object_get(device, "registered")) ? OUTPUT_OK : OUTPUT_WARN,
                "Registered", "%s",
                json_is_integer(json_object_get(device, "registered"))
                    ? field_count(device, "registered", first)
                    : "no");
    report_fact(report, output_mark_of(field_raw(device, "verdict")), "Verdict", "%s: %s",
                field_text(device, "code", first), field_text(device, "words", second));
    report_fact(report, OUTPUT_UNMARKED, "Rule", "%s", field_text(device, "rule", first));
}
