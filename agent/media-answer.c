/* SPDX-License-Identifier: ISC */
#include "agent/media-answer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/audit.h"
#include "agent/eject.h"
#include "agent/media-registry.h"
#include "agent/media-view.h"
#include "agent/medium.h"
#include "agent/source-look.h"

static const struct block_device_places *places_of(const struct media_source *source)
{
    return source->gate != NULL ? source->gate->places : NULL;
}

/* The port that a job reads from; "" for none. What can't be opened any more is not read. */
static const char *reading_port(const struct media_source *source, struct block_device *device)
{
    struct error ignored;
    int fd, result;

    *device = (struct block_device){.port_count = 0};
    if (source->reading == NULL || source->reading[0] != '/')
        return "";
    fd = open(source->reading, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return "";
    result = block_device_of(fd, places_of(source), device, &ignored);
    (void)close(fd);
    return result == 0 && device->port_count > 0 ? device->ports[0] : "";
}

int media_answer_list(const struct media_source *source, json_t **reply, struct error *err)
{
    json_t *media = NULL, *sources = NULL, *registered = NULL, *jobs = NULL;
    json_t *devices = NULL;
    struct block_device device;
    int result = medium_list(source->state, &media, err);

    if (result == 0)
        result = source_look_list(source->state, source->config, &sources, err);
    if (result == 0)
        result = media_registry_list(source->state, &registered, err);
    if (result == 0)
        result = audit_job_list(source->state, &jobs, err);
    if (result == 0)
        result = media_view_devices(source->gate, reading_port(source, &device), &devices, err);
    if (result == 0)
        *reply =
            json_pack("{s:s, s:o, s:O, s:O, s:O, s:O, s:O}", "schema", "sallyport.media/1", "watch",
                      media_view_watch(source->gate), "devices", devices, "registered", registered,
                      "media", media, "sources", sources, "jobs", jobs);
    json_decref(jobs);
    json_decref(devices);
    json_decref(registered);
    json_decref(media);
    json_decref(sources);
    return result;
}

/* What is plugged in at a port or has a block device of that name. */
static const struct usb_device *find_device(const struct media_source *source, const char *name,
                                            struct error *err)
{
    const struct usb_device *device;

    if (source->gate == NULL) {
        error_set(err, ERROR_USB_UNTOLD, "%s: nothing watches USB devices here", name);
        return NULL;
    }
    usb_watch_wait(source->gate->watch, 0);
    if (usb_watch_settled(source->gate->watch, err) < 0)
        return NULL;
    device = usb_watch_find(source->gate->watch, name);
    if (device == NULL)
        error_set(err, ERROR_NOT_FOUND, "%s: no USB device is plugged in there", name);
    return device;
}

static json_t *registered_reply(json_t *row)
{
    return json_pack("{s:s, s:o}", "schema", "sallyport.registered/1", "registered", row);
}

/* "purpose:WORDS\n" of what was asked. */
static void copy_label(const char *asked, const char *key, char out[LIMIT_MEDIUM_LABEL_BYTES + 1])
{
    size_t length = strlen(key);

    out[0] = '\0';
    for (const char *line = asked; *line != '\0'; line += strcspn(line, "\n") + 1) {
        if (strncmp(line, key, length) == 0 && line[length] == ':')
            snprintf(out, LIMIT_MEDIUM_LABEL_BYTES + 1, "%.*s",
                     (int)strcspn(line + length + 1, "\n"), line + length + 1);
    }
}

/* A registration lifts nothing but the want of one. */
static int check_registrable(const struct media_source *source, const struct usb_device *device,
                             struct error *err)
{
    struct media_registration registration;
    struct usb_verdict verdict;
    int result = usb_gate_judge(source->gate, device, &verdict, &registration, err);

    if (result < 0 || verdict.code == ERROR_OK || verdict.code == ERROR_USB_NOT_ALLOWED)
        return result;
    return error_set(err, verdict.code, "USB device at %s: %.600s", device->port, verdict.words);
}

int media_answer_register(const struct media_source *source, const struct front_request *request,
                          json_t **reply, struct error *err)
{
    const struct usb_device *device = find_device(source, request->name, err);
    char purpose[LIMIT_MEDIUM_LABEL_BYTES + 1], owner[LIMIT_MEDIUM_LABEL_BYTES + 1];
    struct media_identity identity;
    struct usb_gate_text text;
    json_t *row = NULL;
    int result = device == NULL ? -(int)err->code : check_registrable(source, device, err);

    *reply = NULL;
    if (result < 0)
        return result;
    copy_label(request->asked, "purpose", purpose);
    copy_label(request->asked, "owner", owner);
    identity = usb_gate_identity(device, &text);
    result = media_registry_add(source->state, &identity, purpose, owner, source->who, &row, err);
    if (result == 0)
        *reply = registered_reply(row);
    return result;
}

/* As it is plugged in now it begins anew: what it looked like before counts no more. */
static int forget_device(const struct media_source *source, const struct usb_device *device,
                         json_t **row, struct error *err)
{
    struct media_registration registration;
    struct usb_gate_text text;
    const struct media_identity identity = usb_gate_identity(device, &text);
    int result =
        media_registry_find(source->state, identity.id, identity.serial, &registration, err);

    *row = json_null();
    if (result == 0 && registration.number != 0)
        result = media_registry_forget(source->state, registration.number, source->who, row, err);
    if (result == 0)
        result =
            media_registry_clear(source->state, identity.id, identity.serial, source->who, err);
    return result < 0 ? result : media_registry_saw(source->state, &identity, device->port, err);
}

int media_answer_forget(const struct media_source *source, const struct front_request *request,
                        json_t **reply, struct error *err)
{
    const struct usb_device *device;
    json_t *row = NULL;
    char *end;
    long long number = strtoll(request->name, &end, 10);
    int result;

    *reply = NULL;
    if (*end == '\0' && number > 0)
        result = media_registry_forget(source->state, number, source->who, &row, err);
    else if ((device = find_device(source, request->name, err)) != NULL)
        result = forget_device(source, device, &row, err);
    else
        result = -(int)err->code;
    if (result == 0)
        *reply = registered_reply(row);
    else
        json_decref(row);
    return result;
}

static int check_reading(const struct media_source *source, const char *medium, struct error *err)
{
    struct block_device_disks disks;
    struct block_device device;
    int result = block_device_disks(medium, places_of(source), &disks, err);

    if (result == 0 && strcmp(reading_port(source, &device), disks.port) == 0)
        return error_set(err, ERROR_LOCKED,
                         "%s is being read: wait for the job, or pull it and what was there "
                         "before stays",
                         medium);
    return result;
}

static int note_eject(const struct media_source *source, const char *medium,
                      const struct error *why, const json_t *reply, struct error *err)
{
    const char *words = json_string_value(json_object_get(reply, "words"));
    const struct audit_event event = {.who = source->who,
                                      .what = "media-eject",
                                      .code = why->code,
                                      .subject = medium,
                                      .words = words != NULL ? words : why->words};

    return audit_append(source->state, &event, NULL, err);
}

int media_answer_eject(const struct media_source *source, const struct front_request *request,
                       json_t **reply, struct error *err)
{
    struct error why = {.code = ERROR_OK};
    int result, noted;

    *reply = NULL;
    result = check_reading(source, request->name, &why);
    if (result == 0)
        result = eject_medium(request->name, places_of(source), reply, &why);
    noted = note_eject(source, request->name, &why, *reply, err);
    if (result == 0 && noted < 0) {
        json_decref(*reply);
        *reply = NULL;
        return noted;
    }
    if (result < 0)
        *err = why;
    return result;
}
