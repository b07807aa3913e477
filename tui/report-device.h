/* SPDX-License-Identifier: ISC
 *
 * The device behind a medium, as the agent's Media has it ("devices", sallyport-control.7).
 */
#ifndef TUI_REPORT_DEVICE_H
#define TUI_REPORT_DEVICE_H

#include "agent/control/block-device.h"
#include "tui/report.h"

/* Which USB devices a source hangs on by the kernel's own word. A mirror, a file that is not there
 * and what is on no block device have an empty node. ERROR_USB_UNTOLD, ERROR_LIMIT, ERROR_IO: the
 * kernel does not tell. */
int report_device_place(const char *source, struct block_device *place,
                        struct error *err) ERROR_MUST_CHECK;

/* The row of sallyport.media/1 that is plugged in at that port, or has a block device of that name; a
 * new reference, null where none is. */
json_t *report_device_find(const json_t *media, const char *name);

/* The same of a place: by its first port, else by its node. */
json_t *report_device_at(const json_t *media, const struct block_device *place);

/* A section of it; device may be null. */
void report_device(struct report *report, const json_t *device);

#endif
