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
    DIALOG_WAIT,    /* a job's steps, until it ends */
    DIALOG_FILTER,
    DIALOG_SEARCH,
    DIALOG_IMPORT_SOURCE,
    DIALOG_INSPECT_SOURCE,
    DIALOG_IMPORT, /* to be confirmed, as the others below */
    DIALOG_ACKNOWLEDGE,
    DIALOG_QUIT,
};

/* Keys that repeat, or that were typed before the question stood there, answer nothing. */
#define DIALOG_DEAF_US INT64_C(300000)

struct dialog {
    enum dialog_purpose purpose;
    char word[32];     /* SCREEN_CONFIRM: to be typed; "": the key y */
    int64_t opened_us; /* feed_clock() */
};

enum dialog_outcome {
    DIALOG_STAYS,
    DIALOG_CLOSED, /* nothing is to be done */
    DIALOG_GIVEN,  /* yes; or view->input holds what was typed */
};

/* Something to read, scrolled by keys; lines are put into view->text by the caller after this. */
void dialog_read(struct dialog *dialog, struct screen_view *view, enum screen_popup popup,
                 const char *title);

/* A line to type, with what stands there at first. */
void dialog_ask(struct dialog *dialog, struct screen_view *view, enum dialog_purpose purpose,
                const char *title, const char *prompt, const char *first);

/* A question under what view->text will hold. word: what must be typed, and Enter; "": y. Anything
 * else means no. */
void dialog_confirm(struct dialog *dialog, struct screen_view *view, enum dialog_purpose purpose,
                    const char *title, const char *word, int64_t now_us);

void dialog_close(struct screen_view *view);

/* One key, by its name, while a pop-up is open. page: rows that it shows. */
enum dialog_outcome dialog_key(struct dialog *dialog, struct screen_view *view, const char *key,
                               int page, int64_t now_us);

#endif
