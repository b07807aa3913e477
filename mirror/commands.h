/* SPDX-License-Identifier: ISC
 *
 * The verbs of sallyport-mirror: each row and its function live in cmd-VERB.c.
 */
#ifndef MIRROR_COMMANDS_H
#define MIRROR_COMMANDS_H

#include "media/base/command.h"
#include "mirror/report.h"
#include "mirror/repository.h"

extern const struct command cmd_init, cmd_publish, cmd_promote, cmd_cosign, cmd_export, cmd_enroll,
    cmd_flags_set, cmd_keys_content, cmd_keys_issue, cmd_keys_status, cmd_revoke, cmd_rotate_root,
    cmd_list, cmd_show, cmd_verify, cmd_refresh, cmd_reissue, cmd_withdraw, cmd_abort, cmd_prune,
    cmd_serve, cmd_sync;

/* What a verb does with the repository; returns what command's run does. */
typedef int (*commands_verb)(const struct command_invocation *invocation, struct report *report,
                             struct repository *repository, struct error *err);

/* Opens the repository as below, tells the standing warnings unless it is only looked at, and runs
 * the verb between report_begin() and report_end(). */
int commands_run(const struct command_invocation *invocation, enum repository_use use,
                 commands_verb verb, struct error *err) ERROR_MUST_CHECK;

/* The text of an option that becomes part of signed documents, or NULL when it isn't given. Checked
 * before anything is decided by it: a catalog that held what no document can would stop every later
 * set. ERROR_LIMIT past max bytes, ERROR_USAGE for what is no text. */
int commands_words(const struct command_invocation *invocation, const char *option, size_t max,
                   const char **text, struct error *err) ERROR_MUST_CHECK;

/* Opens the repository of --repo, else of the current folder, for the verb of the invocation. */
int commands_repository(const struct command_invocation *invocation, enum repository_use use,
                        struct repository **repository, struct error *err) ERROR_MUST_CHECK;

#endif
