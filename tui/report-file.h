/* SPDX-License-Identifier: ISC
 *
 * Reports as files, and who made them.
 */
#ifndef TUI_REPORT_FILE_H
#define TUI_REPORT_FILE_H

#include "media/base/error.h"
#include "tui/report.h"

#define REPORT_FILE_DIGEST 97 /* SHA-384 as hex, and NUL */

struct report_file {
    const char *path, *format;
    uint64_t size;                   /* set by report_file_write */
    char digest[REPORT_FILE_DIGEST]; /* the same */
};

/* Writes a file that is whole or not there. ERROR_USAGE where the format is none. */
int report_file_write(const struct report *report, struct report_file *file,
                      struct error *err) ERROR_MUST_CHECK;

/* {"host","uid","agent":{"endpoint","site","ring","version"}|null}: this host, who runs this
 * program, and whose answers it shows. status: sallyport.status/1 or NULL. A new reference. */
json_t *report_file_maker(const json_t *status);

#endif
