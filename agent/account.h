/* SPDX-License-Identifier: ISC
 *
 * Local accounts of this endpoint: the rows of the root folder's etc/passwd, passwd(5). What a
 * directory service knows beside them is not asked.
 */
#ifndef AGENT_ACCOUNT_H
#define AGENT_ACCOUNT_H

#include <pwd.h>
#include <stdbool.h>

#include "media/base/error.h"

/* Row by row, in the file's order; the row is good within the call. root: the root folder; stays the
 * caller's. Without a passwd there are none. */
int account_each(int root, void (*take)(void *context, const struct passwd *row), void *context,
                 struct error *err) ERROR_MUST_CHECK;

/* People have numbers from here on: UID_MIN of login.defs(5) on Debian; those below, but root's, are
 * of software. */
#define ACCOUNT_PEOPLE 1000

/* Whether the row's shell lets somebody in. */
bool account_lets_in(const struct passwd *row);

#endif
