/* SPDX-License-Identifier: ISC
 *
 * From the plan to files in their place: space, fetching (agent/import-fetch.h), verify's judgement
 * of what came, and what is kept of packages that did not become whole.
 */
#ifndef AGENT_IMPORT_STAGE_H
#define AGENT_IMPORT_STAGE_H

#include "agent/import-verify.h"
#include "agent/staging.h"

/* What of the packages to fetch lies here already, file by file; asked once, before the next. */
int import_stage_compare(const struct import *import, struct import_verify *verify,
                         struct import_plan *plan, struct error *err) ERROR_MUST_CHECK;

/* What the import needs and what the disk has; asked before anything is written. *space is what
 * a dry run tells. */
int import_stage_measure(const struct import *import, const struct import_plan *plan,
                         struct staging_space *space, struct error *err) ERROR_MUST_CHECK;

/* Which volumes of the medium's export are needed beside this one: package->needs, of packages that
 * are to be fetched (`only` a dry run asks before) or that this volume could not complete; their words
 * name them. */
int import_stage_find_needs(const struct import *import, struct import_plan *plan,
                            struct error *err) ERROR_MUST_CHECK;

/* Fetches all that the plan says to, and has it judged: a package that is good is in its place
 * (package->staged), one that is not is refused with its reason. *staging is -1 where nothing was to
 * be fetched; import_stage_end() in every case. */
int import_stage(const struct import *import, const struct source *source,
                 struct import_verify *verify, struct import_plan *plan, int *staging,
                 struct error *err) ERROR_MUST_CHECK;

/* Notes what a later import can go on with; partial_sweep() then drops the rest. `why`: how the import
 * ended. */
void import_stage_end(const struct import *import, const struct import_plan *plan, int staging,
                      const struct error *why);

#endif
