/* SPDX-License-Identifier: ISC
 *
 * Instants as people give them on a command line.
 */
#ifndef TUI_PERIOD_H
#define TUI_PERIOD_H

#include <stdint.h>

#include "media/base/error.h"

/* "2026-11-23T08:15:00Z", "2026-11-23" (its first moment, UTC), or how long ago: "30d", "12h",
 * "45m". ERROR_USAGE names the option and the three forms. */
int period_parse(const char *option, const char *text, int64_t now_us, int64_t *instant_us,
                 struct error *err) ERROR_MUST_CHECK;

#endif
