/* SPDX-License-Identifier: ISC
 *
 * What a key does to a session.
 */
#ifndef TUI_ACT_H
#define TUI_ACT_H

#include "tui/session.h"

/* A key by its name (tui/keys.h), whether a pop-up is open or not. */
void act_key(struct session *session, const char *key);

/* A click on a row of the window. */
void act_click(struct session *session, int row);

/* A line below the list until the next key; what came from outside is escaped by the caller. */
void act_say(struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* dialog_confirm(); what was typed before it stands there is forgotten. */
void act_confirm(struct session *session, enum dialog_purpose purpose, const char *title,
                 const char *word);

#endif
