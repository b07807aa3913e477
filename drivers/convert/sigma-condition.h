/* SPDX-License-Identifier: ISC
 *
 * A condition of a Sigma rule. Strongest first: parentheses; `1 of`, `any of`, `all of` a pattern
 * (with *) or `them`; not; and; or. `them` is every selection whose name does not begin with "_".
 */
#ifndef DRIVERS_CONVERT_SIGMA_CONDITION_H
#define DRIVERS_CONVERT_SIGMA_CONDITION_H

#include "drivers/convert/sigma-expression.h"
#include "drivers/convert/sigma-finding.h"

struct sigma_selection {
    struct bytes_view name; /* [A-Za-z0-9_.-]+ */
    struct sigma_node *node;
};

/* NULL: a finding says why. The nodes name selections by their number. */
struct sigma_node *sigma_condition_read(struct bytes_view text, unsigned line,
                                        const struct sigma_selection *selections, size_t count,
                                        struct sigma_pool *pool, struct sigma_findings *findings);

#endif
