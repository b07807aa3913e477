/* SPDX-License-Identifier: ISC */
#include "mirror/source-content.h"

#include <stdio.h>
#include <unistd.h>

#include "media/base/path.h"
#include "mirror/content-check.h"
#include "mirror/source-compile.h"
#include "mirror/source.h"

#define STAGED     "source"
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

int source_content_take(struct source_content *content, const char *source,
                        const struct content_type *type, struct error *err)
{
    uint32_t files;
    int result;

    content->folder_fd = -1;
    content->counts = NULL;
    result = make_folder(content->repository, STAGED, &content->folder_fd, err);
    if (result == 0)
        result = source_stage(source, type, content->libexec, content->folder_fd, &files, err);
    if (result == 0 && content_type_compiled(type) != NULL)
        result = compile(content, type, err);
    if (result == 0)
        result = content_check(content->libexec, type, content->folder_fd, NULL, err);
    return result;
}

void source_content_clear(struct source_content *content)
{
    if (content->folder_fd >= 0)
        (void)close(content->folder_fd);
    content->folder_fd = -1;
    json_decref(content->counts);
    content->counts = NULL;
}

void source_content_tell(const struct source_content *content, const struct report *report)
{
    const char *list, *what;
    json_t *counts, *count;

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
