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

#endif
