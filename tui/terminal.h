/* SPDX-License-Identifier: ISC
 *
 * The terminal by way of ncurses: puts a grid there, of which only what changed is sent, and gives
 * keys by the names that keys.h has. One at a time in a process.
 */
#ifndef TUI_TERMINAL_H
#define TUI_TERMINAL_H

#include <stdbool.h>

#include "media/base/error.h"
#include "tui/grid.h"

#define TERMINAL_KEY_BYTES 16

struct terminal {
    int width, height;
    bool utf8;  /* the locale has it, and nobody wants ASCII */
    bool color; /* theme_has_color() */
};

struct terminal_wish {
    const char *color; /* as --color; NULL: auto */
    bool ascii;        /* no UTF-8 even where the locale has it */
    bool mouse;        /* clicks select rows */
};

/* Takes standard input and output. ERROR_USAGE where they are no terminal, or one that can't place
 * its cursor: the words name what works there. */
int terminal_open(struct terminal *terminal, const struct terminal_wish *wish,
                  struct error *err) ERROR_MUST_CHECK;
/* Everything as it was before. */
void terminal_close(struct terminal *terminal);

/* Learns the size of now. `whole`: what is on the glass is not believed, and drawn anew. */
void terminal_resize(struct terminal *terminal, bool whole);

void terminal_show(const struct terminal *terminal, const struct grid *grid);

/* The next key that waits, as text; "Mouse" with *row for a click. False: none does. */
bool terminal_key(char name[static TERMINAL_KEY_BYTES], int *row);

/* Forgets what has been typed and not been read. */
void terminal_forget(void);

#endif
