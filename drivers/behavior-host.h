/* SPDX-License-Identifier: ISC
 *
 * The functions of the behavior family that rules see, beyond those of all rules (rule-library.c):
 * on, detect, tag, state.*, rep.*, provide, use. One row a function, which sallyport-rules(5) lists.
 */
#ifndef DRIVERS_BEHAVIOR_HOST_H
#define DRIVERS_BEHAVIOR_HOST_H

#include <stddef.h>

#include "drivers/rule-engine.h"

extern const struct rule_function behavior_functions[];
extern const size_t behavior_function_count;

#endif
