/* SPDX-License-Identifier: ISC
 *
 * One row out of a list that the agent answered.
 */
#ifndef TUI_SELECT_H
#define TUI_SELECT_H

#include <jansson.h>

#include "media/base/error.h"

struct select {
    const char *list; /* key of the list in the reply */
    const char *name; /* key of a row's name */
    const char *what; /* "content type" */
    const char *see;  /* the verb that lists them all */
};

/* Leaves just the row of that name in reply's list. ERROR_NOT_FOUND names the nearest one. */
int select_row(json_t *reply, const struct select *select, const char *name,
               struct error *err) ERROR_MUST_CHECK;

#endif
