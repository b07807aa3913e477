/* SPDX-License-Identifier: ISC */
#include "mirror/source-content.h"

#include <stdio.h>
#include <unistd.h>

#include "media/base/path.h"
#include "mirror/content-check.h"
#include "mirror/source-compile.h"
#include "mirror/source-hold.h"
#include "mirror/source.h"

#define STAGED     "source"
#define CONVERTED  "converted"
#define COMPILED   "compiled"
#define LINE_BYTES 256

static int make_folder(const struct repository *repository, const char *name, int *fd,
                       struct error *err)
{
    int result = path_make_folders(repository->scratch_fd, name, 0700, err);

    return result == 0 ? path_open_folder(repository->scratch_fd, name, fd, err) : result;
}

/* The compiled files take the place of the source, whose copy goes: it may be large. */
static int compile(struct source_content *content, const struct content_type *type,
                   struct error *err)
{
    int scratch_fd = content->repository->scratch_fd;
    int out_fd = -1;
    int result = make_folder(content->repository, COMPILED, &out_fd, err);

    if (result == 0)
        result = source_compile(content->libexec, type, content->folder_fd, scratch_fd, out_fd,
                                content->progress, &content->counts, err);
    (void)close(content->folder_fd);
    content->folder_fd = out_fd;
    return result == 0 ? path_remove(scratch_fd, STAGED, err) : result;
}

static int refuse_findings(struct source_content *content, const char *source, struct error *err)
{
    const struct source_converted *converted = &content->converted;
    const json_t *first = json_array_get(converted->findings, 0);
    size_t count = json_array_size(converted->findings);

    content->refused =
        converted->broken > 0 || (converted->left_out > 0 && !content->skip_unsupported);
    if (content->refused)
        return error_set(err, ERROR_BAD_CONTENT, "%s:%lld: %s%s; %u files can't be converted%s",
                         json_string_value(json_object_get(first, "file")),
                         (long long)json_integer_value(json_object_get(first, "line")),
                         json_string_value(json_object_get(first, "what")),
                         count > 1 ? " (and more)" : "", converted->broken + converted->left_out,
                         converted->broken == 0 ? ": leave them out with --skip-unsupported" : "");
    if (converted->made == 0)
        return error_set(err, ERROR_BAD_CONTENT, "%s: no file is left that can be converted",
                         source);
    return 0;
}

/* The converted files take the place of the source, whose copy goes. */
static int convert(struct source_content *content, const char *source, struct error *err)
{
    int scratch_fd = content->repository->scratch_fd;
    int out_fd = -1;
    int result = make_folder(content->repository, CONVERTED, &out_fd, err);

    if (result == 0)
        result = source_convert(content->libexec, content->format, content->folder_fd, out_fd,
                                &content->converted, err);
    (void)close(content->folder_fd);
    content->folder_fd = out_fd;
    if (result == 0)
        result = refuse_findings(content, source, err);
    return result == 0 ? path_remove(scratch_fd, STAGED, err) : result;
}

int source_content_take(struct source_content *content, const char *source,
                        const struct content_type *type, struct error *err)
{
    const struct content_type *staged = content->format != NULL ? &content->format->source : type;
    bool as_it_is = content->format == NULL && content_type_compiled(type) == NULL;
    uint32_t files;
    int result;

    content->held = (struct package_source){0};
    content->folder_fd = -1;
    content->counts = NULL;
    result = make_folder(content->repository, STAGED, &content->folder_fd, err);
    if (result == 0)
        result = source_stage(source, staged, content->libexec, content->folder_fd,
                              as_it_is ? &content->held : NULL, &files, err);
    if (result == 0 && content->format != NULL)
        result = convert(content, source, err);
    if (result == 0 && content_type_compiled(type) != NULL)
        result = compile(content, type, err);
    if (result < 0)
        return result;
    return content->held.fds != NULL
               ? content_check_held(content->libexec, type, &content->held, err)
               : content_check(content->libexec, type, content->folder_fd, NULL, err);
}

int source_content_settle(const struct source_content *content, struct error *err)
{
    return content->held.fds != NULL ? source_hold_check(&content->held, err) : 0;
}

void source_content_clear(struct source_content *content)
{
    if (content->folder_fd >= 0)
        (void)close(content->folder_fd);
    content->folder_fd = -1;
    package_source_clear(&content->held);
    json_decref(content->counts);
    content->counts = NULL;
    json_decref(content->converted.findings);
    content->converted.findings = NULL;
}

static void tell_findings(const struct source_content *content, const struct report *report)
{
    const json_t *row;
    size_t i;

    json_array_foreach(content->converted.findings, i, row)
    {
        report_data(report, "%s:%lld: %s", json_string_value(json_object_get(row, "file")),
                    (long long)json_integer_value(json_object_get(row, "line")),
                    json_string_value(json_object_get(row, "what")));
    }
    if (content->format != NULL)
        report_line(report, "%s: %u converted, %u left out, %u broken", content->format->name,
                    content->converted.made, content->converted.left_out,
                    content->converted.broken);
}

void source_content_tell(const struct source_content *content, const struct report *report)
{
    const char *list, *what;
    json_t *counts, *count;

    tell_findings(content, report);
    json_object_foreach(content->counts, list, counts)
    {
        char line[LINE_BYTES] = "";
        size_t used = 0;

        json_object_foreach(counts, what, count)
        {
            if (json_integer_value(count) > 0 && used < sizeof(line))
                used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s %lld",
                                         used > 0 ? ", " : "", what,
                                         (long long)json_integer_value(count));
        }
        if (used > 0)
            report_line(report, "%s: %s", list, line);
    }
}

json_t *source_content_converted(const struct source_content *content)
{
    const struct source_converted *converted = &content->converted;

    return json_pack("{s:s, s:i, s:i, s:i, s:O}", "format", content->format->name, "made",
                     (int)converted->made, "left_out", (int)converted->left_out, "broken",
                     (int)converted->broken, "findings", converted->findings);
}
