/* SPDX-License-Identifier: ISC
 *
 * One screen of the console as a row of functions: lines above, a list, lines below about the
 * selected row. Pure: from the model to lines and rows; keys, windows and the terminal are others'.
 * panel-NAME.c holds one each, panel.c the table.
 */
#ifndef TUI_PANEL_H
#define TUI_PANEL_H

#include "tui/lines.h"
#include "tui/listing.h"
#include "tui/model.h"

struct panel {
    const char *name;  /* "status": for --dump */
    const char *title; /* "Status" */
    const struct listing_column *columns;
    size_t column_count;
    void (*head)(const struct model *model, struct lines *lines);
    void (*fill)(const struct model *model, struct listing *listing);
    /* Below the list: about the selected row (NULL: there is none), and what to do next. */
    void (*tail)(const struct model *model, const struct listing_row *row, struct lines *lines);
    /* Enter: everything about the row. */
    void (*details)(const struct model *model, const struct listing_row *row, struct lines *lines);
    /* The reason code that `e` explains for the row; NULL: it has none. */
    const char *(*code)(const struct model *model, const struct listing_row *row);
    /* In place of the list where it has no rows and there is no filter: what is missing and what to
     * do about it. */
    void (*empty)(const struct model *model, struct lines *lines);
    int tail_share;   /* of the rows, per cent, that the tail may take from the list; 0: half */
    const char *foot; /* the keys that are this screen's own, for the line above the key bar */
};

/* A row of each element, those of the gravest "health" first, else in their order. */
void panel_fill_worst_first(const json_t *list, void (*fill)(const json_t *, struct listing *),
                            struct listing *listing);

#define PANELS 5
/* By its place (the digit that shows it, less 1); NULL past the last. */
const struct panel *panel_at(size_t i);
const struct panel *panel_find(const char *name);

extern const struct panel panel_status;
extern const struct panel panel_media;
extern const struct panel panel_import;
extern const struct panel panel_audit;
extern const struct panel panel_engines;

#endif
