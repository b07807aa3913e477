/* SPDX-License-Identifier: ISC
 *
 * The keys of the console as one table, from which come what a key does, the key bar, the help
 * pop-up and the list in sallyport(1). A key is named by text: the character that it types ("/"),
 * or "F9", "Up", "Shift-Tab", "Ctrl-L", "Esc". Every function key has a letter beside it, since
 * terminals keep some for themselves.
 */
#ifndef TUI_KEYS_H
#define TUI_KEYS_H

#include <stddef.h>

#include "tui/grid.h"
#include "tui/lines.h"

enum keys_action {
    KEYS_NOTHING,
    KEYS_HELP,
    KEYS_SCREEN, /* the key's digit says which */
    KEYS_SCREEN_NEXT,
    KEYS_SCREEN_BEFORE,
    KEYS_DOWN,
    KEYS_UP,
    KEYS_PAGE_DOWN,
    KEYS_PAGE_UP,
    KEYS_FIRST,
    KEYS_LAST,
    KEYS_DETAILS,
    KEYS_BACK,
    KEYS_EXPLAIN,
    KEYS_SEARCH,
    KEYS_MATCH_NEXT,
    KEYS_MATCH_BEFORE,
    KEYS_FILTER,
    KEYS_REFRESH,
    KEYS_SORT_NEXT,
    KEYS_SORT_BEFORE,
    KEYS_INSPECT,
    KEYS_VERIFY,
    KEYS_IMPORT,
    KEYS_CANCEL,
    KEYS_ACKNOWLEDGE,
    KEYS_EJECT,
    KEYS_REPORT,
    KEYS_WRITE,
    KEYS_COPY,
    KEYS_PAUSE,
    KEYS_REDRAW,
    KEYS_QUIT,
    KEYS_INTERRUPT,
};

struct keys_row {
    enum keys_action action;
    const char *names; /* with a blank between; the first one is shown in the key bar */
    unsigned panels;   /* a bit each by its place in panel.h; KEYS_EVERYWHERE */
    const char *bar;   /* word in the key bar; NULL: not shown there */
    int weight;        /* in the key bar: 1 goes last where the window is narrow */
    const char *words; /* what it does */
};

#define KEYS_EVERYWHERE 0x1fU

const struct keys_row *keys_at(size_t i); /* NULL past the last */

/* What a key does on a panel; KEYS_NOTHING. */
enum keys_action keys_find(const char *name, size_t panel);

/* "F1 ? h" as people read it: "F1, ? or h". Returns out. */
const char *keys_names(const struct keys_row *row, char out[static 64]);

/* The last row of the window: as many as fit, those of least weight. */
void keys_draw_bar(struct grid *grid, int row, size_t panel);

/* The help pop-up: the keys of one panel. */
void keys_help(size_t panel, struct lines *lines);

#endif
