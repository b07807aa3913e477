/* SPDX-License-Identifier: ISC */
#include "mirror/content-check.h"

const char *content_check_libexec(const struct command_invocation *invocation)
{
    const char *libexec = command_text(invocation, "libexec");

    return libexec != NULL ? libexec : LIBEXEC_FOLDER;
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
    driver_run_stop(run);
    return result;
}
