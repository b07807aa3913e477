/* SPDX-License-Identifier: ISC */
#include "mirror/content-check.h"

#include <stdlib.h>

const char *content_check_libexec(const struct command_invocation *invocation)
{
    const char *libexec = command_text(invocation, "libexec");

    return libexec != NULL ? libexec : LIBEXEC_FOLDER;
}

/* An endpoint does without a part of a content that is wrong; a publisher can mend it first. */
static int refuse_findings(const struct driver_run *run, const struct content_type *type,
                           struct error *err)
{
    const char *first = driver_run_finding(run, 0);
    size_t count = 0;

    while (driver_run_finding(run, count) != NULL)
        count++;
    if (count == 0)
        return 0;
    if (count == 1)
        return error_set(err, ERROR_BAD_CONTENT, "%s: %s", type->name, first);
    return error_set(err, ERROR_BAD_CONTENT, "%s: %.800s (and %zu more)", type->name, first,
                     count - 1);
}

int content_check(const char *libexec, const struct content_type *type, int content_fd,
                  const struct driver_run_key *key, struct error *err)
{
    struct driver_run_options options = {.libexec = libexec};
    struct driver_run *run = NULL;
    int result = driver_run_start(type->family, &options, &run, err);

    if (result < 0)
        return result;
    result = driver_run_content(run, "check", type->name, content_fd, key, err);
    if (result == 0)
        result = refuse_findings(run, type, err);
    driver_run_stop(run);
    return result;
}

static int check_files(struct driver_run *run, const struct content_type *type,
                       const struct package_source *held, struct error *err)
{
    struct driver_run_file *files = bytes_allocate(held->count, sizeof(*files));
    int result;

    for (uint32_t i = 0; i < held->count; i++)
        files[i] = (struct driver_run_file){.name = held->names[i], .fd = held->fds[i]};
    result = driver_run_files(run, "check", type->name, files, held->count, err);
    free(files);
    return result;
}

int content_check_held(const char *libexec, const struct content_type *type,
                       const struct package_source *held, struct error *err)
{
    struct driver_run_options options = {.libexec = libexec};
    struct driver_run *run = NULL;
    int result = driver_run_start(type->family, &options, &run, err);

    if (result < 0)
        return result;
    result = check_files(run, type, held, err);
    if (result == 0)
        result = refuse_findings(run, type, err);
    driver_run_stop(run);
    return result;
}
