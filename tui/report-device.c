/* SPDX-License-Identifier: ISC */
#include "tui/report-device.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tui/field.h"

int report_device_place(const char *source, struct block_device *place, struct error *err)
{
    int fd = open(source, O_PATH | O_CLOEXEC), result;

    *place = (struct block_device){.port_count = 0};
    if (fd < 0)
        return 0;
    result = block_device_of(fd, NULL, place, err);
    (void)close(fd);
    return result;
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

json_t *report_device_find(const json_t *media, const char *name)
{
    const json_t *devices = json_object_get(media, "devices");

    for (size_t i = 0; i < json_array_size(devices); i++) {
        json_t *device = json_array_get(devices, i);
        const char *port = field_raw(device, "port");

        if ((port != NULL && strcmp(port, name) == 0) || has_node(device, name))
            return json_incref(device);
    }
    return json_null();
}

json_t *report_device_at(const json_t *media, const struct block_device *place)
{
    json_t *device =
        place->port_count > 0 ? report_device_find(media, place->ports[0]) : json_null();

    return json_is_null(device) ? report_device_find(media, place->node) : device;
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
