/* SPDX-License-Identifier: ISC
 *
 * What libxml2 finds out about an expression only where its evaluation comes by, and so perhaps not
 * before it is on an endpoint: functions beyond the core of XPath 1.0, prefixes that nothing
 * declares, variables.
 */
#ifndef DRIVERS_REMAP_SELECT_H
#define DRIVERS_REMAP_SELECT_H

#include <libxml/tree.h>

#include "media/base/error.h"

/* node: the element whose prefixes hold. ERROR_BAD_CONTENT. */
int remap_select_check(const char *text, const xmlNode *node, struct error *err) ERROR_MUST_CHECK;

#endif
