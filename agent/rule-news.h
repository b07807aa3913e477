/* SPDX-License-Identifier: ISC
 *
 * What the driver of behaviour rules tells without being asked (sallyport-driver.7): what a rule detected
 * (agent/detection.h), and rules that were switched off. The driver holds each rule to its number a
 * minute by the time of events, which a sensor may lie about; all of them together are held to one here,
 * and what is beyond it is a number in one record of the audit chain.
 */
#ifndef AGENT_RULE_NEWS_H
#define AGENT_RULE_NEWS_H

#include <jansson.h>

#include "agent/config.h"
#include "agent/minute-quota.h"
#include "agent/state.h"

#define RULE_NEWS_KINDS 3 /* detection, rule-off, and what nobody knows */

/* Zeroed but for state and config, which it borrows. */
struct rule_news {
    struct state *state;
    const struct config *config;
    struct minute_quota quotas[RULE_NEWS_KINDS];
};

/* One that came, at minute_quota_clock(). What goes wrong is logged. */
void rule_news_hear(struct rule_news *news, const json_t *body, int64_t now_us);

/* Tells of those that did not fit once their minute is over. *due_ms: lowered to when that will be; -1:
 * never. */
void rule_news_turn(struct rule_news *news, int64_t now_us, int *due_ms);

#endif
