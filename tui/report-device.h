/* SPDX-License-Identifier: ISC
 *
 * The device behind a medium, as the agent's Media has it ("devices", sallyport-control.7).
 */
#ifndef TUI_REPORT_DEVICE_H
#define TUI_REPORT_DEVICE_H

#include "media/base/limits.h"
#include "tui/report.h"

/* The kernel's name ("sdb1") of the block device that a source is or lies on. False where there is
 * none: a mirror, a network or memory filesystem, no such file. */
bool report_device_node(const char *source, char out[static LIMIT_NAME_BYTES + 1]);

/* The row of sallyport.media/1 that has that node; a new reference, null where none has. */
json_t *report_device_find(const json_t *media, const char *node);

/* A section of it; device may be null. */
void report_device(struct report *report, const json_t *device);

#endif
