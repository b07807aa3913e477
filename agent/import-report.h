/* SPDX-License-Identifier: ISC
 *
 * What the caller of an import is told: sallyport.import/1 and sallyport.inspect/1, field by field
 * as sallyport-control(7) has them.
 */
#ifndef AGENT_IMPORT_REPORT_H
#define AGENT_IMPORT_REPORT_H

#include "agent/import.h"
#include "agent/staging.h"
#include "agent/wave-turn.h"

/* How an import ended, in the words of sallyport.import/1. */
enum import_result {
    IMPORT_RESULT_ACTIVE,
    IMPORT_RESULT_STAGED,
    IMPORT_RESULT_CURRENT,
    IMPORT_RESULT_PLANNED,
    IMPORT_RESULT_PARTIAL,
    IMPORT_RESULT_REFUSED
};

struct import_outcome {
    enum import_result whole;
    enum import_result packages[LIMIT_SET_PACKAGES];
    struct wave_turn waves[LIMIT_SET_PACKAGES]; /* of those that are staged; of 0 otherwise */
    struct error problem; /* "ok", "partial", "volume-missing" where only volumes are to come, or
                             the first reason where nothing was accepted */
    bool changed;
    char note[VOLUMES_WORDS_BYTES]; /* where there is no problem: what is to come */
};

/* What became of each package, from the plan and from what the state says now, for the endpoint of that
 * name; one that was given
 * up gets its reason. `news`: the medium brought a newer set, roots or CRLs. */
int import_report_judge(struct state *state, const char *endpoint, struct import_plan *plan,
                        bool dry_run, bool news, struct import_outcome *outcome,
                        struct error *err) ERROR_MUST_CHECK;

/* New references. */
json_t *import_report_write(const struct import_request *request, const char *ring,
                            const struct import_plan *plan, const struct staging_space *space,
                            const struct import_outcome *outcome);
json_t *import_report_inspect(const struct import_request *request, const struct import_plan *plan);

#endif
