/* SPDX-License-Identifier: ISC */
#include "agent/media-view.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static char read_digit(const char *path)
{
    FILE *file = fopen(path, "re");
    int byte = file != NULL ? fgetc(file) : EOF;

    if (file != NULL)
        (void)fclose(file);
    return byte >= '0' && byte <= '9' ? (char)byte : '\0';
}

/* 1: each device is authorised as it comes, which is the kernel's default; 0: none is; 2: those that
 * are soldered in (Linux, Documentation/usb/authorization.rst). The largest of all buses. */
static json_t *authorized_value(const struct usb_gate *gate)
{
    const struct block_device_places *places =
        gate->places != NULL ? gate->places : &block_device_kernel;
    char pattern[PATH_MAX], text[2] = "", digit;
    glob_t found;

    if (snprintf(pattern, sizeof(pattern), "%s/bus/usb/devices/usb*/authorized_default",
                 places->sys) >= (int)sizeof(pattern) ||
        glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
        return json_null();
    for (size_t i = 0; i < found.gl_pathc; i++) {
        digit = read_digit(found.gl_pathv[i]);
        if (digit != '\0' && text[0] != '1')
            text[0] = digit;
    }
    globfree(&found);
    return text[0] != '\0' ? json_string(text) : json_null();
}

json_t *media_view_watch(const struct usb_gate *gate)
{
    struct error why = {.code = ERROR_OK};
    size_t count;
    bool settled;

    if (gate == NULL)
        return json_null();
    settled = usb_watch_settled(gate->watch, &why) == 0;
    usb_watch_devices(gate->watch, &count);
    return json_pack("{s:b, s:I, s:o, s:s, s:s}", "running", settled, "devices",
                     (json_int_t)(settled ? count : 0), "authorized_default",
                     authorized_value(gate), "code", settled ? "ok" : error_name(why.code), "words",
                     settled ? "" : why.words);
}

/* Which word decided: a rule of the configuration, a registration, or what no rule can lift. */
static json_t *rule_value(const struct usb_verdict *verdict,
                          const struct media_registration *registration)
{
    if (verdict->rule != NULL)
        return json_sprintf("rule %u: %s", verdict->rule->number, verdict->rule->text);
    if (verdict->code == ERROR_OK)
        return json_sprintf("registered medium %lld", (long long)registration->number);
    return json_string(verdict->code == ERROR_USB_NOT_ALLOWED ? "none allows it"
                                                              : "built in; no rule lifts it");
}

static json_t *device_value(const struct usb_device *device, const struct usb_verdict *verdict,
                            const struct media_registration *registration, const char *reading)
{
    json_t *row = usb_view_device(device, verdict);

    json_object_set_new(row, "registered",
                        registration->number != 0 ? json_integer((json_int_t)registration->number)
                                                  : json_null());
    json_object_set_new(row, "rule", rule_value(verdict, registration));
    json_object_set_new(row, "state",
                        json_string(strcmp(device->port, reading) == 0 ? "reading" : "present"));
    return row;
}

int media_view_devices(struct usb_gate *gate, const char *reading, json_t **list, struct error *err)
{
    const struct usb_device *devices;
    size_t count;
    int result = 0;

    *list = json_array();
    if (gate == NULL || usb_watch_settled(gate->watch, err) < 0)
        return 0;
    devices = usb_watch_devices(gate->watch, &count);
    for (size_t i = 0; i < count && result == 0; i++) {
        struct media_registration registration;
        struct usb_verdict verdict;

        if (!usb_is_medium(&devices[i]))
            continue;
        result = usb_gate_judge(gate, &devices[i], &verdict, &registration, err);
        if (result == 0)
            json_array_append_new(*list,
                                  device_value(&devices[i], &verdict, &registration, reading));
    }
    return result;
}
