/* SPDX-License-Identifier: ISC
 *
 * A Sigma rule (Sigma specification 2) as it is converted: for Linux, of the category process_creation
 * or file_event. What it says of itself beyond that (status, references, ...) is not looked at.
 */
#ifndef DRIVERS_CONVERT_SIGMA_RULE_H
#define DRIVERS_CONVERT_SIGMA_RULE_H

#include "drivers/convert/sigma-condition.h"
#include "drivers/convert/sigma-value.h"
#include "drivers/convert/yaml-tree.h"

#define SIGMA_ID_BYTES        (sizeof("sigma-") + 36)
#define SIGMA_TECHNIQUE_BYTES sizeof("T1059.004")

struct sigma_rule {
    char id[SIGMA_ID_BYTES];                  /* "sigma-" and the rule's UUID, lower-case */
    struct bytes_view title, author, license; /* the tree's; empty: not said */
    const char *severity;                     /* from the rule's level; medium where it has none */
    char techniques[LIMIT_SIGMA_TECHNIQUES][SIGMA_TECHNIQUE_BYTES];
    size_t technique_count;
    enum sigma_kind kind;
    struct sigma_selection selections[LIMIT_SIGMA_SELECTIONS];
    size_t selection_count;
    struct sigma_node *condition;
    unsigned line; /* of the detection */
    struct sigma_pool pool;
};

/* Borrows from the tree. Whole only where there are no findings. sigma_rule_clear() in every case. */
void sigma_rule_read(struct sigma_rule *rule, const struct yaml_tree *tree,
                     struct sigma_findings *findings);
void sigma_rule_clear(struct sigma_rule *rule);

/* Whether the rule detects the event. */
bool sigma_rule_detects(const struct sigma_rule *rule, const struct sigma_event *event);
/* Whether the condition names the selection of this number; one that it does not name says nothing. */
bool sigma_rule_names(const struct sigma_rule *rule, unsigned selection);
/* Fields that the condition looks at: bit 1 << field. */
unsigned sigma_rule_fields(const struct sigma_rule *rule);

#endif
