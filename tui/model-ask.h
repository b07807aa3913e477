/* SPDX-License-Identifier: ISC
 *
 * All that the console knows, asked for once: for what prints a screen and ends. The console itself
 * has a feed (tui/feed.h).
 */
#ifndef TUI_MODEL_ASK_H
#define TUI_MODEL_ASK_H

#include "media/base/command.h"
#include "tui/model.h"

/* Asks the agent at --socket; what it does not answer is left out. ERROR_NO_AGENT, ERROR_DENIED. */
int model_ask(const struct command_invocation *invocation, struct model *model,
              struct error *err) ERROR_MUST_CHECK;

#endif
