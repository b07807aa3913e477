/* SPDX-License-Identifier: ISC
 *
 * From policy to what it switches, one round: the policy documents of this endpoint
 * (policy-source.h) are handed to a new process of the remapper driver beside the rules in service,
 * it evaluates them, its answer is checked (setting-answer.h) and stored (setting-apply.h), and
 * drivers of what is switched off or on follow at once.
 *
 * A round that does not come about, for whatever reason, changes no key.
 */
#ifndef AGENT_SETTING_ROUND_H
#define AGENT_SETTING_ROUND_H

#include "agent/driver-host.h"

struct setting_round {
    struct state *state;
    struct driver_host *drivers;
    const struct config *config;
    /* What the last round was made from. */
    bool done, failed;
    uint8_t rules[DIGEST_BYTES], policy[DIGEST_BYTES]; /* package ids; all zero: none */
    uint8_t site[DIGEST_BYTES];                        /* policy_source_look() */
};

enum setting_round_when {
    SETTING_ROUND_CONTENT, /* only where other packages are in service than in the last round */
    SETTING_ROUND_LOOK,    /* also where the site's folder has changed, or the last one failed */
    SETTING_ROUND_ALWAYS
};

/* `who` is for the audit records. An error is one of the state: what is wrong with rules, policy or
 * driver is in health. */
int setting_round_run(struct setting_round *round, enum setting_round_when when, const char *who,
                      struct error *err) ERROR_MUST_CHECK;

#endif
