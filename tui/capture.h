/* SPDX-License-Identifier: ISC
 *
 * What a verb prints for people, as lines of a pop-up: the console shows the same words.
 */
#ifndef TUI_CAPTURE_H
#define TUI_CAPTURE_H

#include "tui/lines.h"
#include "tui/output.h"

struct capture {
    struct output output; /* what is printed here ... */
    char *text;
    size_t size;
};

/* ERROR_INTERNAL where there is no memory. */
int capture_open(struct capture *capture, struct error *err) ERROR_MUST_CHECK;
/* ... becomes a line for each of its lines. Ends it. */
void capture_close(struct capture *capture, struct lines *lines);

#endif
