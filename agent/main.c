/* SPDX-License-Identifier: ISC
 *
 * sallyport-agent: the monitor of an endpoint. This process holds state, floors, keys and the audit
 * chain, and parses nothing that comes from outside. What does is started by it:
 *
 *   sallyport-agent
 *   |- sallyport-front          control socket          agent/monitor.c
 *   |- sallyport-reader-*       one per import, twice   agent/process.c
 *   |- sallyport-verify         one per import          agent/import-verify.c
 *   |- sallyport-intake         one per import          agent/import-fetch.c
 *   `- sallyport-driver-FAMILY  one per family          agent/driver-host.c
 */
#include <gnutls/gnutls.h>
#include <jansson.h>
#include <sqlite3.h>
#include <config.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/commands.h"
#include "agent/privilege.h"
#include "media/base/bytes.h"
#include "media/base/journal.h"
#include "media/base/log.h"
#include "media/base/secrecy.h"

#define DEFAULT_CONFIG SYSCONF_FOLDER "/agent.conf"

static const struct command_option options[] = {
    {"config", 0, COMMAND_TEXT, "FILE", "configuration (default " DEFAULT_CONFIG ")"},
    {"state", 0, COMMAND_TEXT, "DIR", "state folder, in place of the configured one"},
    {"socket", 0, COMMAND_TEXT, "PATH", "control socket, in place of the configured one"},
    {"libexec", 0, COMMAND_TEXT, "DIR", "folder of the programs that are started"},
    {"json", 0, COMMAND_FLAG, NULL, "results and errors as JSON"},
};

static const struct command *const commands[] = {&command_enroll, &command_run, &command_check,
                                                 NULL};

/* gnutls_check_version() also compares; here it only tells. */
static const char *gnutls_version(void)
{
    return gnutls_check_version(NULL);
}

static const struct command_library libraries[] = {
    {"gnutls", gnutls_version},
    {"jansson", jansson_version_str},
    {"sqlite", sqlite3_libversion},
};

static const struct command_program program = {
    .name = "sallyport-agent",
    .summary = "imports, proves and activates signed content on an endpoint",
    .commands = commands,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .libraries = libraries,
    .library_count = sizeof(libraries) / sizeof(libraries[0]),
};

/* Keys of section [agent] that an option of the same name stands in for. */
static const char *const overrides[] = {"state", "socket", "libexec"};

int commands_config(const struct command_invocation *invocation, struct config *config,
                    struct error *err)
{
    const char *file = command_text(invocation, "config");
    int result = config_read(file != NULL ? file : DEFAULT_CONFIG, file != NULL, config, err);

    for (size_t i = 0; i < sizeof(overrides) / sizeof(overrides[0]) && result == 0; i++)
        result = config_override(config, overrides[i], command_text(invocation, overrides[i]), err);
    return result;
}

int main(int argc, char **argv)
{
    struct error err = {.code = ERROR_OK};

    umask(077);
    signal(SIGPIPE, SIG_IGN); /* a reader of our log that ends must not end us */
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is a full disk: an error, no end */
    log_open("sallyport-agent", STDERR_FILENO, LOG_LEVEL_INFO);
    (void)log_to_journal(JOURNAL_PLACE);
    /* Content keys and the enrolment's passphrase come; of root's powers only few are needed. */
    if (secrecy_begin(&err) < 0 || privilege_shed(&err) < 0) {
        log_write(LOG_LEVEL_ERROR, "%s", err.words);
        return error_row(err.code)->exit_status;
    }
    return command_main(&program, argc, argv);
}
