/* SPDX-License-Identifier: ISC
 *
 * What a reason code means here: what happened, what it is measured against on this endpoint, the
 * cause, and the lawful way out.
 */
#ifndef TUI_EXPLAIN_LINES_H
#define TUI_EXPLAIN_LINES_H

#include "tui/lines.h"
#include "tui/model.h"

/* words: what the agent said about this case, escaped; may be "". type: the content type that it is
 * about, NULL: none, or not one alone. A code that is not known here is said to be that. */
void explain_lines(const struct model *model, const char *code, const char *words, const char *type,
                   struct lines *lines);

#endif
