/* SPDX-License-Identifier: ISC
 *
 * Rules over policy: the answer to {"evaluate":true} (sallyport-driver.7).
 */
#ifndef DRIVERS_REMAP_EVALUATE_H
#define DRIVERS_REMAP_EVALUATE_H

#include <jansson.h>

#include "drivers/remap-rules.h"

/* One rule file of the content: its rules, or why it is left out. */
struct remap_file {
    char *name;
    struct remap_rules *rules;     /* NULL: left out */
    uint64_t line;                 /* of what is wrong; 0: of no line */
    char words[ERROR_WORDS_BYTES]; /* "LINE: what" */
};

struct remap_files {
    size_t count;
    struct remap_file *files; /* sorted by name */
};

struct remap_document {
    char *stem;
    xmlDoc *document;
};

struct remap_policy {
    size_t count;
    struct remap_document *documents;
};

/* policy may be NULL: no document is there. A new reference. */
json_t *remap_evaluate(const struct remap_files *files, const struct remap_policy *policy);

#endif
