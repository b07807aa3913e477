/* SPDX-License-Identifier: ISC */
#include "mirror/source-convert.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "media/base/convert-protocol.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/base/refusal.h"
#include "media/base/spawn.h"
#include "media/package-source.h"

static const char *const sigma_files[] = {"*.yml", "*.yaml", NULL};

static const struct source_format formats[] = {
    {"sigma", "behavior", {.name = "sigma", .patterns = sigma_files}, ".lua"},
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

struct converting {
    const struct source_format *format;
    struct child child;
    int source_fd, out_fd;
    struct source_converted *converted;
};

int source_format_find(const char *name, const struct content_type *type,
                       const struct source_format **format, struct error *err)
{
    char known[128] = "";
    size_t used = 0;

    for (size_t i = 0; i < FORMATS; i++) {
        if (strcmp(formats[i].name, name) == 0 && strcmp(formats[i].type, type->name) == 0) {
            *format = &formats[i];
            return 0;
        }
        used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s for %s",
                                 i > 0 ? ", " : "", formats[i].name, formats[i].type);
    }
    return error_set(err, ERROR_USAGE, "--from %s: not for %s; there is: %s", name, type->name,
                     known);
}

static int start(const char *libexec, struct child *child, struct error *err)
{
    static const char *const arguments[] = {CONVERT_PROGRAM, NULL};
    const struct spawn_limit limits[] = {{RLIMIT_CORE, 0}};
    char program[LIMIT_PATH_BYTES + 1];
    struct spawn spawn = {
        .program = program, .arguments = arguments, .limits = limits, .limit_count = 1};

    if (snprintf(program, sizeof(program), "%s/" CONVERT_PROGRAM, libexec) >= (int)sizeof(program))
        return error_set(err, ERROR_LIMIT, "path of %s is longer than PATH_BYTES", CONVERT_PROGRAM);
    return spawn_with_socket(&spawn, child, err);
}

static int take_row(struct converting *converting, const char *name, const json_t *row,
                    struct error *err)
{
    const char *what = NULL;
    uint64_t line = 0;
    const struct json_field fields[] = {
        {.key = "line", .kind = JSON_COUNT, .out = &line, .max = LIMIT_YAML_BYTES},
        {.key = "what", .kind = JSON_TEXT, .out = &what, .min = 1, .max = CONVERT_WHAT},
    };
    int result = json_fields(row, fields, 2, err);

    if (result == 0)
        json_array_append_new(
            converting->converted->findings,
            json_pack("{s:s, s:I, s:s}", "file", name, "line", (json_int_t)line, "what", what));
    return result;
}

static void add_untold(struct converting *converting, const char *name, uint64_t untold)
{
    char words[64];

    if (untold == 0)
        return;
    snprintf(words, sizeof(words), "and %llu more", (unsigned long long)untold);
    json_array_append_new(converting->converted->findings,
                          json_pack("{s:s, s:i, s:s}", "file", name, "line", 0, "what", words));
}

static int take_found(struct converting *converting, const char *name, const struct frame *frame,
                      struct error *err)
{
    bool broken = false;
    uint64_t untold = 0;
    json_t *rows = NULL, *body = NULL;
    const struct json_field fields[] = {
        {.key = "broken", .kind = JSON_FLAG, .out = &broken},
        {.key = "untold", .kind = JSON_COUNT, .out = &untold, .max = LIMIT_YAML_BYTES},
        {.key = "rows", .kind = JSON_LIST, .out = &rows, .min = 1, .max = LIMIT_SIGMA_FINDINGS},
    };
    int result = frame_read_json(frame, CONVERT_FOUND, &body, err);

    if (result == 0)
        result = json_fields(body, fields, 3, err);
    for (size_t i = 0; result == 0 && i < json_array_size(rows); i++)
        result = take_row(converting, name, json_array_get(rows, i), err);
    if (result == 0) {
        add_untold(converting, name, untold);
        converting->converted->broken += broken;
        converting->converted->left_out += !broken;
    }
    json_decref(body);
    return result;
}

static int hear(struct converting *converting, const char *name, bool *made, struct error *err)
{
    struct frame frame;
    int result = frame_receive(converting->child.socket, CONVERT_MESSAGE, -1, &frame, err);

    if (result == -(int)ERROR_PEER_GONE)
        return refusal_of_end(&converting->child, CONVERT_PROGRAM, name, CONVERT_NO_SANDBOX, err);
    if (result < 0)
        return result;
    *made = frame.type == CONVERT_MADE;
    if (frame.type == CONVERT_FOUND)
        result = take_found(converting, name, &frame, err);
    else if (frame.type == CONVERT_REFUSED)
        result = refusal_take(&frame, CONVERT_REFUSED, CONVERT_MESSAGE, err);
    else if (frame.type != CONVERT_MADE)
        result = error_set(err, ERROR_PROTOCOL, "message of type %u", frame.type);
    frame_clear(&frame);
    return result < 0 ? error_context(err, "%s", name) : 0;
}

static int send_file(struct converting *converting, int in, uint64_t size, int out,
                     struct error *err)
{
    const int fds[] = {in, out};
    json_t *body =
        json_pack("{s:s, s:I}", "format", converting->format->name, "size", (json_int_t)size);
    int result = frame_send_json(converting->child.socket, CONVERT_FILE, body, fds, 2, -1, err);

    json_decref(body);
    /* That it is gone is heard with the reason. */
    return result == -(int)ERROR_PEER_GONE ? 0 : result;
}

/* "a/b.yml" -> "a/b.lua", whose folder is made. */
static int open_output(const struct converting *converting, const char *name, char *made_name,
                       int *out, struct error *err)
{
    const char *dot = strrchr(name, '.'), *slash = strrchr(name, '/');
    char folder[LIMIT_PATH_BYTES + 1];
    int result = 0;

    if (snprintf(made_name, LIMIT_PATH_BYTES + 1, "%.*s%s", (int)(dot - name), name,
                 converting->format->suffix) > LIMIT_PATH_BYTES)
        return error_set(err, ERROR_LIMIT, "%s: the name is too long for another suffix", name);
    if (slash != NULL) {
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - name), name);
        result = path_make_folders(converting->out_fd, folder, 0700, err);
    }
    if (result == 0 && faccessat(converting->out_fd, made_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return error_set(err, ERROR_BAD_CONTENT, "%s: another file becomes %s as well", name,
                         made_name);
    return result == 0
               ? path_open(converting->out_fd, made_name, O_RDWR | O_CREAT | O_EXCL, 0600, out, err)
               : result;
}

static int convert_file(struct converting *converting, const char *name, struct error *err)
{
    char made_name[LIMIT_PATH_BYTES + 1];
    uint64_t size;
    bool made = false;
    int in, out = -1;
    int result = path_open_regular(converting->source_fd, name, LIMIT_YAML_BYTES, &in, &size, err);

    if (result < 0)
        return result;
    result = open_output(converting, name, made_name, &out, err);
    if (result == 0)
        result = send_file(converting, in, size, out, err);
    if (result == 0)
        result = hear(converting, name, &made, err);
    (void)close(in);
    if (out >= 0)
        (void)close(out);
    converting->converted->made += made;
    return result == 0 && !made ? path_remove(converting->out_fd, made_name, err) : result;
}

int source_convert(const char *libexec, const struct source_format *format, int source_fd,
                   int out_fd, struct source_converted *converted, struct error *err)
{
    struct converting converting = {.format = format,
                                    .child = {.pidfd = -1, .socket = -1, .log = -1},
                                    .source_fd = source_fd,
                                    .out_fd = out_fd,
                                    .converted = converted};
    struct package_source list = {0};
    int result = package_source_list(source_fd, &list, err);

    *converted = (struct source_converted){.findings = json_array()};
    if (result == 0)
        result = start(libexec, &converting.child, err);
    for (uint32_t i = 0; i < list.count && result == 0; i++)
        result = convert_file(&converting, list.names[i], err);
    spawn_kill(&converting.child);
    package_source_clear(&list);
    return result;
}
