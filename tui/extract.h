/* SPDX-License-Identifier: ISC
 *
 * What `inspect --extract` writes for an auditor who trusts nothing of ours: of each document the
 * signed JSON, and of each signature its value (T.sig) and its RFC 3161 token (T.tst), as openssl
 * takes them.
 */
#ifndef TUI_EXTRACT_H
#define TUI_EXTRACT_H

#include <jansson.h>
#include <stddef.h>

#include "media/base/error.h"

struct extract {
    int folder; /* -1: nothing is extracted */
    size_t documents, files;
};

/* Makes the folder where it is absent. path NULL: nothing will be extracted. */
int extract_open(const char *path, struct extract *extract, struct error *err) ERROR_MUST_CHECK;
void extract_close(struct extract *extract);

/* Writes KIND-N.json, KIND-N-1.tst, KIND-N-1.sig, ... of one document (sallyport-control.7), N
 * being its place among the documents. Files that are there already are replaced. */
int extract_document(struct extract *extract, const json_t *document,
                     struct error *err) ERROR_MUST_CHECK;

#endif
