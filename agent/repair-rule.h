/* SPDX-License-Identifier: ISC
 *
 * What the rules of a repair-kit came to in one run, as its driver says (drivers/repair.c). The driver
 * is not believed: its rows are read strictly and are words for people, nothing else. What was changed
 * is in the rows of the verbs (agent/repair-kit.h).
 */
#ifndef AGENT_REPAIR_RULE_H
#define AGENT_REPAIR_RULE_H

#include "agent/repair-kit.h"

/* Puts the rows of a reply into kit->rules, by id: {"rule","title","outcome","words"}, outcome one of
 *   "healthy"    its check says so
 *   "done"       its fix says that it was put right, in this run or the one before of the same kit
 *   "due"        in a dry run: it would be
 *   "left"       its fix says that it was not, and why
 *   "failed"     the rule broke off, or is switched off
 * Those that are left or failed are told in the log and in the repairs that are remembered
 * (agent/repair-note.h), as verb "rule", LIMIT_REPAIR_RULES of a reply by their ids and the others as
 * one number: not in a dry run, nor where the kit is to be asked again.
 * ERROR_PROTOCOL: no such reply. */
int repair_rule_take(struct repair_kit *kit, const json_t *reply,
                     struct error *err) ERROR_MUST_CHECK;

#endif
