/* SPDX-License-Identifier: ISC
 *
 * The console while it runs in a terminal: keys, signals, the feed and the glass, until the admin
 * leaves. act.h says what keys do, dialog.h what pop-ups do.
 */
#ifndef TUI_SESSION_H
#define TUI_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/limits.h"
#include "tui/dialog.h"
#include "tui/feed.h"
#include "tui/job.h"
#include "tui/screen.h"
#include "tui/terminal.h"

struct session {
    struct model model;
    struct screen_view view;
    struct feed feed;
    struct terminal terminal;
    struct dialog dialog;
    struct job job;
    char source[LIMIT_PATH_BYTES + 1]; /* what was looked at last; "": nothing */
    char planned[128];                 /* digest of the set that was previewed last */
    int64_t refusal;                   /* the last one that a question spoke of */
    bool reports;                      /* a report is made when the chain has been walked */
    bool still;                        /* a fixture: time stands still, and nobody can be asked */
    bool over;                         /* the admin leaves */
    int signal;                        /* that ends it; 0: none */
    bool changed;                      /* what is drawn is not what is known any more */
    bool keyed;       /* ... and that is an answer to a key, which waits for nothing */
    int64_t aged_us;  /* up to when ages have been counted on; feed_clock() */
    int64_t drawn_us; /* feed_clock() of the last drawing */
    char *farewell;   /* printed at the end: rows that were copied; NULL: nothing */
};

struct session_wish {
    const char *socket_path;
    const char *fixture; /* a file with what is shown in place of an agent's answers; NULL: none */
    struct terminal_wish terminal;
};

/* Runs it on standard input and output. Returns when the admin leaves; where a signal ended it, the
 * terminal is put in order and the signal then ends this process. Errors of terminal_open() and of
 * model_read_fixture(). */
int session_run(const struct session_wish *wish, struct error *err) ERROR_MUST_CHECK;

#endif
