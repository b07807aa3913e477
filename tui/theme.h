/* SPDX-License-Identifier: ISC
 *
 * How what a cell means looks: attributes and eight colours, or attributes alone. Foreground and
 * background are the terminal's own but for the word of a state. No two states differ by colour
 * alone, none by red against green.
 */
#ifndef TUI_THEME_H
#define TUI_THEME_H

#include <stdbool.h>

#include "tui/grid.h"

#define THEME_COLOR_DEFAULT (-1)

/* Numbers of ECMA-48 colours, which are those of curses too. */
enum theme_color {
    THEME_RED = 1,
    THEME_YELLOW = 3,
    THEME_CYAN = 6,
    THEME_WHITE = 7,
};

struct theme_look {
    int foreground, background; /* THEME_COLOR_DEFAULT or enum theme_color */
    bool bold, reverse, underline, dim;
};

/* Whether colour is used: `when` is --color (NULL: auto), no_color the variable NO_COLOR, colors
 * how many the terminal has. "always" is stronger than NO_COLOR; nothing is than a terminal without
 * colours. */
bool theme_has_color(const char *when, const char *no_color, int colors);

struct theme_look theme_look(enum grid_style style, bool selected, bool color);

#endif
