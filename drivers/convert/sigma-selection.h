/* SPDX-License-Identifier: ISC
 *
 * A selection of a Sigma rule: a map is all of its members, a list of maps any of them; the values
 * under one key are any of them, or all with |all.
 */
#ifndef DRIVERS_CONVERT_SIGMA_SELECTION_H
#define DRIVERS_CONVERT_SIGMA_SELECTION_H

#include "drivers/convert/sigma-value.h"

/* NULL: findings say why. All that is wrong in it is found at once. */
struct sigma_node *sigma_selection_read(enum sigma_kind kind, const struct yaml_item *item,
                                        struct sigma_pool *pool, struct sigma_findings *findings);

#endif
