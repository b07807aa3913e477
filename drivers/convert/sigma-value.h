/* SPDX-License-Identifier: ISC
 *
 * One value of a Sigma rule, under its field and modifiers, as a test (Sigma specification, "Detection":
 * wildcards, escaping, modifiers).
 *
 * A backslash before * ? or \ takes it as it is, and is itself elsewhere; * stands for any run, ? for
 * one byte. Nothing is escaped under `re`.
 */
#ifndef DRIVERS_CONVERT_SIGMA_VALUE_H
#define DRIVERS_CONVERT_SIGMA_VALUE_H

#include "drivers/convert/sigma-expression.h"
#include "drivers/convert/sigma-finding.h"
#include "drivers/convert/yaml-tree.h"

enum sigma_kind { SIGMA_EXEC, SIGMA_WRITE };

/* "CommandLine|contains|all", read. */
struct sigma_key {
    enum sigma_field field;
    bool contains, starts, ends, all, exact_case, exists, re;
    bool re_letters, re_lines, re_dot; /* its i, m and s */
};

/* False: a finding says why. */
bool sigma_key_read(enum sigma_kind kind, const struct yaml_item *item, struct sigma_key *key,
                    struct sigma_findings *findings);

/* The test that a scalar stands for; NULL: a finding says why there is none. */
struct sigma_node *sigma_value_read(const struct sigma_key *key, const struct yaml_item *item,
                                    struct sigma_pool *pool, struct sigma_findings *findings);

#endif
