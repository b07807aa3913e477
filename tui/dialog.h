/* SPDX-License-Identifier: ISC
 *
 * Pop-ups: opening one, and what keys do while it is open. What they show is in the screen_view;
 * what comes of them is told to whoever opened it.
 */
#ifndef TUI_DIALOG_H
#define TUI_DIALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "tui/screen.h"

/* What an open pop-up was asked for. */
enum dialog_purpose {
    DIALOG_TO_READ, /* help, details, explain: nothing comes of it */
    DIALOG_FILTER,
    DIALOG_SEARCH,
};

struct dialog {
    enum dialog_purpose purpose;
};

enum dialog_outcome {
    DIALOG_STAYS,
    DIALOG_CLOSED, /* nothing is to be done */
    DIALOG_GIVEN,  /* view->input holds what was typed */
};

/* Something to read, scrolled by keys; lines are put into view->text by the caller after this. */
void dialog_read(struct dialog *dialog, struct screen_view *view, enum screen_popup popup,
                 const char *title);

/* A line to type, with what stands there at first. */
void dialog_ask(struct dialog *dialog, struct screen_view *view, enum dialog_purpose purpose,
                const char *title, const char *prompt, const char *first);

void dialog_close(struct screen_view *view);

/* One key, by its name, while a pop-up is open. page: rows that it shows. */
enum dialog_outcome dialog_key(struct dialog *dialog, struct screen_view *view, const char *key,
                               int page);

#endif
