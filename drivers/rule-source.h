/* SPDX-License-Identifier: ISC
 *
 * What is asked of a rule's text before LuaJIT sees it: UTF-8 without NUL, no first line that begins
 * with # (the interpreter would skip it), and no number with a suffix (1LL, 1ULL, 1i). Such a number
 * makes LuaJIT open its foreign function interface while it reads, and, where no library is open,
 * what it opens is collected while still in use.
 */
#ifndef DRIVERS_RULE_SOURCE_H
#define DRIVERS_RULE_SOURCE_H

#include <stddef.h>

#include "media/base/error.h"

/* ERROR_BAD_CONTENT; *line: where, or 0. */
int rule_source_check(const char *text, size_t size, int *line, struct error *err) ERROR_MUST_CHECK;

#endif
