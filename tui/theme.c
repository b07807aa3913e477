/* SPDX-License-Identifier: ISC */
#include "tui/theme.h"

#include <stddef.h>
#include <string.h>

#define NONE THEME_COLOR_DEFAULT

static const struct {
    struct theme_look color, plain;
} looks[GRID_STYLES] = {
    [GRID_PLAIN] = {{.foreground = NONE, .background = NONE}, {.foreground = NONE}},
    [GRID_DIM] = {{.foreground = NONE, .background = NONE, .dim = true}, {.foreground = NONE}},
    [GRID_BOLD] = {{.foreground = NONE, .background = NONE, .bold = true}, {.bold = true}},
    [GRID_OK] = {{.foreground = NONE, .background = NONE}, {.foreground = NONE}},
    [GRID_WARN] = {{.foreground = THEME_YELLOW, .background = NONE, .bold = true}, {.bold = true}},
    [GRID_FAIL] = {{.foreground = THEME_RED, .background = NONE, .bold = true}, {.reverse = true}},
    [GRID_BLOCK] = {{.foreground = THEME_WHITE, .background = THEME_RED},
                    {.bold = true, .reverse = true}},
    [GRID_RUN] = {{.foreground = THEME_CYAN, .background = NONE}, {.underline = true}},
    [GRID_KEY] = {{.foreground = NONE, .background = NONE, .bold = true}, {.bold = true}},
};

/* no-color.org: set and not empty. */
bool theme_has_color(const char *when, const char *no_color, int colors)
{
    if (colors < 8 || (when != NULL && strcmp(when, "never") == 0))
        return false;
    if (when != NULL && strcmp(when, "always") == 0)
        return true;
    return no_color == NULL || no_color[0] == '\0';
}

struct theme_look theme_look(enum grid_style style, bool selected, bool color)
{
    struct theme_look look = color ? looks[style].color : looks[style].plain;

    if (!color)
        look.foreground = look.background = NONE;
    /* Reversed red on a reversed row would be no bar any more: bold says it there. */
    if (selected) {
        look.bold = look.bold || look.reverse;
        look.reverse = look.background == NONE;
    }
    return look;
}
