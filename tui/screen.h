/* SPDX-License-Identifier: ISC
 *
 * The whole window: header, the panels' names, the panel that is shown, its pop-up, the line of
 * messages and the key bar. Pure: (model, view, grid) -> cells.
 */
#ifndef TUI_SCREEN_H
#define TUI_SCREEN_H

#include "tui/panel.h"

#define SCREEN_WIDTH_LEAST  40 /* smaller windows get one line that says so */
#define SCREEN_HEIGHT_LEAST 10

/* A pop-up over the panel. */
enum screen_popup {
    SCREEN_NO_POPUP,
    SCREEN_HELP,
    SCREEN_DETAILS,
    SCREEN_EXPLAIN,
    SCREEN_CONFIRM, /* a preview, and a word to be typed or a key */
    SCREEN_INPUT,   /* one line of text: filter, search, a path */
};

/* What the admin has made of the window. */
struct screen_view {
    size_t panel;
    struct listing_view lists[PANELS];
    enum screen_popup popup;
    char title[128];   /* of the pop-up */
    struct lines text; /* of the pop-up */
    int scroll;        /* of the pop-up: rows above its first one */
    char prompt[128];  /* SCREEN_CONFIRM, SCREEN_INPUT: what is asked */
    char input[512];   /* what was typed; escaped where it is drawn */
    char message[512]; /* for the line above the key bar; escaped; "": the panel's keys */
    bool paused;       /* Z: the display stands still */
};

void screen_open(struct screen_view *view);
void screen_close(struct screen_view *view);

/* The rows of a panel, filtered, sorted and selected. listing_close() is the caller's. */
void screen_fill(const struct model *model, struct screen_view *view, struct listing *listing);

#define SCREEN_AGENT_BYTES 64
/* Whether the agent answers, and what we may do there, in a word or two. */
void screen_agent_words(const struct model *model, char out[static SCREEN_AGENT_BYTES]);
/* Why it does not, and how it is started: in the place of a next step that nobody would carry out. */
void screen_down_lines(const struct model *model, struct lines *lines);

void screen_draw(const struct model *model, struct screen_view *view, struct grid *grid);

#endif
