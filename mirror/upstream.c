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
    if (upstream->export != NULL)
        export_clear(upstream->export);
    free(upstream->export);
    free(upstream->files);
}

/* The export document. */

static void remember(struct upstream *upstream, const struct upstream_file *file)
{
    if (upstream->file_count == upstream->file_capacity) {
        size_t capacity = 2 * upstream->file_capacity + 64;
        struct upstream_file *grown = bytes_allocate(capacity, sizeof(*grown));

        if (upstream->file_count > 0)
            memcpy(grown, upstream->files, upstream->file_count * sizeof(*grown));
        free(upstream->files);
        upstream->files = grown;
        upstream->file_capacity = capacity;
    }
    upstream->files[upstream->file_count++] = *file;
}

static int compare_row(const void *path, const void *row)
{
    return strcmp(path, ((const struct export_file *)row)->path);
}

static int check_listed(const struct export_document *export, const struct upstream_file *file,
                        struct error *err)
{
    const struct export_file *row = NULL;

    if (export->file_count > 0)
        row = bsearch(file->path, export->files, export->file_count, sizeof(*export->files),
                      compare_row);
    if (row == NULL)
        return error_set(err, ERROR_MIXED_EXPORT, "%s: the export document does not list it",
                         file->path);
    if (row->size != file->size || memcmp(row->digest, file->digest, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_MIXED_EXPORT, "%s: is not as the export document lists it",
                         file->path);
    return 0;
}

static int judge_export(struct upstream *upstream, struct trust *trust,
                        const struct bytes *document, struct error *err)
{
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    int result = trust_judge(trust, DOCUMENT_EXPORT, NULL, bytes_view(document), verdict, err);

    upstream->export = bytes_allocate(1, sizeof(*upstream->export));
    if (result == 0)
        result = export_parse(verdict->content, upstream->export, err);
    free(verdict);
    return result < 0 ? error_context(err, VOLUME_ROOT "/export.p7m") : 0;
}

int upstream_check_export(struct upstream *upstream, struct trust *trust, struct error *err)
{
    static const char path[] = VOLUME_ROOT "/export.p7m";
    struct bytes document;
    int result = reader_read_all(upstream->reader, path, LIMIT_EXPORT_BYTES, &document, err);

    if (result < 0 && err->code == ERROR_NOT_FOUND)
        result = 0;
    else if (result < 0)
        result = explain(upstream, path, err);
    else
        result = judge_export(upstream, trust, &document, err);
    for (size_t i = 0; i < upstream->file_count && upstream->export != NULL && result == 0; i++)
        result = check_listed(upstream->export, &upstream->files[i], err);
    bytes_clear(&document);
    return result;
}

int upstream_read(struct upstream *upstream, const struct volume_name *name, size_t limit,
                  struct bytes *out, struct error *err)
{
    struct upstream_file file = {.size = 0};
    int result = reader_read_all(upstream->reader, volume_format(name, file.path), limit, out, err);

    if (result < 0)
        return explain(upstream, file.path, err);
    file.size = out->size;
    digest_of(out->data, out->size, file.digest);
    if (upstream->export != NULL)
        return check_listed(upstream->export, &file, err);
    remember(upstream, &file);
    return 0;
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
