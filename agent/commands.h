/* SPDX-License-Identifier: ISC
 *
 * The verbs of sallyport-agent, one file each (cmd-VERB.c).
 */
#ifndef AGENT_COMMANDS_H
#define AGENT_COMMANDS_H

#include "agent/config.h"
#include "media/base/command.h"

extern const struct command command_check;
extern const struct command command_enroll;
extern const struct command command_run;

/* The configuration as --config, --state, --socket and --libexec make it. config_clear() in every
 * case. */
int commands_config(const struct command_invocation *invocation, struct config *config,
                    struct error *err) ERROR_MUST_CHECK;

#endif
