/* SPDX-License-Identifier: ISC */
#include "mirror/upstream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/log.h"
#include "media/base/path.h"

#define FINISH_MS 2000

bool upstream_is_gone(const struct error *err)
{
    switch (err->code) {
    case ERROR_PEER_GONE:
    case ERROR_PROTOCOL:
    case ERROR_TIMEOUT:
    case ERROR_MEDIUM_GONE:
        return true;
    default:
        return false;
    }
}

/* What the reader has to say before it is gone is in its log; how it ended, in its status. */
static int explain(struct upstream *upstream, const char *name, struct error *err)
{
    struct error ignored;
    char text[64];
    int status = 0, killed = 0;

    if (err->code == ERROR_PEER_GONE && upstream->child.pid != 0) {
        log_drain(upstream->child.log, source_reader(&upstream->source));
        if (spawn_finish(&upstream->child, FINISH_MS, &status, &killed, &ignored) == 0)
            error_set(err, ERROR_PEER_GONE, "%s %s", source_reader(&upstream->source),
                      spawn_status_text(status, text, sizeof(text)));
    }
    return error_context(err, "%s", name);
}

static int check_format(struct upstream *upstream, struct error *err)
{
    static const struct volume_name name = {.kind = VOLUME_FORMAT};
    struct bytes text;
    int result = upstream_read(upstream, &name, LIMIT_FORMAT_BYTES, &text, err);

    if (result < 0 && err->code == ERROR_NOT_FOUND)
        result = error_set(err, ERROR_NOT_A_MEDIUM, "%s holds no " VOLUME_ROOT "/FORMAT",
                           upstream->source.location);
    else if (result == 0 && (text.size != strlen(VOLUME_FORMAT_TEXT) ||
                             memcmp(text.data, VOLUME_FORMAT_TEXT, text.size) != 0))
        result =
            error_set(err, ERROR_BAD_FORMAT_FILE, VOLUME_ROOT "/FORMAT is not \"sallyport 1\"");
    bytes_clear(&text);
    return result;
}

int upstream_open(const char *location, const char *ca, const char *libexec,
                  struct upstream *upstream, struct error *err)
{
    int result;

    *upstream = (struct upstream){
        .source = {.fd = -1}, .child = {.pidfd = -1, .socket = -1, .log = -1}, .socket = -1};
    result = source_open(location, ca, &upstream->source, err);
    if (result == 0)
        result = source_start_reader(&upstream->source, libexec, NULL, &upstream->socket,
                                     &upstream->child, err);
    if (result == 0)
        result = reader_open(upstream->socket, &upstream->reader, err);
    return result == 0 ? check_format(upstream, err) : result;
}

void upstream_close(struct upstream *upstream)
{
    reader_close(upstream->reader);
    if (upstream->socket >= 0)
        (void)close(upstream->socket);
    if (upstream->child.pid != 0)
        log_drain(upstream->child.log, source_reader(&upstream->source));
    spawn_kill(&upstream->child);
    source_close(&upstream->source);
}

int upstream_read(struct upstream *upstream, const struct volume_name *name, size_t limit,
                  struct bytes *out, struct error *err)
{
    char path[VOLUME_NAME_BYTES];
    int result = reader_read_all(upstream->reader, volume_format(name, path), limit, out, err);

    return result < 0 ? explain(upstream, path, err) : 0;
}

int upstream_list(struct upstream *upstream, const char *folder, enum volume_kind kind,
                  size_t limit, struct volume_name **names, size_t *count, struct error *err)
{
    char path[VOLUME_NAME_BYTES], file[VOLUME_NAME_BYTES];
    char **found = NULL;
    size_t found_count = 0;
    int result;

    *count = 0;
    *names = NULL;
    snprintf(path, sizeof(path), VOLUME_ROOT "/%s", folder);
    result = reader_list(upstream->reader, path, &found, &found_count, err);
    if (result < 0)
        return explain(upstream, path, err);
    *names = bytes_allocate(found_count + 1, sizeof(**names));
    for (size_t i = 0; i < found_count; i++) {
        int size = snprintf(file, sizeof(file), "%s/%s", path, found[i]);

        if (size < 0 || (size_t)size >= sizeof(file) || volume_parse(file, &(*names)[*count]) < 0)
            upstream->ignored++;
        else
            *count += (*names)[*count].kind == kind;
    }
    path_free_names(found, found_count);
    if (*count > limit)
        return error_set(err, ERROR_LIMIT, "%s: %zu files, at most %zu are read", path, *count,
                         limit);
    return 0;
}
