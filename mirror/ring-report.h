/* SPDX-License-Identifier: ISC
 *
 * What a verb that signs a ring's set says about it: one way of saying it for all of them.
 */
#ifndef MIRROR_RING_REPORT_H
#define MIRROR_RING_REPORT_H

#include "mirror/report.h"
#include "mirror/ring.h"
#include "media/trust.h"

/* For the options of every verb that signs sets. */
#define RING_REPORT_DRY_RUN                                                                        \
    {                                                                                              \
        "dry-run", 0, COMMAND_FLAG, NULL, "show what would be signed, change nothing"              \
    }

/* "ring public, set 4", or what is missing and who can give it, or what would be; and which set
 * that waited it makes obsolete. */
void ring_report_line(const struct report *report, const struct ring_result *result);

/* ring, sequence, pending, signatures, threshold, dry_run, replaces: into an object. */
void ring_report_members(const struct ring_result *result, json_t *object);

/* 0, or the exit status of a set that waits. */
int ring_report_status(const struct ring_result *result);

/* Who signed: a line each, and the rows of a document. A new reference. */
json_t *ring_report_signers(const struct report *report, const struct trust_verdict *verdict);

/* What a set holds and says: packages, waves, flags, what it withdraws. */
void ring_report_set(const struct report *report, const struct set_document *set);

#endif
