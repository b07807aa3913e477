/* SPDX-License-Identifier: ISC
 *
 * What stands in the way of converting one rule file: each with its line, so that all are told at
 * once and not one a run.
 */
#ifndef DRIVERS_CONVERT_SIGMA_FINDING_H
#define DRIVERS_CONVERT_SIGMA_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "media/base/limits.h"

#define SIGMA_WHAT_BYTES 192

struct sigma_finding {
    unsigned line;
    char what[SIGMA_WHAT_BYTES]; /* may hold bytes of the file: escape it */
};

struct sigma_findings {
    size_t count;  /* rows */
    size_t untold; /* beyond the rows */
    bool broken; /* one at least says that it is no sound Sigma rule, not that ours can't say it */
    struct sigma_finding rows[LIMIT_SIGMA_FINDINGS];
};

/* A sound rule asks for what our rules can't do. */
void sigma_unsupported(struct sigma_findings *findings, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* It is no sound rule. */
void sigma_broken(struct sigma_findings *findings, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether there is none. */
bool sigma_is_clear(const struct sigma_findings *findings);

#endif
