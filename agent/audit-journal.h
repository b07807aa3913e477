/* SPDX-License-Identifier: ISC
 *
 * A copy of the audit chain in the journal, for whoever collects that: each record once it is
 * committed, with its fields (sallyport-agent.8, THE JOURNAL). The chain is what counts.
 */
#ifndef AGENT_AUDIT_JOURNAL_H
#define AGENT_AUDIT_JOURNAL_H

#include "agent/state.h"

struct audit_journal {
    int64_t copied; /* number of the last record that is there */
};

/* From the next record on. */
void audit_journal_begin(struct audit_journal *journal, struct state *state);
/* What has been written since; at most AUDIT_PAGE records. Nothing where the log is no journal, or
 * journal is NULL. */
void audit_journal_copy(struct audit_journal *journal, struct state *state);

#endif
