/* SPDX-License-Identifier: ISC
 *
 * What the agent last said, kept in $XDG_STATE_HOME/sallyport/last-status.json (else
 * ~/.local/state), so that the console has something to show, with its age, when the agent is down.
 * In the form of a fixture (tui/model.h), and "socket": whose answers they are. Mode 0600.
 */
#ifndef TUI_LAST_KNOWN_H
#define TUI_LAST_KNOWN_H

#include "tui/model.h"

/* Replaces the file, whole or not at all. Nothing where the agent has never answered.
 * ERROR_NOT_FOUND where there is no home. */
int last_known_write(const struct model *model, const char *socket_path,
                     struct error *err) ERROR_MUST_CHECK;

/* Takes it into a model that nothing is in; up stays false. ERROR_NOT_FOUND where nothing is kept,
 * or of another socket. */
int last_known_read(struct model *model, const char *socket_path,
                    struct error *err) ERROR_MUST_CHECK;

#endif
