/* SPDX-License-Identifier: ISC
 *
 * What is left of root's powers in the monitor: a table of capabilities, each with its reason.
 */
#ifndef AGENT_PRIVILEGE_H
#define AGENT_PRIVILEGE_H

#include <stdint.h>

#include "media/base/error.h"

/* Bit n: capability n of capabilities(7) is kept where the process has it. */
uint64_t privilege_kept(void);
/* Those of them that the monitor itself works with; the others are for programs that it starts. */
uint64_t privilege_in_effect(void);

/* Gives up every other capability, for this process and all that it will ever start, for good.
 * Without privileges there is nothing to give up. ERROR_SANDBOX when the kernel refuses: the caller
 * must not go on. */
int privilege_shed(struct error *err) ERROR_MUST_CHECK;

#endif
