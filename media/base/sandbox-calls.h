/* SPDX-License-Identifier: ISC
 *
 * Inside of the sandbox: the system calls that every sandboxed process has, a table a phase.
 */
#ifndef MEDIA_BASE_SANDBOX_CALLS_H
#define MEDIA_BASE_SANDBOX_CALLS_H

#include "media/base/sandbox.h"

struct sandbox_call_table {
    const struct sandbox_call *rows;
    size_t count;
};

struct sandbox_call_table sandbox_calls_base(void);
/* Making memory with PROT_EXEC; only for profiles that say executable_memory. */
struct sandbox_call_table sandbox_calls_executable(void);
/* What goes with memory that is never executable: the same calls with PROT_EXEC refused. */
struct sandbox_call_table sandbox_calls_not_executable(void);
/* Between enter and seal only. */
struct sandbox_call_table sandbox_calls_unsealed(void);
struct sandbox_call_table sandbox_calls_threads(void);
/* Extra rows of this build (sanitizers, coverage); empty in a release build. */
struct sandbox_call_table sandbox_calls_build(void);

#endif
