/* SPDX-License-Identifier: ISC
 *
 * Staying until what an import staged is in service.
 */
#ifndef TUI_IMPORT_WAIT_H
#define TUI_IMPORT_WAIT_H

#include <jansson.h>
#include <stdint.h>

#include "media/base/command.h"
#include "media/base/error.h"

/* Asks the agent until no package of this sallyport.import/1 is staged any more, telling on stderr
 * what is waited for; rows, result, code and words of `import` are then what it came to. seconds 0:
 * as long as it takes; else ERROR_TIMEOUT, and it goes on in the agent. */
int import_wait(const struct command_invocation *invocation, json_t *import, uint64_t seconds,
                struct error *err) ERROR_MUST_CHECK;

#endif
