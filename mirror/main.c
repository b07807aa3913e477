/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <archive.h>
#include <gnutls/gnutls.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "media/base/json.h"
#include "media/base/log.h"
#include "media/base/secrecy.h"
#include "mirror/tree-list.h"

int commands_repository(const struct command_invocation *invocation, enum repository_use use,
                        struct repository **repository, struct error *err)
{
    const char *folder = command_text(invocation, "repo");

    return repository_open(folder != NULL ? folder : ".", use, invocation->command->name,
                           repository, err);
}

/* gnutls_check_version() also compares; here it only tells. */
static const char *gnutls_version(void)
{
    return gnutls_check_version(NULL);
}

int commands_run(const struct command_invocation *invocation, enum repository_use use,
                 commands_verb verb, struct error *err)
{
    struct repository *repository = NULL;
    struct report report;
    int result;

    report_begin(&report, invocation);
    result = commands_repository(invocation, use, &repository, err);
    if (result == 0) {
        if (use != REPOSITORY_LOOK)
            report_standing(&report, repository);
        result = verb(invocation, &report, repository, err);
    }
    if (result >= 0 && use == REPOSITORY_CHANGE && !command_flag(invocation, "dry-run")) {
        int listed = tree_list_write(repository->tree_fd, repository->catalog, err);

        result = listed < 0 ? listed : result;
    }
    repository_close(repository);
    report_end(&report);
    return result;
}

int commands_words(const struct command_invocation *invocation, const char *option, size_t max,
                   const char **text, struct error *err)
{
    *text = command_text(invocation, option);
    if (*text == NULL || json_text_valid(*text, max))
        return 0;
    if (strlen(*text) > max)
        return error_set(err, ERROR_LIMIT, "--%s: more than %zu bytes", option, max);
    return error_set(err, ERROR_USAGE,
                     "--%s: expected UTF-8 without control characters other than LF and TAB",
                     option);
}

int main(int argc, char **argv)
{
    static const struct command *const commands[] = {
        &cmd_init,
        &cmd_publish,
        &cmd_promote,
        &cmd_cosign,
        &cmd_withdraw,
        &cmd_reissue,
        &cmd_refresh,
        &cmd_abort,
        &cmd_export,
        &cmd_enroll,
        &cmd_flags_set,
        &cmd_keys_status,
        &cmd_keys_issue,
        &cmd_keys_content,
        &cmd_rotate_root,
        &cmd_revoke,
        &cmd_list,
        &cmd_show,
        &cmd_verify,
        &cmd_prune,
        &cmd_serve,
        &cmd_sync,
        NULL,
    };
    static const struct command_option options[] = {
        {"repo", 0, COMMAND_TEXT, "DIR", "the repository (default: the current folder)"},
        {"json", 0, COMMAND_FLAG, NULL, "one JSON document on standard output; never asks"},
        {"quiet", 'q', COMMAND_FLAG, NULL, "only errors"},
        {"libexec", 0, COMMAND_TEXT, "DIR", "where the driver programs are"},
    };
    static const struct command_library libraries[] = {
        {"gnutls", gnutls_version},
        {"jansson", jansson_version_str},
        {"libarchive", archive_version_string},
        {"sqlite", sqlite3_libversion},
        {"zstd", ZSTD_versionString},
    };
    static const struct command_program program = {
        .name = "sallyport-mirror",
        .summary = "publish signed content sets through release rings and export them",
        .commands = commands,
        .options = options,
        .option_count = sizeof(options) / sizeof(options[0]),
        .libraries = libraries,
        .library_count = sizeof(libraries) / sizeof(libraries[0]),
    };

    struct error err = {.code = ERROR_OK};

    log_open(program.name, STDERR_FILENO, LOG_LEVEL_WARN);
    /* A medium and the tree are for everybody; what is not is made with a mode that says so. */
    umask(022);
    if (secrecy_begin(&err) < 0) {
        fprintf(stderr, "%s: %s\n", program.name, err.words);
        return error_row(err.code)->exit_status;
    }
    return command_main(&program, argc, argv);
}
