/* SPDX-License-Identifier: ISC
 *
 * What inspect shows to people.
 */
#ifndef TUI_INSPECT_VIEW_H
#define TUI_INSPECT_VIEW_H

#include <jansson.h>

#include "tui/output.h"

/* First lines of a report that stands alone: of what, when, by what. */
void inspect_view_head(const json_t *result, const struct output *output);
/* A document: state, kind, path, time; checks that failed or all passed; signers. */
void inspect_view_document(const json_t *document, const struct output *output);
/* A completed result (inspect-report.h) without its documents: volume, set, packages, floors, files,
 * verdict. */
void inspect_view_result(const json_t *result, const struct output *output);

#endif
