/* SPDX-License-Identifier: ISC
 *
 * Judging a medium on a box where no agent runs: starts the source's reader and
 * sallyport-verify as programs and speaks verify-protocol.h. Holds no trust code: it hands bytes over and takes
 * verify's answer.
 */
#ifndef AGENT_CONTROL_INSPECT_MEDIUM_H
#define AGENT_CONTROL_INSPECT_MEDIUM_H

#include <jansson.h>
#include <stdbool.h>

#include "media/base/error.h"

struct inspect_options {
    const char *source;            /* the folder that holds "sallyport", or URL of a mirror */
    const char *ca_file;           /* the authority of an https mirror; NULL: none is needed */
    const char *const *root_files; /* root documents that the caller trusts, oldest first, NULL
                                      behind the last; none: the medium's own first one, and the
                                      verdict is at best ERROR_UNANCHORED */
    const char *libexec;           /* folder of the programs */
    bool tokens;                   /* documents carry "extract" and "content" */
};

/* Called for each document, in verify's order. Negative ends the work. */
typedef int (*inspect_document)(void *context, const json_t *document, struct error *err);

/* *result (the caller's) is sallyport.inspect/1: {"schema","source","anchored","code","words",
 * "plan"}. A medium that is refused is a result, not an error; errors are what kept it from being
 * judged: ERROR_NOT_A_MEDIUM, ERROR_NOT_FOUND (the program is absent), ERROR_PROTOCOL, ... */
int inspect_medium(const struct inspect_options *options, inspect_document document, void *context,
                   json_t **result, struct error *err) ERROR_MUST_CHECK;

#endif
