/* SPDX-License-Identifier: ISC */
#include "agent/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "agent/process.h"
#include "media/base/text.h"
#include "media/content-type.h"
#include "media/driver-run.h"

#define DRIVER_USER "sallyport-driver"

static const char *const examples[] = {"check flags-supplement",
                                       "check behavior /srv/rules --config ./agent.conf", NULL};

/* A service without the power to change users stays who it is: the driver's sandbox is the same. */
static const char *driver_user(const struct config *config)
{
    if (prctl(PR_CAPBSET_READ, CAP_SETUID, 0, 0, 0) != 1)
        return NULL;
    return process_user(config->driver_user, DRIVER_USER);
}

static int open_content(const struct config *config, const struct content_type *type,
                        const char *given, int *fd, struct error *err)
{
    char place[LIMIT_PATH_BYTES + 1];

    if (given != NULL)
        snprintf(place, sizeof(place), "%s", given);
    else
        snprintf(place, sizeof(place), "%s/content/%s/current", config->state, type->name);
    *fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0)
        return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno, "%s",
                               place);
    return 0;
}

static int ask_driver(const struct config *config, const struct content_type *type, int folder,
                      struct error *err)
{
    const struct config_driver *limits = config_driver(config, type->family);
    const struct driver_run_options options = {.libexec = config->libexec,
                                               .user = driver_user(config),
                                               .memory_bytes =
                                                   limits != NULL ? limits->memory_bytes : 0};
    struct driver_run *driver = NULL;
    int result = driver_run_start(type->family, &options, &driver, err);

    if (result == 0)
        result = driver_run_content(driver, "check", type->name, folder, NULL, err);
    driver_run_stop(driver);
    return result;
}

static int find_type(const char *name, const struct content_type **type, struct error *err)
{
    *type = content_type_find(name);
    if (*type == NULL)
        return error_set(err, ERROR_NOT_FOUND, "%s is no content type", name);
    if ((*type)->sealed)
        return error_set(err, ERROR_USAGE,
                         "content of type %s is sealed, and only the running agent has its key",
                         name);
    return 0;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    const char *given = invocation->argument_count > 1 ? invocation->arguments[1] : NULL;
    const struct content_type *type;
    struct config config = {.state = NULL};
    int folder = -1, result = commands_config(invocation, &config, err);

    if (result == 0)
        result = find_type(invocation->arguments[0], &type, err);
    if (result == 0)
        result = open_content(&config, type, given, &folder, err);
    if (result == 0)
        result = ask_driver(&config, type, folder, err);
    if (result == 0 && !command_flag(invocation, "json"))
        printf("%s: its driver takes it\n", type->name);
    else if (result == 0)
        printf("{\"code\":\"ok\",\"schema\":\"sallyport.driver-check/1\",\"type\":\"%s\"}\n",
               type->name);
    if (folder >= 0)
        (void)close(folder);
    config_clear(&config);
    return result;
}

const struct command command_check = {
    .name = "check",
    .arguments = "TYPE [FOLDER]",
    .summary = "Have a driver of its own look at the content in service, or at a folder",
    .description = "For finding out why content fails: a new driver process loads it as an import "
                   "would and ends; the running agent, its drivers and the state are not touched. "
                   "sallyport-driver@TYPE.service does it with a service's limits.",
    .examples = examples,
    .run = run,
};
