/* SPDX-License-Identifier: ISC
 *
 * All that this endpoint refused, in as many answers as it takes; for audit refusals and audit
 * acknowledge.
 */
#ifndef TUI_REFUSALS_LIST_H
#define TUI_REFUSALS_LIST_H

#include <jansson.h>
#include <stdbool.h>

#include "media/base/command.h"
#include "tui/output.h"

/* *refusals gets sallyport.refusals/1 (the caller's), those that were acknowledged only with `all`,
 * with numbers up to `up_to`. */
int refusals_list(const struct command_invocation *invocation, bool all, uint64_t up_to,
                  json_t **refusals, struct error *err) ERROR_MUST_CHECK;
void refusals_print(const json_t *refusals, bool all, const struct output *output);

#endif
