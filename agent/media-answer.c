/* SPDX-License-Identifier: ISC */
#include "agent/media-answer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/audit.h"
#include "agent/eject.h"
#include "agent/media-registry.h"
#include "agent/medium.h"
#include "agent/source-look.h"

static json_t *watch_value(void)
{
    return json_pack("{s:b, s:i, s:n, s:s, s:s}", "running", 0, "devices", 0, "authorized_default",
                     "code", error_name(ERROR_USB_UNTOLD), "words",
                     "no program that watches them is installed");
}

int media_answer_list(const struct media_source *source, json_t **reply, struct error *err)
{
    json_t *media = NULL, *sources = NULL, *registered = NULL, *jobs = NULL;
    int result = medium_list(source->state, &media, err);

    if (result == 0)
        result = source_look_list(source->state, source->config, &sources, err);
    if (result == 0)
        result = media_registry_list(source->state, &registered, err);
    if (result == 0)
        result = audit_job_list(source->state, &jobs, err);
    if (result == 0)
        *reply = json_pack("{s:s, s:o, s:o, s:O, s:O, s:O, s:O}", "schema", "sallyport.media/1",
                           "watch", watch_value(), "devices", json_array(), "registered",
                           registered, "media", media, "sources", sources, "jobs", jobs);
    json_decref(jobs);
    json_decref(registered);
    json_decref(media);
    json_decref(sources);
    return result;
}

int media_answer_register(const struct media_source *source, const struct front_request *request,
                          json_t **reply, struct error *err)
{
    *reply = NULL;
    return error_set(err, ERROR_USB_UNTOLD, "%s: USB devices are not watched here", request->name);
}

/* By number, as the list has it. */
static int find_number(const struct media_source *source, const char *name, int64_t *number,
                       struct error *err)
{
    char *end;

    errno = 0;
    *number = strtoll(name, &end, 10);
    if (errno == 0 && *end == '\0' && *number > 0)
        return 0;
    return error_set(err, ERROR_NOT_FOUND, "%s: not plugged in; name it by its number", name);
}

static json_t *registered_reply(json_t *row)
{
    return json_pack("{s:s, s:o}", "schema", "sallyport.registered/1", "registered", row);
}

int media_answer_forget(const struct media_source *source, const struct front_request *request,
                        json_t **reply, struct error *err)
{
    json_t *row = NULL;
    int64_t number;
    int result = find_number(source, request->name, &number, err);

    *reply = NULL;
    if (result == 0)
        result = media_registry_forget(source->state, number, source->who, &row, err);
    if (result == 0)
        *reply = registered_reply(row);
    return result;
}

/* Whether what a job reads lies on one of these devices. What can't be opened any more is not read. */
static int check_reading(const struct media_source *source, const char *medium, struct error *err)
{
    struct block_device read_from;
    struct block_device_disks disks;
    struct error ignored;
    int fd, result = block_device_disks(medium, NULL, &disks, err);

    if (result < 0 || source->reading == NULL || source->reading[0] != '/')
        return result;
    fd = open(source->reading, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return 0;
    result = block_device_of(fd, NULL, &read_from, &ignored);
    (void)close(fd);
    for (size_t i = 0; result == 0 && i < read_from.port_count; i++) {
        if (strcmp(read_from.ports[i], disks.port) == 0)
            return error_set(err, ERROR_LOCKED,
                             "%s is being read: wait for the job, or pull it and what was there "
                             "before stays",
                             medium);
    }
    return 0;
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
        result = eject_medium(request->name, NULL, reply, &why);
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
